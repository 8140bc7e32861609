//! A set seen one element at a time: `add`, `remove` and `contains`, without the `read` of all members.
//!
//! Operations on different elements have nothing to do with each other, so each element is an object of
//! its own — a register of true and false, for which the checker has all its short ways — and a set of
//! any size is judged in the time of its busiest element.

use super::set::{Set, SetAction};
use super::{CellAction, Hint, Model, NotInModel};
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
        let is = Value::Bool;
        Ok(match Set.action(operation)? {
            SetAction::Add(_, None) => CellAction::Write(is(true)),
            SetAction::Add(_, Some(true)) => CellAction::Swap(is(false), is(true)),
            SetAction::Add(_, Some(false)) => CellAction::Read(is(true)),
            SetAction::Remove(_, None) => CellAction::Write(is(false)),
            SetAction::Remove(_, Some(true)) => CellAction::Swap(is(true), is(false)),
            SetAction::Remove(_, Some(false)) => CellAction::Read(is(false)),
            SetAction::Contains(_, found) => CellAction::Read(is(found)),
            SetAction::Nothing => CellAction::Nothing,
            SetAction::Read(_) => {
                return Err(NotInModel::new("set", operation, "expected add, remove or contains"));
            }
        })
    }

    fn step(&self, state: &Value, action: &CellAction) -> Vec<Value> {
        action.apply(state).into_iter().collect()
    }

    /// The element; where a history has several sets, also which one.
    fn partition(&self, operation: &Operation) -> Option<Value> {
        let element = operation.input.clone();
        Some(match &operation.key {
            Some(key) => Value::list([key.clone(), element]),
            None => element,
        })
    }

    fn hint(&self, action: &CellAction) -> Hint<Value> {
        action.hint()
    }

    fn describe(&self, state: &Value) -> String {
        if *state == Value::Bool(true) { "its presence" } else { "its absence" }.to_owned()
    }
}
