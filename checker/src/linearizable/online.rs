//! Checking event by event, with no more memory than the search itself needs.
//!
//! Each object has its *lane*, in which the search follows the events at a small distance. What it has
//! passed is forgotten, so a history of any length can be checked while it is read, or while it
//! happens; the first violation shows within a window of events. What is remembered of a history are
//! the operations that are open and those of unknown outcome: these may take effect at any time.
//!
//! An operation must belong to the same object when it is called and when it returns. Where only the
//! result tells, as with [`UniqueIds`](crate::model::UniqueIds), what is open could be anywhere, so such
//! a model is given up at the first result and not judged by guesses.
//!
//! There is no story here: who has kept the events up to the violation can have it from
//! [`check`](super::check()), which searches anew and so confirms it too.

use std::fmt;

use rustc_hash::FxHashMap;
use thiserror::Error;

use super::check::Budget;
use super::lane::{Halt, Lane, MOST_OPEN};
use super::limits::Stop;
use super::{Reason, Unknown};
use crate::history::{Bare, Dishonest, Event, EventType, Names, Operation, Order, Outcome, Value};
use crate::model::{Model, NotInModel};

/// How many moments make a window: enough to look ahead in, and few to hold.
const WINDOW: usize = 2048;

/// What is known so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// As far as the search has followed there is a linearization.
    Sound,
    /// There is none, whatever still happens.
    Refuted(Box<Refuted>),
    /// An object could not be followed any further.
    Unknown(Unknown),
}

/// Where the search found no linearization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refuted {
    /// The object, where the model tells several apart.
    pub key: Option<Value>,
    /// The event, counted from 0, that called the operation whose return no linearization survives.
    /// The search looks ahead, so the contradiction may show up to a window later.
    pub call: u64,
    /// How many events had been taken: they have no linearization.
    pub events: u64,
}

/// Why an event cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OnlineError {
    /// It contradicts those before it.
    #[error("event {event}: {reason}")]
    Dishonest {
        /// The event, counted from 1.
        event: u64,
        /// What is wrong.
        reason: Dishonest,
    },
    /// The model does not have the operation.
    #[error(transparent)]
    NotInModel(#[from] NotInModel),
}

/// A check that is under way.
pub struct Online<'m, M: Model> {
    model: &'m M,
    budget: Budget<'m>,
    window: usize,
    lanes: Vec<(Option<Value>, Lane<'m, M>)>,
    by_key: FxHashMap<Option<Value>, u32>,
    /// For each process that has something open, its lane and the number there.
    open: FxHashMap<u64, (u32, u64)>,
    names: Names,
    events: u64,
    order: Order,
    standing: Standing,
}

