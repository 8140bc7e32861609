//! From events to operations, refusing what cannot be true.

use rustc_hash::FxHashMap;

use super::stream::{Names, Order};
use super::{Dishonest, Event, EventType, HistoryError, Operation};

/// A call or a return, in the order in which they happened: the operation's number, doubled, plus
/// one for a return. A history has two of these an operation, so they are small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment(u32);

impl Moment {
    /// How many operations can be numbered.
    const OPERATIONS: usize = (u32::MAX >> 1) as usize;

    pub(crate) fn call(operation: usize) -> Moment {
        Moment((operation as u32) << 1)
    }

    pub(crate) fn ret(operation: usize) -> Moment {
        Moment((operation as u32) << 1 | 1)
    }

    pub(crate) fn operation(self) -> usize {
        (self.0 >> 1) as usize
    }

    pub(crate) fn is_return(self) -> bool {
        self.0 & 1 == 1
    }
}

/// A validated history: operations in the order of their calls.
#[derive(Clone, Debug, Default)]
pub struct History {
    operations: Vec<Operation>,
    moments: Vec<Moment>,
}

impl History {
    /// Pairs and validates the events; a fault is reported with the event's number from 1.
    ///
    /// # Errors
    /// [`HistoryError::Dishonest`] if the events contradict each other.
    pub fn from_events(events: impl IntoIterator<Item = Event>) -> Result<History, HistoryError> {
        let mut builder = HistoryBuilder::default();
        for (number, event) in (1..).zip(events) {
            builder.push(number, event)?;
        }
        Ok(builder.finish())
    }

    /// A history of these operations, with their calls and returns in this order.
    pub(crate) fn of(operations: Vec<Operation>, moments: Vec<Moment>) -> History {
        History { operations, moments }
    }

    /// The operations, in the order of their calls.
    #[must_use]
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// How many operations there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.operations.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    pub(crate) fn moments(&self) -> &[Moment] {
        &self.moments
    }
}

/// Takes events one by one and makes a [`History`] of them.
#[derive(Debug, Default)]
pub struct HistoryBuilder {
    history: History,
    open: FxHashMap<u64, usize>,
    names: Names,
    events: u64,
    order: Order,
}

impl HistoryBuilder {
    /// Adds the next event, which came from the given line.
    ///
    /// # Errors
    /// [`HistoryError::Dishonest`] if it contradicts the events before it.
    pub fn push(&mut self, line: u64, event: Event) -> Result<(), HistoryError> {
        self.take(event).map_err(|reason| HistoryError::Dishonest { line, reason })
    }

    /// The history; operations that never completed have an unknown outcome.
    #[must_use]
    pub fn finish(self) -> History {
        self.history
    }

    fn take(&mut self, event: Event) -> Result<(), Dishonest> {
        self.order.check(&event)?;
        match event.kind {
            EventType::Invoke => self.invoke(event)?,
            EventType::Ok | EventType::Fail | EventType::Info => self.complete(event)?,
        }
        self.events += 1;
        Ok(())
    }

    fn invoke(&mut self, event: Event) -> Result<(), Dishonest> {
        let number = self.history.operations.len();
        if number >= Moment::OPERATIONS {
            return Err(Dishonest::TooLong(Moment::OPERATIONS as u64));
        }
        if let Some(open) = self.open.insert(event.process, number) {
            let open = self.history.operations[open].f.to_string();
            return Err(Dishonest::TwoOpen { process: event.process, open, f: event.f });
        }
        let f = self.names.share(&event.f);
        self.history.moments.push(Moment::call(number));
        self.history.operations.push(Operation::invoked(event, f, self.events));
        Ok(())
    }

    fn complete(&mut self, event: Event) -> Result<(), Dishonest> {
        let Some(number) = self.open.remove(&event.process) else {
            return Err(Dishonest::NoInvocation { process: event.process, f: event.f });
        };
        let operation = &mut self.history.operations[number];
        operation.check_same(&event)?;
        if event.kind == EventType::Ok {
            self.history.moments.push(Moment::ret(number));
        }
        operation.complete(event, self.events);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Nanos, Outcome, Value};
    use super::*;

    fn event(index: u64, process: u64, kind: EventType, f: &str) -> Event {
        Event {
            index,
            time: Nanos(index * 10),
            process,
            kind,
            f: f.into(),
            key: None,
            value: Value::Int(7),
            error: None,
            node: None,
        }
    }

    fn refuse(events: Vec<Event>) -> (u64, Dishonest) {
        match History::from_events(events) {
            Err(HistoryError::Dishonest { line, reason }) => (line, reason),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn pairs_invocations_with_completions() {
        let history = History::from_events([
            event(0, 1, EventType::Invoke, "write"),
            event(1, 2, EventType::Invoke, "read"),
            event(2, 1, EventType::Ok, "write"),
            event(3, 2, EventType::Info, "read"),
        ])
        .unwrap();
        let [write, read] = history.operations() else { panic!() };
        assert_eq!(
            (write.outcome, write.ret, write.complete_index),
            (Outcome::Ok, Some(Nanos(20)), Some(2))
        );
        assert_eq!((read.outcome, read.ret, read.complete_index), (Outcome::Info, None, Some(3)));
        assert_eq!(history.moments().len(), 3);
    }

    #[test]
    fn refuses_a_completion_without_an_invocation() {
        let (line, reason) = refuse(vec![event(0, 1, EventType::Ok, "read")]);
        assert_eq!(line, 1);
        assert_eq!(reason.to_string(), "process 1 completes `read`, but has no operation open");
    }

    #[test]
    fn refuses_two_open_operations() {
        let (line, reason) = refuse(vec![
            event(0, 1, EventType::Invoke, "read"),
            event(1, 1, EventType::Invoke, "write"),
        ]);
        assert_eq!(line, 2);
        assert_eq!(reason.to_string(), "process 1 invokes `write`, but its `read` is still open");
    }

    #[test]
    fn refuses_time_and_index_that_run_backwards() {
        let mut late = event(1, 2, EventType::Invoke, "read");
        late.time = Nanos(5);
        let mut first = event(0, 1, EventType::Invoke, "read");
        first.time = Nanos(6);
        assert!(matches!(refuse(vec![first, late]), (2, Dishonest::TimeBackwards { .. })));
        let same = vec![event(3, 1, EventType::Invoke, "r"), event(3, 2, EventType::Invoke, "r")];
        assert!(matches!(refuse(same), (2, Dishonest::IndexBackwards { .. })));
    }

    #[test]
    fn refuses_a_completion_of_something_else() {
        let other = vec![event(0, 1, EventType::Invoke, "read"), event(1, 1, EventType::Ok, "cas")];
        assert!(matches!(refuse(other), (2, Dishonest::OtherOperation { .. })));
    }
}
