//! Leader completeness (Raft §5.4, figure 3): if a log entry is committed in a given term, then
//! that entry will be present in the logs of the leaders for all higher-numbered terms.
//!
//! A node that knows in term T of a commit up to an index vouches for its own log up to there.
//! Whoever becomes leader in a term above T must have the same. A commit may be told of after
//! such a leader was elected, so the commits are gathered first and the leaders held against them
//! second. What a crash took from the end of a node's story makes fewer commits and leaders known,
//! never more; and a node that starts again tells its log before it can lead.
//!
//! What a snapshot holds is there, though entry by entry nobody may know it: an index that lies
//! within a leader's snapshot is only held against what the leader told of it.

use super::Verdict;
use super::evidence::{Entry, Said, refuted};
use super::log::{Log, Logs};
use crate::execution::Traced;
use crate::workload::plan::Property;
use chaos_node::{NodeId, Observation, Role};
use std::collections::BTreeMap;

pub(super) fn check(trace: &[Traced]) -> Verdict {
    let commits = Commits::gather(trace);
    if commits.entries.is_empty() {
        return Verdict::Unknown(
            "no node told of an entry that it knew to be committed".to_owned(),
        );
    }
    let mut logs = Logs::default();
    for traced in trace {
        let log = logs.follow(traced);
        let Observation::Role { role: Role::Leader, term } = traced.observation else { continue };
        if let Some(commit) = commits.lacking(log, term) {
            return incomplete(&Said::by(traced, term), log, commit);
        }
    }
    Verdict::Valid
}

/// An entry that is committed, and the lowest term in which that was known.
#[derive(Clone, Copy, Debug)]
struct Commit {
    entry: Entry,
    term: u64,
}

#[derive(Debug, Default)]
struct Commits {
    /// In order of index, mostly without gaps. Terms never fall: who knows of a commit knows of
    /// all before it.
    entries: Vec<Said<Commit>>,
    /// What nodes vouched for that contradicts `entries`: the first of each node.
    others: BTreeMap<NodeId, Said<Commit>>,
}

impl Commits {
    fn gather(trace: &[Traced]) -> Commits {
        let mut logs = Logs::default();
        let mut commits = Commits::default();
        for traced in trace {
            let log = logs.follow(traced);
            if let Observation::Committed { index, term } = traced.observation {
                commits.learn(&Said::by(traced, (index, term)), log);
            }
        }
        commits
    }

    fn learn(&mut self, said: &Said<(u64, u64)>, log: &Log) {
        let (index, term) = said.what;
        let vouch = |entry| Said { node: said.node, time: said.time, what: Commit { entry, term } };
        let shared = self.shared(log, index);
        match shared {
            Some((entry, theirs)) if theirs.what.entry != entry => {
                self.others.entry(said.node).or_insert(vouch(entry));
                return;
            }
            Some((entry, _)) => self.known_earlier(entry.index, &vouch(entry)),
            None => {}
        }
        let from = shared.map_or(1, |(entry, _)| entry.index + 1);
        for entry in log.known(from, index) {
            self.add(vouch(entry));
        }
    }

    /// Adds what nobody vouched for before.
    fn add(&mut self, commit: Said<Commit>) {
        let index = commit.what.entry.index;
        let place = self.up_to(index).len();
        if place.checked_sub(1).is_none_or(|last| self.entries[last].what.entry.index < index) {
            self.entries.insert(place, commit);
        }
    }

    /// The commits up to this index.
    fn up_to(&self, index: u64) -> &[Said<Commit>] {
        let of = |commit: &Said<Commit>| commit.what.entry.index;
        let count = match self.entries.last() {
            Some(last) if of(last) > index => self.entries.partition_point(|it| of(it) <= index),
            Some(_) | None => self.entries.len(),
        };
        &self.entries[..count]
    }

    /// The last entry up to this index that both the commits and the log know.
    fn shared(&self, log: &Log, index: u64) -> Option<(Entry, Said<Commit>)> {
        let mut commits = self.up_to(index).iter().rev();
        commits.find_map(|commit| Some((log.get(commit.what.entry.index)?, *commit)))
    }

    /// All up to the index was known to be committed in this term already.
    fn known_earlier(&mut self, index: u64, earlier: &Said<Commit>) {
        let count = self.up_to(index).len();
        let commits = self.entries[..count].iter_mut().rev();
        for commit in commits.take_while(|commit| commit.what.term > earlier.what.term) {
            commit.what.term = earlier.what.term;
            (commit.node, commit.time) = (earlier.node, earlier.time);
        }
    }

    /// The first commit that the log of a leader of this term should have and does not.
    fn lacking(&self, log: &Log, term: u64) -> Option<&Said<Commit>> {
        let binding = |commit: &&Said<Commit>| commit.what.term < term;
        let lacks = |commit: &&Said<Commit>| !has(log, commit.what.entry);
        let (within, behind) = self.entries.split_at(self.up_to(log.last()).len());
        let known = |commit: &&Said<Commit>| log.get(commit.what.entry.index).is_some();
        let last = within.iter().rev().filter(known).find(binding);
        let others = self.others.values().filter(binding).find(lacks);
        if last.is_some_and(|commit| lacks(&commit)) {
            return self.entries.iter().filter(binding).find(lacks);
        }
        behind.iter().take_while(binding).next().or(others)
    }
}

/// Whether the log has the entry, or may have it in its snapshot.
fn has(log: &Log, entry: Entry) -> bool {
    match log.get(entry.index) {
        Some(own) => own == entry,
        None => entry.index <= log.base(),
    }
}

