//! From a workload and a seed to a plan.
//!
//! Each concern draws from a stream of its own, so that a fault more shifts no operation. With
//! *swarm testing* (Groce et al., *Swarm Testing*, ISSTA 2012) each seed draws which fault sources
//! are on and how hard they strike: a run with few kinds of faults reaches states that a run with
//! all of them never does.

use super::fault::Fault;
use super::plan::{Moment, PLAN_VERSION, Plan, PlannedFault};
use super::{FaultKind, FaultSource, When, Workload, unroll};
use crate::generator;
use chaos_node::{Nanos, Rng};

/// How likely a fault source is on in a run of a swarm, in millionths.
const ON: u32 = 550_000;

/// How likely a source that is on strikes for a blink only, in millionths.
const BLINK: u32 = 300_000;

/// How likely a strike of a swarm waits for an election, in millionths. Only some do, for it takes
/// strikes at other times to bring elections about.
const AT_ELECTIONS: u64 = 150_000;
/// How likely it waits for an election or for a new leader.
const AT_EITHER: u64 = 350_000;

/// The plan of a seed.
pub fn plan(workload: &Workload, seed: u64) -> Plan {
    let workload = &workload.chosen(seed);
    Plan {
        version: PLAN_VERSION,
        workload: workload.name.clone(),
        seed,
        target: workload.target.clone(),
        nodes: workload.nodes,
        duration: workload.duration,
        recovery: workload.recovery,
        settle: workload.settle,
        leader_changes: workload.leader_changes,
        timeouts: workload.timeouts,
        clients: generator::operations(workload, &mut Rng::stream(seed, "operations")),
        network: workload.network,
        faults: faults(workload, seed),
        script: unroll::script(workload, &mut Rng::stream(seed, "steps")),
        final_reads: generator::keys(workload),
        read: workload.read.to_owned(),
        unmodelled: unmodelled(workload),
        model: workload.model.clone(),
        checks: workload.checks.clone(),
    }
}

/// The operations of which the model knows nothing.
fn unmodelled(workload: &Workload) -> Vec<String> {
    let operations = workload.profile.operations.iter();
    operations.filter(|operation| !operation.modelled).map(|o| o.f.to_owned()).collect()
}

fn faults(workload: &Workload, seed: u64) -> Vec<PlannedFault> {
    let mut swarm = Rng::stream(seed, "swarm");
    let mut faults = Vec::new();
    for (index, source) in workload.faults.iter().enumerate() {
        let source = match workload.swarm {
            true => strengthen(source, &mut swarm),
            false => {
                Some(FaultSource { when: source.when.or(Some(When::Anytime)), ..source.clone() })
            }
        };
        if let Some(source) = source {
            let mut rng = Rng::stream(seed, &format!("schedule {index}"));
            let end = workload.duration.saturating_sub(workload.calm);
            strikes(&source, end, &mut rng, &mut faults);
        }
    }
    faults.sort_by_key(|fault| (fault.at, fault.draw));
    faults
}

/// Whether the source is on, and then how often and how long it strikes: between half and double,
/// or only for a blink, which finds what a node forgets while the others still remember. The same
/// number of draws either way.
fn strengthen(source: &FaultSource, rng: &mut Rng) -> Option<FaultSource> {
    let on = rng.chance(ON);
    let every = scale(source.every, rng.within(50..=200));
    let (blink, short, long) = (rng.chance(BLINK), rng.within(2..=20), rng.within(50..=200));
    let lasts = scale(source.lasts, if blink { short } else { long });
    on.then(|| FaultSource { every, lasts, ..source.clone() })
}

fn scale(time: Nanos, percent: u64) -> Nanos {
    time * percent / 100
}

/// All strikes of one source. None goes on behind the end, where recovery is watched.
fn strikes(source: &FaultSource, end: Nanos, rng: &mut Rng, faults: &mut Vec<PlannedFault>) {
    let mut at = rng.time(Nanos::ZERO..=source.every);
    while at < end {
        let lasts = scale(source.lasts, rng.within(50..=150));
        let lasts = lasts.min(end.saturating_sub(at));
        let fault = strike(&source.kind, rng);
        let when = moment(source.when, rng);
        faults.push(PlannedFault { at, when, lasts, fault, draw: rng.next_u64() });
        at += scale(source.every, rng.within(50..=150)).max(Nanos::from_millis(1));
    }
}

/// What a strike waits for. The same number of draws, whatever it is.
fn moment(when: Option<When>, rng: &mut Rng) -> Moment {
    let drawn = match rng.below(1_000_000) {
        0..AT_ELECTIONS => When::Election,
        AT_ELECTIONS..AT_EITHER => When::Leadership,
        _ => When::Anytime,
    };
    let reflex = reflex(rng);
    match when.unwrap_or(drawn) {
        When::Anytime => Moment::Anytime,
        When::Election => Moment::Election { reflex },
        When::Leadership => Moment::Leadership { reflex },
    }
}

