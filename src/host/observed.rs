//! Observations on their way from a node's standard output to the tester.
//!
//! Each is one line of JSON behind a word that no other output begins with:
//!
//! ```text
//! @chaos {"time":81234567890,"clock":1000000,"observation":{"role":{"role":"leader","term":3}}}
//! ```
//!
//! One more line, [`READY`], says that the node has started and serves, and a script that counts
//! messages has it say how many it sent ([`SENT`]).

use chaos_node::{Nanos, Observation};
use serde::{Deserialize, Serialize};

/// What the line of an observation begins with.
pub const PREFIX: &str = "@chaos ";

/// The line that says: all of [`chaos_node::Node::start`] is done and clients are welcome.
pub const READY: &str = "@chaos-ready";

/// What the line begins with by which a node says how much it has sent to its peers since it
/// started, as [`crate::network::Sent`]: for scripts that count. A node prints it when it was asked
/// to, after every turn in which it sent something.
pub const SENT: &str = "@chaos-sent ";

/// An observation with the times at which it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Observed {
    /// True time: the machine's monotonic clock, which the tester reads too.
    pub time: Nanos,
    /// The node's own clock.
    pub clock: Nanos,
    /// What the node told.
    pub observation: Observation,
}

impl Observed {
    /// What a line of a node's output says, without its end; nothing if it is any other line.
    ///
    /// # Errors
    /// If it claims to be an observation and cannot be read as one.
    pub fn from_line(line: &str) -> Option<Result<Observed, serde_json::Error>> {
        line.strip_prefix(PREFIX).map(serde_json::from_str)
    }

    /// Adds the observation's line, with its end.
    pub(crate) fn write_line(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(PREFIX.as_bytes());
        serde_json::to_writer(&mut *out, self).expect("plain data can always be written to memory");
        out.push(b'\n');
    }
}

#[cfg(test)]
mod tests {
    use super::Observed;
    use chaos_node::{Nanos, Observation};

    #[test]
    fn a_line_reads_as_it_was_written() {
        let text = "two\nlines and \u{2028}".to_owned();
        let observation = Observation::Note { topic: "vote".to_owned(), text };
        let observed = Observed { time: Nanos(7), clock: Nanos(3), observation };
        let mut line = Vec::new();
        observed.write_line(&mut line);
        let line = String::from_utf8(line).unwrap();
        assert_eq!(line.matches('\n').count(), 1);
        assert_eq!(Observed::from_line(line.trim_end()).unwrap().unwrap(), observed);
    }

    #[test]
    fn other_output_is_no_observation() {
        assert!(Observed::from_line("hello").is_none());
        assert!(Observed::from_line("@chaos-ready").is_none());
        assert!(Observed::from_line("@chaos {").unwrap().is_err());
    }
}
