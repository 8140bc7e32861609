//! A set seen one element at a time: `add`, `remove` and `contains`, without the `read` of all members.
//!
//! Operations on different elements have nothing to do with each other, so each element is an object of
//! its own — a register of true and false, for which the checker has all its short ways — and a set of
//! any size is judged in the time of its busiest element.

use super::set::{Set, SetAction};
use super::{CellAction, Hint, Model, NotInModel, part};
use crate::history::{Operation, Value};

/// The model of a set without `read`; all elements are absent at first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Membership;

impl Model for Membership {
    type State = Value;
    type Action = CellAction;

    fn name(&self) -> &'static str {
        "set"
    }

    fn initial(&self) -> Value {
        Value::Bool(false)
    }

    fn action(&self, operation: &Operation) -> Result<CellAction, NotInModel> {
        let action = Set.action(operation)?;
        match (action.as_membership(), &action) {
            (Some((_, action)), _) => Ok(action),
            (None, SetAction::Nothing) => Ok(CellAction::Nothing),
            (None, _) => Err(NotInModel::new("set", operation, "expected add, remove or contains")),
        }
    }

    fn step(&self, state: &Value, action: &CellAction) -> Vec<Value> {
        action.apply(state).into_iter().collect()
    }

    /// The element; where a history has several sets, also which one.
    fn partition(&self, operation: &Operation) -> Option<Value> {
        Some(part(operation, &operation.input))
    }

    fn hint(&self, action: &CellAction) -> Hint<Value> {
        action.hint()
    }

    fn describe(&self, state: &Value) -> String {
        let is = if *state == Value::Bool(true) { "with" } else { "without" };
        format!("the set {is} the element")
    }
}
