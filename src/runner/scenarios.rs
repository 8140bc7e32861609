//! The scenarios of Raft hold, and for each there is a bug that makes it fail.

use crate::check::check;
use crate::event::Status;
use crate::targets::Targets;
use crate::workload::{draw, load};
use crate::world::sim;
use chaos_checker::Budget;

macro_rules! scenario {
    ($name:literal) => {
        ($name, include_str!(concat!("../../workloads/raft/", $name, ".yaml")))
    };
}

/// What the first seeds of a scenario come to, with this bug, one after another.
fn statuses(
    (name, text): (&str, &str),
    mutant: Option<&str>,
    seeds: u64,
) -> impl Iterator<Item = Status> {
    let targets = Targets::builtin();
    let mut workload = load(name, text, &targets).expect("the scenario is right");
    workload.target.mutant = mutant.map(str::to_owned);
    (1..=seeds).map(move |seed| {
        let plan = draw::plan(&workload, seed);
        plan.check(&targets).expect("the plan can be executed");
        Status::of(&check(&plan, &sim::execute(&plan, &targets), &Budget::default()))
    })
}

/// The scenarios, each with a bug that violates its point, and the first seeds among which one
/// fails.
const ALL: [((&str, &str), &str, u64); 40] = [
    (scenario!("backup"), "no-backtrack", 2),
    (scenario!("basic-agree"), "heartbeat-skips-commit", 3),
    (scenario!("concurrent-starts"), "heartbeat-skips-commit", 3),
    (scenario!("count"), "heartbeat-storm", 2),
    (scenario!("fail-agree"), "no-backtrack", 5),
    (scenario!("fail-no-agree"), "commit-not-capped", 10),
    (scenario!("figure-8"), "commit-old-term", 2),
    (scenario!("figure-8-unreliable"), "commit-old-term", 2),
    (scenario!("follower-failure"), "commit-old-term", 10),
    (scenario!("initial-election"), "heartbeat-keeps-timer", 5),
    (scenario!("kv-basic"), "dedupe-by-client", 2),
    (scenario!("kv-concurrent"), "dedupe-by-client", 2),
    (scenario!("kv-everything"), "no-dedupe", 6),
    (scenario!("kv-one-partition"), "answer-before-commit", 5),
    (scenario!("kv-partitions-many-clients"), "answer-before-commit", 6),
    (scenario!("kv-partitions-one-client"), "answer-before-commit", 6),
    (scenario!("kv-restarts"), "ack-before-sync", 6),
    (scenario!("kv-restarts-partitions"), "no-dedupe", 8),
    (scenario!("kv-snapshots"), "no-install-snapshot", 3),
    (scenario!("kv-snapshots-everything"), "no-dedupe", 6),
    (scenario!("kv-unreliable"), "answer-before-commit", 4),
    (scenario!("kv-unreliable-one-key"), "no-dedupe", 6),
    (scenario!("leader-failure"), "commit-old-term", 10),
    (scenario!("many-elections"), "reset-timer-always", 10),
    (scenario!("persist-1"), "ack-before-sync", 5),
    (scenario!("persist-2"), "heartbeat-skips-prev-check", 5),
    (scenario!("persist-3"), "no-backtrack", 5),
    (scenario!("re-election"), "no-step-down", 10),
    (scenario!("rejoin"), "no-backtrack", 5),
    (scenario!("reliable-churn"), "ack-before-sync", 5),
    (scenario!("rpc-bytes"), "send-whole-log", 2),
    (scenario!("snapshot-all-crash"), "ack-before-sync", 6),
    (scenario!("snapshot-basic"), "log-not-trimmed", 3),
    (scenario!("snapshot-init"), "ack-before-sync", 10),
    (scenario!("snapshot-install"), "no-install-snapshot", 2),
    (scenario!("snapshot-install-crash"), "no-install-snapshot", 2),
    (scenario!("snapshot-install-unreliable"), "no-backtrack", 3),
    (scenario!("snapshot-install-unreliable-crash"), "no-backtrack", 3),
    (scenario!("unreliable-agree"), "double-vote", 30),
    (scenario!("unreliable-churn"), "no-backtrack", 2),
];

/// One for the simulator alone, and not in the folder: it loses so much that TCP stands still.
const VOTES_AGAIN: ((&str, &str), &str, u64) =
    (("raft-votes-again", include_str!("../../workloads/raft-votes-again.yaml")), "no-regrant", 5);

/// What takes long is tried by campaigns alone.
const LONG: [&str; 4] = ["figure-8", "figure-8-unreliable", "reliable-churn", "unreliable-churn"];

#[test]
fn they_are_all_that_there_are() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/workloads/raft");
    let files = std::fs::read_dir(folder).expect("the scenarios").flatten();
    let files = files.filter_map(|file| file.file_name().into_string().ok());
    let mut files: Vec<String> =
        files.filter_map(|file| Some(file.strip_suffix(".yaml")?.to_owned())).collect();
    files.sort();
    assert_eq!(files, ALL.map(|((name, _), ..)| name));
}

#[test]
fn they_hold_without_a_bug() {
    for (scenario, ..) in ALL.iter().filter(|((name, _), ..)| !LONG.contains(name)) {
        let bad = |status: &Status| *status != Status::Valid;
        assert_eq!(statuses(*scenario, None, 3).position(|one| bad(&one)), None, "{}", scenario.0);
    }
}

#[test]
fn a_bug_makes_each_fail() {
    for (scenario, mutant, seeds) in ALL.into_iter().chain([VOTES_AGAIN]) {
        let mut statuses = statuses(scenario, Some(mutant), seeds);
        assert!(statuses.any(|one| one == Status::Invalid), "{} with {mutant}", scenario.0);
    }
}
