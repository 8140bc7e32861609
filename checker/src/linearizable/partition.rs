//! The parts of a history that can be judged alone.

use rustc_hash::FxHashMap;

use super::case::Case;
use super::pending::{Deadline, NEVER};
use super::space::{Code, Space};
use super::spread::spread;
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
    split(model, history, &|| false, 1).map(Option::unwrap_or_default)
}

/// The same on some threads; `None` if time is up before.
pub(super) fn split<'a, M: Model>(
    model: &'a M,
    history: &'a History,
    expired: &(dyn Fn() -> bool + Sync),
    threads: usize,
) -> Result<Option<Vec<Partition<'a, M>>>, NotInModel> {
    let Some(groups) = Groups::of(model, history, expired) else { return Ok(None) };
    let parts = spread(threads, groups, |group| group.read(model, history, expired));
    let foreign = parts.iter().filter_map(|part| part.as_ref().err());
    match foreign.min_by_key(|foreign| foreign.index) {
        Some(first) => Err(first.clone()),
        None => Ok(parts.into_iter().map(Result::unwrap_or_default).collect()),
    }
}

/// After so many operations it is time to look at the clock.
const OFTEN: usize = 1024;

/// An operation that says nothing.
const NOWHERE: u32 = u32::MAX;

/// One independent object's operations as they were recorded, before anybody asks what they mean.
struct Group {
    key: Option<Value>,
    /// Their places in the history's operations.
    operations: Vec<u32>,
    /// Calls and returns, with operations numbered as in `operations`.
    moments: Vec<Moment>,
}

impl Group {
    /// Asks the model what the operations mean. Those that say nothing are left out.
    fn read<'a, M: Model>(
        mut self,
        model: &'a M,
        history: &'a History,
        expired: &dyn Fn() -> bool,
    ) -> Result<Option<Partition<'a, M>>, NotInModel> {
        let mut space = Space::new(model);
        let initial = space.intern(model.initial());
        let mut steps: Vec<Step> = Vec::with_capacity(self.operations.len());
        let mut places = Vec::with_capacity(self.operations.len());
        for (at, operation) in self.operations.iter().enumerate() {
            if at.is_multiple_of(OFTEN) && expired() {
                return Ok(None);
            }
            let code = space.encode(model.action(&history.operations()[*operation as usize])?);
            places.push(if code.is_idle() { NOWHERE } else { steps.len() as u32 });
            if !code.is_idle() {
                let operation = *operation;
                steps.push(Step { code, operation, deadline: NEVER, satisfied: false });
            }
        }
        let mut passed = 0;
        self.moments.retain_mut(|moment| {
            let place = places[moment.operation()];
            if place == NOWHERE {
                return false;
            }
            if moment.is_return() {
                steps[place as usize].deadline = passed;
                *moment = Moment::ret(place as usize);
            } else {
                *moment = Moment::call(place as usize);
            }
            passed += 1;
            true
        });
        let case = Case { initial, steps, moments: self.moments };
        Ok(Some(Partition { model, key: self.key, space, case, history }))
    }
}

/// The groups of a history, in the order of their first operations.
#[derive(Default)]
struct Groups {
    groups: Vec<Group>,
    by_key: FxHashMap<Option<Value>, u32>,
    /// The group of the last call.
    latest: u32,
}

impl Groups {
    /// `None` if time is up before.
    fn of<M: Model>(
        model: &M,
        history: &History,
        expired: &dyn Fn() -> bool,
    ) -> Option<Vec<Group>> {
        let mut groups = Groups::default();
        let mut places = vec![(NOWHERE, NOWHERE); history.len()];
        for (at, moment) in history.moments().iter().enumerate() {
            if at.is_multiple_of(OFTEN) && expired() {
                return None;
            }
            let number = moment.operation();
            if moment.is_return() {
                let (group, place) = places[number];
                if let Some(group) = groups.groups.get_mut(group as usize) {
                    group.moments.push(Moment::ret(place as usize));
                }
                continue;
            }
            let operation = &history.operations()[number];
            if operation.outcome != Outcome::Fail {
                let group = groups.find(model.partition(operation), history.len());
                let place = group.operations.len();
                group.operations.push(number as u32);
                group.moments.push(Moment::call(place));
                places[number] = (groups.latest, place as u32);
            }
        }
        Some(groups.groups)
    }

    fn find(&mut self, key: Option<Value>, most: usize) -> &mut Group {
        /// The room that a group has at first, in operations.
        const ROOM: usize = 64;
        let is_latest = self.groups.get(self.latest as usize).is_some_and(|group| group.key == key);
        if !is_latest {
            self.latest = *self.by_key.entry(key).or_insert_with_key(|key| {
                let room = ROOM.min(most);
                self.groups.push(Group {
                    key: key.clone(),
                    operations: Vec::with_capacity(room),
                    moments: Vec::with_capacity(2 * room),
                });
                self.groups.len() as u32 - 1
            });
        }
        &mut self.groups[self.latest as usize]
    }
}
