//! Why a history cannot be judged: always a line and a reason.

use std::io;

use thiserror::Error;

/// A history that cannot be read or believed.
#[derive(Debug, Error)]
pub enum HistoryError {
    /// The events contradict each other.
    #[error("line {line}: {reason}")]
    Dishonest {
        /// The line (or the event, counted from 1) at fault.
        line: u64,
        /// What is wrong.
        reason: Dishonest,
    },
    /// The text is not in the format.
    #[error("line {line}: {reason}")]
    Malformed {
        /// The line at fault, counted from 1.
        line: u64,
        /// What is wrong.
        reason: Malformed,
    },
    /// The source could not be read, or the sink not written.
    #[error("line {line}: {source}")]
    Io {
        /// The line that was being read or written.
        line: u64,
        /// What the system said.
        source: io::Error,
    },
}

/// How a history contradicts itself.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Dishonest {
    /// A completion of a process that has nothing open.
    #[error("process {process} completes `{f}`, but has no operation open")]
    NoInvocation {
        /// The process.
        process: u64,
        /// The operation's name.
        f: String,
    },
    /// An invocation by a process that has something open.
    #[error("process {process} invokes `{f}`, but its `{open}` is still open")]
    TwoOpen {
        /// The process.
        process: u64,
        /// The operation that is open.
        open: String,
        /// The operation that is invoked.
        f: String,
    },
    /// A completion that names another operation than the invocation.
    #[error("process {process} completes `{f}`, but it invoked `{open}`")]
    OtherOperation {
        /// The process.
        process: u64,
        /// What was invoked.
        open: String,
        /// What completes.
        f: String,
    },
    /// A completion that names another key than the invocation.
    #[error("process {process} completes `{f}` on another key than it invoked")]
    OtherKey {
        /// The process.
        process: u64,
        /// The operation's name.
        f: String,
    },
    /// An event earlier than the one before it.
    #[error("time runs backwards, from {before} to {now}")]
    TimeBackwards {
        /// The time of the event before.
        before: super::Nanos,
        /// The time of this event.
        now: super::Nanos,
    },
    /// An index that does not grow.
    #[error("index {now} after index {before}")]
    IndexBackwards {
        /// The index of the event before.
        before: u64,
        /// The index of this event.
        now: u64,
    },
    /// An operation that returns before it is called.
    #[error("an operation returns at {ret} but is called at {call}")]
    ReturnBeforeCall {
        /// When it is called.
        call: i64,
        /// When it returns.
        ret: i64,
    },
    /// More operations than the checker numbers.
    #[error("more than {0} operations")]
    TooLong(u64),
}

/// How a text is not in its format.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Malformed {
    /// The JSON of a line.
    #[error("not an event: {0}")]
    Json(String),
    /// A line that no honest history has.
    #[error("the line is longer than {0} bytes")]
    LineTooLong(usize),
    /// The last line lacks its end and is not an event.
    #[error("the last line is cut off: {0}")]
    Truncated(String),
    /// A line that is not text.
    #[error("the line is not UTF-8")]
    NotUtf8,
    /// Lists within lists within lists.
    #[error("nested deeper than {0} levels")]
    TooDeep(usize),
    /// Something else was expected.
    #[error("expected {expected}, found {found}")]
    Expected {
        /// What the format wants here.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
}
