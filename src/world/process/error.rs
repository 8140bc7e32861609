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
    /// There are other threads already; a process with threads cannot change its namespaces.
    #[error("{0} threads run already: enter the ground first thing in main")]
    Threads(usize),
    /// Something failed that should not.
    #[error("namespaces cannot be entered: {0}")]
    Failed(#[from] io::Error),
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
    /// All the clusters run that there can be.
    #[error("no more than {0} clusters can run at once")]
    Full(usize),
    /// Another tester keeps its nodes' files there.
    #[error("{} is in use by another run", .0.display())]
    Busy(PathBuf),
    /// Every cluster takes some descriptors, and this process may have no more.
    #[error(
        "cannot {what}: too many open files; raise the limit (ulimit -n) or run fewer clusters \
         at once"
    )]
    Files {
        /// What was to be done.
        what: String,
    },
    /// Something the kernel was asked for failed.
    #[error("cannot {what}: {source}")]
    System {
        /// What was to be done.
        what: String,
        /// What the kernel said.
        source: io::Error,
    },
}

impl ArenaError {
    /// For `map_err`: what was to be done when the kernel said no.
    pub(super) fn system(what: impl Into<String>) -> impl FnOnce(io::Error) -> ArenaError {
        let what = what.into();
        |source| match source.raw_os_error() {
            Some(libc::EMFILE | libc::ENFILE) => ArenaError::Files { what },
            _ => ArenaError::System { what, source },
        }
    }
}
