//! Checking while a run is under way, so that it can stop at its first violation.
//!
//! Every prefix of a linearizable history is linearizable, so a violation in a prefix is one of the
//! whole. A check of what there is takes about a microsecond an operation and gains from looking ahead
//! within it; so the monitor simply checks anew whenever the history has grown by a quarter. All
//! checks together cost about five times the last one, and a violation shows at the latest when a
//! quarter more has happened — or at [`Monitor::check`].

use super::{Budget, Kind, Verdict};
use crate::history::{Event, History, HistoryBuilder, HistoryError};
use crate::model::NotInModel;

/// The fewest new events that are worth a check.
const FEWEST: u64 = 1_000;

/// Takes the events of a run as they happen.
#[derive(Debug)]
pub struct Monitor {
    kind: Kind,
    builder: HistoryBuilder,
    events: u64,
    next: u64,
}

impl Monitor {
    /// A monitor of an object of this kind.
    #[must_use]
    pub fn new(kind: Kind) -> Monitor {
        Monitor { kind, builder: HistoryBuilder::default(), events: 0, next: FEWEST }
    }

    /// Takes the next event; tells whether it is time to [`check`](Monitor::check).
    ///
    /// # Errors
    /// [`HistoryError::Dishonest`] if the event contradicts the ones before it.
    pub fn push(&mut self, event: Event) -> Result<bool, HistoryError> {
        self.events += 1;
        self.builder.push(self.events, event)?;
        Ok(self.events >= self.next)
    }

    /// Decides about all that has happened so far; what is open may still happen or not.
    ///
    /// # Errors
    /// [`NotInModel`] if the model does not have one of the operations.
    pub fn check(&mut self, budget: &Budget<'_>) -> Result<Verdict, NotInModel> {
        self.next = self.events + (self.events / 4).max(FEWEST);
        self.kind.check(self.builder.so_far(), budget)
    }

    /// The history, once the run is over.
    #[must_use]
    pub fn finish(self) -> History {
        self.builder.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{EventType, Nanos, Value};

    fn event(index: u64, kind: EventType, f: &str, value: Value) -> Event {
        let (time, f) = (Nanos(index), f.to_owned());
        Event { index, time, process: 0, kind, f, key: None, value, error: None, node: None }
    }

    #[test]
    fn a_violation_shows_long_before_the_end() {
        let mut monitor = Monitor::new(Kind::Register);
        for at in 0..2_000 {
            let found = Value::Int(if at == 600 { 8 } else { 7 });
            let (f, value) = if at == 0 { ("write", Value::Int(7)) } else { ("read", Value::Nil) };
            monitor.push(event(at * 2, EventType::Invoke, f, value)).unwrap();
            if monitor.push(event(at * 2 + 1, EventType::Ok, f, found)).unwrap() {
                let verdict = monitor.check(&Budget::default()).unwrap();
                assert_eq!(verdict.is_invalid(), at >= 600, "{at}: {verdict}");
                if verdict.is_invalid() {
                    return;
                }
            }
        }
        panic!("not found");
    }
}
