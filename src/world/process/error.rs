//! What can go wrong below a cluster of processes.

use std::io;
use std::path::PathBuf;

/// Why processes cannot be isolated here; each says what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum GroundError {
    /// The kernel, or a rule on top of it, refuses.
    #[error("{what} is refused here ({source}): {remedy}")]
    Refused {
        /// What was asked for.
        what: &'static str,
        /// What the kernel said.
        source: io::Error,
        /// What to do.
        remedy: String,
    },
    /// The caller has other threads already, so that no namespace can be entered.
    #[error("{0} threads run already: enter the ground first thing in main")]
    Threads(usize),
}

/// Why there is no arena.
#[derive(Debug, thiserror::Error)]
pub enum ArenaError {
    /// More nodes than a network has addresses, or none at all.
    #[error("a cluster has 1 to {most} nodes, not {nodes}")]
    Nodes {
        /// How many were asked for.
        nodes: u16,
        /// How many there can be.
        most: u16,
    },
    /// All slots that a machine can have are taken.
    #[error("no more than {0} clusters can run at once")]
    Full(usize),
    /// Something the kernel was asked for failed.
    #[error("{what}: {source}")]
    System {
        /// What was asked for.
        what: String,
        /// What the kernel said.
        source: io::Error,
    },
    /// Another tester uses the same folder.
    #[error("{} is in use by another run", .0.display())]
    Busy(PathBuf),
}
