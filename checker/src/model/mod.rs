//! Models: sequential specifications, which say what an object does when used by one client alone.
//!
//! A [`Model`] is a state, a way to read an [`Operation`] as an action, and a step. A step that
//! gives no state says "this result is impossible here"; one that gives several says "any of these
//! may be the case now", so nondeterministic objects need nothing special.
//!
//! A model may also give [hints](Hint): facts about an action that hold in every state, such as "legal
//! in any state, and leaves it at 7". They change no verdict; the checker prunes with them, and a
//! model without them is checked by the plain search. [`audit_hints`] holds them against `step`.

mod cell;
mod collection;
mod counter;
mod difference;
mod directory;
mod growth;
mod hint;
mod kv;
mod log;
mod membership;
mod mutex;
mod namespace;
mod priority_queue;
mod queue;
mod register;
mod set;
mod stack;
mod unique_ids;

use std::fmt::Debug;
use std::hash::Hash;

use thiserror::Error;

pub use cell::CellAction;
pub use collection::{CollectionAction, Discipline};
pub use counter::{Counter, CounterAction};
pub use directory::{Directory, DirectoryAction};
pub use growth::{Grown, Growth};
pub use hint::{Hint, Makes, Needs, audit_hints};
pub use kv::KeyValue;
pub use log::{Log, LogAction};
pub use membership::Membership;
pub use mutex::{Fence, FenceAction, FencedLock, LockAction, Mutex, Semaphore};
pub use namespace::{NameAction, NameState, Namespace};
pub use priority_queue::PriorityQueue;
pub use queue::Queue;
pub use register::{CasRegister, Register};
pub use set::{Set, SetAction};
pub use stack::Stack;
pub use unique_ids::{IdAction, UniqueIds};

use crate::history::{Operation, Outcome, Value};

/// A sequential specification.
///
/// A register that keeps the greatest of what is written:
///
/// ```
/// use chaos_checker::model::NotInModel;
/// use chaos_checker::{Budget, Model, Operation, Outcome, check, read_jsonl};
///
/// struct MaxRegister;
///
/// #[derive(Clone, PartialEq, Eq, Hash, Debug)]
/// enum Action {
///     Write(i64),
///     Read(i64),
///     Nothing,
/// }
///
/// impl Model for MaxRegister {
///     type State = i64;
///     type Action = Action;
///
///     fn name(&self) -> &'static str {
///         "max-register"
///     }
///
///     fn initial(&self) -> i64 {
///         0
///     }
///
///     fn action(&self, operation: &Operation) -> Result<Action, NotInModel> {
///         match (operation.f.as_str(), operation.input.as_int(), operation.output.as_int()) {
///             ("write", Some(value), _) => Ok(Action::Write(value)),
///             ("read", _, Some(value)) => Ok(Action::Read(value)),
///             ("read", _, None) if operation.outcome == Outcome::Info => Ok(Action::Nothing),
///             _ => Err(NotInModel::new("max-register", operation, "expected read or write")),
///         }
///     }
///
///     fn step(&self, state: &i64, action: &Action) -> Vec<i64> {
///         match action {
///             Action::Write(value) => vec![*state.max(value)],
///             Action::Read(value) if value != state => vec![],
///             Action::Read(_) | Action::Nothing => vec![*state],
///         }
///     }
/// }
///
/// let log = r#"
/// {"index":0,"time":0,"process":0,"type":"invoke","f":"write","value":7}
/// {"index":1,"time":1,"process":0,"type":"ok","f":"write","value":7}
/// {"index":2,"time":2,"process":0,"type":"invoke","f":"write","value":3}
/// {"index":3,"time":3,"process":0,"type":"ok","f":"write","value":3}
/// {"index":4,"time":4,"process":1,"type":"invoke","f":"read"}
/// {"index":5,"time":5,"process":1,"type":"ok","f":"read","value":7}
/// "#;
/// assert!(check(&MaxRegister, &read_jsonl(log.as_bytes())?, &Budget::default())?.is_valid());
/// let wrong = log.replace("\"read\",\"value\":7", "\"read\",\"value\":3");
/// assert!(check(&MaxRegister, &read_jsonl(wrong.as_bytes())?, &Budget::default())?.is_invalid());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Model: Sync {
    /// What the object is between operations.
    type State: Clone + Eq + Hash + Debug + Send;
    /// An operation with its result, as the model understands it. Equal actions are interchangeable.
    type Action: Clone + Eq + Hash + Debug + Send;

    /// The model's name, as in `--model`.
    fn name(&self) -> &'static str;

    /// The state before the first operation.
    fn initial(&self) -> Self::State;

    /// Reads an operation. Where the outcome is [`Outcome::Info`] the action must stand for "it took
    /// effect, with whatever result"; the checker adds "or it did not".
    ///
    /// # Errors
    /// [`NotInModel`] if the model has no such operation, or not with such arguments.
    fn action(&self, operation: &Operation) -> Result<Self::Action, NotInModel>;

    /// The states that the action may lead to; none if it cannot happen in this state.
    fn step(&self, state: &Self::State, action: &Self::Action) -> Vec<Self::State>;

    /// The part of the history that the operation belongs to; parts are independent objects and are
    /// judged alone, because linearizability is local (Herlihy & Wing 1990, theorem 1).
    fn partition(&self, operation: &Operation) -> Option<Value> {
        operation.key.clone()
    }

    /// What is true of the action in every state.
    fn hint(&self, _action: &Self::Action) -> Hint<Self::State> {
        Hint::default()
    }

    /// All states from which the action leads to the given one; `None`, the default, if the model does
    /// not say. Asked only of an action that is possible in every state and leads from each to one
    /// other: where the checker knows which states anyone has seen, such an action can often have
    /// done one thing alone.
    fn sources(&self, _action: &Self::Action, _state: &Self::State) -> Option<Vec<Self::State>> {
        None
    }

    /// What the action does to a collection that is empty at first, if the object is one: simple
    /// histories of collections have a short way.
    fn as_collection<'a>(
        &self,
        _action: &'a Self::Action,
    ) -> Option<(Discipline, &'a CollectionAction)> {
        None
    }

    /// What the action does to something that only grows, if the object is that and the action does nothing
    /// else: where the elements differ, those who read them tell in which order they came.
    fn as_growth<'a>(&self, _action: &'a Self::Action) -> Option<Growth<'a>> {
        None
    }

    /// The elements in a state of such an object.
    fn grown<'a>(&self, _state: &'a Self::State) -> Option<Grown<'a>> {
        None
    }

    /// What the action does to one element of a set, if the object is one and the action is about one element
    /// alone: to whether it is a member, which is a cell of true and false. Others it leaves as they are.
    fn as_membership<'a>(&self, _action: &'a Self::Action) -> Option<(&'a Value, CellAction)> {
        None
    }

    /// How far apart two states are, in whatever measure; `None`, the default, if the model does not say. Of
    /// those that were possible a person is shown the one first that is nearest to what was found, and a
    /// search that does not follow everything makes for what was found.
    fn distance(&self, _from: &Self::State, _to: &Self::State) -> Option<usize> {
        None
    }

    /// How many bytes a state holds elsewhere than in itself, such as the elements of a list: they
    /// count towards the budget of memory.
    fn heap(&self, _state: &Self::State) -> usize {
        0
    }

    /// The state, as a person would say it; of a long one no more than can be read.
    fn describe(&self, state: &Self::State) -> String {
        format!("{state:?}")
    }

    /// How a possible state differs from the one that was found instead, where the descriptions do not
    /// show it: what a person would say after "which", such as `also has 12`.
    fn difference(&self, _possible: &Self::State, _found: &Self::State) -> Option<String> {
        None
    }
}

