//! Election on a ring: the token of the highest id that is alive comes round, and its node leads.
//!
//! After Ernest Chang and Rosemary Roberts, *An Improved Algorithm for Decentralized Extrema-Finding
//! in Circular Configurations of Processes* (Communications of the ACM 22, 1979). A node that misses
//! the leader becomes a *participant* and sends a token with its id to its successor. A token passes
//! nodes of lower ids, makes them participants, and is swallowed by a participant of a higher id.
//! Who gets its own token back leads, and sends word of it round.
//!
//! The paper supposes that nothing is lost. Here nodes die, so a token is acknowledged, and goes to
//! the next node but one where that fails to happen. What stays is the *lost token*: it dies with
//! the node that holds it, or finds all ways cut. All are participants then, each swallows the
//! tokens of lower ids, and nobody starts again: `variant: plain`. The cure is `variant: retry`, in
//! which a participant that hears of no leader in time starts again.
//!
//! `node` is the node, `token` hands tokens on.

mod message;
mod node;
mod settings;
mod token;

use chaos_node::{ConfigError, Node, NodeConfig, Operation, Profile, Target};
use settings::{Settings, TOKEN_LOST};

/// Chang and Roberts' election, as a system under test.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ring;

impl Target for Ring {
    fn name(&self) -> &'static str {
        "ring"
    }

    fn about(&self) -> &'static str {
        "Chang and Roberts' election on a ring, plain or with the cure for lost tokens"
    }

    fn mutants(&self) -> Vec<chaos_node::Mutant> {
        vec![TOKEN_LOST]
    }

    fn profile(&self) -> Profile {
        const OPERATIONS: &[Operation] = &[Operation::question("who", 100)];
        let checks = &["agreement", "validity", "termination", "no-crash", "recovery"];
        Profile { operations: OPERATIONS, read: "who", model: None, checks }
    }

    fn node(&self, config: &NodeConfig) -> Result<Box<dyn Node>, ConfigError> {
        let settings = Settings::read(config)?;
        Ok(Box::new(node::RingNode::new(config, settings)))
    }

    fn describe(&self, message: &[u8]) -> Option<String> {
        describe(message)
    }
}

/// A message between nodes in words, for a trace; nothing for bytes that are none.
pub fn describe(message: &[u8]) -> Option<String> {
    message::Message::parse(message).map(|message| message.to_string())
}
