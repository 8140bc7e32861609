//! Recovery: once all faults are over, the cluster serves again within the time that the workload
//! states. It serves when every key can be read.
//!
//! A run that was over sooner than that time decides nothing, and so does one on a machine that was
//! too busy to drive it: what took its time there says nothing about the system.

use super::evidence::At;
use super::punctuality::is_late;
use super::{Fact, Verdict, Violation};
use crate::execution::{Execution, Traced};
use crate::workload::plan::{Plan, Property};
use chaos_checker::history::EventType;
use chaos_node::{Nanos, NodeId, Observation, Role};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn check(plan: &Plan, execution: &Execution) -> Verdict {
    match judge(plan, execution) {
        Verdict::Invalid(_) if is_late(execution, plan.settle + plan.recovery) => {
            Verdict::Unknown(format!(
                "the cluster did not serve in time, but the machine was overloaded: the tester \
                 itself was up to {} late",
                At(execution.lag)
            ))
        }
        verdict => verdict,
    }
}

fn judge(plan: &Plan, execution: &Execution) -> Verdict {
    let phases = execution.phases;
    let Some(healed) = phases.healed else {
        return never_over(plan, execution);
    };
    let deadline = healed + plan.settle + plan.recovery;
    match phases.recovered {
        Some(recovered) if recovered <= deadline => Verdict::Valid,
        Some(recovered) => failed(plan, execution, healed, Some(recovered)),
        None if phases.end >= deadline => failed(plan, execution, healed, None),
        None => Verdict::Unknown("the run ended before the time to recover was over".to_owned()),
    }
}

/// A cluster that does not even serve before the first fault, and is given the time to.
fn never_over(plan: &Plan, execution: &Execution) -> Verdict {
    let phases = execution.phases;
    match phases.ready {
        None if phases.end >= plan.recovery => failed(plan, execution, Nanos::ZERO, None),
        Some(_) | None => Verdict::Unknown("the faults were never over".to_owned()),
    }
}

fn failed(plan: &Plan, execution: &Execution, healed: Nanos, at: Option<Nanos>) -> Verdict {
    let deadline = healed + plan.settle + plan.recovery;
    let silent = unanswered(plan, execution, healed, deadline);
    let summary = match at {
        Some(at) => format!(
            "the cluster took {} to serve again after the last fault, {} were allowed",
            At(at.saturating_sub(healed)),
            At(plan.settle + plan.recovery)
        ),
        None => format!(
            "the cluster did not serve again within {} after the last fault: {}",
            At(plan.settle + plan.recovery),
            of_keys(&silent, plan.final_reads.len())
        ),
    };
    let mut facts =
        vec![Fact { time: healed, node: None, text: "all faults were over".to_owned() }];
    facts.extend(roles(&execution.trace, deadline));
    let text = match silent.len() {
        0 => "the time to recover was over".to_owned(),
        _ => format!("the time to recover was over; no read of {} was answered", list(&silent)),
    };
    facts.push(Fact { time: deadline, node: None, text });
    facts.sort_by_key(|fact| fact.time);
    let property = Property::Recovery;
    Verdict::Invalid(Box::new(Violation {
        property,
        summary,
        time: Some(deadline),
        facts,
        story: Vec::new(),
        events: Vec::new(),
        start: None,
    }))
}

/// The keys of the final reads of which no operation was answered in this time.
fn unanswered(plan: &Plan, execution: &Execution, from: Nanos, to: Nanos) -> BTreeSet<String> {
    let mut open: BTreeMap<u64, String> = BTreeMap::new();
    let mut silent: BTreeSet<_> = plan.final_reads.iter().map(ToString::to_string).collect();
    for event in execution.history.iter().filter(|event| event.time.0 <= to.0) {
        match event.kind {
            EventType::Invoke => {
                open.insert(event.process, event.key.clone().unwrap_or_default().to_string());
            }
            EventType::Ok | EventType::Fail | EventType::Info => {
                let key = open.remove(&event.process);
                let served = event.kind == EventType::Ok && event.time.0 >= from.0;
                if let Some(key) = key.filter(|_| served) {
                    silent.remove(&key);
                }
            }
        }
    }
    silent
}

/// What each node last took itself for.
fn roles(trace: &[Traced], until: Nanos) -> Vec<Fact> {
    let mut last: BTreeMap<NodeId, (Nanos, Role, u64)> = BTreeMap::new();
    for traced in trace.iter().filter(|traced| traced.time <= until) {
        if let Observation::Role { role, term } = traced.observation {
            last.insert(traced.node, (traced.time, role, term));
        }
    }
    let mut facts: Vec<Fact> = last.into_iter().map(role).collect();
    facts.sort_by_key(|fact| fact.time);
    facts
}

