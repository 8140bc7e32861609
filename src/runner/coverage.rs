//! At which moments of the protocol faults took hold.
//!
//! A kill that never finds a leader has not tried what it is there for. So each fault that was
//! applied is counted by its kind and by what its victims were just then, as far as nodes tell
//! their [roles](Observation::Role).

use crate::event::{Coverage, Moments};
use crate::execution::{Execution, FaultRecord, Traced};
use chaos_node::{NodeId, Observation, Role};
use std::collections::BTreeMap;

/// Counts the faults of a run.
pub(super) fn coverage(execution: &Execution) -> Coverage {
    let mut faults: Vec<&FaultRecord> = execution.faults.iter().collect();
    faults.retain(|fault| fault.applied.is_some());
    faults.sort_by_key(|fault| fault.applied);
    let mut trace = execution.trace.iter().peekable();
    let (mut roles, mut coverage) = (BTreeMap::new(), Coverage::new());
    for fault in faults {
        // What a node tells at the same moment may be the fault's consequence.
        while let Some(traced) = trace.next_if(|traced| Some(traced.time) < fault.applied) {
            learn(&mut roles, traced);
        }
        count(coverage.entry(fault.kind.clone()).or_default(), &roles, fault);
        if fault.kind == "kill" {
            fault.victims.iter().for_each(|victim| _ = roles.insert(*victim, Role::Follower));
        }
    }
    coverage
}

fn learn(roles: &mut BTreeMap<NodeId, Role>, traced: &Traced) {
    match traced.observation {
        Observation::Role { role, .. } => _ = roles.insert(traced.node, role),
        Observation::Restored { .. } => {
            // Who starts again leads nobody.
            roles.entry(traced.node).and_modify(|role| *role = Role::Follower);
        }
        _ => {}
    }
}

fn count(moments: &mut Moments, roles: &BTreeMap<NodeId, Role>, fault: &FaultRecord) {
    let leads = |node: &NodeId| roles.get(node) == Some(&Role::Leader);
    match () {
        () if roles.is_empty() => moments.untold += 1,
        () if fault.victims.iter().any(leads) => moments.leader += 1,
        () if roles.keys().any(leads) => moments.others += 1,
        () => moments.leaderless += 1,
    }
}

#[cfg(test)]
mod tests {
    use super::coverage;
    use crate::check::testing::Trace;
    use crate::event::Moments;
    use crate::execution::{Execution, FaultRecord};
    use chaos_node::{Nanos, NodeId};

    fn fault(kind: &str, victim: u16, applied: Option<u64>) -> FaultRecord {
        FaultRecord {
            index: 0,
            kind: kind.to_owned(),
            what: String::new(),
            victims: vec![NodeId(victim)],
            attempted: Nanos::ZERO,
            applied: applied.map(Nanos::from_millis),
            ended: None,
            effect: None,
        }
    }

    #[test]
    fn faults_are_counted_by_what_they_found() {
        let mut trace = Trace::new();
        // At 1, 2 and 3 ms.
        trace.follows(2, 1).leads(1, 1).follows(3, 1);
        let faults = vec![
            fault("kill", 1, Some(6)),
            fault("kill", 2, Some(7)),
            fault("pause", 2, Some(5)),
            fault("pause", 1, Some(1)),
            fault("pause", 1, Some(2)),
            fault("pause", 1, None),
        ];
        let execution = Execution { trace: trace.done().to_vec(), faults, ..Execution::default() };
        let coverage = coverage(&execution);
        let expected = Moments { leader: 1, leaderless: 1, ..Moments::default() };
        assert_eq!(coverage["kill"], expected, "a leader that was killed leads no more");
        let expected = Moments { others: 1, leaderless: 1, untold: 1, ..Moments::default() };
        assert_eq!(coverage["pause"], expected);
    }
}
