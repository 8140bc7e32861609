//! Registers: one value that is read, written and, in [`CasRegister`], compared and swapped.

use super::kv::{compare_and_swap, read};
use super::{CellAction, Hint, Model, NotInModel, difference};
use crate::history::{Brief, Operation, Value};

/// A register with `read` and `write`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Register {
    initial: Value,
}

impl Register {
    /// A register that holds the given value at first, instead of nil.
    #[must_use]
    pub fn with_initial(initial: Value) -> Register {
        Register { initial }
    }
}

impl Model for Register {
    type State = Value;
    type Action = CellAction;

    fn name(&self) -> &'static str {
        "register"
    }

    fn initial(&self) -> Value {
        self.initial.clone()
    }

    fn action(&self, operation: &Operation) -> Result<CellAction, NotInModel> {
        match operation.f.as_str() {
            "read" => Ok(read(operation)),
            "write" => Ok(CellAction::Write(operation.input.clone())),
            _ => Err(NotInModel::new("register", operation, "expected read or write")),
        }
    }

    fn step(&self, state: &Value, action: &CellAction) -> Vec<Value> {
        action.apply(state).into_iter().collect()
    }

    fn hint(&self, action: &CellAction) -> Hint<Value> {
        action.hint()
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

/// A register with `read`, `write` and `cas`, whose input is `[from, to]`. A cas that completes `ok`
/// with `false` found something else; any other `ok` swapped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CasRegister {
    initial: Value,
    nil_is_unknown: bool,
}

impl CasRegister {
    /// A register that holds the given value at first, instead of nil.
    #[must_use]
    pub fn with_initial(initial: Value) -> CasRegister {
        CasRegister { initial, nil_is_unknown: false }
    }

    /// The register as Knossos has it: it holds 0 at first, and a read of nil says nothing.
    #[must_use]
    pub fn knossos() -> CasRegister {
        CasRegister { initial: Value::Int(0), nil_is_unknown: true }
    }
}

impl Model for CasRegister {
    type State = Value;
    type Action = CellAction;

    fn name(&self) -> &'static str {
        "cas-register"
    }

    fn initial(&self) -> Value {
        self.initial.clone()
    }

    fn action(&self, operation: &Operation) -> Result<CellAction, NotInModel> {
        match operation.f.as_str() {
            "read" if self.nil_is_unknown && operation.output.is_nil() => Ok(CellAction::Nothing),
            "read" => Ok(read(operation)),
            "write" => Ok(CellAction::Write(operation.input.clone())),
            "cas" => compare_and_swap("cas-register", operation),
            _ => Err(NotInModel::new("cas-register", operation, "expected read, write or cas")),
        }
    }

    fn step(&self, state: &Value, action: &CellAction) -> Vec<Value> {
        action.apply(state).into_iter().collect()
    }

    fn hint(&self, action: &CellAction) -> Hint<Value> {
        action.hint()
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
