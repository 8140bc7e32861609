//! What nodes say to each other.

use crate::table::Table;
use chaos_node::{NodeId, decode};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A message between nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Message {
    /// To a higher node: an election is held. "ELECTION" of the paper.
    Election,
    /// To a lower one: I am alive, and hold it myself. "ANSWER".
    Answer,
    /// I lead this epoch, and this is the table. "COORDINATOR"; said again and again.
    Coordinator { epoch: u64, table: Table },
    /// The table of this epoch is kept up to this version.
    Kept { epoch: u64, version: u64 },
    /// `precheck`: do you hear a leader?
    Ask { round: u64 },
    /// `precheck`: this one, or none.
    Hears { round: u64, leader: Option<NodeId> },
    /// `quorum`: will you follow me in this epoch?
    Claim { epoch: u64 },
    /// `quorum`: yes, and nobody before it again; this is my table.
    Promise { epoch: u64, table: Table },
    /// A later epoch has begun.
    Refuse { epoch: u64 },
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
            Message::Election => write!(f, "Election"),
            Message::Answer => write!(f, "Answer"),
            Message::Coordinator { epoch, table } => {
                write!(f, "Coordinator e{epoch} table={}.{}", table.epoch, table.version)
            }
            Message::Kept { epoch, version } => write!(f, "Kept e{epoch} table={version}"),
            Message::Ask { round } => write!(f, "Ask #{round}"),
            Message::Hears { round, leader: Some(leader) } => {
                write!(f, "Hears #{round} {leader}")
            }
            Message::Hears { round, leader: None } => write!(f, "Hears #{round} nobody"),
            Message::Claim { epoch } => write!(f, "Claim e{epoch}"),
            Message::Promise { epoch, table } => {
                write!(f, "Promise e{epoch} table={}.{}", table.epoch, table.version)
            }
            Message::Refuse { epoch } => write!(f, "Refuse e{epoch}"),
        }
    }
}
