//! The world of real processes, tried with real programs.
//!
//! This one program plays three parts: the **conductor**, who runs every scene in a process of its
//! own; the **tester** of a scene, who enters the ground; and the **nodes** that testers start.

#![allow(clippy::disallowed_methods, reason = "it tries real processes, sockets and clocks")]

mod deaths;
mod network;
mod nodes;
mod processes;
mod speed;
mod stage;

use chaos::world::process::Isolation::{Loopback, Namespaces};
use stage::Scene::{self, Alone, On};
use std::process::{Command, ExitCode};

/// The exit code of a scene that this machine cannot play.
const SKIPPED: u8 = 77;

const SCENES: &[(&str, Scene)] = &[
    ("arenas_are_made_fast_and_reused", On(Namespaces, speed::arenas_are_made_fast_and_reused)),
    ("round_trips_are_short", On(Namespaces, speed::round_trips_are_short)),
    ("streams_are_fast", On(Namespaces, speed::streams_are_fast)),
    ("many_clusters_cost_little", On(Namespaces, speed::many_clusters_cost_little)),
    ("a_cut_is_one_way", On(Namespaces, network::a_cut_is_one_way)),
    ("delays_are_exact", On(Namespaces, network::delays_are_exact)),
    ("losses_copies_and_overtaking_are_as_told", On(Namespaces, network::as_told)),
    ("streams_recover_soon", On(Namespaces, network::streams_recover_soon)),
    ("clients_reach_nodes", On(Namespaces, network::clients_reach_nodes)),
    ("clients_reach_nodes_on_loopback", On(Loopback, network::clients_reach_nodes)),
    ("relays_obey_the_links", On(Loopback, network::relays_obey_the_links)),
    ("a_run_sees_nothing_of_the_last", On(Namespaces, processes::nothing_of_the_last)),
    ("a_run_sees_nothing_of_the_last_on_loopback", On(Loopback, processes::nothing_of_the_last)),
    ("signals_strike_the_group", On(Namespaces, processes::signals_strike_the_group)),
    ("signals_strike_the_group_on_loopback", On(Loopback, processes::signals_strike_the_group)),
    ("the_end_of_a_run_ends_all", On(Namespaces, processes::the_end_of_a_run_ends_all)),
    ("a_run_given_up_ends_all", On(Namespaces, processes::a_run_given_up_ends_all)),
    ("a_run_given_up_ends_all_on_loopback", On(Loopback, processes::a_run_given_up_ends_all)),
    ("shouting_harms_nobody", On(Namespaces, processes::shouting_harms_nobody)),
    ("what_cannot_start_says_so", On(Namespaces, processes::what_cannot_start_says_so)),
    ("killed_testers_leave_nothing", Alone(deaths::killed_testers_leave_nothing)),
    ("killed_testers_leave_nothing_on_loopback", Alone(deaths::nor_do_they_on_loopback)),
    ("an_ordinary_user_may", Alone(deaths::an_ordinary_user_may)),
    ("a_machine_is_diagnosed", Alone(deaths::a_machine_is_diagnosed)),
];

/// Scenes that end only when they are killed.
const ENDLESS: &[(&str, Scene)] = &[
    ("endless", On(Namespaces, deaths::endless)),
    ("endless_on_loopback", On(Loopback, deaths::endless)),
];

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words[..] {
        ["node", part, ref rest @ ..] => nodes::play(part, rest),
        ["scene", name] => stage::play(scene(name)),
        ["--list", ..] => ExitCode::SUCCESS,
        _ => conduct(words.iter().find(|word| !word.starts_with('-')).copied()),
    }
}

fn scene(name: &str) -> Scene {
    let mut all = SCENES.iter().chain(ENDLESS);
    all.find(|(known, _)| *known == name).expect("a scene of that name").1
}

/// Runs all scenes whose name holds the filter.
fn conduct(filter: Option<&str>) -> ExitCode {
    let mut failed = 0;
    for (name, _) in SCENES {
        if filter.is_none_or(|filter| name.contains(filter)) {
            failed += u32::from(!run(name));
        }
    }
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run(name: &str) -> bool {
    let program = std::env::current_exe().expect("a test knows its program");
    let status = Command::new(program).args(["scene", name]).status();
    let word = match status.ok().and_then(|status| status.code()) {
        Some(0) => "ok",
        Some(code) if code == i32::from(SKIPPED) => "skipped: namespaces are refused here",
        _ => "FAILED",
    };
    println!("scene {name} ... {word}");
    word != "FAILED"
}
