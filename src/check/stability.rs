//! Stability: leadership does not change more often than the workload states, so that flapping is a
//! number with a limit. Counted is each time that a node becomes leader of a term, from the moment
//! the cluster first serves until the faults are over; the limit is in changes a minute.

use super::Verdict;
use super::evidence::{Said, refuted};
use super::punctuality::is_late;
use crate::execution::Execution;
use crate::workload::plan::{Plan, Property};
use chaos_node::{Nanos, Observation, Role};
use std::collections::BTreeSet;

/// The limit where a workload states none.
const LIMIT: u32 = 60;
/// How many of the changes are told.
const SHOWN: usize = 8;

pub(super) fn check(plan: &Plan, execution: &Execution) -> Verdict {
    let (Some(ready), Some(healed)) = (execution.phases.ready, execution.phases.healed) else {
        return Verdict::Unknown("the faults were never over".to_owned());
    };
    if is_late(execution, healed.saturating_sub(ready)) {
        return Verdict::Unknown("the machine was overloaded".to_owned());
    }
    let elected = elections(execution, ready, healed);
    let limit = u64::from(plan.leader_changes.unwrap_or(LIMIT));
    let allowed = limit * healed.saturating_sub(ready).0 / Nanos::from_secs(60).0;
    if elected.len() as u64 <= allowed.max(1) {
        return Verdict::Valid;
    }
    let summary = format!(
        "leadership changed {} times in {:.1} s, {limit} changes a minute are allowed",
        elected.len(),
        healed.saturating_sub(ready).as_secs_f64()
    );
    let facts = elected.iter().rev().take(SHOWN);
    let facts = facts.map(|said| said.fact(format!("became leader in term {}", said.what)));
    refuted(Property::Stability, summary, facts.collect())
}

/// Each time that a node became leader of a term.
fn elections(execution: &Execution, from: Nanos, to: Nanos) -> Vec<Said<u64>> {
    let mut seen = BTreeSet::new();
    let mut elected = Vec::new();
    for traced in execution.trace.iter().filter(|traced| traced.time <= to) {
        if let Observation::Role { role: Role::Leader, term } = traced.observation
            && seen.insert((traced.node, term))
            && traced.time > from
        {
            elected.push(Said::by(traced, term));
        }
    }
    elected
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::check::testing::{Trace, invalid, is_unknown, is_valid, plan, settled};
    use crate::execution::Execution;
    use chaos_node::Nanos;

    /// `changes` of leader within a second.
    fn run(changes: u64) -> Execution {
        let mut trace = Trace::new();
        for term in 1..=changes {
            trace.leads(1 + (term % 2) as u16, term).leads(1 + (term % 2) as u16, term);
        }
        let mut execution = settled(&trace, 2);
        execution.phases.ready = Some(Nanos::ZERO);
        execution.phases.healed = Some(Nanos::from_secs(1));
        execution
    }

    #[test]
    fn as_many_changes_as_are_allowed_are_fine() {
        let plan = crate::workload::plan::Plan { leader_changes: Some(240), ..plan() };
        is_valid(&check(&plan, &run(4)));
        invalid(check(&plan, &run(5)));
    }

    #[test]
    fn flapping_is_told_as_a_number() {
        let violation = invalid(check(&plan(), &run(12)));
        let wanted = "leadership changed 12 times in 1.0 s, 60 changes a minute are allowed";
        assert_eq!(violation.summary, wanted);
    }

    #[test]
    fn a_run_without_an_end_decides_nothing() {
        is_unknown(&check(&plan(), &Execution::default()), "the faults were never over");
    }
}