/// An operation that the model does not have.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("operation {index} (`{operation}`) is not one of the model `{model}`: {reason}")]
pub struct NotInModel {
    /// The place of its invocation in the history.
    pub index: u64,
    /// The operation.
    pub operation: String,
    /// The model's name.
    pub model: &'static str,
    /// What the model expects.
    pub reason: String,
}

impl NotInModel {
    /// Says what the model expects instead.
    pub fn new(model: &'static str, operation: &Operation, reason: impl Into<String>) -> Self {
        let (index, reason) = (operation.invoke_index, reason.into());
        NotInModel { index, operation: operation.to_string(), model, reason }
    }
}

/// The name of an element as an object of its own; where a history has several objects, also which one.
/// Different elements, or elements of different objects, have different names.
fn part(operation: &Operation, element: &Value) -> Value {
    match (&operation.key, element) {
        (Some(key), _) => Value::list([key.clone(), element.clone()]),
        (None, Value::List(_)) => Value::list([element.clone()]),
        (None, _) => element.clone(),
    }
}

/// The result of an operation, where it is known.
pub(crate) fn result_of(operation: &Operation) -> Option<&Value> {
    (operation.outcome == Outcome::Ok).then_some(&operation.output)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::history::{EventType, History};
    use crate::testing::event;

    #[test]
    fn different_elements_have_different_names() {
        let simple = [Value::Nil, Value::Int(1), Value::Int(2), Value::Bool(true), "1".into()];
        let lists =
            [vec![], vec![0], vec![1, 2], vec![2, 2], vec![0, 2]].into_iter().map(|places| {
                Value::list(places.into_iter().map(|place: usize| simple[place].clone()))
            });
        let values: Vec<Value> = simple.iter().cloned().chain(lists).collect();
        let nested = values.iter().map(|value| Value::list([value.clone()]));
        let values: BTreeSet<Value> = values.iter().cloned().chain(nested).collect();
        let mut names = Vec::new();
        for key in values.iter().cloned().map(Some).chain([None]) {
            for element in &values {
                let mut call = event(0, 0, EventType::Invoke, "add", element.clone());
                call.key.clone_from(&key);
                let history = History::from_events([call]).unwrap();
                names.push(Membership.partition(&history.operations()[0]));
            }
        }
        let different: BTreeSet<_> = names.iter().collect();
        assert_eq!(different.len(), names.len());
    }
}
