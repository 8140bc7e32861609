//! State machine safety (Raft §5.4.3, figure 3): if a server has applied a log entry at a given
//! index to its state machine, no other server will ever apply a different log entry for the same
//! index.
//!
//! The digest of an applied entry stands for all that was applied before it. A snapshot counts as
//! applied up to its last entry, and a node that starts again must come to the same state as
//! before: it counts as another server.

use super::Verdict;
use super::evidence::{Entry, Said, refuted};
use crate::execution::Traced;
use crate::workload::plan::Property;
use chaos_node::Observation;
use rustc_hash::FxHashMap;

pub(super) fn check(trace: &[Traced]) -> Verdict {
    let mut seen: FxHashMap<u64, Said<Entry>> = FxHashMap::default();
    let mut applies = false;
    for traced in trace {
        applies |= matches!(traced.observation, Observation::Applied { .. });
        let Some(entry) = applied(&traced.observation) else { continue };
        let said = Said::by(traced, entry);
        let first = *seen.entry(entry.index).or_insert(said);
        if first.what != entry {
            return differs(first, said);
        }
    }
    if applies {
        Verdict::Valid
    } else {
        Verdict::Unknown("no node told of an entry that it applied".to_owned())
    }
}

/// The last entry that the node's state holds by this observation.
fn applied(observation: &Observation) -> Option<Entry> {
    match *observation {
        Observation::Restored { index: 0, .. } => None,
        Observation::Restored { index, term, digest }
        | Observation::Applied { index, term, digest }
        | Observation::Installed { index, term, digest } => Some(Entry { index, term, digest }),
        Observation::Role { .. }
        | Observation::Appended { .. }
        | Observation::Truncated { .. }
        | Observation::Compacted { .. }
        | Observation::Committed { .. }
        | Observation::Follows { .. }
        | Observation::Lease(_)
        | Observation::Note { .. } => None,
    }
}

fn differs(first: Said<Entry>, second: Said<Entry>) -> Verdict {
    let index = first.what.index;
    let summary = if first.node == second.node {
        format!("{} applied two different entries at index {index}", first.node)
    } else {
        format!("{} and {} applied different entries at index {index}", first.node, second.node)
    };
    let applied = |said: Said<Entry>| said.fact(format!("applied {}", said.what));
    refuted(Property::StateMachineSafety, summary, vec![applied(first), applied(second)])
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::check::testing::{Trace, invalid, is_unknown, is_valid};

    #[test]
    fn all_may_apply_the_same_at_any_time_and_again_after_a_restart() {
        let mut trace = Trace::new();
        trace.applies(1, &[1]).applies(1, &[1, 1]).applies(2, &[1]).restored(1);
        trace.applies(1, &[1]).installs(3, &[1, 1]).applies(3, &[1, 1, 2]).restored_at(2, &[1]);
        is_valid(&check(trace.done()));
    }

    #[test]
    fn different_entries_at_one_index_are_named_in_words() {
        let mut trace = Trace::new();
        trace.applies(1, &[1]).applies(1, &[1, 2]).applies(2, &[1]).applies(2, &[1, 3]);
        let violation = invalid(check(trace.done()));
        assert_eq!(violation.summary, "n1 and n2 applied different entries at index 2");
        assert!(violation.facts[0].text.starts_with("applied entry 2 of term 2 (log #"));
        assert!(violation.facts[1].text.starts_with("applied entry 2 of term 3 (log #"));
    }

    #[test]
    fn a_node_that_comes_to_another_state_after_a_restart_is_caught() {
        let mut trace = Trace::new();
        trace.applies(1, &[1]).restored(1).applies(1, &[2]);
        let violation = invalid(check(trace.done()));
        assert_eq!(violation.summary, "n1 applied two different entries at index 1");
    }

    #[test]
    fn a_snapshot_of_another_state_is_caught() {
        let mut trace = Trace::new();
        trace.applies(1, &[1, 1]).installs(2, &[1, 2]);
        invalid(check(trace.done()));
    }

    #[test]
    fn silence_is_not_safety() {
        is_unknown(&check(&[]), "no node told of an entry that it applied");
    }
}