fn incomplete(leader: &Said<u64>, log: &Log, commit: &Said<Commit>) -> Verdict {
    let (node, term) = (leader.node, leader.what);
    let Commit { entry, term: known } = commit.what;
    let summary = format!(
        "{node} became leader in term {term} without entry {} of term {}, which {} knew to be \
         committed in term {known}",
        entry.index, entry.term, commit.node
    );
    let knew = commit.fact(format!("knew {entry} to be committed, in term {known}"));
    let instead = match log.get(entry.index) {
        Some(own) => format!("it has {own} there"),
        None => format!("its log ends at {}", log.last()),
    };
    let elected = leader.fact(format!("became leader in term {term}; {instead}"));
    refuted(Property::LeaderCompleteness, summary, vec![knew, elected])
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::check::testing::{Trace, invalid, is_unknown, is_valid};

    /// Nodes 1 and 2 have three entries of term 1, and node 1 knows them to be committed.
    fn committed() -> Trace {
        let mut trace = Trace::new();
        trace.leads(1, 1).appends(1, &[1, 1, 1]).appends(2, &[1, 1, 1]).commits(1, 3, 1);
        trace
    }

    #[test]
    fn a_leader_with_all_that_is_committed_is_fine() {
        let mut trace = committed();
        trace.leads(2, 2).appends(2, &[2]).commits(2, 4, 2).appends(1, &[2]).leads(1, 3);
        is_valid(&check(trace.done()));
    }

    #[test]
    fn a_leader_of_the_same_or_an_older_term_may_lack_it() {
        let mut trace = committed();
        trace.leads(2, 2).appends(2, &[2]).commits(2, 4, 2).leads(3, 1);
        is_valid(&check(trace.done()));
    }

    #[test]
    fn a_leader_whose_log_is_too_short_is_caught() {
        let mut trace = committed();
        trace.appends(3, &[1, 1]).leads(3, 2);
        let violation = invalid(check(trace.done()));
        let wanted = "n3 became leader in term 2 without entry 3 of term 1, which n1 knew to be \
                      committed in term 1";
        assert_eq!(violation.summary, wanted);
        assert!(violation.facts[1].text.ends_with("its log ends at 2"));
    }

    #[test]
    fn a_leader_with_another_entry_there_is_caught_at_the_first_one_that_differs() {
        let mut trace = committed();
        trace.appends(3, &[1, 2, 2, 2]).leads(3, 3);
        let violation = invalid(check(trace.done()));
        assert!(violation.summary.contains("without entry 2 of term 1"), "{violation:?}");
        assert!(violation.facts[1].text.contains("it has entry 2 of term 2"));
    }

    #[test]
    fn a_commit_that_is_told_of_late_binds_a_leader_all_the_same() {
        let mut trace = Trace::new();
        trace.leads(1, 1).appends(1, &[1]).appends(2, &[1]);
        trace.leads(3, 2).appends(3, &[2]).commits(1, 1, 1);
        invalid(check(trace.done()));
    }

    #[test]
    fn the_lowest_term_in_which_a_commit_was_known_counts() {
        let mut trace = Trace::new();
        trace.appends(1, &[1, 1]).appends(2, &[1, 1]);
        trace.commits(1, 2, 5).leads(3, 4);
        is_valid(&check(trace.done()));
        trace.commits(2, 1, 1);
        let violation = invalid(check(trace.done()));
        assert!(violation.summary.contains("entry 1 of term 1, which n2 knew"), "{violation:?}");
    }

    #[test]
    fn what_a_crash_took_before_it_was_committed_binds_nobody() {
        let mut trace = Trace::new();
        trace.leads(1, 1).appends(1, &[1, 1, 1]).commits(1, 1, 1);
        trace.restored(1).appends(1, &[1]).appends(2, &[1]).leads(2, 2);
        is_valid(&check(trace.done()));
    }

    #[test]
    fn a_node_that_lost_a_committed_entry_in_a_crash_must_not_lead() {
        let mut trace = committed();
        trace.restored(2).appends(2, &[1, 1]).leads(2, 2);
        invalid(check(trace.done()));
    }

    #[test]
    fn a_truncation_that_a_crash_kept_untold_does_no_harm() {
        let mut trace = Trace::new();
        trace.appends(1, &[1, 2]).appends(2, &[1, 1]).commits(2, 2, 1);
        trace.restored(1).appends(1, &[1, 1]).leads(1, 3);
        is_valid(&check(trace.done()));
    }

    #[test]
    fn an_entry_in_a_leaders_snapshot_is_there() {
        let mut trace = committed();
        trace.commits(2, 3, 1).compacts(2, 3).restored_at(2, &[1, 1, 1]).leads(2, 2);
        trace.appends(2, &[2]).commits(2, 4, 2).installs(3, &[1, 1, 1, 2]).leads(3, 3);
        trace.restored_at(3, &[1, 1, 1, 2]).leads(3, 4);
        is_valid(&check(trace.done()));
    }

    #[test]
    fn a_snapshot_of_another_history_or_too_short_is_caught() {
        let mut other = committed();
        invalid(check(other.installs(3, &[1, 1, 2]).leads(3, 3).done()));
        let mut short = committed();
        invalid(check(short.installs(3, &[1, 1]).leads(3, 3).done()));
    }

    #[test]
    fn commits_that_contradict_each_other_both_bind() {
        let mut trace = committed();
        trace.appends(4, &[1, 2]).commits(4, 2, 2).leads(1, 3);
        let violation = invalid(check(trace.done()));
        assert!(violation.summary.contains("entry 2 of term 2, which n4 knew"), "{violation:?}");
    }

    #[test]
    fn silence_is_not_safety() {
        let mut trace = Trace::new();
        trace.leads(1, 1).appends(1, &[1]);
        is_unknown(&check(trace.done()), "no node told of an entry that it knew to be committed");
    }
}
