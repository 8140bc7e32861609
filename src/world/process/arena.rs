//! Arenas: where a cluster lives for one run.
use super::command::{NodeCommand, NodeProcess};
use super::error::ArenaError;
use crate::network::Links;
use chaos_node::{Nanos, NodeId};
use std::collections::BTreeMap;
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;

/// Where arenas keep the nodes' files.
#[derive(Clone, Debug)]
pub struct ArenaOptions {
    /// A folder inside the run's folder. A tmpfs that only this process sees is mounted on it.
    pub scratch: PathBuf,
    /// A folder on a real disk, to be used instead.
    pub data_dir: Option<PathBuf>,
}

/// A pool of arenas.
#[derive(Clone, Debug)]
pub struct Arenas {}

impl Arenas {
    /// An arena with these links, of the pool or a new one.
    ///
    /// # Errors
    /// If the kernel refuses to make one more.
    pub fn acquire(&self, links: Links) -> Result<Arena, ArenaError> {
        let _ = links;
        todo!()
    }
}

/// Where one cluster lives for one run. Dropping it ends everything in it.
#[derive(Debug)]
pub struct Arena {}

/// Where a node listens and reaches the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// Where it listens for its peers.
    pub peer_address: SocketAddr,
    /// Where it listens for clients.
    pub client_address: SocketAddr,
    /// Where it reaches each of its peers.
    pub peers: BTreeMap<NodeId, SocketAddr>,
}

impl Arena {
    /// When the arena was acquired, by CLOCK_MONOTONIC, the same clock that nodes read.
    pub fn epoch(&self) -> Nanos {
        todo!()
    }
    /// True time since the epoch.
    pub fn now(&self) -> Nanos {
        todo!()
    }
    /// Works on the links between two messages; it is also told the time since the epoch.
    pub fn with_links<R>(&self, work: impl FnOnce(&mut Links, Nanos) -> R) -> R {
        let _ = work;
        todo!()
    }
    /// Where a node listens and reaches the others. They hold until the arena is dropped.
    pub fn addresses(&self, node: NodeId) -> Addresses {
        let _ = node;
        todo!()
    }
    /// Begins to connect a client to a node: non-blocking, without Nagle's delay, perhaps not
    /// connected yet.
    ///
    /// # Errors
    /// If the kernel has no socket left.
    pub fn connect(&self, node: NodeId) -> io::Result<TcpStream> {
        let _ = node;
        todo!()
    }
    /// The node's files: empty when the arena is acquired, kept over the node's deaths.
    pub fn data_dir(&self, node: NodeId) -> PathBuf {
        let _ = node;
        todo!()
    }
    /// Starts a node in its data folder.
    ///
    /// # Errors
    /// If the program cannot be started.
    pub fn spawn(&self, node: NodeId, command: &NodeCommand) -> io::Result<NodeProcess> {
        let _ = (node, command);
        todo!()
    }
}
