//! The commit rule (Raft §5.4.2): only entries of the leader's own term are committed by counting
//! replicas; entries of older terms are committed with them, never on their own.
//!
//! So a leader that learns of a commit in its own term must find an entry of that term where the
//! commit ends. A leader that counts an older entry has not lost anything yet, but the election
//! of figure 8 may take the entry away again: this property sees the mistake before the disaster.

use super::Verdict;
use super::evidence::{Entry, Said, refuted};
use super::log::Logs;
use crate::execution::Traced;
use crate::workload::plan::Property;
use chaos_node::{NodeId, Observation, Role};
use std::collections::BTreeMap;

pub(super) fn check(trace: &[Traced]) -> Verdict {
    let mut logs = Logs::default();
    let mut leaders: BTreeMap<NodeId, u64> = BTreeMap::new();
    let mut seen = false;
    for traced in trace {
        let log = logs.follow(traced);
        match traced.observation {
            Observation::Role { role: Role::Leader, term } => {
                leaders.insert(traced.node, term);
            }
            Observation::Role { .. } | Observation::Restored { .. } => {
                leaders.remove(&traced.node);
            }
            Observation::Committed { index, term } if leaders.get(&traced.node) == Some(&term) => {
                seen = true;
                let last = log.get(index).filter(|entry| entry.term != term);
                if let Some(entry) = last {
                    return counted(&Said::by(traced, (entry, term)));
                }
            }
            Observation::Appended { .. }
            | Observation::Truncated { .. }
            | Observation::Installed { .. }
            | Observation::Compacted { .. }
            | Observation::Committed { .. }
            | Observation::Applied { .. }
            | Observation::Follows { .. }
            | Observation::Lease(_)
            | Observation::Note { .. } => {}
        }
    }
    match seen {
        true => Verdict::Valid,
        false => Verdict::Unknown("no leader told of a commit in its own term".to_owned()),
    }
}

fn counted(said: &Said<(Entry, u64)>) -> Verdict {
    let (entry, term) = said.what;
    let summary = format!(
        "{} as leader of term {term} took entry {} of term {} for committed, with no entry of \
         its own term behind it",
        said.node, entry.index, entry.term
    );
    let fact = said.fact(format!("knew {entry} to be committed, as leader of term {term}"));
    refuted(Property::CommitRule, summary, vec![fact])
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::check::testing::{Trace, invalid, is_unknown, is_valid};

    #[test]
    fn a_commit_that_ends_in_the_leaders_own_term_is_fine() {
        let mut trace = Trace::new();
        trace.leads(1, 1).appends(1, &[1, 1]).commits(1, 2, 1).appends(2, &[1, 1]);
        trace.leads(2, 2).appends(2, &[2]).commits(2, 3, 2);
        is_valid(&check(trace.done()));
    }

    #[test]
    fn a_leader_that_counts_an_older_entry_is_caught() {
        let mut trace = Trace::new();
        trace.appends(2, &[1, 1]).leads(2, 2).appends(2, &[2]).commits(2, 2, 2);
        let violation = invalid(check(trace.done()));
        assert!(violation.summary.contains("n2 as leader of term 2 took entry 2 of term 1"));
    }

    #[test]
    fn a_follower_may_learn_of_any_commit() {
        let mut trace = Trace::new();
        trace.leads(1, 1).appends(1, &[1, 1]).commits(1, 2, 1);
        trace.leads(2, 1).follows(2, 2).appends(2, &[1, 1]).commits(2, 1, 2);
        is_valid(&check(trace.done()));
        trace.leads(3, 3).restored(3).appends(3, &[1]).commits(3, 1, 3);
        is_valid(&check(trace.done()));
    }

    #[test]
    fn silence_is_not_safety() {
        is_unknown(&check(&[]), "no leader told of a commit in its own term");
    }
}