impl<'m, M: Model> Online<'m, M> {
    /// A check of nothing so far. The budget holds for each object.
    #[must_use]
    pub fn new(model: &'m M, budget: Budget<'m>) -> Online<'m, M> {
        Online {
            model,
            budget,
            window: WINDOW,
            lanes: Vec::new(),
            by_key: FxHashMap::default(),
            open: FxHashMap::default(),
            names: Names::default(),
            events: 0,
            order: Order::default(),
            standing: Standing::Sound,
        }
    }

    /// Looks ahead over so many moments, calls and returns, of an object.
    #[must_use]
    pub fn with_window(self, moments: usize) -> Online<'m, M> {
        Online { window: moments.max(1), ..self }
    }

    /// Takes the next event. Once something is refuted or given up, further events are ignored.
    ///
    /// # Errors
    /// [`OnlineError`] if the event contradicts those before it, or its operation is not the model's.
    pub fn push(&mut self, event: Event) -> Result<&Standing, OnlineError> {
        self.events += 1;
        if matches!(self.standing, Standing::Sound) {
            let dishonest = |reason| OnlineError::Dishonest { event: self.events, reason };
            self.order.check(&event).map_err(dishonest)?;
            match event.kind {
                EventType::Invoke => self.invoke(event)?,
                EventType::Ok | EventType::Fail | EventType::Info => self.complete(event)?,
            }
        }
        Ok(&self.standing)
    }

    /// The run is over: operations that are open have an unknown outcome.
    ///
    /// # Errors
    /// [`OnlineError::NotInModel`] if the model does not have an operation that is open.
    pub fn finish(mut self) -> Result<Standing, OnlineError> {
        for lane in 0..self.lanes.len() {
            if matches!(self.standing, Standing::Refuted(_)) || self.is_misled() {
                break;
            }
            let result = self.lanes[lane].1.finish();
            self.heed(lane, result)?;
            let lent = !self.lanes[lane].1.is_honest();
            if self.standing == Standing::Sound && lent {
                self.heed(lane, Err(Halt::Gave(Stop::Configurations)))?;
            }
        }
        Ok(self.standing)
    }

    /// Whether operations may stand in lanes of other objects than theirs.
    fn is_misled(&self) -> bool {
        matches!(&self.standing, Standing::Unknown(unknown) if unknown.reason == Reason::LatePartition)
    }

    fn invoke(&mut self, event: Event) -> Result<(), OnlineError> {
        let process = event.process;
        let f = self.names.share(&event.f);
        let operation = Operation::invoked(event, f, self.events - 1);
        if let Some((lane, number)) = self.open.get(&process) {
            let open = self.lanes[*lane as usize].1.opened(*number);
            let open = open.map(|open| open.f.to_string()).unwrap_or_default();
            let f = operation.f.to_string();
            let reason = Dishonest::TwoOpen { process, open, f };
            return Err(OnlineError::Dishonest { event: self.events, reason });
        }
        let lane = self.lane(self.model.partition(&operation));
        let number = self.lanes[lane as usize].1.call(operation);
        self.open.insert(process, (lane, number));
        Ok(())
    }

    fn complete(&mut self, event: Event) -> Result<(), OnlineError> {
        let number = self.events;
        let dishonest = |reason| OnlineError::Dishonest { event: number, reason };
        let process = event.process;
        let Some((place, number)) = self.open.remove(&process) else {
            return Err(dishonest(Dishonest::NoInvocation { process, f: event.f }));
        };
        let (key, lane) = &mut self.lanes[place as usize];
        if let Some(operation) = lane.opened(number) {
            operation.check_same(&event).map_err(dishonest)?;
        }
        let (at, model) = (self.events - 1, self.model);
        let mut elsewhere = false;
        let result = lane.complete(number, |operation| {
            operation.complete(event, at);
            elsewhere = operation.outcome == Outcome::Ok && model.partition(operation) != *key;
        });
        if elsewhere {
            let (key, reason) = (key.clone(), Reason::LatePartition);
            self.standing = Standing::Unknown(Unknown { key, reason });
            return Ok(());
        }
        self.heed(place as usize, result)
    }

    /// Takes note of how a lane fares.
    fn heed(&mut self, lane: usize, result: Result<(), Halt>) -> Result<(), OnlineError> {
        let Err(halt) = result else { return Ok(()) };
        let key = self.lanes[lane].0.clone();
        let reason = match halt {
            Halt::NotInModel(error) => return Err(error.into()),
            Halt::Refuted(call) => {
                let events = self.events;
                self.standing = Standing::Refuted(Box::new(Refuted { key, call, events }));
                return Ok(());
            }
            Halt::Crowded => Reason::Concurrency { pending: MOST_OPEN + 1, limit: MOST_OPEN },
            Halt::Gave(Stop::Expired) => Reason::Time,
            Halt::Gave(Stop::Bytes) => Reason::Bytes { limit: self.budget.bytes },
            Halt::Gave(Stop::Configurations | Stop::Dead) => {
                Reason::Configurations { limit: self.budget.configurations }
            }
        };
        self.standing = Standing::Unknown(Unknown { key, reason });
        Ok(())
    }

    fn lane(&mut self, key: Option<Value>) -> u32 {
        if let Some(lane) = self.by_key.get(&key) {
            return *lane;
        }
        let lane = self.lanes.len() as u32;
        self.lanes.push((key.clone(), Lane::new(self.model, &self.budget, self.window)));
        self.by_key.insert(key, lane);
        lane
    }
}

