//! The scripted scenarios of Raft hold, and some bug makes each of these fail.

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

/// What the first seeds of a scenario come to, with this bug.
fn statuses((name, text): (&str, &str), mutant: Option<&str>, seeds: u64) -> Vec<Status> {
    let targets = Targets::builtin();
    let mut workload = load(name, text, &targets).expect("the scenario is right");
    workload.target.mutant = mutant.map(str::to_owned);
    let status = |seed| {
        let plan = draw::plan(&workload, seed);
        plan.check(&targets).expect("the plan can be executed");
        Status::of(&check(&plan, &sim::execute(&plan, &targets), &Budget::default()))
    };
    (1..=seeds).map(status).collect()
}

#[test]
fn they_hold_without_a_bug() {
    let all = [
        scenario!("initial-election"),
        scenario!("re-election"),
        scenario!("many-elections"),
        scenario!("basic-agree"),
        scenario!("rpc-bytes"),
        scenario!("follower-failure"),
        scenario!("leader-failure"),
        scenario!("fail-agree"),
        scenario!("fail-no-agree"),
        scenario!("concurrent-starts"),
        scenario!("rejoin"),
        scenario!("count"),
        scenario!("persist-1"),
        scenario!("persist-2"),
        scenario!("persist-3"),
        scenario!("snapshot-basic"),
        scenario!("snapshot-install"),
        scenario!("snapshot-install-crash"),
        scenario!("snapshot-init"),
    ];
    for scenario in all {
        let bad = |status: &Status| *status != Status::Valid;
        assert_eq!(statuses(scenario, None, 3).iter().position(bad), None, "{}", scenario.0);
    }
}

#[test]
fn bugs_make_them_fail() {
    let found = [
        (scenario!("fail-agree"), "no-backtrack"),
        (scenario!("many-elections"), "reset-timer-always"),
        (scenario!("persist-1"), "ack-before-sync"),
        (scenario!("rejoin"), "no-backtrack"),
    ];
    for (scenario, mutant) in found {
        let statuses = statuses(scenario, Some(mutant), 10);
        assert!(statuses.contains(&Status::Invalid), "{} with {mutant}", scenario.0);
    }
}
