//! Leader append-only (Raft §5.3, figure 3): a leader never overwrites or deletes entries in its
//! log; it only appends new entries.
//!
//! Between the observation that a node leads and the next one about its role, its log may only
//! grow, entry by entry. A crash ends the leadership: the node tells its log anew when it starts,
//! and what it had not synced is gone with every right.

use super::evidence::{Said, refuted};
use super::{Fact, Verdict};
use crate::execution::Traced;
use crate::workload::plan::Property;
use chaos_node::{NodeId, Observation, Role};
use std::collections::BTreeMap;

pub(super) fn check(trace: &[Traced]) -> Verdict {
    let mut nodes: BTreeMap<NodeId, Node> = BTreeMap::new();
    let mut logs = false;
    for traced in trace {
        logs |= matches!(traced.observation, Observation::Appended { .. });
        let node = nodes.entry(traced.node).or_default();
        if let Some((leads, wrong)) = node.follow(traced) {
            return overwrote(leads, traced, &wrong);
        }
    }
    if logs { Verdict::Valid } else { Verdict::Unknown("no node told of its log".to_owned()) }
}

#[derive(Default)]
struct Node {
    /// The term that it leads, since when.
    leads: Option<Said<u64>>,
    /// The last index of its log, where that is known for sure.
    last: Option<u64>,
}

impl Node {
    /// What a leader must not have done, if it did.
    fn follow(&mut self, traced: &Traced) -> Option<(Said<u64>, String)> {
        let wrong = self.wrong(&traced.observation);
        match traced.observation {
            Observation::Role { role, term } => self.become_(role, Said::by(traced, term)),
            Observation::Restored { index, .. } => {
                self.leads = None;
                self.last = Some(index);
            }
            Observation::Appended { index, .. } | Observation::Installed { index, .. } => {
                self.last = Some(index);
            }
            Observation::Truncated { from } => {
                self.last = self.last.map(|last| last.min(from.saturating_sub(1)));
            }
            Observation::Compacted { .. }
            | Observation::Committed { .. }
            | Observation::Applied { .. }
            | Observation::Follows { .. }
            | Observation::Lease(_)
            | Observation::Note { .. } => {}
        }
        self.leads.zip(wrong)
    }

    fn become_(&mut self, role: Role, term: Said<u64>) {
        let already = self.leads.is_some_and(|leads| leads.what == term.what);
        match role {
            Role::Leader if already => {}
            Role::Leader => self.leads = Some(term),
            Role::Follower | Role::Candidate => self.leads = None,
        }
    }

    /// What would be wrong with this if the node led.
    fn wrong(&self, observation: &Observation) -> Option<String> {
        match *observation {
            Observation::Truncated { from } if self.last.is_none_or(|last| from <= last) => {
                Some(format!("deleted its entries from {from} on"))
            }
            Observation::Appended { index, .. } => match self.last {
                Some(last) if index <= last => {
                    Some(format!("overwrote its entry {index} (its last was {last})"))
                }
                Some(last) if index > last + 1 => {
                    Some(format!("left a hole in its log between {last} and {index}"))
                }
                Some(_) | None => None,
            },
            Observation::Installed { index, .. } => {
                Some(format!("replaced its log by a snapshot up to entry {index}"))
            }
            Observation::Truncated { .. }
            | Observation::Role { .. }
            | Observation::Restored { .. }
            | Observation::Compacted { .. }
            | Observation::Committed { .. }
            | Observation::Applied { .. }
            | Observation::Follows { .. }
            | Observation::Lease(_)
            | Observation::Note { .. } => None,
        }
    }
}

fn overwrote(leads: Said<u64>, traced: &Traced, wrong: &str) -> Verdict {
    let (node, term) = (leads.node, leads.what);
    let summary = format!("{node}, leader in term {term}, {wrong}");
    let elected: Fact = leads.fact(format!("became leader in term {term}"));
    let broke = Said::by(traced, ()).fact(format!("{wrong}, still leader in term {term}"));
    refuted(Property::LeaderAppendOnly, summary, vec![elected, broke])
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::check::testing::{Trace, invalid, is_unknown, is_valid};

    #[test]
    fn a_leader_that_appends_and_a_follower_that_truncates_are_fine() {
        let mut trace = Trace::new();
        trace.restored(1).leads(1, 1).appends(1, &[1, 1]).leads(1, 1).appends(1, &[1]);
        trace.follows(1, 2).truncates(1, 2).appends(1, &[2, 2]);
        is_valid(&check(trace.done()));
    }

    #[test]
    fn a_crash_may_take_unsynced_entries_of_a_leader() {
        let mut trace = Trace::new();
        trace.restored(1).leads(1, 1).appends(1, &[1, 1, 1]);
        trace.restored(1).appends(1, &[1]).follows(1, 1).leads(1, 2).appends(1, &[2]);
        is_valid(&check(trace.done()));
    }

    #[test]
    fn a_leader_may_cut_what_it_does_not_have() {
        let mut trace = Trace::new();
        trace.restored(1).leads(1, 1).appends(1, &[1]).truncates(1, 2).appends(1, &[1]);
        is_valid(&check(trace.done()));
    }

    #[test]
    fn a_follower_that_installed_a_snapshot_may_lead_from_there() {
        let mut trace = Trace::new();
        trace.restored(1).appends(1, &[1, 1, 1]).installs(1, &[1, 1]);
        trace.leads(1, 2).appends(1, &[2, 2]);
        is_valid(&check(trace.done()));
    }

    #[test]
    fn a_leader_that_truncates_is_caught() {
        let mut trace = Trace::new();
        trace.restored(2).appends(2, &[1, 1]).leads(2, 3).truncates(2, 2);
        let violation = invalid(check(trace.done()));
        assert_eq!(violation.summary, "n2, leader in term 3, deleted its entries from 2 on");
        assert_eq!(violation.facts.len(), 2);
    }

    #[test]
    fn a_leader_that_overwrites_or_skips_or_installs_is_caught() {
        let led = || {
            let mut trace = Trace::new();
            trace.restored(2).appends(2, &[1, 1]).leads(2, 3);
            trace
        };
        let mut overwrites = led();
        invalid(check(overwrites.appends_at(2, 2, &[3]).done()));
        let mut skips = led();
        skips.tells(
            2,
            chaos_node::Observation::Appended { index: 4, term: 3, digest: chaos_node::Digest(7) },
        );
        let violation = invalid(check(skips.done()));
        assert!(violation.summary.contains("left a hole in its log between 2 and 4"));
        let mut installs = led();
        invalid(check(installs.installs(2, &[1, 1, 1]).done()));
    }

    #[test]
    fn silence_is_not_safety() {
        is_unknown(&check(Trace::new().leads(1, 1).done()), "no node told of its log");
    }
}
