//! The contract between a node under test and the world that runs it.
//!
//! A node is a *sans-IO* state machine. It never touches a clock, a socket, a thread or a file; it
//! is told what happened ([`Node::start`], [`Node::receive`], [`Node::timeout`],
//! [`Node::request`]) and answers with an ordered list of [`Action`]s that it puts into its
//! [`Context`]. The same node therefore runs unchanged as a real process and inside a
//! deterministic simulator.
//!
//! **Order is the contract.** Actions take effect in the order in which they were given, and
//! nothing behind a [`Action::Sync`] takes effect before everything in front of it is durable.
//! "Persist, then answer" is therefore nothing but two actions, one behind the other.
//!
//! **A crash loses what was not synced**, in every world.
//!
//! ```
//! use chaos_node::{Context, Message, Nanos, Node, NodeId, Reply, Request, Ticket, Timer};
//!
//! /// Answers every request with its own argument.
//! struct Echo;
//!
//! impl Node for Echo {
//!     fn start(&mut self, _ctx: &mut Context<'_>) {}
//!     fn receive(&mut self, _ctx: &mut Context<'_>, _from: NodeId, _message: &[u8]) {}
//!     fn timeout(&mut self, _ctx: &mut Context<'_>, _timer: Timer) {}
//!     fn request(&mut self, ctx: &mut Context<'_>, ticket: Ticket, request: Request) {
//!         ctx.reply(ticket, Reply::Ok(request.op.value));
//!     }
//! }
//! ```

mod action;
mod client;
mod codec;
mod context;
mod disk;
mod observation;
mod profile;
mod rng;
mod target;
mod time;
mod value;

pub use action::{Action, Ticket, Timer};
pub use client::{Op, OperationId, Reply, Request};
pub use codec::{DecodeError, decode, encode};
pub use context::Context;
pub use disk::{Disk, MemoryDisk};
pub use observation::{Digest, LeaseFact, Observation, Role};
pub use profile::{Argument, Operation, Profile};
pub use rng::{Rng, fnv1a};
pub use target::{ConfigError, Mutant, NodeConfig, Options, Target};
pub use time::{BadTime, Nanos};
pub use value::Value;

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The name of a node: `n1`, `n2`, … Numbering starts at 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeId(pub u16);

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("n")?;
        self.0.fmt(f)
    }
}

/// A text that names no node.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a node such as n1, found `{0}`")]
pub struct BadNodeId(pub String);

impl FromStr for NodeId {
    type Err = BadNodeId;

    /// Reads what [`fmt::Display`] prints, and nothing else: `n1`, not `n01` or `n0`.
    fn from_str(text: &str) -> Result<NodeId, BadNodeId> {
        let number = text.strip_prefix('n').and_then(|digits| digits.parse().ok());
        match number.map(NodeId) {
            Some(id) if id.0 > 0 && id.to_string() == text => Ok(id),
            Some(_) | None => Err(BadNodeId(text.to_owned())),
        }
    }
}

/// A message between nodes, as bytes: see [`encode`] and [`decode`].
pub type Message = Vec<u8>;

/// A node under test: a state machine that is told what happened and answers with actions.
///
/// Each call is one atomic step of the node as far as the node can tell; a crash may still fall
/// between any two of the actions that the call gave.
///
/// A node may panic where its own invariants are broken. The world reports that as a failure of
/// the system under test, with the message.
pub trait Node: Send {
    /// Called once before anything else, on the first start and again after every crash, with the
    /// disk as the crash left it.
    fn start(&mut self, ctx: &mut Context<'_>);

    /// A message of another node arrived. Messages may be lost, delayed, doubled and reordered.
    fn receive(&mut self, ctx: &mut Context<'_>, from: NodeId, message: &[u8]);

    /// A timer that was armed has run out. It is no longer armed.
    fn timeout(&mut self, ctx: &mut Context<'_>, timer: Timer);

    /// A client asks for something. The answer, if there ever is one, is given to `ticket`.
    fn request(&mut self, ctx: &mut Context<'_>, ticket: Ticket, request: Request);
}

#[cfg(test)]
mod tests {
    use super::NodeId;

    #[test]
    fn a_node_has_one_name() {
        assert_eq!("n12".parse(), Ok(NodeId(12)));
        for text in ["", "n", "12", "n0", "n01", "n+1", "n-1", "N1", "n1 ", "n65536"] {
            assert!(text.parse::<NodeId>().is_err(), "{text}");
        }
    }
}
