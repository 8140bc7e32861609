//! The consistency models by name.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// What a system may promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Consistency {
    /// One order of all operations, as every session saw them.
    Sequential,
    /// The four session guarantees together.
    Causal,
    /// A session's reads see what it wrote before.
    ReadYourWrites,
    /// A session's reads never go back.
    MonotonicReads,
    /// Whoever sees a write sees what its session wrote before.
    MonotonicWrites,
    /// Whoever sees a write sees what its session had read before.
    WritesFollowReads,
}

/// A name that no consistency model has.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("no consistency is called `{0}`")]
pub struct UnknownConsistency(pub String);

/// Which of the four guarantees are asked for together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Guarantees {
    pub(super) read_your_writes: bool,
    pub(super) monotonic_reads: bool,
    pub(super) monotonic_writes: bool,
    pub(super) writes_follow_reads: bool,
}

impl Consistency {
    /// All of them, the strongest first.
    pub const ALL: [Consistency; 6] = [
        Consistency::Sequential,
        Consistency::Causal,
        Consistency::ReadYourWrites,
        Consistency::MonotonicReads,
        Consistency::MonotonicWrites,
        Consistency::WritesFollowReads,
    ];

    /// The name, as in `--consistency`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Consistency::Sequential => "sequential",
            Consistency::Causal => "causal",
            Consistency::ReadYourWrites => "read-your-writes",
            Consistency::MonotonicReads => "monotonic-reads",
            Consistency::MonotonicWrites => "monotonic-writes",
            Consistency::WritesFollowReads => "writes-follow-reads",
        }
    }

    /// The session guarantees that make it; `None` where one order of everything is asked for.
    pub(super) fn guarantees(self) -> Option<Guarantees> {
        use Consistency as C;
        (self != C::Sequential).then_some(Guarantees {
            read_your_writes: matches!(self, C::Causal | C::ReadYourWrites),
            monotonic_reads: self != C::ReadYourWrites,
            monotonic_writes: matches!(self, C::Causal | C::MonotonicWrites),
            writes_follow_reads: matches!(self, C::Causal | C::WritesFollowReads),
        })
    }
}

impl fmt::Display for Consistency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Consistency {
    type Err = UnknownConsistency;

    fn from_str(name: &str) -> Result<Consistency, UnknownConsistency> {
        let found = Consistency::ALL.into_iter().find(|level| level.name() == name);
        found.ok_or_else(|| UnknownConsistency(name.to_owned()))
    }
}