/// An election takes half a millisecond, or a hundred times that on slow links: a strike in the
/// midst of it needs a reflex of the right size, so every size from 16 µs to 64 ms is as likely.
fn reflex(rng: &mut Rng) -> Nanos {
    let size = 1 << rng.within(4..=15);
    rng.time(Nanos::from_micros(size)..=Nanos::from_micros(2 * size))
}

fn strike(kind: &FaultKind, rng: &mut Rng) -> Fault {
    match kind {
        FaultKind::Kill(specs) => Fault::Kill { victims: one_of(specs, rng) },
        FaultKind::Pause(specs) => Fault::Pause { victims: one_of(specs, rng) },
        FaultKind::Partition(shapes) => Fault::Partition { shape: one_of(shapes, rng) },
        FaultKind::Links(params) => Fault::Links { params: *params },
        FaultKind::Clock(specs, skews) => {
            Fault::Clock { victims: one_of(specs, rng), skew: one_of(skews, rng) }
        }
        FaultKind::Disk(specs, troubles) => {
            Fault::Disk { victims: one_of(specs, rng), trouble: one_of(troubles, rng) }
        }
        FaultKind::Slow(specs, step) => Fault::Slow { victims: one_of(specs, rng), step: *step },
    }
}

fn one_of<T: Copy>(items: &[T], rng: &mut Rng) -> T {
    *rng.pick(items).expect("a fault source has at least one choice")
}

#[cfg(test)]
mod tests {
    use super::plan;
    use crate::targets::Targets;
    use crate::workload::plan::Plan;
    use crate::workload::{Workload, load};
    use chaos_node::Nanos;
    use std::collections::BTreeSet;

    fn workload(text: &str) -> Workload {
        load("w.yaml", text, &Targets::builtin()).expect("the test's workload is right")
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes() {
        let workload = workload("target: raft");
        let bytes = |seed| serde_json::to_string(&plan(&workload, seed)).unwrap();
        assert_eq!(bytes(7), bytes(7));
        assert_ne!(bytes(7), bytes(8));
    }

    #[test]
    fn a_plan_survives_its_file() {
        let plan = plan(&workload("target: raft"), 7);
        let text = serde_json::to_string(&plan).unwrap();
        assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan);
    }

    #[test]
    fn faults_end_with_the_duration_and_are_in_order() {
        let workload = workload("target: raft\nswarm: false");
        for seed in 0..50 {
            let plan = plan(&workload, seed);
            assert!(plan.faults.iter().all(|fault| fault.at + fault.lasts <= plan.duration));
            assert!(plan.faults.is_sorted_by_key(|fault| fault.at));
            assert!(!plan.faults.is_empty());
        }
    }

    #[test]
    fn nothing_goes_wrong_while_it_is_calm_and_clients_work() {
        let workload = workload("target: raft\nduration: 3s\ncalm: 1s\nswarm: false");
        let plan = plan(&workload, 1);
        let end = Nanos::from_secs(2);
        assert!(plan.faults.iter().all(|fault| fault.at + fault.lasts <= end));
        assert!(!plan.faults.is_empty());
        assert!(plan.clients.iter().flat_map(|c| &c.operations).any(|op| op.at > end));
    }

    #[test]
    fn taking_a_fault_source_out_shifts_no_operation() {
        let with = plan(&workload("target: raft"), 3);
        let without = plan(&workload("target: raft\nfaults: []"), 3);
        assert_eq!(with.clients, without.clients);
        assert!(without.faults.is_empty());
    }

    #[test]
    fn a_swarm_turns_each_kind_on_and_off() {
        let workload = workload("target: raft");
        let kinds = |seed| -> BTreeSet<&str> {
            plan(&workload, seed).faults.iter().map(|fault| fault.fault.kind()).collect()
        };
        let all: Vec<_> = (0..100).map(kinds).collect();
        for kind in ["kill", "pause", "partition", "links"] {
            let on = all.iter().filter(|kinds| kinds.contains(kind)).count();
            assert!((30..=80).contains(&on), "{kind} is on in {on} of 100 runs");
        }
    }

    #[test]
    fn clients_do_as_many_operations_as_the_rate_says() {
        let plan = plan(&workload("target: raft\nrate: 200/s\nduration: 10s"), 1);
        let count: usize = plan.clients.iter().map(|client| client.operations.len()).sum();
        assert!((1_800..=2_200).contains(&count), "{count}");
        assert!(plan.clients.iter().all(|c| c.operations.is_sorted_by_key(|op| op.at)));
        assert!(
            plan.clients.iter().flat_map(|c| &c.operations).all(|op| op.at < Nanos::from_secs(10))
        );
    }
}
