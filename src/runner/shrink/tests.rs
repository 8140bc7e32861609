use super::{OneByOne, Oracle, Parallel, Shrinker, Shrunk, shrink};
use crate::targets::Targets;
use crate::workload::fault::Fault;
use crate::workload::plan::{Plan, Size};
use crate::workload::script::Act;
use crate::workload::{draw, load};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn plan(seed: u64) -> Plan {
    let text = "target: raft\nduration: 2s\nrate: 60/s\nswarm: false";
    draw::plan(&load("w.yaml", text, &Targets::builtin()).unwrap(), seed)
}

fn shrunk(plan: &Plan, oracle: &dyn Oracle) -> Shrunk {
    let (expired, progress) = (|| false, &mut |_: &Plan| {});
    shrink(
        plan,
        Shrinker { oracle, expired: &expired, progress, trials: 1_000_000, promised: false },
    )
}

fn values(plan: &Plan) -> BTreeSet<String> {
    let operations = plan.clients.iter().flat_map(|client| &client.operations);
    operations.map(|operation| operation.op.value.to_string()).collect()
}

fn count(plan: &Plan, kind: &str) -> usize {
    plan.faults.iter().filter(|fault| fault.fault.kind() == kind).count()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_is_needed_stays_and_all_else_goes(seed in 0_u64..1000, picks in prop::collection::vec(any::<prop::sample::Index>(), 1..4)) {
        let plan = plan(seed);
        let written: Vec<String> = values(&plan).into_iter().filter(|value| value != "nil").collect();
        let needed: BTreeSet<String> = picks.iter().map(|pick| pick.get(&written).clone()).collect();
        let fails = |plan: &Plan| {
            plan.check(&Targets::builtin()).expect("every candidate can be executed");
            needed.is_subset(&values(plan)) && count(plan, "kill") >= 1 && count(plan, "partition") >= 1
        };
        let Shrunk { plan: least, minimal, .. } = shrunk(&plan, &OneByOne(&fails));
        prop_assert!(minimal && fails(&least));
        let size = Size::of(&least);
        prop_assert_eq!((size.operations, size.faults), (needed.len(), 2));
        prop_assert_eq!((size.clients, least.final_reads.len()), (1, 1));
        prop_assert!(size.duration <= plan.duration);
    }

    #[test]
    fn any_number_of_threads_finds_the_same_plan(seed in 0_u64..1000) {
        // Chaos: what fails depends on everything, the seed too.
        let fails = |plan: &Plan| {
            let weight = plan.seed + plan.faults.iter().map(|fault| fault.draw % 97).sum::<u64>()
                + values(plan).len() as u64;
            plan == &self::plan(seed) || (weight.is_multiple_of(5) && count(plan, "pause") > 0)
        };
        let plan = plan(seed);
        let alone = shrunk(&plan, &OneByOne(&fails));
        for threads in [2, 3] {
            prop_assert_eq!(&shrunk(&plan, &Parallel { threads, fails }), &alone);
        }
        prop_assert!(fails(&alone.plan) && alone.minimal);
        for fault in 0..alone.plan.faults.len() {
            let mut less = alone.plan.clone();
            less.faults.remove(fault);
            prop_assert!(!fails(&less));
        }
    }
}

#[test]
fn another_seed_helps_where_the_own_one_loses_the_race() {
    let plan = plan(1);
    let lucky = |plan: &Plan| plan.seed.is_multiple_of(7) || plan.faults.len() > 3;
    let least = shrunk(&plan, &OneByOne(|plan: &Plan| lucky(plan))).plan;
    assert_eq!(least.faults.len(), 0, "one seed in seven fails without any fault");
}

#[test]
fn faults_become_milder_and_nodes_fewer() {
    let plan = plan(3);
    let fails = |plan: &Plan| count(plan, "links") > 0 && plan.nodes >= 3;
    let least = shrunk(&plan, &OneByOne(fails)).plan;
    assert_eq!(least.nodes, 3);
    let Fault::Links { params } = &least.faults[0].fault else { panic!("{least:?}") };
    assert_eq!(params.to_string(), "perfect");
}

/// A script of nine steps, the third and the sixth of which matter.
fn script() -> Plan {
    let text = "target: raft\nnodes: 3\nsteps:\n  - await-leader: { within: 5s, as: first }\n  \
                - submit: { count: 8 }\n  - kill: { nodes: [first] }\n  - wait: 1s\n  \
                - start: { nodes: [first] }\n  - cut: { nodes: [n2] }\n  - wait: 1s\n  - heal\n  \
                - committed: 5s\n";
    draw::plan(&load("w.yaml", text, &Targets::builtin()).unwrap(), 1)
}

fn cuts(plan: &Plan) -> bool {
    plan.check(&Targets::builtin()).expect("every candidate can be executed");
    let is = |wanted: fn(&Act) -> bool| plan.script.iter().position(|step| wanted(&step.act));
    let kill = is(|act| matches!(act, Act::Kill { .. }));
    let cut = is(|act| matches!(act, Act::Cut { .. }));
    kill.is_some() && kill < cut
}

#[test]
fn steps_that_do_not_matter_go() {
    let least = shrunk(&script(), &OneByOne(cuts)).plan;
    assert_eq!(least.script.len(), 2, "{:?}", least.script);
    assert_eq!(least.nodes, 3, "the script names n2");
}

#[test]
fn a_promise_keeps_its_steps_up_to_the_failure() {
    let (oracle, expired, progress) = (OneByOne(cuts), || false, &mut |_: &Plan| {});
    let (trials, promised) = (1_000, true);
    let search = Shrinker { oracle: &oracle, expired: &expired, progress, trials, promised };
    let least = shrink(&script(), search).plan;
    assert_eq!(least.script, script().script[..6]);
}

#[test]
fn when_the_time_is_over_what_was_found_is_kept() {
    let plan = plan(5);
    let few = Shrinker {
        oracle: &OneByOne(|plan: &Plan| count(plan, "kill") > 0),
        expired: &|| false,
        progress: &mut |_| {},
        trials: 5,
        promised: false,
    };
    let found = shrink(&plan, few);
    assert!(!found.minimal && found.trials <= 5);
    assert!(Size::of(&found.plan).operations < Size::of(&plan).operations);
    let late = Shrinker {
        oracle: &OneByOne(|_: &Plan| true),
        expired: &|| true,
        progress: &mut |_| panic!("nothing can be found"),
        trials: 5,
        promised: false,
    };
    assert_eq!(shrink(&plan, late).plan, plan);
}
