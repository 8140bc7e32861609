//! An operation: an invocation and what became of it.

use std::fmt;

use serde::Serialize;

use super::{Brief, Nanos, Text, Value, brief_word};

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

impl Operation {
    /// Whether its result says more than that it happened.
    pub(crate) fn tells(&self) -> bool {
        const LOOK: [&str; 10] =
            ["read", "get", "contains", "dequeue", "deq", "pop", "poll", "peek", "stat", "holder"];
        LOOK.contains(&self.f.as_str()) || !self.output.is_nil() && self.output != self.input
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&brief_word(&self.f))?;
        if let Some(key) = &self.key {
            write!(f, " {}", Bare(key))?;
        }
        if !self.input.is_nil() {
            write!(f, " {}", Brief(&self.input))?;
        }
        match self.outcome {
            Outcome::Ok if self.tells() => write!(f, " → {}", Brief(&self.output)),
            Outcome::Ok => Ok(()),
            Outcome::Fail => f.write_str(" failed"),
            Outcome::Info => f.write_str(" → ?"),
        }
    }
}

/// A key as people write it: text without its quotes, where it can be.
pub(crate) struct Bare<'a>(pub(crate) &'a Value);

impl fmt::Display for Bare<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::Text(text) => f.write_str(&brief_word(text)),
            other => write!(f, "{}", Brief(other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{Event, EventType, History};

    #[test]
    fn a_result_is_told_where_it_says_something() {
        let told = |f: &str, input: Value, output: Value| {
            let (index, time, process) = (0, Nanos(0), 0);
            let (kind, key, error, node) = (EventType::Invoke, None, None, None);
            let (f, value) = (f.to_owned(), input);
            let call = Event { index, time, process, kind, f, key, value, error, node };
            let ret = Event { kind: EventType::Ok, value: output, ..call.clone() };
            History::from_events([call, Event { index: 1, ..ret }]).unwrap().operations()[0]
                .to_string()
        };
        assert_eq!(told("dequeue", Value::Nil, Value::Nil), "dequeue → nil");
        assert_eq!(told("acquire", Value::Nil, Value::Nil), "acquire");
        assert_eq!(told("write", Value::Int(1), Value::Nil), "write 1");
        assert_eq!(told("write", Value::Int(1), Value::Int(1)), "write 1");
        assert_eq!(told("read", Value::Int(0), "a".into()), "read 0 → \"a\"");
        assert_eq!(told("add", Value::Int(1), false.into()), "add 1 → false");
    }
}
