//! The world of real processes, tried with real programs.
//!
//! This one program plays three parts: the **conductor**, who runs every scene in a process of its
//! own; the **tester** of a scene, who enters the ground; and the **nodes** that testers start.

#![allow(clippy::disallowed_methods, reason = "it tries real processes, sockets and clocks")]

mod nodes;
mod scenes;
mod stage;

use chaos::world::process::Isolation;
use std::process::{Command, ExitCode};

/// The exit code of a scene that this machine cannot play.
const SKIPPED: u8 = 77;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words[..] {
        ["node", part, ref rest @ ..] => nodes::play(part, rest),
        ["scene", name, ground] => stage::play(name, isolation(ground)),
        ["--list", ..] => ExitCode::SUCCESS,
        _ => conduct(words.iter().find(|word| !word.starts_with('-')).copied()),
    }
}

fn isolation(ground: &str) -> Isolation {
    if ground == "loopback" { Isolation::Loopback } else { Isolation::Namespaces }
}

/// Runs all scenes whose name holds the filter.
fn conduct(filter: Option<&str>) -> ExitCode {
    let mut failed = 0;
    for (name, ground, ..) in scenes::ALL {
        if filter.is_none_or(|filter| name.contains(filter)) {
            failed += u32::from(!run(name, ground));
        }
    }
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run(name: &str, ground: &str) -> bool {
    let program = std::env::current_exe().expect("a test knows its program");
    let status = Command::new(program).args(["scene", name, ground]).status();
    let code = status.ok().and_then(|status| status.code());
    let word = match code {
        Some(0) => "ok",
        Some(code) if code == i32::from(SKIPPED) => "skipped: namespaces are refused here",
        _ => "FAILED",
    };
    println!("scene {name} ({ground}) ... {word}");
    word != "FAILED"
}
