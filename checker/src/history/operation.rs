//! An operation: an invocation and what became of it.

use std::fmt;

use serde::Serialize;

use super::{Nanos, Text, Value};

/// What is known about an operation's effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It happened between its call and its return.
    Ok,
    /// It did not happen, and never will.
    Fail,
    /// It may have happened, may happen at any later time, or never.
    Info,
}

/// An invocation paired with its completion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Operation {
    /// The logical client.
    pub process: u64,
    /// The operation's name.
    pub f: Text,
    /// The object it is about, where a history has several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<Value>,
    /// The argument.
    pub input: Value,
    /// The result; [`Value::Nil`] unless the outcome is [`Outcome::Ok`].
    pub output: Value,
    /// What is known about its effect.
    pub outcome: Outcome,
    /// When it was called.
    pub call: Nanos,
    /// When it returned; `None` where that is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ret: Option<Nanos>,
    /// The place of its invocation among the history's events, from 0.
    pub invoke_index: u64,
    /// The place of its completion among the history's events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub complete_index: Option<u64>,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.f)?;
        if let Some(key) = &self.key {
            write!(f, " {}", Bare(key))?;
        }
        if !self.input.is_nil() {
            write!(f, " {}", self.input)?;
        }
        match self.outcome {
            Outcome::Ok if self.output == self.input => Ok(()),
            Outcome::Ok => write!(f, " → {}", self.output),
            Outcome::Fail => f.write_str(" failed"),
            Outcome::Info => f.write_str(" → ?"),
        }
    }
}

/// A key as people write it: text without its quotes.
pub(crate) struct Bare<'a>(pub(crate) &'a Value);

impl fmt::Display for Bare<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::Text(text) => f.write_str(text),
            other => write!(f, "{other}"),
        }
    }
}
