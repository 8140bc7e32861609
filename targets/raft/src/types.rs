//! The numbers of the paper, each with a type of its own.

use chaos_node::Digest;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A term: time in Raft is counted in terms, each with at most one leader (paper §5.1).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub(crate) struct Term(pub(crate) u64);

impl Term {
    pub(crate) fn next(self) -> Term {
        Term(self.0 + 1)
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// The place of an entry in the log. The first is 1; 0 is in front of all.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub(crate) struct Index(pub(crate) u64);

impl Index {
    pub(crate) const ZERO: Index = Index(0);

    pub(crate) fn next(self) -> Index {
        Index(self.0 + 1)
    }

    pub(crate) fn previous(self) -> Index {
        Index(self.0.saturating_sub(1))
    }

    pub(crate) fn plus(self, count: usize) -> Index {
        Index(self.0 + count as u64)
    }

    /// How many entries lie behind `earlier` up to this one; none if it is later.
    pub(crate) fn since(self, earlier: Index) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// An entry's place and term, which say together what the whole log up to it is (Log Matching,
/// paper §5.3). The order is that of "up-to-date" (paper §5.4.1): the later last term wins, and
/// of equal last terms the longer log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Position {
    pub(crate) term: Term,
    pub(crate) index: Index,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.index, self.term)
    }
}

/// A position with the digest of the log up to it: where a snapshot ends and a log begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Anchor {
    pub(crate) at: Position,
    pub(crate) digest: Digest,
}

/// Bytes that are nobody's business on the way: a command, the image of a state machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bytes(pub(crate) Box<[u8]>);

impl Serialize for Bytes {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
        deserializer.deserialize_bytes(AsOneSlice)
    }
}

/// Reads bytes as one slice, where `Vec<u8>` would read them one by one.
struct AsOneSlice;

impl serde::de::Visitor<'_> for AsOneSlice {
    type Value = Bytes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bytes")
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Bytes, E> {
        Ok(Bytes(bytes.into()))
    }
}

/// An entry of the log, as it is sent and saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) term: Term,
    /// An encoded request; empty in the no-op that a leader begins its term with.
    pub(crate) command: Bytes,
}

impl Entry {
    pub(crate) fn noop(term: Term) -> Entry {
        Entry { term, command: Bytes::default() }
    }

    pub(crate) fn is_noop(&self) -> bool {
        self.command.0.is_empty()
    }
}
