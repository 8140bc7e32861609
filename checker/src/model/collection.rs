//! What queue, stack and priority queue share: something goes in, something comes out, or shows itself.

use super::{NotInModel, result_of};
use crate::history::{Operation, Value, brief_elements};

/// Which element of a collection is the next to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discipline {
    /// The one put in first: a queue.
    Fifo,
    /// The one put in last: a stack.
    Lifo,
    /// The greatest: a priority queue.
    Priority,
}

/// Something done to a collection of elements.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CollectionAction {
    /// Put the element in.
    Put(Value),
    /// Took this element out; nil, if there was none; `None`, if what was taken is not known.
    Take(Option<Value>),
    /// Saw this element as the next to be taken; nil, if there was none.
    Peek(Value),
    /// Looked, but what was seen is not known.
    Nothing,
}

/// The names of a collection's operations; the first of each is the preferred one.
pub(super) struct Names {
    pub(super) model: &'static str,
    pub(super) put: &'static [&'static str],
    pub(super) take: &'static [&'static str],
    pub(super) expected: &'static str,
}

impl Names {
    pub(super) fn read(&self, operation: &Operation) -> Result<CollectionAction, NotInModel> {
        let f = operation.f.as_str();
        let found = result_of(operation).cloned();
        match () {
            () if self.put.contains(&f) => Ok(CollectionAction::Put(operation.input.clone())),
            () if self.take.contains(&f) => Ok(CollectionAction::Take(found)),
            () if f == "peek" => {
                Ok(found.map_or(CollectionAction::Nothing, CollectionAction::Peek))
            }
            () => Err(NotInModel::new(self.model, operation, self.expected)),
        }
    }
}

/// The hint for an action, which is the same for all collections.
pub(super) fn hint<S>(action: &CollectionAction) -> super::Hint<S> {
    use super::{Hint, Makes, Needs};
    match action {
        CollectionAction::Put(_) => Hint { needs: Needs::Any, makes: Makes::Unsaid },
        CollectionAction::Nothing => Hint { needs: Needs::Any, makes: Makes::Same },
        CollectionAction::Peek(_) => Hint { needs: Needs::Unsaid, makes: Makes::Same },
        CollectionAction::Take(_) => Hint::default(),
    }
}

/// Takes the element at `next`, if that is what was found; `None` if it was not.
pub(super) fn take(
    elements: &[Value],
    next: Option<usize>,
    found: Option<&Value>,
) -> Option<Vec<Value>> {
    let Some(next) = next else {
        return found.is_none_or(Value::is_nil).then(Vec::new);
    };
    found.is_none_or(|found| *found == elements[next]).then(|| {
        let mut rest = elements.to_vec();
        rest.remove(next);
        rest
    })
}

/// Whether the element at `next` is what was seen.
pub(super) fn shows(elements: &[Value], next: Option<usize>, seen: &Value) -> bool {
    next.map_or(seen.is_nil(), |next| elements[next] == *seen)
}

/// A collection as a person would say it: `an empty queue`, `the queue [1 2]`. Of many elements the first
/// and the last few.
pub(super) fn listed<'a>(
    name: &str,
    elements: impl IntoIterator<Item = &'a Value, IntoIter: ExactSizeIterator>,
) -> String {
    let elements = elements.into_iter();
    match elements.len() {
        0 => format!("an empty {name}"),
        _ => format!("the {name} [{}]", brief_elements(elements)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collection_is_told_in_few_words() {
        let told = |length: i64| {
            let elements: Vec<Value> = (0..length).map(Value::Int).collect();
            listed("queue", &elements)
        };
        assert_eq!((told(0), told(2)), ("an empty queue".into(), "the queue [0 1]".into()));
        assert_eq!(told(12), "the queue [0 1 2 3 4 5 6 7 8 9 10 11]");
        assert_eq!(told(99), "the queue [0 1 2 3 4 5 …(87)… 93 94 95 96 97 98]");
    }
}
