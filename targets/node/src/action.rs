//! What a node can do to the world around it.

use crate::{Message, Nanos, NodeId, Observation, Reply};

/// One of a node's timers. Arming a timer that is armed already moves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timer(pub u32);

/// Where the answer to a client's request goes. It means nothing outside of the world that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// What a node wants done. Actions take effect in order; see the [crate] documentation.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Send a message to another node. It may never arrive.
    Send {
        /// Who shall have it.
        to: NodeId,
        /// The bytes.
        message: Message,
    },
    /// Call [`crate::Node::timeout`] when `after` has passed on the node's own clock.
    Arm {
        /// Which timer.
        timer: Timer,
        /// From now, by the node's own clock.
        after: Nanos,
    },
    /// Forget a timer.
    Disarm(Timer),
    /// Answer a client.
    Reply {
        /// The request's ticket. An unknown one is ignored: its client is gone.
        ticket: Ticket,
        /// The answer.
        reply: Reply,
    },
    /// Make a file hold exactly these bytes. It is created if it is missing.
    Write {
        /// The file's name: letters, digits, `.`, `_` and `-`.
        file: String,
        /// Its new content.
        bytes: Vec<u8>,
    },
    /// Add bytes to the end of a file. It is created if it is missing.
    Append {
        /// The file's name.
        file: String,
        /// What is added.
        bytes: Vec<u8>,
    },
    /// Cut a file to its first `len` bytes. A shorter file stays as it is.
    Truncate {
        /// The file's name.
        file: String,
        /// What is left of it, in bytes.
        len: u64,
    },
    /// Give a file another name; a file that had that name is gone. Atomic.
    Rename {
        /// The old name.
        from: String,
        /// The new name.
        to: String,
    },
    /// Make all that was written before durable. Nothing behind it happens before that.
    Sync,
    /// Tell the tester a fact about the node's inside.
    Observe(Observation),
}
