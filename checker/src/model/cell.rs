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

    /// The values from which an append leads to the given one; `None` if that cannot be said.
    pub(crate) fn sources(&self, value: &Value) -> Option<Vec<Value>> {
        let CellAction::Append(text) = self else { return None };
        let Value::Text(whole) = value else { return Some(Vec::new()) };
        let Some(before) = whole.as_str().strip_suffix(text.as_str()) else {
            return Some(Vec::new());
        };
        if before.starts_with('[') {
            // It may be a list as it is written.
            return None;
        }
        let mut sources = vec![Value::from(before)];
        match before {
            "" => sources.push(Value::Nil),
            "true" | "false" => sources.push(Value::Bool(before == "true")),
            _ => {
                let number = before.parse().ok();
                let number = number.filter(|number: &i64| number.to_string() == before);
                sources.extend(number.map(Value::Int));
            }
        }
        Some(sources)
    }
}

/// Nothing counts as empty text; anything but text as it is written.
fn append(value: &Value, text: &Text) -> Value {
    match value {
        Value::Nil => Value::Text(text.clone()),
        Value::Text(before) => Value::from([before.as_str(), text.as_str()].concat()),
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

    #[test]
    fn the_sources_of_an_append_are_all_that_lead_there() {
        let mut values = vec![Value::Nil, Value::Int(7), Value::Int(-7), Value::Bool(true)];
        values.extend(
            ["", "a", "7", "07", "true", "7a", "07a", "-7a", "truea", "aa"].map(Value::from),
        );
        for text in ["", "a", "7"] {
            let append = CellAction::Append(text.into());
            for to in &values {
                let sources = append.sources(to).unwrap();
                for from in &values {
                    let leads = append.apply(from).as_ref() == Some(to);
                    assert_eq!(sources.contains(from), leads, "{from} and {text} to {to}");
                }
            }
        }
        assert_eq!(CellAction::Append("a".into()).sources(&"[1]a".into()), None);
    }
}
