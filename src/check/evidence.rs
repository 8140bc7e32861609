//! The words in which evidence is given: one form for a term, an entry, a digest, a time.

use super::{Fact, Verdict, Violation};
use crate::execution::Traced;
use crate::workload::plan::Property;
use chaos_node::{Digest, Nanos, NodeId};
use std::fmt;

/// A violation by facts of nodes, found when the last of them was seen.
pub(super) fn refuted(property: Property, summary: String, mut facts: Vec<Fact>) -> Verdict {
    facts.sort_by_key(|fact| fact.time);
    let time = facts.last().map(|fact| fact.time);
    let (story, events, start) = (Vec::new(), Vec::new(), None);
    Verdict::Invalid(Box::new(Violation { property, summary, time, facts, story, events, start }))
}

/// An entry of a log: which term wrote it, and what the log is up to and including it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) index: u64,
    pub(super) term: u64,
    pub(super) digest: Digest,
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "entry {} of term {} (log {})", self.index, self.term, Short(self.digest))
    }
}

/// A digest, short enough to be compared by eye.
pub(super) struct Short(pub(super) Digest);

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:08x}", self.0.0 >> 32)
    }
}

/// A statement of a node at a time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Said<T> {
    pub(super) node: NodeId,
    pub(super) time: Nanos,
    pub(super) what: T,
}

impl<T> Said<T> {
    pub(super) fn by(traced: &Traced, what: T) -> Said<T> {
        Said { node: traced.node, time: traced.time, what }
    }

    pub(super) fn fact(&self, text: String) -> Fact {
        Fact { time: self.time, node: Some(self.node), text }
    }
}

/// A time in a sentence: `1.204 s`.
pub(super) struct At(pub(super) Nanos);

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3} s", self.0.as_secs_f64())
    }
}
