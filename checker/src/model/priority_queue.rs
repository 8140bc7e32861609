//! A priority queue: `insert`, `poll`, `peek`; the last two give the greatest element, or nil.

use super::collection::{Names, hint, listed, shows, take};
use super::{CollectionAction, Discipline, Hint, Model, NotInModel};
use crate::history::{Operation, Value};

/// The model of a priority queue that is empty at first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PriorityQueue;

const NAMES: Names = Names {
    model: "priority-queue",
    put: &["insert"],
    take: &["poll"],
    expected: "expected insert, poll or peek",
};

impl Model for PriorityQueue {
    type State = Vec<Value>;
    type Action = CollectionAction;

    fn name(&self) -> &'static str {
        "priority-queue"
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
        Some((Discipline::Priority, action))
    }

    fn heap(&self, state: &Vec<Value>) -> usize {
        size_of_val(&**state)
    }

    fn describe(&self, state: &Vec<Value>) -> String {
        listed("priority queue", state)
    }
}

/// Keeps the elements sorted.
fn put(elements: &[Value], element: &Value) -> Vec<Value> {
    let place = elements.partition_point(|other| other <= element);
    let mut more = elements.to_vec();
    more.insert(place, element.clone());
    more
}
