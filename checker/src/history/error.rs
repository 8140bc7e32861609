//! Why a history cannot be judged: always a line and a reason.

use std::fmt;
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
    #[error("process {process} completes `{}`, but has no operation open", Short(f))]
    NoInvocation {
        /// The process.
        process: u64,
        /// The operation's name.
        f: String,
    },
    /// An invocation by a process that has something open.
    #[error("process {process} invokes `{}`, but its `{}` is still open", Short(f), Short(open))]
    TwoOpen {
        /// The process.
        process: u64,
        /// The operation that is open.
        open: String,
        /// The operation that is invoked.
        f: String,
    },
    /// A completion that names another operation than the invocation.
    #[error("process {process} completes `{}`, but it invoked `{}`", Short(f), Short(open))]
    OtherOperation {
        /// The process.
        process: u64,
        /// What was invoked.
        open: String,
        /// What completes.
        f: String,
    },
    /// A completion that names another key than the invocation.
    #[error("process {process} completes `{}` on another key than it invoked", Short(f))]
    OtherKey {
        /// The process.
        process: u64,
        /// The operation's name.
        f: String,
    },
    /// An event earlier than the one before it.
    #[error("time runs backwards, from {} to {} nanoseconds", .before.0, .now.0)]
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
    #[error("not an event: {}", Short(.0))]
    Json(String),
    /// A line, or an operation, that no honest history has.
    #[error("longer than {0} bytes")]
    LineTooLong(usize),
    /// The last line lacks its end and is not an event.
    #[error("the last line is cut off: {}", Short(.0))]
    Truncated(String),
    /// A line that is not text.
    #[error("the line is not UTF-8")]
    NotUtf8,
    /// Lists within lists within lists.
    #[error("nested deeper than {0} levels")]
    TooDeep(usize),
    /// Something else was expected.
    #[error("expected {expected}, found {}", Short(found))]
    Expected {
        /// What the format wants here.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
}

/// Text out of a file, which may be anything and of any length: as much of it as a message can bear, on
/// one line.
struct Short<'a>(&'a str);

impl fmt::Display for Short<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MOST: usize = 120;
        let mut room = MOST;
        for letter in self.0.chars() {
            let escaped = letter.is_control().then(|| letter.escape_default());
            let width = escaped.as_ref().map_or(1, |escaped| escaped.len());
            if width > room {
                return f.write_str("…");
            }
            room -= width;
            match escaped {
                Some(escaped) => write!(f, "{escaped}")?,
                None => write!(f, "{letter}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_says_is_told_in_short_and_on_one_line() {
        let told = |text: &str| Malformed::Json(text.to_owned()).to_string();
        assert_eq!(told("ä\n\u{1b}[2J"), "not an event: ä\\n\\u{1b}[2J");
        assert_eq!(told(&"x".repeat(1 << 20)), format!("not an event: {}…", "x".repeat(120)));
        assert_eq!(told(&"\0".repeat(120)), format!("not an event: {}…", "\\u{0}".repeat(24)));
    }
}
