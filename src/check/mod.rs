//! Properties of an execution.
//!
//! A check reads an [`Execution`] and gives a [`Verdict`]. `Unknown` is a verdict of its own, with
//! its reason: it is never counted as valid. A violation says in one sentence what broke, and
//! carries the facts that contradict each other.

use crate::workload::plan::Property;
use chaos_node::{Nanos, NodeId};
use serde::{Deserialize, Serialize};

/// What a check found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The property holds in all that was observed.
    Valid,
    /// It does not.
    Invalid(Box<Violation>),
    /// It could not be decided, for this reason.
    Unknown(String),
}

/// What broke.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Violation {
    /// The property that does not hold.
    pub property: Property,
    /// One sentence of the domain, without a full stop's worth of jargon: what contradicts what.
    pub summary: String,
    /// When it could first be seen, in true time since the run began.
    pub time: Option<Nanos>,
    /// The facts that contradict each other, in order of time.
    pub facts: Vec<Fact>,
    /// For histories: the counterexample in words, line by line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub story: Vec<String>,
    /// For histories: the indexes of the events of the operations that suffice to refute.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<u64>,
}

/// One fact of a violation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// When it was so.
    pub time: Nanos,
    /// Whose fact it is, if a node's.
    pub node: Option<NodeId>,
    /// The fact in words.
    pub text: String,
}

/// A property with what its check found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Which property.
    pub property: Property,
    /// What was found.
    pub verdict: Verdict,
}
