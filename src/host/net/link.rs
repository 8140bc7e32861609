//! One connection to a peer, or to somebody who has yet to say that it is one.

use super::Inbound;
use super::connection::Connection;
use crate::host::frame::{FrameBuffer, Hello};
use chaos_node::{Nanos, NodeId};

/// A connection on the peer port, or to a peer's.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) connection: Connection,
    pub(super) end: End,
    frames: FrameBuffer,
}

/// Who is at the other end of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// A peer.
    Peer(NodeId),
    /// Somebody who has not said hello yet and has until then to do so.
    Stranger { until: Nanos },
}

impl Link {
    pub(super) fn new(connection: Connection, end: End) -> Link {
        Link { connection, end, frames: FrameBuffer::default() }
    }

    pub(super) fn is_stranger(&self) -> bool {
        self.deadline().is_some()
    }

    /// When the link is given up if nothing changes.
    pub(super) fn deadline(&self) -> Option<Nanos> {
        match self.end {
            End::Stranger { until } => Some(until),
            End::Peer(_) => None,
        }
    }

    /// Takes bytes that arrived: a stranger's hello, if it is `welcome`, and messages. Returns
    /// whether they made sense.
    pub(super) fn take(
        &mut self,
        bytes: &[u8],
        welcome: impl Fn(NodeId) -> bool,
        inbound: &mut Vec<Inbound>,
    ) -> bool {
        let end = &mut self.end;
        let mut sound = true;
        let framed = self.frames.feed(bytes, |frame| match *end {
            End::Peer(from) => inbound.push(Inbound::Message { from, bytes: frame.to_vec() }),
            End::Stranger { .. } => match Hello::from_bytes(frame) {
                Some(Hello(id)) if welcome(id) => *end = End::Peer(id),
                Some(_) | None => sound = false,
            },
        });
        framed.is_ok() && sound
    }
}
