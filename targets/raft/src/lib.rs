//! Raft.

mod mutant;
mod node;
mod settings;

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
