//! Raft: a replicated key/value store, to test and to be tested by.
//!
//! After Diego Ongaro and John Ousterhout, *In Search of an Understandable Consensus Algorithm*
//! (extended version, 2014), here "the paper", and Ongaro's dissertation *Consensus: Bridging
//! Theory and Practice* (Stanford, 2014), here "the thesis". The README beside this crate lists
//! what is built, where it departs from them, the options and the mutants.
//!
//! A cluster keeps one *log* of commands on all its nodes, and each node applies the log to its
//! own copy of the store. Time is divided into *terms*, each with at most one *leader*, who alone
//! adds to the log. An entry is *committed* once it can never be lost, and only then applied and
//! answered. Five properties carry all of it (paper, figure 3):
//!
//! * **Election Safety**: at most one leader a term. A vote is durable before it is given, and a
//!   leader needs a majority of votes (`election`).
//! * **Leader Append-Only**: a leader never takes back an entry of its own log (`replication`).
//! * **Log Matching**: logs that agree on an entry's index and term agree on all before it. Every
//!   AppendEntries names the entry in front of its own, and is refused where that is another
//!   (`follower`).
//! * **Leader Completeness**: what is committed is in the log of every later leader. A majority
//!   holds it, and none of them votes for a log that is less up-to-date; and an entry of an older
//!   term is never committed by itself (`replication`).
//! * **State Machine Safety**: no two nodes apply different entries at an index. They apply what is
//!   committed, in order (`commit`).
//!
//! A node is one `RaftNode`, which is told events and answers with actions. What it must
//! not forget goes through `storage`, is read back by `restore`, and is framed by `records`.
//! Clients meet `client`, their reads `leader`, and each follower is followed by a `peer`.

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

use chaos_node::{ConfigError, Node, NodeConfig, OperationId, Profile, Target};
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

    fn profile(&self) -> Profile {
        let checks = &[
            "linearizable",
            "election-safety",
            "leader-append-only",
            "log-matching",
            "leader-completeness",
            "state-machine-safety",
            "commit-rule",
            "no-crash",
            "recovery",
        ];
        Profile { checks, ..Profile::KEY_VALUE }
    }

    fn node(&self, config: &NodeConfig) -> Result<Box<dyn Node>, ConfigError> {
        let settings = Settings::read(config)?;
        Ok(Box::new(node::RaftNode::new(config, settings)))
    }

    fn describe(&self, message: &[u8]) -> Option<String> {
        describe(message)
    }

    fn carries(&self, message: &[u8]) -> Vec<OperationId> {
        message::Message::parse(message).map_or(Vec::new(), |message| message.requests())
    }
}

/// A message between nodes in words, for a trace; nothing for bytes that are none.
pub fn describe(message: &[u8]) -> Option<String> {
    message::Message::parse(message).ok().map(|message| message.to_string())
}
