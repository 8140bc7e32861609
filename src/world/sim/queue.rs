//! The events to come, in order of virtual time; among equals the one scheduled first.

use chaos_node::{Message, Nanos, NodeId, Reply, Request, Ticket, Timer};
use std::cmp::Reverse;
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
    /// The script wants to act, if it still is at this step.
    Script,
    /// All faults end.
    Heal,
}

/// The events to come: a heap of their times, and beside it the events themselves, which need not
/// move when the heap does.
#[derive(Default)]
pub(super) struct Queue {
    heap: BinaryHeap<Reverse<Entry>>,
    events: Vec<Option<Event>>,
    /// Places among the events that are free.
    free: Vec<u32>,
    scheduled: u64,
}

/// Sorts by time, then by when it was scheduled: the place decides nothing, for no two of these are
/// alike.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    at: Nanos,
    order: u64,
    place: u32,
}

impl Queue {
    pub(super) fn push(&mut self, at: Nanos, event: Event) {
        self.scheduled += 1;
        let place = self.keep(event);
        self.heap.push(Reverse(Entry { at, order: self.scheduled, place }));
    }

    pub(super) fn pop(&mut self) -> Option<(Nanos, Event)> {
        let Reverse(Entry { at, place, .. }) = self.heap.pop()?;
        self.free.push(place);
        let event = self.events[place as usize].take();
        Some((at, event.expect("an entry's event is there until it is taken")))
    }

    pub(super) fn len(&self) -> usize {
        self.heap.len()
    }

    fn keep(&mut self, event: Event) -> u32 {
        if let Some(place) = self.free.pop() {
            self.events[place as usize] = Some(event);
            return place;
        }
        self.events.push(Some(event));
        u32::try_from(self.events.len() - 1).expect("fewer events under way than memory has bytes")
    }
}

#[cfg(test)]
mod tests {
    use super::{Event, Queue};
    use chaos_node::Nanos;

    #[test]
    fn events_come_by_time_and_then_as_they_were_scheduled() {
        let mut queue = Queue::default();
        for round in 0..3 {
            for (client, at) in [5, 3, 5, 4, 3].into_iter().enumerate() {
                queue.push(Nanos(at), Event::Due { client });
            }
            let came = std::iter::from_fn(|| queue.pop()).map(|(at, event)| match event {
                Event::Due { client } => (at.0, client),
                other => unreachable!("{other:?}"),
            });
            assert_eq!(
                came.collect::<Vec<_>>(),
                [(3, 1), (3, 4), (4, 3), (5, 0), (5, 2)],
                "{round}"
            );
        }
    }
}
