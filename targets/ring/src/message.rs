//! What nodes say to each other.

use chaos_node::{NodeId, decode};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What goes round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Token {
    /// This one wants to lead.
    Election { candidate: NodeId },
    /// This one leads.
    Elected { leader: NodeId, epoch: u64 },
}

/// A message between nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Message {
    /// To the successor, or the next one alive.
    Pass { number: u64, token: Token },
    /// The token of that number has come.
    Ack { number: u64 },
    /// From a leader to all: it is alive.
    Beat { epoch: u64 },
}

impl Message {
    /// The message that the bytes are, if they are one.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Message> {
        decode(bytes).ok()
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Message::Pass { number, token: Token::Election { candidate } } => {
                write!(f, "#{number} Election {candidate}")
            }
            Message::Pass { number, token: Token::Elected { leader, epoch } } => {
                write!(f, "#{number} Elected {leader} e{epoch}")
            }
            Message::Ack { number } => write!(f, "Ack #{number}"),
            Message::Beat { epoch } => write!(f, "Beat e{epoch}"),
        }
    }
}
