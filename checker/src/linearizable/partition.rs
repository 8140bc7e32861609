//! The parts of a history that can be judged alone.

mod sort;

use super::case::Case;
use super::pending::{Deadline, NEVER};
use super::space::{Code, Space};
use super::spread::spread;
use crate::history::{History, Moment, Operation, Value};
use crate::model::{Model, NotInModel};
use sort::{Bin, Expired, Raw, sort};

/// One independent object's operations, ready to be searched.
pub struct Partition<'a, M: Model> {
    pub(super) model: &'a M,
    pub(super) key: Option<Value>,
    pub(super) space: Space<'a, M>,
    pub(super) case: Case,
    pub(super) others: Others,
    pub(super) history: &'a History,
}

/// What is not in a partition's case any more, for the case is wrong without it.
#[derive(Clone, Debug, Default)]
pub(super) struct Others {
    /// The operations, by their places in the history.
    pub(super) operations: Vec<u32>,
    /// How many elements these put in.
    pub(super) elements: usize,
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

    /// The history of some steps of a case, in the order of their calls and returns: of what is made of each, or
    /// nothing, if it is left out.
    pub(super) fn history_of(
        &self,
        case: &Case,
        told: impl Fn(usize, &Step) -> Option<Operation>,
    ) -> History {
        let mut operations = Vec::new();
        let mut numbers = vec![None; case.steps.len()];
        for (number, step) in case.steps.iter().enumerate() {
            if let Some(operation) = told(number, step) {
                numbers[number] = Some(operations.len());
                operations.push(operation);
            }
        }
        let moments = case.moments.iter().filter_map(|moment| {
            let number = numbers[moment.operation()]?;
            Some(if moment.is_return() { Moment::ret(number) } else { Moment::call(number) })
        });
        let moments = moments.collect();
        History::of(operations, moments)
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
    split(model, history, 1, &|| false).map(Option::unwrap_or_default)
}

/// From so many operations on it is worth the while that several threads make sense of them.
pub(super) const MANY: usize = 10_000;

/// The same on some threads; `None` if time is up before.
pub(super) fn split<'a, M: Model>(
    model: &'a M,
    history: &'a History,
    threads: usize,
    expired: Expired<'_>,
) -> Result<Option<Vec<Partition<'a, M>>>, NotInModel> {
    let new = |key, room| Partition::new(model, history, key, room);
    if threads < 2 || history.len() < MANY {
        return sort(model, history, expired, new);
    }
    let Some(raw) = sort(model, history, expired, Raw::new)? else { return Ok(None) };
    let parts = spread(threads, raw, |raw| raw.understood(new, expired));
    let foreign = parts.iter().filter_map(|part| part.as_ref().err());
    match foreign.min_by_key(|foreign| foreign.index) {
        Some(foreign) => Err(foreign.clone()),
        None => Ok(parts.into_iter().flatten().collect()),
    }
}

impl<'a, M: Model> Partition<'a, M> {
    fn new(model: &'a M, history: &'a History, key: Option<Value>, room: usize) -> Self {
        let mut space = Space::new(model);
        let initial = space.intern(model.initial());
        let case = Case::new(initial, room);
        Partition { model, key, space, case, others: Others::default(), history }
    }
}

impl<M: Model> Bin for Partition<'_, M> {
    /// Operations that say nothing are left out.
    fn call(&mut self, number: u32) -> Result<Option<u32>, NotInModel> {
        let action = self.model.action(&self.history.operations()[number as usize])?;
        let code = self.space.encode(action);
        if code.is_idle() {
            return Ok(None);
        }
        let step = self.case.steps.len();
        self.case.steps.push(Step { code, operation: number, deadline: NEVER, satisfied: false });
        self.case.moments.push(Moment::call(step));
        Ok(Some(step as u32))
    }

    fn ret(&mut self, step: u32) {
        self.case.steps[step as usize].deadline = self.case.moments.len() as Deadline;
        self.case.moments.push(Moment::ret(step as usize));
    }
}