impl<M: Model> fmt::Debug for Online<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (events, objects) = (self.events, self.lanes.len());
        write!(f, "Online {{ events: {events}, objects: {objects}, .. }}")
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Standing::Sound => f.write_str("linearizable so far"),
            Standing::Unknown(unknown) => write!(f, "unknown: {unknown}"),
            Standing::Refuted(refuted) => {
                if let Some(key) = &refuted.key {
                    write!(f, "key {}: ", Bare(key))?;
                }
                write!(f, "the first {} events are NOT linearizable", refuted.events)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::Nanos;
    use crate::model::Register;

    fn event(index: u64, process: u64, kind: EventType, f: &str, value: Value) -> Event {
        let (time, f) = (Nanos(index), f.to_owned());
        Event { index, time, process, kind, f, key: None, value, error: None, node: None }
    }

    /// Two clients take turns; each writes what nobody else does, and every third write stays open.
    fn push_writes(online: &mut Online<'_, Register>, writes: u64) {
        for at in 0..writes {
            let value = Value::Int(at as i64);
            let kind = if at % 3 == 0 { EventType::Info } else { EventType::Ok };
            online.push(event(2 * at, at, EventType::Invoke, "write", value.clone())).unwrap();
            let standing = online.push(event(2 * at + 1, at, kind, "write", value)).unwrap();
            assert_eq!(*standing, Standing::Sound);
        }
    }

    #[test]
    fn what_is_past_is_forgotten() {
        let model = Register::default();
        let mut online = Online::new(&model, Budget::default()).with_window(8);
        push_writes(&mut online, 60_000);
        let held = online.lanes[0].1.held();
        // The writes of unknown outcome may be read at any time, and the window and some garbage.
        assert!((20_000..50_000).contains(&held), "{held}");
        assert_eq!(online.finish().unwrap(), Standing::Sound);
    }

    #[test]
    fn the_first_violation_shows_within_a_window() {
        let model = Register::default();
        let mut online = Online::new(&model, Budget::default()).with_window(8);
        push_writes(&mut online, 100);
        // The write of 99 is of unknown outcome, and 97 was overwritten.
        for (at, value) in [(100, 98), (101, 99), (102, 97)] {
            online.push(event(2 * at, at, EventType::Invoke, "read", Value::Nil)).unwrap();
            online.push(event(2 * at + 1, at, EventType::Ok, "read", Value::Int(value))).unwrap();
        }
        let standing = online.finish().unwrap();
        let Standing::Refuted(refuted) = &standing else { panic!("{standing}") };
        // Nothing can make 97 again, which the search knows before the read of it.
        assert!((200..=204).contains(&refuted.call) && refuted.events == 206, "{refuted:?}");
        assert_eq!(standing.to_string(), "the first 206 events are NOT linearizable");
    }

    #[test]
    fn events_that_contradict_each_other_are_refused() {
        let model = Register::default();
        let refused = |kind, f: &str| {
            let mut online = Online::new(&model, Budget::default());
            online.push(event(0, 7, EventType::Invoke, "read", Value::Nil)).unwrap();
            online.push(event(1, 7, kind, f, Value::Nil)).unwrap_err().to_string()
        };
        let twice = refused(EventType::Invoke, "write");
        assert_eq!(twice, "event 2: process 7 invokes `write`, but its `read` is still open");
        assert!(refused(EventType::Ok, "write").starts_with("event 2: process 7 completes"));
        let mut online = Online::new(&model, Budget::default());
        online.push(event(0, 7, EventType::Invoke, "frob", Value::Nil)).unwrap();
        assert!(matches!(online.finish(), Err(OnlineError::NotInModel(_))));
    }
}
