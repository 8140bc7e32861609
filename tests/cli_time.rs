//! Runs that take too long, and machines that stand still, as a user meets them.

#![allow(clippy::disallowed_methods, reason = "it starts the program on real processes")]

mod cli_support;

use cli_support::{CALM, Home};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Both are time-bound: a cluster that must recover soon, and a script that must see a leader soon.
const HASTY: &str = "target: raft\nnodes: 3\nduration: 600ms\nrecovery: 1s\nfaults: []\n";
const SCRIPT: &str = "target: raft\nnodes: 3\nrecovery: 1s\nsteps:\n  \
                      - await-leader: { within: 1s }\n  - submit: { count: 1 }\n  \
                      - committed: 1s\n  - kill: { nodes: [leader] }\n  \
                      - await-leader: { within: 1s }\n";

#[test]
fn a_run_that_takes_too_long_is_unknown_and_says_why() {
    let home = Home::with("target: raft\nnodes: 3\nduration: 60s\n");
    let began = Instant::now();
    for world in [&["--sim"][..], &[]] {
        let args = ["run", "w.yaml", "-n", "2", "--run-timeout", "1500ms", "--out", "out"];
        let args = match world {
            [] => args.to_vec(),
            _ => [&args[..4], &["--run-timeout", "1ms", "--sim"]].concat(),
        };
        let ended = home.chaos(&args).code(2);
        assert!(ended.out.contains("the run was given up, for it took longer than 1"), "{ended}");
        assert!(ended.out.contains("unknown 2 runs"), "{ended}");
    }
    assert!(began.elapsed() < Duration::from_secs(30), "they were not waited for");
    assert_eq!(home.runs("out").iter().filter(|run| run["folder"].is_string()).count(), 2);
    home.chaos(&["run", "w.yaml", "--run-timeout", "soon"]).code(64);
}

#[test]
fn a_violation_of_an_unfinished_run_is_no_violation_of_time() {
    let home =
        Home::with("target: { name: raft, mutant: no-backtrack }\nnodes: 5\nduration: 20s\n");
    let args = ["run", "w.yaml", "-n", "20", "--seed", "1", "--run-timeout", "1ms", "--sim"];
    let ended = home.chaos(&args).code(2);
    assert!(ended.out.contains("unknown 20 runs"), "{ended}");
}

/// A tester that is stopped again and again, as on a machine that has no time for it, judges nothing
/// that depends on time.
#[test]
fn a_machine_that_stands_still_is_never_a_violation() {
    let home = Home::with(HASTY);
    home.write("script.yaml", SCRIPT);
    let args = ["run", "w.yaml", "script.yaml", "-n", "4", "-j", "4", "--no-shrink"];
    let mut command = home.command(&args);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut tester = command.spawn().expect("the program starts");
    let pid = Pid::from_raw(tester.id().cast_signed());
    let began = Instant::now();
    let status = loop {
        if let Some(status) = tester.try_wait().expect("a child") {
            break status;
        }
        assert!(began.elapsed() < cli_support::PATIENCE, "it does not come to its end");
        std::thread::sleep(Duration::from_millis(400));
        let _ = kill(pid, Signal::SIGSTOP);
        std::thread::sleep(Duration::from_millis(1500));
        let _ = kill(pid, Signal::SIGCONT);
    };
    let runs = home.runs("reports");
    assert_eq!(runs.len(), 8);
    assert!(runs.iter().all(|run| run["status"] != "invalid"), "{runs:#?}");
    let overloaded = |run: &&serde_json::Value| {
        run["status"] == "unknown" && run.to_string().contains("the machine was overloaded")
    };
    assert!(runs.iter().any(|run| overloaded(&run)), "{runs:#?}");
    assert_eq!(status.code(), Some(2));
}

#[test]
fn arguments_behind_two_dashes_reach_the_program() {
    let home = Home::new();
    let program = cli_support::program().display();
    let node = home.write(
        "node.sh",
        &format!("#!/bin/sh\necho \"$1 $2\" >&2\nshift 2\nexec '{program}' \"$@\"\n"),
    );
    let run = std::process::Command::new("chmod").arg("+x").arg(&node).status();
    assert!(run.is_ok_and(|status| status.success()));
    let own = format!("target: {{ name: raft, program: ['{}'] }}", node.display());
    home.write("w.yaml", &CALM.replace("target: raft", &own));
    home.write("own.yaml", CALM);
    home.chaos(&["run", "w.yaml", "--keep", "--", "--level", "very high"]).code(0);
    let folder = home.campaign("reports").join("runs");
    let seed = cli_support::names(&folder).remove(0);
    let said = std::fs::read_to_string(folder.join(&seed).join("nodes/n1/stderr.log"));
    assert!(said.as_ref().is_ok_and(|said| said.contains("--level very high")), "{said:?}");
    let ended = home.chaos(&["run", "own.yaml", "--sim", "--", "--level"]).code(64);
    assert!(ended.err.contains("own.yaml: its target has no `program`"), "{ended}");
    let plan = folder.join(&seed).display().to_string();
    home.chaos(&["replay", &plan, "--out", "again"]).code(0);
    home.chaos(&["replay", &plan, "--", "--level"]).code(64);
}
