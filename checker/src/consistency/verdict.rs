//! What came of it, and why.

use std::fmt;

use serde::Serialize;

use crate::history::{Operation, Value};
use crate::linearizable::Told;

/// What was found out about a history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Finding {
    /// It is as promised.
    Valid,
    /// It is not.
    Invalid(Box<Anomaly>),
    /// It could not be decided.
    Unknown(Undecided),
}

/// Why a history is not as promised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Anomaly {
    /// It all in one sentence.
    pub sentence: String,
    /// Operations each of which has to come before the next, and the last before the first.
    pub cycle: Vec<Link>,
}

/// An operation, and why it comes before the next one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// The operation.
    pub operation: Operation,
    /// Why it comes before the next.
    pub relation: Relation,
}

/// Why one operation comes before another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Relation {
    /// The same session did it before.
    Session,
    /// The other found what it wrote.
    ReadBy,
    /// This read found what was written before it: so its view, which has this write, has it first.
    HiddenFrom(Box<Operation>),
    /// It found the value that the other overwrites.
    Overwritten,
}

/// Why nothing was decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "reason")]
pub enum Undecided {
    /// A value that was read may come from several writes.
    Ambiguous {
        /// The object.
        key: Option<Value>,
        /// The value.
        value: String,
    },
    /// An operation that is not a read, a write, an append, or a comparison that swapped.
    NotARegister {
        /// The operation.
        operation: Box<Operation>,
    },
    /// More memory, or more configurations, than the budget allows.
    Space,
    /// The caller's time.
    Time,
}

impl Finding {
    /// Whether it is as promised.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        matches!(self, Finding::Valid)
    }

    /// Whether it is not.
    #[must_use]
    pub fn is_invalid(&self) -> bool {
        matches!(self, Finding::Invalid(_))
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Finding::Valid => f.write_str("valid"),
            Finding::Invalid(anomaly) => write!(f, "violated: {anomaly}"),
            Finding::Unknown(why) => write!(f, "unknown: {why}"),
        }
    }
}

impl fmt::Display for Anomaly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.sentence)?;
        for Link { operation, relation } in &self.cycle {
            writeln!(f, "    {}\n      {relation}", Told(operation))?;
        }
        Ok(())
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Relation::Session => f.write_str("before, in the same session:"),
            Relation::ReadBy => f.write_str("was read by:"),
            Relation::HiddenFrom(read) => {
                write!(f, "before what was found by {}:", Told(read))
            }
            Relation::Overwritten => f.write_str("before what overwrites the value that it found:"),
        }
    }
}

impl fmt::Display for Undecided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Undecided::Ambiguous { key, value } => {
                write!(f, "the value {value}")?;
                if let Some(key) = key {
                    write!(f, " of key {key}")?;
                }
                f.write_str(" was read and may come from several writes")
            }
            Undecided::NotARegister { operation } => {
                write!(f, "`{operation}` does not tell whose write it found or made")
            }
            Undecided::Space => f.write_str("more memory or configurations than the budget allows"),
            Undecided::Time => f.write_str("the time was up"),
        }
    }
}
