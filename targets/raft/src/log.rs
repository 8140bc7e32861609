//! The log in memory.
//!
//! It begins behind an *anchor*: the last entry that was dropped because a snapshot holds it, or
//! index 0 where nothing was. Beside each entry stands the digest of the log up to it, so that
//! two logs can be compared by comparing two numbers.

use crate::types::{Anchor, Entry, Index, Position, Term};
use chaos_node::Digest;

/// A log and the digests of its prefixes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log {
    anchor: Anchor,
    entries: Vec<Entry>,
    digests: Vec<Digest>,
}

impl Log {
    /// The empty log behind an anchor.
    pub(crate) fn behind(anchor: Anchor) -> Log {
        Log { anchor, entries: Vec::new(), digests: Vec::new() }
    }

    pub(crate) fn anchor(&self) -> Anchor {
        self.anchor
    }

    /// The last entry, or the anchor where there is none.
    pub(crate) fn last(&self) -> Anchor {
        match (self.entries.last(), self.digests.last()) {
            (Some(entry), Some(&digest)) => {
                let index = self.anchor.at.index.plus(self.entries.len());
                Anchor { at: Position { term: entry.term, index }, digest }
            }
            (_, _) => self.anchor,
        }
    }

    pub(crate) fn last_index(&self) -> Index {
        self.anchor.at.index.plus(self.entries.len())
    }

    /// The entry at `index`, unless it was dropped or is not there yet.
    pub(crate) fn entry(&self, index: Index) -> Option<&Entry> {
        self.entries.get(self.offset(index)?)
    }

    /// The term at `index`: known for every entry that is there, and for the anchor.
    pub(crate) fn term(&self, index: Index) -> Option<Term> {
        if index == self.anchor.at.index {
            return Some(self.anchor.at.term);
        }
        self.entry(index).map(|entry| entry.term)
    }

    /// The anchor that stands at `index`, if the log reaches there and back to there.
    pub(crate) fn anchor_at(&self, index: Index) -> Option<Anchor> {
        if index == self.anchor.at.index {
            return Some(self.anchor);
        }
        let offset = self.offset(index)?;
        let term = self.entries.get(offset)?.term;
        Some(Anchor { at: Position { term, index }, digest: self.digests[offset] })
    }

    /// Whether the log holds that entry.
    pub(crate) fn holds(&self, at: Position) -> bool {
        self.term(at.index) == Some(at.term)
    }

    /// Up to `count` entries from `first` on, of some `bytes` at most unless one alone is larger.
    pub(crate) fn batch(&self, first: Index, count: usize, bytes: usize) -> &[Entry] {
        let Some(rest) = self.offset(first).and_then(|from| self.entries.get(from..)) else {
            return &[];
        };
        let mut sum = 0;
        let fitting = rest.iter().take(count).take_while(|entry| {
            sum += entry.command.0.len();
            sum <= bytes
        });
        let len = fitting.count().max(1).min(rest.len());
        &rest[..len]
    }

    /// All entries behind `index`.
    pub(crate) fn behind_index(&self, index: Index) -> &[Entry] {
        let from = self.offset(index.next()).unwrap_or(0).min(self.entries.len());
        &self.entries[from..]
    }

    /// Adds an entry to the end.
    pub(crate) fn append(&mut self, entry: Entry) -> Anchor {
        let last = self.last();
        assert!(entry.term >= last.at.term, "terms never fall along a log");
        self.digests.push(last.digest.then(entry.term.0, &entry.command.0));
        self.entries.push(entry);
        self.last()
    }

    /// Drops the entries from `from` on.
    pub(crate) fn truncate(&mut self, from: Index) {
        let offset = self.offset(from).expect("what a snapshot holds is never taken back");
        self.entries.truncate(offset);
        self.digests.truncate(offset);
    }

    /// Drops the entries up to and including `to`.
    pub(crate) fn compact(&mut self, to: Index) {
        let anchor = self.anchor_at(to).expect("a log is compacted up to an entry that it holds");
        let count = to.since(self.anchor.at.index) as usize;
        self.entries.drain(..count);
        self.digests.drain(..count);
        self.anchor = anchor;
    }

    /// The first index of the term that the entry at `index` has.
    pub(crate) fn first_of_term_at(&self, index: Index) -> Index {
        let Some(term) = self.term(index) else { return index };
        let before = self.entries.partition_point(|entry| entry.term < term);
        self.anchor.at.index.plus(before).next()
    }

    /// The last index of `term`, if an entry of that term is there.
    pub(crate) fn last_of_term(&self, term: Term) -> Option<Index> {
        let until = self.entries.partition_point(|entry| entry.term <= term);
        let index = self.anchor.at.index.plus(until);
        (self.term(index) == Some(term)).then_some(index)
    }

    fn offset(&self, index: Index) -> Option<usize> {
        let offset = index.0.checked_sub(self.anchor.at.index.0)?.checked_sub(1)?;
        usize::try_from(offset).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::Log;
    use crate::types::{Bytes, Entry, Index, Position, Term};

    fn log(terms: &[u64]) -> Log {
        let mut log = Log::default();
        for &term in terms {
            log.append(Entry::noop(Term(term)));
        }
        log
    }

    #[test]
    fn a_compacted_log_still_knows_its_anchor() {
        let mut log = log(&[1, 1, 2, 3]);
        let last = log.last();
        log.compact(Index(3));
        assert_eq!(log.term(Index(2)), None);
        assert!(log.holds(Position { term: Term(2), index: Index(3) }));
        assert_eq!((log.last(), log.behind_index(Index(3)).len()), (last, 1));
    }

    #[test]
    fn finds_both_ends_of_a_term() {
        let log = log(&[1, 1, 4, 4, 4, 6]);
        assert_eq!(log.first_of_term_at(Index(4)), Index(3));
        assert_eq!(log.last_of_term(Term(4)), Some(Index(5)));
        assert_eq!(log.last_of_term(Term(5)), None);
    }

    #[test]
    fn a_batch_holds_at_least_one_entry_and_no_more_than_allowed() {
        let log = log(&[1, 1, 1]);
        assert_eq!(log.batch(Index(1), 2, 100).len(), 2);
        assert_eq!(log.batch(Index(4), 2, 100).len(), 0);
        let mut large = Log::default();
        large.append(Entry { term: Term(1), command: Bytes(vec![0; 50].into()) });
        assert_eq!(large.batch(Index(1), 8, 10).len(), 1);
    }

    #[test]
    fn up_to_date_is_the_later_term_and_then_the_longer_log() {
        let at = |term, index| Position { term: Term(term), index: Index(index) };
        assert!(at(3, 1) > at(2, 9));
        assert!(at(2, 9) > at(2, 8));
    }
}
