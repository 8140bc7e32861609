//! The parts of a history that can be judged alone.

use rustc_hash::FxHashMap;

use super::case::Case;
use super::pending::{Deadline, NEVER};
use super::space::{Code, Space};
use crate::history::{History, Moment, Operation, Outcome, Value};
use crate::model::{Model, NotInModel};

/// One independent object's operations, ready to be searched.
pub struct Partition<'a, M: Model> {
    pub(super) model: &'a M,
    pub(super) key: Option<Value>,
    pub(super) space: Space<'a, M>,
    pub(super) case: Case,
    pub(super) history: &'a History,
}

/// An operation of a partition.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) code: Code,
    /// Its place in the history's operations.
    pub(super) operation: u32,
    /// When it returns, as a place among the moments.
    pub(super) deadline: Deadline,
    /// Whether its return needs nothing more, so that it is never waited for.
    pub(super) satisfied: bool,
}

impl Step {
    /// Whether it is known to have happened.
    pub(super) fn returns(&self) -> bool {
        self.deadline != NEVER
    }
}

impl<M: Model> Partition<'_, M> {
    /// The object, where the model tells several apart.
    #[must_use]
    pub fn key(&self) -> Option<&Value> {
        self.key.as_ref()
    }

    /// How many operations it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.case.steps.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.case.steps.is_empty()
    }

    pub(super) fn operation(&self, step: &Step) -> &Operation {
        &self.history.operations()[step.operation as usize]
    }
}

/// Splits a history into its partitions, in the order of their first operations.
///
/// # Errors
/// [`NotInModel`] if the model does not have one of the operations.
pub fn partitions<'a, M: Model>(
    model: &'a M,
    history: &'a History,
) -> Result<Vec<Partition<'a, M>>, NotInModel> {
    split(model, history, &|| false).map(Option::unwrap_or_default)
}

/// The same; `None` if time is up before.
pub(super) fn split<'a, M: Model>(
    model: &'a M,
    history: &'a History,
    expired: &dyn Fn() -> bool,
) -> Result<Option<Vec<Partition<'a, M>>>, NotInModel> {
    const OFTEN: usize = 1024;
    let (parts, by_key) = (Vec::new(), FxHashMap::default());
    let mut split = Split { model, history, parts, by_key, latest: 0 };
    let mut places = vec![NOWHERE; history.len()];
    for (at, moment) in history.moments().iter().enumerate() {
        if at.is_multiple_of(OFTEN) && expired() {
            return Ok(None);
        }
        let operation = moment.operation();
        if moment.is_return() {
            let (part, step) = places[operation];
            if let Some(part) = split.parts.get_mut(part as usize) {
                part.case.steps[step as usize].deadline = part.case.moments.len() as Deadline;
                part.case.moments.push(Moment::ret(step as usize));
            }
        } else {
            places[operation] = split.call(operation)?;
        }
    }
    Ok(Some(split.parts))
}

/// The room that a partition but the first has at first, in operations.
const ROOM: usize = 64;

/// An operation that is in no partition.
const NOWHERE: (u32, u32) = (u32::MAX, u32::MAX);

struct Split<'a, M: Model> {
    model: &'a M,
    history: &'a History,
    parts: Vec<Partition<'a, M>>,
    by_key: FxHashMap<Option<Value>, u32>,
    /// The partition of the last call.
    latest: u32,
}

impl<'a, M: Model> Split<'a, M> {
    /// Adds a call to its partition; operations that say nothing are left out.
    fn call(&mut self, number: usize) -> Result<(u32, u32), NotInModel> {
        let operation = &self.history.operations()[number];
        if operation.outcome == Outcome::Fail {
            return Ok(NOWHERE);
        }
        let action = self.model.action(operation)?;
        self.latest = self.part(self.model.partition(operation));
        let place = self.latest;
        let part = &mut self.parts[place as usize];
        let code = part.space.encode(action);
        if code.is_idle() {
            return Ok(NOWHERE);
        }
        let step = part.case.steps.len();
        part.case.steps.push(Step {
            code,
            operation: number as u32,
            deadline: NEVER,
            satisfied: false,
        });
        part.case.moments.push(Moment::call(step));
        Ok((place, step as u32))
    }

    fn part(&mut self, key: Option<Value>) -> u32 {
        if self.parts.get(self.latest as usize).is_some_and(|part| part.key == key) {
            return self.latest;
        }
        if let Some(place) = self.by_key.get(&key) {
            return *place;
        }
        let mut space = Space::new(self.model);
        let initial = space.intern(self.model.initial());
        let place = self.parts.len() as u32;
        // Often it is the only one, and room that is not used costs no memory before it is touched.
        let room = if place == 0 { self.history.len() } else { ROOM.min(self.history.len()) };
        self.parts.push(Partition {
            model: self.model,
            key: key.clone(),
            space,
            case: Case::new(initial, room),
            history: self.history,
        });
        self.by_key.insert(key, place);
        place
    }
}
