//! A key/value store: `get`, `put`, `append`, `cas`, `delete`, each about one key.
//!
//! * A missing key reads as nil, and nil is what `cas` compares it with.
//! * `append` adds text; a missing key counts as empty, a number as its decimals.
//! * `cas` takes `[from, to]`. Completed `ok` with `false` it compared and found something else —
//!   an observation like a read. Completed `ok` with anything else it swapped.
//! * `delete` makes the key missing.

use super::{CellAction, Hint, Model, NotInModel, difference, result_of};
use crate::history::{Brief, Operation, Outcome, Value};

/// The model of a key/value store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyValue {
    missing: Value,
}

impl KeyValue {
    /// A store in which a missing key reads as the given value, such as empty text.
    #[must_use]
    pub fn with_missing(missing: Value) -> KeyValue {
        KeyValue { missing }
    }
}

impl Model for KeyValue {
    type State = Value;
    type Action = CellAction;

    fn name(&self) -> &'static str {
        "kv"
    }

    fn initial(&self) -> Value {
        self.missing.clone()
    }

    fn action(&self, operation: &Operation) -> Result<CellAction, NotInModel> {
        let refuse = |reason: &str| Err(NotInModel::new("kv", operation, reason));
        match (operation.f.as_str(), &operation.input) {
            ("get", _) => Ok(read(operation)),
            ("put", value) => Ok(CellAction::Write(value.clone())),
            ("append", Value::Text(text)) => Ok(CellAction::Append(text.clone())),
            ("append", Value::Int(number)) => Ok(CellAction::Append(number.to_string().into())),
            ("append", _) => refuse("append takes text"),
            ("cas", _) => compare_and_swap("kv", operation),
            ("delete", _) => Ok(CellAction::Write(self.missing.clone())),
            _ => refuse("expected get, put, append, cas or delete"),
        }
    }

    fn step(&self, state: &Value, action: &CellAction) -> Vec<Value> {
        action.apply(state).into_iter().collect()
    }

    fn hint(&self, action: &CellAction) -> Hint<Value> {
        action.hint()
    }

    fn sources(&self, action: &CellAction, state: &Value) -> Option<Vec<Value>> {
        action.sources(state)
    }

    fn heap(&self, state: &Value) -> usize {
        state.heap()
    }

    fn describe(&self, state: &Value) -> String {
        Brief(state).to_string()
    }

    fn distance(&self, from: &Value, to: &Value) -> Option<usize> {
        Some(difference::between_values(from, to))
    }

    fn difference(&self, possible: &Value, found: &Value) -> Option<String> {
        difference::of_values(possible, found)
    }
}

pub(super) fn read(operation: &Operation) -> CellAction {
    result_of(operation).map_or(CellAction::Nothing, |value| CellAction::Read(value.clone()))
}

pub(super) fn compare_and_swap(
    model: &'static str,
    operation: &Operation,
) -> Result<CellAction, NotInModel> {
    let Some((from, to)) = operation.input.as_pair() else {
        return Err(NotInModel::new(model, operation, "cas takes [from, to]"));
    };
    let differed = operation.outcome == Outcome::Ok && operation.output == Value::Bool(false);
    Ok(match differed {
        true => CellAction::Differs(from.clone()),
        false => CellAction::Swap(from.clone(), to.clone()),
    })
}
