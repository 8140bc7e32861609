//! A set: `add`, `remove`, `contains`, each of an element, and `read`, which gives all members.
//!
//! [`Membership`](super::Membership) judges histories without `read` faster.
//!
//! `contains` gives a boolean. `add` and `remove` may give one too, where the element is not one
//! itself: whether they changed anything.

use std::collections::BTreeSet;

use super::collection::listed;
use super::difference;
use super::{CellAction, Grown, Growth, Hint, Makes, Model, Needs, NotInModel, result_of};
use crate::history::{Operation, Value};

/// The model of a set that is empty at first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Set;

/// Something done to a set.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SetAction {
    /// The element is a member now; whether it was not before, if known.
    Add(Value, Option<bool>),
    /// The element is no member now; whether it was before, if known.
    Remove(Value, Option<bool>),
    /// The element was a member, or was not.
    Contains(Value, bool),
    /// These were the members.
    Read(BTreeSet<Value>),
    /// Asked, but what was found is not known.
    Nothing,
}

impl Model for Set {
    type State = BTreeSet<Value>;
    type Action = SetAction;

    fn name(&self) -> &'static str {
        "set"
    }

    fn initial(&self) -> BTreeSet<Value> {
        BTreeSet::new()
    }

    fn action(&self, operation: &Operation) -> Result<SetAction, NotInModel> {
        let refuse = |reason: &str| Err(NotInModel::new("set", operation, reason));
        let element = || operation.input.clone();
        match (operation.f.as_str(), result_of(operation)) {
            ("add" | "insert", _) => Ok(SetAction::Add(element(), changed(operation))),
            ("remove", _) => Ok(SetAction::Remove(element(), changed(operation))),
            ("contains", Some(Value::Bool(found))) => Ok(SetAction::Contains(element(), *found)),
            ("contains", Some(_)) => refuse("contains gives a boolean"),
            ("read", Some(Value::List(all))) => Ok(SetAction::Read(all.iter().cloned().collect())),
            ("read", Some(Value::Nil)) => Ok(SetAction::Read(BTreeSet::new())),
            ("read", Some(_)) => refuse("read gives a list"),
            ("contains" | "read", None) => Ok(SetAction::Nothing),
            _ => refuse("expected add, remove, contains or read"),
        }
    }

    fn step(&self, state: &BTreeSet<Value>, action: &SetAction) -> Vec<BTreeSet<Value>> {
        let mut next = state.clone();
        let legal = match action {
            SetAction::Add(element, new) => {
                let inserted = next.insert(element.clone());
                new.is_none_or(|new| new == inserted)
            }
            SetAction::Remove(element, was) => {
                let removed = next.remove(element);
                was.is_none_or(|was| was == removed)
            }
            SetAction::Contains(element, found) => state.contains(element) == *found,
            SetAction::Read(all) => state == all,
            SetAction::Nothing => true,
        };
        legal.then_some(next).into_iter().collect()
    }

    fn hint(&self, action: &SetAction) -> Hint<BTreeSet<Value>> {
        match action {
            SetAction::Add(_, None) | SetAction::Remove(_, None) => {
                Hint { needs: Needs::Any, makes: Makes::Unsaid }
            }
            SetAction::Read(all) => Hint { needs: Needs::Is(all.clone()), makes: Makes::Same },
            SetAction::Nothing => Hint { needs: Needs::Any, makes: Makes::Same },
            SetAction::Contains(..)
            | SetAction::Add(_, Some(false))
            | SetAction::Remove(_, Some(false)) => {
                Hint { needs: Needs::Unsaid, makes: Makes::Same }
            }
            SetAction::Add(_, Some(true)) | SetAction::Remove(_, Some(true)) => Hint::default(),
        }
    }

    fn as_growth<'a>(&self, action: &'a SetAction) -> Option<Growth<'a>> {
        match action {
            SetAction::Add(element, None) => Some(Growth::Put(element, None)),
            SetAction::Contains(element, found) => Some(Growth::Has(element, *found)),
            SetAction::Add(_, Some(_)) | SetAction::Remove(..) => None,
            SetAction::Read(_) | SetAction::Nothing => None,
        }
    }

    fn as_membership<'a>(&self, action: &'a SetAction) -> Option<(&'a Value, CellAction)> {
        action.as_membership()
    }

    fn grown<'a>(&self, state: &'a BTreeSet<Value>) -> Option<Grown<'a>> {
        Some(Grown::Members(state))
    }

    fn distance(&self, from: &BTreeSet<Value>, to: &BTreeSet<Value>) -> Option<usize> {
        Some(from.symmetric_difference(to).count())
    }

    fn heap(&self, state: &BTreeSet<Value>) -> usize {
        // A node of the tree has room for eleven elements and holds six at least; some have edges.
        const NODE: usize = 11 * size_of::<Value>() + 2 * size_of::<usize>();
        (state.len() / 6 + 1) * NODE * 5 / 4
    }

    fn describe(&self, state: &BTreeSet<Value>) -> String {
        listed("set", state)
    }

    fn difference(&self, possible: &BTreeSet<Value>, found: &BTreeSet<Value>) -> Option<String> {
        difference::of_sets(possible, found)
    }
}

impl SetAction {
    /// What it does to its element, if it is about one.
    pub(super) fn as_membership(&self) -> Option<(&Value, CellAction)> {
        let is = Value::Bool;
        Some(match self {
            SetAction::Add(element, None) => (element, CellAction::Write(is(true))),
            SetAction::Add(element, Some(true)) => (element, CellAction::Swap(is(false), is(true))),
            SetAction::Add(element, Some(false)) => (element, CellAction::Read(is(true))),
            SetAction::Remove(element, None) => (element, CellAction::Write(is(false))),
            SetAction::Remove(element, Some(true)) => {
                (element, CellAction::Swap(is(true), is(false)))
            }
            SetAction::Remove(element, Some(false)) => (element, CellAction::Read(is(false))),
            SetAction::Contains(element, found) => (element, CellAction::Read(is(*found))),
            SetAction::Read(_) | SetAction::Nothing => return None,
        })
    }
}

/// What an operation says about whether it changed anything.
fn changed(operation: &Operation) -> Option<bool> {
    match (result_of(operation)?, &operation.input) {
        (Value::Bool(changed), input) if !matches!(input, Value::Bool(_)) => Some(*changed),
        _ => None,
    }
}
