//! The Bully algorithm: the node of the highest id that is alive leads, and hands out locks.
//!
//! After Hector Garcia-Molina, *Elections in a Distributed Computing System* (IEEE Transactions on
//! Computers C-31, 1982). A node that misses the leader sends ELECTION to all of higher ids. Who
//! gets one says ANSWER and holds an election of its own. Who gets no answer in time has won, and
//! says COORDINATOR to all; a node that recovers holds an election at once, and so bullies its way
//! back. The paper supposes that nodes never stand still and that messages arrive in bounded time;
//! where that is not so, a silent node is not a dead one, and the algorithm breaks. Hence three
//! variants:
//!
//! * `plain`: the classic. Both sides of a partition elect a leader, and a highest node that
//!   flickers takes over again and again.
//! * `precheck`: a node asks the others whether they miss the leader too, and holds an election only
//!   if more than half do; a leader is followed whatever its id. That cures the flapping.
//! * `quorum`: who has won asks all for their promise, which each gives once an *epoch*, and leads
//!   only with the promises of more than half. That cures the split brain.
//!
//! The leader hands out locks with fencing tokens. It sends the whole table with every COORDINATOR.
//! In `quorum` it answers a client when more than half have the table, and a promise carries the
//! promiser's, so that nothing acknowledged is lost; in the others it is the only authority.
//!
//! `election` holds elections, `leader` leads, `client` answers clients, `table` is what is kept.

mod client;
mod election;
mod leader;
mod message;
mod mutant;
mod node;
mod settings;
mod table;

use chaos_node::{ConfigError, Node, NodeConfig, Operation, Profile, Target};
use mutant::Mutant;
use settings::Settings;

/// The Bully algorithm, as a system under test.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bully;

impl Target for Bully {
    fn name(&self) -> &'static str {
        "bully"
    }

    fn about(&self) -> &'static str {
        "the Bully election, plain, with precheck or with quorum; its leader hands out fenced locks"
    }

    fn mutants(&self) -> Vec<chaos_node::Mutant> {
        let told = |m: &Mutant| chaos_node::Mutant { name: m.name(), about: m.about() };
        Mutant::ALL.iter().map(told).collect()
    }

    fn profile(&self) -> Profile {
        const OPERATIONS: &[Operation] = &[
            Profile::FENCED_LOCK.operations[0],
            Profile::FENCED_LOCK.operations[1],
            Profile::FENCED_LOCK.operations[2],
            Operation::question("who", 60),
        ];
        let checks = &[
            "linearizable",
            "election-safety",
            "one-leader",
            "agreement",
            "termination",
            "no-crash",
            "recovery",
        ];
        Profile { operations: OPERATIONS, checks, ..Profile::FENCED_LOCK }
    }

    fn node(&self, config: &NodeConfig) -> Result<Box<dyn Node>, ConfigError> {
        let settings = Settings::read(config)?;
        Ok(Box::new(node::BullyNode::new(config, settings)))
    }

    fn describe(&self, message: &[u8]) -> Option<String> {
        describe(message)
    }
}

/// A message between nodes in words, for a trace; nothing for bytes that are none.
pub fn describe(message: &[u8]) -> Option<String> {
    message::Message::parse(message).map(|message| message.to_string())
}
