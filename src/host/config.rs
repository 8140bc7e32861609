//! What the tester tells a node's process on its command line.

use chaos_node::{NodeConfig, NodeId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

/// All that a host needs to run its node; one JSON text on its command line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostConfig {
    /// The node itself.
    pub node: NodeConfig,
    /// The seed of the node's own random stream.
    pub seed: u64,
    /// Where it listens for its peers.
    pub peer_address: SocketAddr,
    /// Where it listens for clients.
    pub client_address: SocketAddr,
    /// Where it reaches each of its peers.
    pub peers: BTreeMap<NodeId, SocketAddr>,
    /// The folder of its files; it exists.
    pub data: PathBuf,
    /// How fast its clock runs, in millionths more (or less) than true time.
    #[serde(default)]
    pub clock_ppm: i32,
}
