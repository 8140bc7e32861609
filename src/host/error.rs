//! Why a host stops, and the exit code that says so.

use chaos_node::ConfigError;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why a host could not run its node, or could not go on.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The configuration is no JSON, or not of the expected form.
    #[error("invalid host configuration: {0}")]
    Json(#[from] serde_json::Error),
    /// The configuration contradicts itself.
    #[error("invalid host configuration: {0}")]
    Inconsistent(String),
    /// The target refuses the node's configuration.
    #[error("invalid node configuration: {0}")]
    Node(#[from] ConfigError),
    /// It cannot listen where it should.
    #[error("cannot listen on {address}: {source}")]
    Bind {
        /// Where.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// The real disk failed; what the node believes to be durable may not be.
    #[error("disk failure: cannot {verb} {}: {source}", .path.display())]
    Disk {
        /// What was tried.
        verb: &'static str,
        /// On what.
        path: PathBuf,
        /// How it failed.
        source: io::Error,
    },
    /// The machine refused something that it should not refuse.
    #[error("cannot {verb}: {source}")]
    System {
        /// What was tried.
        verb: &'static str,
        /// How it failed.
        source: io::Error,
    },
}

impl HostError {
    /// The exit code of a node process that stops for this reason. One whose node panicked exits
    /// with [`PANICKED`] on its own.
    pub fn exit_code(&self) -> u8 {
        match self {
            HostError::Json(_) | HostError::Inconsistent(_) | HostError::Node(_) => 64,
            HostError::Bind { .. } => 69,
            HostError::System { .. } => 70,
            HostError::Disk { .. } => 74,
        }
    }
}

/// The exit code of a process whose node panicked: the system under test failed, not the host.
pub const PANICKED: i32 = 101;
