//! One line of a history: something a client did, or learnt, at a moment.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Value;

/// A moment, in nanoseconds since the run began.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Nanos(pub u64);

impl fmt::Display for Nanos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, rest) = (self.0 / 1_000_000_000, self.0 % 1_000_000_000);
        if rest.is_multiple_of(1_000_000) {
            write!(f, "{seconds}.{:03} s", rest / 1_000_000)
        } else {
            write!(f, "{seconds}.{:06} s", rest / 1_000)
        }
    }
}

/// Whether an event starts an operation, or how it ends one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EventType {
    /// The client sends the request.
    Invoke,
    /// The operation happened, and this is its result.
    Ok,
    /// The operation surely did not happen.
    Fail,
    /// Nobody knows whether it happened, or will.
    Info,
}

/// One event of a history, as it stands on disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its place in the history, counted from 0.
    pub index: u64,
    /// When it happened.
    pub time: Nanos,
    /// The logical client. It has one operation open at a time; after `info` it is retired.
    pub process: u64,
    /// Start, or kind of end.
    #[serde(rename = "type")]
    pub kind: EventType,
    /// The operation's name: `read`, `write`, `enqueue`, …
    pub f: String,
    /// The object it is about, where a history has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Value>,
    /// The argument on `invoke`, the result on `ok`.
    #[serde(default)]
    pub value: Value,
    /// What the client was told when it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The node it talked to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
}
