//! Writes down what the clients saw: the history of a run.

use super::{Completion, to_checker};
use chaos_checker::{Event, EventType, Nanos as Time, Value};
use chaos_node::{Nanos, Op};

/// The history of a run so far.
#[derive(Debug, Default)]
pub struct Recorder {
    events: Vec<Event>,
}

impl Recorder {
    /// A recorder with room for so many events.
    pub fn with_room(events: usize) -> Recorder {
        Recorder { events: Vec::with_capacity(events) }
    }

    /// A client sends an operation.
    pub fn invoked(&mut self, time: Nanos, process: u64, op: &Op) {
        self.push(time, process, EventType::Invoke, op, to_checker(&op.value), None);
    }

    /// The operation is over, as far as its client can tell.
    pub fn completed(&mut self, time: Nanos, process: u64, op: &Op, completion: &Completion) {
        let value = match completion.kind {
            EventType::Ok => to_checker(&completion.value),
            EventType::Invoke | EventType::Fail | EventType::Info => to_checker(&op.value),
        };
        let error = completion.error.clone();
        self.push(time, process, completion.kind, op, value, error);
        if let Some(event) = self.events.last_mut() {
            event.node = Some(completion.node.to_string());
        }
    }

    /// All events, in order.
    pub fn into_history(self) -> Vec<Event> {
        self.events
    }

    fn push(
        &mut self,
        time: Nanos,
        process: u64,
        kind: EventType,
        op: &Op,
        value: Value,
        error: Option<String>,
    ) {
        let index = self.events.len() as u64;
        // Two clients may read the clock in one order and get here in the other.
        let last = self.events.last().map_or(0, |event| event.time.0);
        let time = Time(time.0.max(last));
        let key = Some(to_checker(&op.key)).filter(|key| !key.is_nil());
        let f = op.f.clone();
        self.events.push(Event { index, time, process, kind, f, key, value, error, node: None });
    }
}
