//! A stack: `push`, `pop`, `peek`; the last two give nil when there is nothing.

use super::collection::{Names, hint, listed, shows, take};
use super::{CollectionAction, Discipline, Hint, Model, NotInModel};
use crate::history::{Brief, Operation, Value};

/// The model of a stack that is empty at first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stack;

const NAMES: Names = Names {
    model: "stack",
    put: &["push"],
    take: &["pop"],
    expected: "expected push, pop or peek",
};

impl Model for Stack {
    type State = Vec<Value>;
    type Action = CollectionAction;

    fn name(&self) -> &'static str {
        "stack"
    }

    fn initial(&self) -> Vec<Value> {
        Vec::new()
    }

    fn action(&self, operation: &Operation) -> Result<CollectionAction, NotInModel> {
        NAMES.read(operation)
    }

    fn step(&self, state: &Vec<Value>, action: &CollectionAction) -> Vec<Vec<Value>> {
        let next = state.len().checked_sub(1);
        match action {
            CollectionAction::Put(element) => vec![put(state, element)],
            CollectionAction::Take(found) => {
                take(state, next, found.as_ref()).into_iter().collect()
            }
            CollectionAction::Peek(seen) if !shows(state, next, seen) => vec![],
            CollectionAction::Peek(_) | CollectionAction::Nothing => vec![state.clone()],
        }
    }

    fn hint(&self, action: &CollectionAction) -> Hint<Vec<Value>> {
        hint(action)
    }

    fn as_collection<'a>(
        &self,
        action: &'a CollectionAction,
    ) -> Option<(Discipline, &'a CollectionAction)> {
        Some((Discipline::Lifo, action))
    }

    fn heap(&self, state: &Vec<Value>) -> usize {
        size_of_val(&**state)
    }

    fn describe(&self, state: &Vec<Value>) -> String {
        match state.last() {
            Some(last) => format!("{} ({} on top)", listed("stack", state), Brief(last)),
            None => listed("stack", state),
        }
    }
}

fn put(elements: &[Value], element: &Value) -> Vec<Value> {
    elements.iter().chain([element]).cloned().collect()
}
