//! What a workload can set.

use crate::mutant::Mutant;
use chaos_node::{ConfigError, Nanos, NodeConfig};

const KNOWN: [&str; 8] = [
    "election_timeout",
    "heartbeat",
    "pre_vote",
    "check_quorum",
    "max_batch",
    "max_inflight",
    "snapshot_every",
    "keep_entries",
];

/// A node's settings, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// The shortest time without a leader after which a node stands for election. Each wait is
    /// drawn from here to twice as long.
    pub(crate) election_timeout: Nanos,
    /// How often a leader makes itself heard, and a candidate asks again.
    pub(crate) heartbeat: Nanos,
    /// Whether a node asks if it could win before it raises its term (thesis §9.6).
    pub(crate) pre_vote: bool,
    /// Whether a leader that does not hear a majority steps down (thesis §6.2), and nodes that do
    /// hear a leader ignore candidates (thesis §4.2.3).
    pub(crate) check_quorum: bool,
    /// The most entries in one AppendEntries.
    pub(crate) max_batch: usize,
    /// The most AppendEntries under way to one follower.
    pub(crate) max_inflight: usize,
    /// How many entries are applied from one snapshot to the next.
    pub(crate) snapshot_every: u64,
    /// How many entries a node keeps behind its snapshot, for followers a little behind.
    pub(crate) keep_entries: u64,
    /// The bug the node has.
    pub(crate) mutant: Option<Mutant>,
}

impl Settings {
    /// The settings in a configuration.
    pub(crate) fn read(config: &NodeConfig) -> Result<Settings, ConfigError> {
        let options = &config.options;
        options.known(&KNOWN)?;
        let snapshot_every = options.number("snapshot_every", 1, 200)?;
        Ok(Settings {
            election_timeout: options.time("election_timeout", Nanos::from_millis(150))?,
            heartbeat: options.time("heartbeat", Nanos::from_millis(50))?,
            pre_vote: options.flag("pre_vote", true)?,
            check_quorum: options.flag("check_quorum", true)?,
            max_batch: size(options.number("max_batch", 1, 64)?),
            max_inflight: size(options.number("max_inflight", 1, 16)?),
            snapshot_every,
            keep_entries: options.number("keep_entries", 0, snapshot_every / 4)?,
            mutant: config.mutant.as_deref().map(Mutant::parse).transpose()?,
        })
    }

    /// How often a leader makes itself heard.
    pub(crate) fn beat(&self) -> Nanos {
        if self.has(Mutant::HeartbeatStorm) { self.heartbeat / 20 } else { self.heartbeat }
    }

    /// Whether the node has this bug.
    pub(crate) fn has(&self, mutant: Mutant) -> bool {
        self.mutant == Some(mutant)
    }
}

fn size(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
