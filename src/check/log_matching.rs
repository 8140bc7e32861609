//! Log matching (Raft §5.3, figure 3): if two logs contain an entry with the same index and term,
//! then the logs are identical in all entries up through the given index.
//!
//! A digest stands for the whole log up to its entry, so equal index and term must mean an equal
//! digest: on all nodes, and at all times, for the leader of a term writes an index once. Entries
//! that a crash took count as well: the leader that wrote them is not leader in that term again.
//! A node that starts tells its log anew, so a prefix that changed on its disk is seen here.

use super::Verdict;
use super::evidence::{Entry, Said, Short, refuted};
use crate::execution::Traced;
use crate::workload::plan::Property;
use chaos_node::Observation;
use rustc_hash::FxHashMap;

pub(super) fn check(trace: &[Traced]) -> Verdict {
    let mut seen: FxHashMap<(u64, u64), Said<Entry>> = FxHashMap::default();
    let mut logs = false;
    for traced in trace {
        logs |= matches!(traced.observation, Observation::Appended { .. });
        let Some(entry) = held(&traced.observation) else { continue };
        let said = Said::by(traced, entry);
        let first = *seen.entry((entry.index, entry.term)).or_insert(said);
        if first.what.digest != entry.digest {
            return mismatch(first, said);
        }
    }
    if logs { Verdict::Valid } else { Verdict::Unknown("no node told of its log".to_owned()) }
}

/// The entry that the node's log has by this observation.
fn held(observation: &Observation) -> Option<Entry> {
    match *observation {
        Observation::Restored { index: 0, .. } => None,
        Observation::Restored { index, term, digest }
        | Observation::Appended { index, term, digest }
        | Observation::Installed { index, term, digest } => Some(Entry { index, term, digest }),
        Observation::Role { .. }
        | Observation::Truncated { .. }
        | Observation::Compacted { .. }
        | Observation::Committed { .. }
        | Observation::Applied { .. }
        | Observation::Follows { .. }
        | Observation::Lease(_)
        | Observation::Note { .. } => None,
    }
}

fn mismatch(first: Said<Entry>, second: Said<Entry>) -> Verdict {
    let Entry { index, term, .. } = first.what;
    let summary = if first.node == second.node {
        format!("the log of {} changed below entry {index} of term {term}", first.node)
    } else {
        format!(
            "{} and {} both have entry {index} of term {term}, but their logs up to it differ",
            first.node, second.node
        )
    };
    let has = |said: Said<Entry>| {
        let digest = Short(said.what.digest);
        said.fact(format!("has entry {index} of term {term}; its log up to there is {digest}"))
    };
    refuted(Property::LogMatching, summary, vec![has(first), has(second)])
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::check::testing::{Trace, invalid, is_unknown, is_valid};
    use chaos_node::{Digest, Observation};

    #[test]
    fn logs_that_share_entries_and_then_part_are_fine() {
        let mut trace = Trace::new();
        trace.appends(1, &[1, 1, 2]).appends(2, &[1, 1, 3]).truncates(2, 3).appends(2, &[2]);
        is_valid(&check(trace.done()));
    }

    #[test]
    fn a_restart_may_lose_the_end_and_get_it_again() {
        let mut trace = Trace::new();
        trace.appends(1, &[1, 1]).appends(2, &[1, 1]).restored(2).appends(2, &[1]);
        trace.appends(2, &[1]).restored_at(2, &[1, 1]).installs(3, &[1, 1]);
        is_valid(&check(trace.done()));
    }

    #[test]
    fn a_hole_below_an_entry_is_seen() {
        let mut trace = Trace::new();
        trace.appends(1, &[1, 1, 2]).appends(2, &[1, 2, 2]);
        let violation = invalid(check(trace.done()));
        let wanted = "n1 and n2 both have entry 3 of term 2, but their logs up to it differ";
        assert_eq!(violation.summary, wanted);
    }

    #[test]
    fn a_log_that_changed_over_a_restart_is_seen() {
        let mut trace = Trace::new();
        trace.appends(1, &[1, 1]).restored(1);
        trace.tells(1, Observation::Appended { index: 1, term: 1, digest: Digest(5) });
        let violation = invalid(check(trace.done()));
        assert_eq!(violation.summary, "the log of n1 changed below entry 1 of term 1");
    }

    #[test]
    fn a_snapshot_of_another_history_is_seen() {
        let mut trace = Trace::new();
        trace.appends(1, &[1, 1, 2]).installs(2, &[1, 2, 2]);
        invalid(check(trace.done()));
    }

    #[test]
    fn silence_is_not_safety() {
        is_unknown(&check(&[]), "no node told of its log");
    }
}
