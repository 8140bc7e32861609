//! What becomes of messages, one by one and counted.

use chaos_node::{Nanos, NodeId};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::AddAssign;

/// One end of links: n1 is 0, n2 is 1, …, and all clients together are the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoint(pub u16);

impl Endpoint {
    /// The endpoint of a node.
    ///
    /// # Panics
    /// If the node is n0, which does not exist.
    pub fn of(node: NodeId) -> Endpoint {
        assert!(node.0 > 0, "nodes are numbered from 1");
        Endpoint(node.0 - 1)
    }

    pub(super) fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is lost.
    Drop(Cause),
    /// It arrives.
    Deliver {
        /// When.
        at: Nanos,
        /// When it arrives once more, if it does; never before `at`.
        copy: Option<Nanos>,
    },
}

/// Whose rule it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The link's own: it is so when nothing is wrong.
    Base,
    /// That of the fault with this place in the plan.
    Fault(usize),
}

/// What the rules of one fault did to messages. One that two faults struck counts for both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effect {
    /// Lost.
    pub dropped: u64,
    /// Late.
    pub delayed: u64,
    /// Arrived twice.
    pub duplicated: u64,
    /// Held back, so that later ones could overtake them.
    pub reordered: u64,
}

impl Effect {
    /// Whether nothing was any different for the fault.
    pub fn is_nothing(&self) -> bool {
        *self == Effect::default()
    }
}

impl AddAssign for Effect {
    fn add_assign(&mut self, other: Effect) {
        self.dropped += other.dropped;
        self.delayed += other.delayed;
        self.duplicated += other.duplicated;
        self.reordered += other.reordered;
    }
}

impl fmt::Display for Effect {
    /// The counts that are not zero: `412 dropped, 3 delayed`; `nothing` if all are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = [
            (self.dropped, "dropped"),
            (self.delayed, "delayed"),
            (self.duplicated, "duplicated"),
            (self.reordered, "reordered"),
        ];
        let mut separator = "";
        for (count, word) in counts.iter().filter(|(count, _)| *count > 0) {
            write!(f, "{separator}{count} {word}")?;
            separator = ", ";
        }
        if separator.is_empty() { f.write_str("nothing") } else { Ok(()) }
    }
}

/// What the network did between nodes; what clients say and hear is not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Delivered, copies included.
    pub delivered: u64,
    /// Lost, whatever the cause.
    pub dropped: u64,
    /// Delivered twice.
    pub duplicated: u64,
    /// Held back, so that later ones could overtake them.
    pub reordered: u64,
}

/// What nodes sent each other, whether it arrived or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    /// Messages.
    pub messages: u64,
    /// Their bytes, without what a transport adds.
    pub bytes: u64,
}

impl Sent {
    /// One message more.
    pub fn count(&mut self, message: &[u8]) {
        *self = self.and(Sent { messages: 1, bytes: message.len() as u64 });
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Sent) -> Sent {
        Sent {
            messages: self.messages.saturating_add(other.messages),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Effect;

    #[test]
    fn an_effect_tells_what_is_not_zero() {
        let effect = Effect { dropped: 412, reordered: 3, ..Effect::default() };
        assert_eq!(effect.to_string(), "412 dropped, 3 reordered");
        assert_eq!(Effect::default().to_string(), "nothing");
    }
}
