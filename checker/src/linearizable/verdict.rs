//! The three answers. Giving up is an answer of its own and never counts as valid.

use std::fmt;

use serde::Serialize;

use super::Violation;
use crate::history::{Bare, Value};

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "verdict")]
pub enum Verdict {
    /// Every partition has a linearization.
    Valid(Valid),
    /// Some partition has none.
    Invalid(Box<Violation>),
    /// Some partition could not be decided, and none was found to be wrong.
    Unknown(Unknown),
}

/// What was proved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Valid {
    /// How many independent objects there are.
    pub partitions: usize,
    /// How many operations, without those that surely did not happen or say nothing.
    pub operations: usize,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unknown {
    /// The partition that was given up.
    pub key: Option<Value>,
    /// What ran out.
    pub reason: Reason,
}

/// What ran out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "reason")]
pub enum Reason {
    /// More configurations to hold than the budget allows.
    Configurations {
        /// The budget.
        limit: usize,
    },
    /// More memory than the budget allows.
    Bytes {
        /// The budget.
        limit: usize,
    },
    /// The caller's time.
    Time,
    /// A violation was found, but a second search could not confirm it.
    Unconfirmed,
    /// More operations open at once than the search has slots for.
    Concurrency {
        /// How many were open.
        pending: usize,
        /// How many slots there are.
        limit: usize,
    },
    /// Event by event: which object an operation was about showed only in its result.
    LatePartition,
}

impl Verdict {
    /// Whether a linearization was found for everything.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        matches!(self, Verdict::Valid(_))
    }

    /// Whether a violation was found.
    #[must_use]
    pub fn is_invalid(&self) -> bool {
        matches!(self, Verdict::Invalid(_))
    }

    /// The verdict on two independent parts: a violation outranks an unknown, which outranks valid.
    /// Of two violations the one that shows first in the history stays.
    #[must_use]
    pub fn and(self, other: Verdict) -> Verdict {
        match (self, other) {
            (Verdict::Invalid(first), Verdict::Invalid(second)) => {
                let second_is_earlier = second.completed_at() < first.completed_at();
                Verdict::Invalid(if second_is_earlier { second } else { first })
            }
            (invalid @ Verdict::Invalid(_), _) | (_, invalid @ Verdict::Invalid(_)) => invalid,
            (unknown @ Verdict::Unknown(_), _) | (_, unknown @ Verdict::Unknown(_)) => unknown,
            (Verdict::Valid(first), Verdict::Valid(second)) => Verdict::Valid(Valid {
                partitions: first.partitions + second.partitions,
                operations: first.operations + second.operations,
            }),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::Valid(Valid { partitions, operations }) => {
                write!(f, "linearizable ({operations} operations, {partitions} objects)")
            }
            Verdict::Invalid(violation) => write!(f, "NOT linearizable: {violation}"),
            Verdict::Unknown(unknown) => write!(f, "unknown: {unknown}"),
        }
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(key) = &self.key {
            write!(f, "key {}: ", Bare(key))?;
        }
        write!(f, "{}", self.reason)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Configurations { limit } => write!(f, "more than {limit} configurations"),
            Reason::Bytes { limit } => write!(f, "more than {limit} bytes of memory"),
            Reason::Unconfirmed => f.write_str("a violation could not be confirmed"),
            Reason::Time => f.write_str("the time was up"),
            Reason::Concurrency { pending, limit } => {
                write!(f, "{pending} operations open at once, and at most {limit} can be followed")
            }
            Reason::LatePartition => {
                f.write_str("what an operation is about shows only in its result; check the whole")
            }
        }
    }
}
