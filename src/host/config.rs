//! What the tester tells a node's process on its command line.

use super::HostError;
use chaos_node::{NodeConfig, NodeId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

/// All that a host needs to run its node; one JSON text on its command line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
    /// Whether it tells after each turn what it has sent to its peers.
    #[serde(default)]
    pub count: bool,
}

impl HostConfig {
    /// Reads the JSON text of a command line.
    ///
    /// # Errors
    /// If it is no JSON, not of this form, or contradicts itself.
    pub fn from_json(text: &str) -> Result<HostConfig, HostError> {
        let config: HostConfig = serde_json::from_str(text)?;
        config.check()?;
        Ok(config)
    }

    /// Refuses what contradicts itself.
    ///
    /// # Errors
    /// Says what does.
    pub fn check(&self) -> Result<(), HostError> {
        let NodeConfig { id, nodes, .. } = &self.node;
        let others: Vec<NodeId> = nodes.iter().copied().filter(|node| node != id).collect();
        let checks = [
            (nodes.is_sorted_by(|a, b| a < b), format!("nodes {} are not in order", names(nodes))),
            (nodes.contains(id), format!("{id} is not among {}", names(nodes))),
            (self.peers.keys().eq(&others), format!("expected peers {}", names(&others))),
            (self.data.is_dir(), format!("no folder {}", self.data.display())),
            (self.clock_ppm > -1_000_000, format!("a clock of {} ppm stands", self.clock_ppm)),
        ];
        match checks.into_iter().find(|(holds, _)| !holds) {
            Some((_, problem)) => Err(HostError::Inconsistent(problem)),
            None => Ok(()),
        }
    }
}

fn names(nodes: &[NodeId]) -> String {
    nodes.iter().map(NodeId::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::HostConfig;

    fn text() -> String {
        r#"{"node":{"id":1,"nodes":[1,2]},"seed":7,"peer_address":"127.0.0.1:1",
            "client_address":"127.0.0.1:2","peers":{"2":"127.0.0.1:3"},"data":"/"}"#
            .to_owned()
    }

    #[test]
    fn reads_the_least_there_can_be() {
        let config = HostConfig::from_json(&text()).unwrap();
        let again = HostConfig::from_json(&serde_json::to_string(&config).unwrap()).unwrap();
        assert_eq!(config, again);
    }

    #[test]
    fn refuses_nonsense_and_says_why() {
        let refuses = |from: &str, to: &str, why: &str| {
            let error = HostConfig::from_json(&text().replace(from, to)).unwrap_err();
            assert!(error.to_string().contains(why), "{error}");
            assert_eq!(error.exit_code(), 64);
        };
        refuses("{\"node", "[\"node", "invalid host configuration");
        refuses("\"seed\"", "\"sead\"", "unknown field `sead`");
        refuses("[1,2]", "[2,1]", "n2, n1 are not in order");
        refuses("\"id\":1", "\"id\":3", "n3 is not among n1, n2");
        refuses("{\"2\":", "{\"3\":", "expected peers n2");
        refuses("\"/\"", "\"/nowhere\"", "no folder /nowhere");
        refuses("\"/\"", "\"/\",\"clock_ppm\":-1000000", "stands");
    }
}
