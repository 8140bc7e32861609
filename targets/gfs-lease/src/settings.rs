//! What a workload can set.

use crate::mutant::Mutant;
use chaos_node::{ConfigError, Nanos, NodeConfig, NodeId};

const KNOWN: [&str; 10] = [
    "lease",
    "drift",
    "heartbeat",
    "retry",
    "patience",
    "timeout",
    "chunk_size",
    "block_size",
    "replicas",
    "shadows",
];

/// A node's settings, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    lease: Nanos,
    /// How far a clock's rate may be off, in percent.
    drift: u64,
    pub(crate) heartbeat: Nanos,
    /// How often what was not answered is said again.
    pub(crate) retry: Nanos,
    /// How long a silent chunkserver is waited for.
    pub(crate) patience: Nanos,
    /// How long a node works for a client that asked it.
    pub(crate) timeout: Nanos,
    pub(crate) chunk_size: usize,
    pub(crate) block_size: usize,
    /// How many replicas a chunk shall have.
    pub(crate) replicas: usize,
    /// The shadow masters: the last nodes.
    pub(crate) shadows: Vec<NodeId>,
    mutant: Option<Mutant>,
}

impl Settings {
    /// The settings in a configuration.
    pub(crate) fn read(config: &NodeConfig) -> Result<Settings, ConfigError> {
        let options = &config.options;
        options.known(&KNOWN)?;
        let number = |key, least, default| {
            options.number(key, least, default).map(|n| usize::try_from(n).unwrap_or(usize::MAX))
        };
        let shadows = number("shadows", 0, 0)?;
        // There are a master and a chunkserver at least.
        let first = config.nodes.len().saturating_sub(shadows).max(2);
        Ok(Settings {
            lease: options.time("lease", Nanos::from_millis(400))?,
            drift: options.number("drift", 0, 25)?.min(90),
            heartbeat: options.time("heartbeat", Nanos::from_millis(40))?,
            retry: options.time("retry", Nanos::from_millis(20))?,
            patience: options.time("patience", Nanos::from_millis(120))?,
            timeout: options.time("timeout", Nanos::from_millis(700))?,
            chunk_size: number("chunk_size", 64, 256)?.min(1 << 20),
            block_size: number("block_size", 8, 32)?,
            replicas: number("replicas", 1, 3)?,
            shadows: config.nodes.iter().skip(first).copied().collect(),
            mutant: config.mutant.as_deref().map(Mutant::parse).transpose()?,
        })
    }

    pub(crate) fn has(&self, mutant: Mutant) -> bool {
        self.mutant == Some(mutant)
    }

    /// How long a lease lasts for its holder, by its own clock, which may run slow.
    pub(crate) fn held(&self) -> Nanos {
        Nanos(self.lease.0 / 100 * (100 - self.drift))
    }

    /// How long that may be in true time, by a clock that may run slow.
    pub(crate) fn at_most(&self, time: Nanos) -> Nanos {
        Nanos(time.0.saturating_mul(100) / (100 - self.drift))
    }

    /// How long it lasts for the master, by its own clock, which may run fast.
    pub(crate) fn granted(&self) -> Nanos {
        match self.has(Mutant::LeaseOverlap) {
            true => self.lease / 4,
            false => Nanos(self.lease.0 / 100 * (100 + self.drift)),
        }
    }
}
