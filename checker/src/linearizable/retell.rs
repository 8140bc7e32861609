//! A violation retold for people to see: a few operations, and how far each attempt at an order gets.

use serde::Serialize;

use super::attempts::{Stuck, attempts};
use super::case::Case;
use super::element;
use super::explain::explain;
use super::growth::{Gaps, abridge};
use super::limits::Limits;
use super::partition::Partition;
use super::rooted::rooted;
use super::run::{End, MOST_SLOTS};
use super::space::{Need, StateId};
use super::{Budget, partitions};
use crate::history::{History, Operation, Value};
use crate::model::{Model, NotInModel};

/// A counterexample with every attempt at an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Retold {
    /// The operations, in the order of their calls.
    pub operations: Vec<Operation>,
    /// The state that they begin in; nothing if no state leaves them an order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// The attempts, those that get farthest first. None where there are too many operations.
    pub attempts: Vec<Attempt>,
}

/// An order that cannot be carried on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attempt {
    /// What it could place, in order.
    pub placed: Vec<Placed>,
    /// The operation that had to be next and could not: a place among [`Retold::operations`].
    pub stuck: usize,
    /// What that would have needed, where the model says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needed: Option<String>,
}

/// An operation of an attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Placed {
    /// Its place among [`Retold::operations`].
    pub operation: usize,
    /// The state that it led to: "something else" where no state leaves the operations an order, and none of
    /// them names it.
    pub state: String,
}

/// A state that is none of those that the operations name.
const ELSE: &str = "something else";

/// Retells the violation of the object of this key.
pub(super) fn retell<M: Model>(
    model: &M,
    history: &History,
    key: Option<&Value>,
    budget: &Budget<'_>,
) -> Result<Option<Retold>, NotInModel> {
    let parts = partitions(model, history)?.into_iter();
    let mut parts = parts.filter(|part| part.key() == key);
    Ok(parts.find_map(|part| of_partition(part, Limits::of(budget))))
}

fn of_partition<M: Model>(mut part: Partition<'_, M>, limits: Limits<'_>) -> Option<Retold> {
    if part.case.concurrency() > MOST_SLOTS {
        return None;
    }
    let End::Dead(death) = part.search(limits) else { return None };
    let (violation, small) = explain(&mut part, &death, limits)?;
    if violation.left_out > 0
        && let Some(told) = of_few_elements(&part, &small, limits)
    {
        return Some(told);
    }
    let wrong = small.steps[small.culprit()?].operation;
    let culprit = part.case.steps.iter().position(|step| step.operation == wrong)?;
    let at_the_start = small.initial == part.case.initial;
    let rooted = match at_the_start {
        true => None,
        false => rooted(&mut part.space, &part.case, culprit, limits),
    };
    let any = rooted.as_ref().map(|rooted| rooted.initial);
    let case = rooted.unwrap_or(small);
    let found = attempts(&mut part.space, &case, limits);
    Some(Retold {
        operations: case.steps.iter().map(|step| part.operation(step).clone()).collect(),
        start: any.is_none().then(|| described(&part, case.initial)),
        attempts: found.into_iter().map(|stuck| attempt(&part, &case, stuck, any)).collect(),
    })
}

/// The same of the few elements that matter; `case` is what the counterexample is of.
fn of_few_elements<M: Model>(
    part: &Partition<'_, M>,
    case: &Case,
    limits: Limits<'_>,
) -> Option<Retold> {
    let culprit = part.operation(&case.steps[case.culprit()?]).invoke_index;
    let ends_alike =
        |told: &Retold| told.operations.iter().any(|operation| operation.invoke_index == culprit);
    let alone = element::alone(part, &part.case, limits, |alone, _| of_partition(alone, limits));
    alone.filter(ends_alike).or_else(|| {
        let abridged = abridge(part, case, Gaps::Filled, limits)?;
        of_partition(partitions(part.model, &abridged.history).ok()?.pop()?, limits)
    })
}

fn described<M: Model>(part: &Partition<'_, M>, state: StateId) -> String {
    part.model.describe(part.space.state(state))
}

/// `any` is the state that stands for all that the case does not name.
fn attempt<M: Model>(
    part: &Partition<'_, M>,
    case: &Case,
    stuck: Stuck,
    any: Option<StateId>,
) -> Attempt {
    let state = |state: StateId| match Some(state) == any {
        true => ELSE.to_owned(),
        false => described(part, state),
    };
    let place = |(operation, after)| Placed { operation, state: state(after) };
    Attempt {
        placed: stuck.placed.into_iter().map(place).collect(),
        stuck: stuck.step,
        needed: match case.steps[stuck.step].code.need {
            Need::Is(state) => Some(described(part, state)),
            Need::Not(state) => Some(format!("anything but {}", described(part, state))),
            Need::Any | Need::Opaque => None,
        },
    }
}

#[cfg(test)]
mod tests;
