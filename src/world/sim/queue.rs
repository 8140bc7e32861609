//! The events to come, in order of virtual time; among equals the one scheduled first.

use chaos_node::{Message, Nanos, NodeId, Reply, Request, Ticket, Timer};
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// What it takes to reach a client, and back.
pub(super) const CLIENT_WIRE: Nanos = Nanos::from_micros(150);
/// Something that happens.
#[derive(Debug)]
pub(super) enum Event {
    /// A node starts.
    Boot { node: NodeId },
    /// A message arrives.
    Deliver { to: NodeId, from: NodeId, message: Message },
    /// A timer runs out, if it is still armed as it was.
    Timeout { node: NodeId, start: u32, timer: Timer, generation: u64 },
    /// The rest of a step that took its time.
    Continue { node: NodeId, start: u32 },
    /// A clock that runs fast and slow by turns comes to its next turn.
    Turn { node: NodeId, fault: usize },
    /// A client's request arrives.
    Request { node: NodeId, ticket: Ticket, request: Box<Request> },
    /// A node's answer arrives.
    Reply { ticket: Ticket, reply: Reply },
    /// A client's connection is refused or breaks.
    Broken { ticket: Ticket, sent: bool },
    /// A client has waited long enough.
    Elapsed { ticket: Ticket },
    /// A client's next operation is due.
    Due { client: usize },
    /// The nemesis wants to act.
    Nemesis,
    /// All faults end.
    Heal,
}

/// The events to come.
#[derive(Default)]
pub(super) struct Queue {
    heap: BinaryHeap<Entry>,
    scheduled: u64,
}

struct Entry {
    at: Nanos,
    order: u64,
    event: Event,
}

impl Queue {
    pub(super) fn push(&mut self, at: Nanos, event: Event) {
        self.scheduled += 1;
        self.heap.push(Entry { at, order: self.scheduled, event });
    }

    pub(super) fn pop(&mut self) -> Option<(Nanos, Event)> {
        self.heap.pop().map(|entry| (entry.at, entry.event))
    }
}

impl Ord for Entry {
    /// The other way round: the heap's greatest is the earliest.
    fn cmp(&self, other: &Entry) -> Ordering {
        (other.at, other.order).cmp(&(self.at, self.order))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Entry) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Entry) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Entry {}
