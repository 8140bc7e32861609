//! Unique ids: `generate` gives an id that nobody else gets. Each id is a partition of its own, which
//! may be given once; so the check needs no memory of all ids.

use super::{Hint, Makes, Model, Needs, NotInModel, part, result_of};
use crate::history::{Operation, Value};

/// The model of a generator of unique ids.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UniqueIds;

/// What became of a request for an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IdAction {
    /// The partition's id was given.
    Given,
    /// Nobody knows whether and which id was given.
    Nothing,
}

impl Model for UniqueIds {
    /// Whether the id has been given.
    type State = bool;
    type Action = IdAction;

    fn name(&self) -> &'static str {
        "unique-ids"
    }

    fn initial(&self) -> bool {
        false
    }

    fn action(&self, operation: &Operation) -> Result<IdAction, NotInModel> {
        match (operation.f.as_str(), result_of(operation)) {
            ("generate", Some(_)) => Ok(IdAction::Given),
            ("generate", None) => Ok(IdAction::Nothing),
            _ => Err(NotInModel::new("unique-ids", operation, "expected generate")),
        }
    }

    fn step(&self, given: &bool, action: &IdAction) -> Vec<bool> {
        match (action, given) {
            (IdAction::Given, false) => vec![true],
            (IdAction::Given, true) => vec![],
            (IdAction::Nothing, given) => vec![*given],
        }
    }

    fn partition(&self, operation: &Operation) -> Option<Value> {
        Some(part(operation, result_of(operation).unwrap_or(&Value::Nil)))
    }

    fn hint(&self, action: &IdAction) -> Hint<bool> {
        match action {
            IdAction::Given => Hint { needs: Needs::Is(false), makes: Makes::Is(true) },
            IdAction::Nothing => Hint { needs: Needs::Any, makes: Makes::Same },
        }
    }

    fn describe(&self, given: &bool) -> String {
        (if *given { "another id" } else { "a new id" }).to_owned()
    }
}
