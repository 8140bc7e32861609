//! Raft.

mod client;
mod commit;
mod election;
mod follower;
mod kv;
mod leader;
mod log;
mod machine;
mod message;
mod mutant;
mod node;
mod peer;
mod quorum;
mod records;
mod replication;
mod restore;
mod settings;
mod storage;
mod types;
mod votes;

use chaos_node::{ConfigError, Node, NodeConfig, Target};
use mutant::Mutant;
use settings::Settings;

/// Raft, as a system under test.
#[derive(Clone, Copy, Debug, Default)]
pub struct Raft;

impl Target for Raft {
    fn name(&self) -> &'static str {
        "raft"
    }

    fn about(&self) -> &'static str {
        "Raft: a replicated key/value store with snapshots, client sessions and linearizable reads"
    }

    fn mutants(&self) -> Vec<chaos_node::Mutant> {
        let told = |m: &Mutant| chaos_node::Mutant { name: m.name(), about: m.about() };
        Mutant::ALL.iter().map(told).collect()
    }

    fn node(&self, config: &NodeConfig) -> Result<Box<dyn Node>, ConfigError> {
        let settings = Settings::read(config)?;
        Ok(Box::new(node::RaftNode::new(config, settings)))
    }
}

/// A message between nodes in words, for a trace; nothing for bytes that are none.
pub fn describe(message: &[u8]) -> Option<String> {
    message::Message::parse(message).ok().map(|message| message.to_string())
}
