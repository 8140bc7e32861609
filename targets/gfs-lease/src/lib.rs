//! The Google File System's control and data path: leases, versions, record appends.
//!
//! After Sanjay Ghemawat, Howard Gobioff and Shun-Tak Leung, *The Google File System* (SOSP 2003).
//! One *master* (n1) keeps the namespace, and which chunks a file has; *chunkservers* (all others)
//! keep the chunks' replicas. The master grants one of the replicas of a chunk a *lease* (§3.1):
//! that one, the *primary*, puts mutations in order, and the others follow. Data goes along a chain
//! of chunkservers first (§3.2), then the primary is told to append it; it gives the mutation a
//! serial number and an offset, applies it, and answers when all replicas have applied it (§3.3).
//! An append that fails is tried again, so that a record is there *at least once*; what the failed
//! one left behind, readers pass over. A *write* at an offset goes the same way, a chunk at a time;
//! a *snapshot* (§3.4) copies a directory, whose chunks are shared until one of them is changed. A
//! chunk's *version* (§4.5) grows with each grant; a replica of an older one is stale, and is never
//! read from. A *shadow master* (§5.1.3) follows the operation log, and answers those who read.
//!
//! Leases need clocks whose *rates* are bounded: see [`Gfs`].
//!
//! `client` works for clients, `master` is the master with its operation log (`oplog`), namespace
//! with locks on paths (`locks`), leases (`lease`) and snapshots (`snapshot`), and its shadow
//! (`shadow`), `chunkserver` has replicas (`replica`) and what a primary does (`primary`), `record` is
//! the form of records.

mod chunkserver;
mod client;
mod master;
mod message;
mod mutant;
mod node;
mod record;
mod settings;

use chaos_node::{Argument, ConfigError, Node, NodeConfig, Operation, Profile, Target};
use mutant::Mutant;
use settings::Settings;

/// The Google File System's leases, as a system under test.
///
/// A lease of length `lease` lasts `lease · (1 - drift)` for its holder, from the instant of its
/// clock at which it sent what the grant answers, and `lease · (1 + drift)` for the master, from
/// the grant on. So no two are valid at a time while every clock runs within `1 ± drift` of true
/// time. A leap of the holder's clock only ends its lease early; a leap of the master's breaks it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gfs;

impl Target for Gfs {
    fn name(&self) -> &'static str {
        "gfs-lease"
    }

    fn about(&self) -> &'static str {
        "the Google File System's leases: one primary a chunk, versions, record appends"
    }

    fn mutants(&self) -> Vec<chaos_node::Mutant> {
        let told = |m: &Mutant| chaos_node::Mutant { name: m.name(), about: m.about() };
        Mutant::ALL.iter().map(told).collect()
    }

    fn profile(&self) -> Profile {
        const OPERATIONS: &[Operation] = &[
            Operation::new("create", 12, Argument::Nothing),
            Operation::new("delete", 4, Argument::Removal),
            Operation::new("stat", 16, Argument::Nothing),
            Operation::new("rename", 8, Argument::Key),
            Operation { modelled: false, ..Operation::new("append", 40, Argument::Piece) },
            Operation { modelled: false, ..Operation::new("read", 30, Argument::Nothing) },
            Operation { modelled: false, ..Operation::new("snapshot", 2, Argument::Nothing) },
            Operation { modelled: false, ..Operation::new("read-snapshot", 12, Argument::Nothing) },
            Operation {
                modelled: false,
                once: true,
                ..Operation::new("write", 0, Argument::Region(700))
            },
            Operation { modelled: false, ..Operation::new("content", 0, Argument::Nothing) },
            Operation { modelled: false, ..Operation::new("shadow-stat", 0, Argument::Nothing) },
            Operation { modelled: false, ..Operation::new("shadow-read", 0, Argument::Nothing) },
        ];
        let checks = &[
            "linearizable",
            "lease-exclusive",
            "lease-fencing",
            "mutation-order",
            "record-append",
            "snapshot",
            "no-crash",
            "recovery",
        ];
        Profile { operations: OPERATIONS, read: "read", model: Some("namespace"), checks }
    }

    fn node(&self, config: &NodeConfig) -> Result<Box<dyn Node>, ConfigError> {
        let settings = Settings::read(config)?;
        Ok(Box::new(node::GfsNode::new(config, settings)))
    }

    fn describe(&self, message: &[u8]) -> Option<String> {
        describe(message)
    }
}

/// A message between nodes in words, for a trace; nothing for bytes that are none.
pub fn describe(message: &[u8]) -> Option<String> {
    message::Message::parse(message).map(|message| message.to_string())
}
