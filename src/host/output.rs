//! The node's standard output: where its observations go.

use super::HostError;
use super::observed::{Observed, READY, SENT};
use crate::network::Sent;
use nix::errno::Errno;
use std::io;

/// Lines that are not written yet, and whether anybody still reads them.
///
/// Writing blocks while the reader is behind: a tester that loses observations would judge by half
/// of the evidence.
#[derive(Debug, Default)]
pub(super) struct Output {
    lines: Vec<u8>,
    closed: bool,
}

impl Output {
    /// Adds an observation.
    pub(super) fn observe(&mut self, observed: &Observed) {
        observed.write_line(&mut self.lines);
    }

    /// Adds the line that says that the node serves.
    pub(super) fn ready(&mut self) {
        self.lines.extend_from_slice(READY.as_bytes());
        self.lines.push(b'\n');
    }

    /// Adds the line that says how much the node has sent.
    pub(super) fn sent(&mut self, sent: Sent) {
        self.lines.extend_from_slice(SENT.as_bytes());
        serde_json::to_writer(&mut self.lines, &sent)
            .expect("plain data can always be written to memory");
        self.lines.push(b'\n');
    }

    /// Whether the reader is gone.
    pub(super) fn closed(&self) -> bool {
        self.closed
    }

    /// Writes all lines, as a rule in one piece.
    pub(super) fn flush(&mut self) -> Result<(), HostError> {
        let mut rest = self.lines.as_slice();
        while !rest.is_empty() && !self.closed {
            match nix::unistd::write(io::stdout(), rest) {
                Ok(written) => rest = &rest[written..],
                Err(Errno::EINTR) => {}
                Err(Errno::EPIPE) => self.closed = true,
                Err(error) => {
                    let source = io::Error::from(error);
                    return Err(HostError::System { verb: "write to standard output", source });
                }
            }
        }
        self.lines.clear();
        Ok(())
    }
}
