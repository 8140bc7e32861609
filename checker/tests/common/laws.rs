//! Laws of verdicts: what may be done to a history without changing its verdict, and what may not.

use chaos_checker::{Budget, Event, Model, Nanos, Value, check};

use super::large::{Load, history, make_stale, swap_results};

/// How many operations the histories have.
pub const OPERATIONS: u64 = 3_000;

/// A few clients at work.
pub fn load(keys: u64, unknown: u64) -> Load {
    Load { operations: OPERATIONS, clients: 6, keys, unknown }
}

/// Whether the events are linearizable; a check must not give up on them.
pub fn holds<M: Model>(model: &M, events: &[Event]) -> bool {
    let verdict = check(model, &history(events.to_vec()), &Budget::default()).expect("known");
    assert!(verdict.is_valid() || verdict.is_invalid(), "{}: {verdict}", model.name());
    verdict.is_valid()
}

/// A history as it was and with a fault, each with its verdict.
pub struct Pair {
    pub right: Vec<Event>,
    pub wrong: Vec<Event>,
}

impl Pair {
    pub fn stale(right: Vec<Event>) -> Pair {
        let mut wrong = right.clone();
        wrong.iter_mut().for_each(make_stale(OPERATIONS));
        Pair { right, wrong }
    }

    pub fn swapped(right: Vec<Event>) -> Pair {
        let mut wrong = right.clone();
        swap_results(&mut wrong);
        Pair { right, wrong }
    }

    /// The law: the change leaves both verdicts.
    pub fn keeps<M: Model>(&self, model: &M, change: impl Fn(&[Event]) -> Vec<Event>) {
        let name = model.name();
        assert!(holds(model, &self.right) && !holds(model, &self.wrong), "{name} before");
        assert!(holds(model, &change(&self.right)), "{name}: what was right is wrong");
        assert!(!holds(model, &change(&self.wrong)), "{name}: what was wrong is right");
    }

    /// That a law could fail: the change turns what was right.
    pub fn loses<M: Model>(&self, model: &M, change: impl Fn(&[Event]) -> Vec<Event>) {
        assert!(!holds(model, &change(&self.right)), "{}: the change shows nothing", model.name());
    }
}

/// The events with the numbers and times of their places.
pub fn numbered(events: Vec<Event>) -> Vec<Event> {
    let place = |(index, event): (usize, Event)| {
        let index = index as u64;
        Event { index, time: Nanos(index * 1_000), ..event }
    };
    events.into_iter().enumerate().map(place).collect()
}

/// Gives every event through `change`.
pub fn each(events: &[Event], change: impl Fn(Event) -> Event) -> Vec<Event> {
    events.iter().cloned().map(change).collect()
}

/// The integers of a value, changed.
pub fn mapped(value: &Value, change: &impl Fn(i64) -> i64) -> Value {
    match value {
        Value::Int(number) => Value::Int(change(*number)),
        Value::List(values) => Value::list(values.iter().map(|value| mapped(value, change))),
        Value::Nil | Value::Bool(_) | Value::Text(_) => value.clone(),
    }
}
