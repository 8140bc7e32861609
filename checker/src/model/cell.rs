//! One cell that holds one value: what a register and a key of a key/value store have in common.

use super::{Hint, Makes, Needs};
use crate::history::{Text, Value};

/// Something done to a cell.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CellAction {
    /// Found this value.
    Read(Value),
    /// Left this value.
    Write(Value),
    /// Added this text at the end.
    Append(Text),
    /// Found the first value and left the second.
    Swap(Value, Value),
    /// Found something else than this value.
    Differs(Value),
    /// Asked, but what was found is not known.
    Nothing,
}

impl CellAction {
    /// The value after the action, if it is possible.
    pub(crate) fn apply(&self, value: &Value) -> Option<Value> {
        match self {
            CellAction::Read(found) => (found == value).then(|| value.clone()),
            CellAction::Write(written) => Some(written.clone()),
            CellAction::Append(text) => Some(append(value, text)),
            CellAction::Swap(from, to) => (from == value).then(|| to.clone()),
            CellAction::Differs(from) => (from != value).then(|| value.clone()),
            CellAction::Nothing => Some(value.clone()),
        }
    }

    pub(crate) fn hint(&self) -> Hint<Value> {
        let (needs, makes) = match self {
            CellAction::Read(found) => (Needs::Is(found.clone()), Makes::Same),
            CellAction::Write(written) => (Needs::Any, Makes::Is(written.clone())),
            CellAction::Append(_) => (Needs::Any, Makes::Unsaid),
            CellAction::Swap(from, to) => (Needs::Is(from.clone()), Makes::Is(to.clone())),
            CellAction::Differs(from) => (Needs::Not(from.clone()), Makes::Same),
            CellAction::Nothing => (Needs::Any, Makes::Same),
        };
        Hint { needs, makes }
    }
}

/// Nothing counts as empty text; anything but text as it is written.
fn append(value: &Value, text: &Text) -> Value {
    match value {
        Value::Nil => Value::Text(text.clone()),
        Value::Text(before) => Value::from(format!("{before}{text}")),
        Value::Bool(_) | Value::Int(_) | Value::List(_) => Value::from(format!("{value}{text}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn appending_concatenates() {
        let ab = CellAction::Append("b".into());
        assert_eq!(ab.apply(&Value::Nil), Some("b".into()));
        assert_eq!(ab.apply(&"a".into()), Some("ab".into()));
        assert_eq!(ab.apply(&Value::Int(7)), Some("7b".into()));
    }
}