fn role((node, (time, role, term)): (NodeId, (Nanos, Role, u64))) -> Fact {
    let role = match role {
        Role::Follower => "follower",
        Role::Candidate => "candidate",
        Role::Leader => "leader",
    };
    Fact { time, node: Some(node), text: format!("became {role} in term {term}, and so it stayed") }
}

fn of_keys(silent: &BTreeSet<String>, all: usize) -> String {
    match silent.len() {
        0 => "the final reads were not all answered".to_owned(),
        many if many == all => "no key could be read".to_owned(),
        _ => format!("{} could not be read", list(silent)),
    }
}

fn list(keys: &BTreeSet<String>) -> String {
    const MOST: usize = 5;
    let shown: Vec<&str> = keys.iter().take(MOST).map(String::as_str).collect();
    match keys.len() {
        many if many > MOST => format!("{} and {} more", shown.join(", "), many - MOST),
        _ => shown.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::check::testing::{Clients, Trace, invalid, is_unknown, is_valid, plan};
    use crate::execution::{Execution, Phases};
    use chaos_checker::{EventType, Value};
    use chaos_node::Nanos;

    /// Faults are over after a second; two seconds are allowed.
    fn run(recovered: Option<u64>, end: u64) -> Execution {
        let phases = Phases {
            ready: Some(Nanos::ZERO),
            healed: Some(Nanos::from_millis(1000)),
            recovered: recovered.map(Nanos::from_millis),
            end: Nanos::from_millis(end),
        };
        Execution { phases, ..Execution::default() }
    }

    #[test]
    fn a_cluster_that_serves_again_in_time_is_fine() {
        is_valid(&check(&plan(), &run(Some(3000), 3100)));
    }

    #[test]
    fn one_that_takes_too_long_is_told_by_how_much() {
        let violation = invalid(check(&plan(), &run(Some(3500), 3600)));
        let wanted =
            "the cluster took 2.500 s to serve again after the last fault, 2.000 s were allowed";
        assert_eq!(violation.summary, wanted);
    }

    #[test]
    fn what_does_not_serve_is_named_and_who_leads() {
        let mut clients = Clients::default();
        clients.did(0, (900, 1100), ("get", "x", Value::Nil), Ok(1.into())).did(
            1,
            (950, 1200),
            ("get", "y", Value::Nil),
            Err(EventType::Info),
        );
        let mut trace = Trace::new();
        trace.leads(2, 1).follows(2, 4);
        let execution =
            Execution { history: clients.done(), trace: trace.done().to_vec(), ..run(None, 3000) };
        let violation = invalid(check(&plan(), &execution));
        let wanted = "the cluster did not serve again within 2.000 s after the last fault: \
                      \"y\" could not be read";
        assert_eq!(violation.summary, wanted);
        let texts: Vec<_> = violation.facts.iter().map(|fact| fact.text.as_str()).collect();
        assert!(texts.contains(&"became follower in term 4, and so it stayed"), "{texts:?}");
    }

    #[test]
    fn one_that_serves_nothing_is_said_so() {
        let violation = invalid(check(&plan(), &run(None, 3000)));
        assert!(violation.summary.ends_with("no key could be read"), "{}", violation.summary);
    }

    #[test]
    fn a_machine_that_was_too_busy_decides_nothing() {
        let busy = Execution { lag: Nanos::from_millis(700), ..run(None, 3000) };
        let reason = "the cluster did not serve in time, but the machine was overloaded: the \
                      tester itself was up to 0.700 s late";
        is_unknown(&check(&plan(), &busy), reason);
        is_valid(&check(&plan(), &Execution { lag: busy.lag, ..run(Some(1500), 3000) }));
    }

    #[test]
    fn a_cluster_that_never_serves_at_all_does_not_recover_either() {
        let mut never = run(None, 3000);
        never.phases.ready = None;
        never.phases.healed = None;
        invalid(check(&plan(), &never));
    }

    #[test]
    fn a_run_that_ended_early_decides_nothing() {
        let reason = "the run ended before the time to recover was over";
        is_unknown(&check(&plan(), &run(None, 2900)), reason);
        let unhealed = Execution::default();
        is_unknown(&check(&plan(), &unhealed), "the faults were never over");
    }
}
