//! A node's log as the node told of it, entry by entry.
//!
//! A crash may take the last observations with it, and un-synced entries may vanish with the crash;
//! but a node that starts again tells its whole log anew (`Restored`, then `Appended`), so what is
//! held here is again exact before the node does anything with it.

use super::evidence::Entry;
use crate::execution::Traced;
use chaos_node::Observation;

/// The log of one node.
#[derive(Clone, Debug, Default)]
pub(super) struct Log {
    /// The index of the last entry of the snapshot; 0 where there is none.
    base: u64,
    /// What is known of entries. Those in the snapshot are among them where the node told of them
    /// before: they are still part of its history. In order of index, mostly without gaps.
    entries: Vec<Entry>,
}

impl Log {
    /// Follows one observation of this log's node.
    pub(super) fn follow(&mut self, observation: &Observation) {
        match *observation {
            Observation::Appended { index, term, digest } => {
                self.append(Entry { index, term, digest });
            }
            Observation::Truncated { from } => self.truncate(from),
            Observation::Restored { index, term, digest }
            | Observation::Installed { index, term, digest } => {
                self.rebase(Entry { index, term, digest });
            }
            Observation::Compacted { index } => self.base = index,
            Observation::Role { .. }
            | Observation::Committed { .. }
            | Observation::Applied { .. }
            | Observation::Follows { .. }
            | Observation::Lease(_)
            | Observation::Note { .. } => {}
        }
    }

    /// The last index; 0 if the log is empty.
    pub(super) fn last(&self) -> u64 {
        self.entries.last().map_or(0, |entry| entry.index).max(self.base)
    }

    /// The entry there, if it is known. Entries up to the [base](Log::base) are there even if they
    /// are not known.
    pub(super) fn get(&self, index: u64) -> Option<Entry> {
        self.entries.get(self.place(index)).copied().filter(|entry| entry.index == index)
    }

    /// The place of the first entry from this index on.
    fn place(&self, index: u64) -> usize {
        let first = self.entries.first().map_or(0, |entry| entry.index);
        let guess = usize::try_from(index.saturating_sub(first)).unwrap_or(usize::MAX);
        match self.entries.get(guess) {
            Some(entry) if entry.index == index => guess,
            _ => self.entries.partition_point(|entry| entry.index < index),
        }
    }

    /// The index of the last entry of the snapshot; 0 where there is none.
    pub(super) fn base(&self) -> u64 {
        self.base
    }

    /// What is known of the entries from here to there, both included, in order.
    pub(super) fn known(&self, from: u64, to: u64) -> impl Iterator<Item = Entry> {
        let behind = self.entries[self.place(from)..].iter().copied();
        behind.take_while(move |entry| entry.index <= to)
    }

    fn append(&mut self, entry: Entry) {
        if entry.index <= self.last() {
            self.truncate(entry.index);
        }
        self.entries.push(entry);
    }

    fn truncate(&mut self, from: u64) {
        self.entries.truncate(self.place(from));
    }

    /// The log now begins behind this entry, with nothing in it. What is known of the entries
    /// before stays if it is of the same history.
    fn rebase(&mut self, last: Entry) {
        self.base = last.index;
        self.truncate(last.index.saturating_add(1));
        if last.index == 0 || self.get(last.index) == Some(last) {
            return;
        }
        self.entries.clear();
        self.entries.push(last);
    }
}

/// The logs of all nodes.
#[derive(Clone, Debug, Default)]
pub(super) struct Logs(Vec<Log>);

impl Logs {
    /// Follows one observation, and gives the log of its node as it is then.
    pub(super) fn follow(&mut self, traced: &Traced) -> &Log {
        let place = usize::from(traced.node.0);
        if self.0.len() <= place {
            self.0.resize_with(place + 1, Log::default);
        }
        let log = &mut self.0[place];
        log.follow(&traced.observation);
        log
    }
}

#[cfg(test)]
mod tests {
    use super::Log;
    use crate::check::testing::{Trace, digest};

    fn log(script: impl FnOnce(&mut Trace)) -> Log {
        let mut trace = Trace::new();
        script(&mut trace);
        let mut log = Log::default();
        trace.done().iter().for_each(|traced| log.follow(&traced.observation));
        log
    }

    fn indexes(log: &Log) -> Vec<u64> {
        log.known(0, u64::MAX).map(|entry| entry.index).collect()
    }

    #[test]
    fn grows_and_shrinks_at_its_end() {
        let log = log(|t| {
            t.appends(1, &[1, 1, 1]).truncates(1, 2).appends_at(1, 2, &[2, 2]);
        });
        assert_eq!((log.last(), indexes(&log)), (3, vec![1, 2, 3]));
        assert_eq!(log.get(3).map(|entry| entry.digest), Some(digest(&[1, 2, 2])));
    }

    #[test]
    fn starts_anew_with_its_snapshot_and_what_follows() {
        let log = log(|t| {
            t.appends(1, &[1, 1, 1]).restored_at(1, &[1, 1]);
        });
        assert_eq!((log.base(), log.last(), indexes(&log)), (2, 2, vec![1, 2]));
    }

    #[test]
    fn forgets_what_another_history_replaced() {
        let log = log(|t| {
            t.appends(1, &[1, 1, 1]).installs(1, &[1, 2, 2, 2]);
        });
        assert_eq!((log.base(), log.last(), indexes(&log)), (4, 4, vec![4]));
    }

    #[test]
    fn still_knows_what_it_compacted() {
        let log = log(|t| {
            t.appends(1, &[1, 1, 1]).compacts(1, 2);
        });
        assert_eq!((log.base(), log.last(), indexes(&log)), (2, 3, vec![1, 2, 3]));
    }
}
