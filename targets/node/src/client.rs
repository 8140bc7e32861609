//! The one small protocol between clients and all own targets.
//!
//! On the wire it is a JSON object a line, so that any program can speak it; the world adds the
//! `id` by which an answer finds its request:
//!
//! ```text
//! → {"id":1,"session":7,"sequence":3,"f":"put","key":"x","value":"1"}
//! ← {"id":1,"ok":null}
//! ```

use crate::{NodeId, Value};
use serde::{Deserialize, Serialize};

/// What a client wants done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Op {
    /// The function's name: `get`, `put`, `acquire`, …
    pub f: String,
    /// What it is done to, where the target has such a thing.
    #[serde(default)]
    pub key: Value,
    /// Its argument.
    #[serde(default)]
    pub value: Value,
}

/// An operation with the identity that lets a target do it at most once however often it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The client's session, unique in a run.
    pub session: u64,
    /// The operation's number in its session: 1, 2, … A retry keeps its number.
    pub sequence: u64,
    /// What shall be done.
    pub op: Op,
}

/// Which operation of a run it is: that of its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OperationId {
    /// The client's session.
    pub session: u64,
    /// The operation's number in its session, from 1.
    pub sequence: u64,
}

impl Request {
    /// Which operation it asks for.
    pub fn id(&self) -> OperationId {
        OperationId { session: self.session, sequence: self.sequence }
    }
}

/// A node's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reply {
    /// Done, with its result.
    Ok(Value),
    /// Surely not done, now or ever (a *definite* error), with the reason.
    Fail(String),
    /// It may be done, or may yet be (an *indefinite* error), with the reason.
    Info(String),
    /// Surely not done here; that node may know better, if there is one.
    Redirect(Option<NodeId>),
}
