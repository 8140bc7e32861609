//! A FIFO queue: `enqueue`, `dequeue`, `peek`; the last two give nil when there is nothing.

use super::collection::{Names, hint, listed, shows, take};
use super::{CollectionAction, Discipline, Hint, Model, NotInModel};
use crate::history::{Brief, Operation, Value};

/// The model of a FIFO queue that is empty at first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Queue;

const NAMES: Names = Names {
    model: "queue",
    put: &["enqueue", "enq"],
    take: &["dequeue", "deq"],
    expected: "expected enqueue, dequeue or peek",
};

impl Model for Queue {
    type State = Vec<Value>;
    type Action = CollectionAction;

    fn name(&self) -> &'static str {
        "queue"
    }

    fn initial(&self) -> Vec<Value> {
        Vec::new()
    }

    fn action(&self, operation: &Operation) -> Result<CollectionAction, NotInModel> {
        NAMES.read(operation)
    }

    fn step(&self, state: &Vec<Value>, action: &CollectionAction) -> Vec<Vec<Value>> {
        let next = (!state.is_empty()).then_some(0);
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
        Some((Discipline::Fifo, action))
    }

    fn heap(&self, state: &Vec<Value>) -> usize {
        size_of_val(&**state)
    }

    fn describe(&self, state: &Vec<Value>) -> String {
        match state.first() {
            Some(first) => format!("{} ({} first)", listed("queue", state), Brief(first)),
            None => listed("queue", state),
        }
    }
}

fn put(elements: &[Value], element: &Value) -> Vec<Value> {
    elements.iter().chain([element]).cloned().collect()
}
