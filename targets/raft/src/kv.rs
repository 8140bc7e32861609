//! The key/value store: get, put, append, cas and delete.

use chaos_node::{Op, Reply, Value};
use std::collections::BTreeMap;

/// What the store can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    /// The value, or nil.
    Get,
    /// Set the value.
    Put,
    /// Add to the end of a text.
    Append,
    /// Set the value if it is what the client thinks it is.
    Cas,
    /// Remove the key.
    Delete,
}

impl Function {
    /// The function that an operation names.
    pub(crate) fn of(op: &Op) -> Result<Function, Reply> {
        match op.f.as_str() {
            "get" => Ok(Function::Get),
            "put" => Ok(Function::Put),
            "append" => Ok(Function::Append),
            "cas" => Ok(Function::Cas),
            "delete" => Ok(Function::Delete),
            other => Err(Reply::Fail(format!("unknown function `{other}`"))),
        }
    }
}

/// Does an operation. The same operation on the same data does the same everywhere.
pub(crate) fn apply(data: &mut BTreeMap<Value, Value>, op: Op) -> Reply {
    match Function::of(&op) {
        Err(unknown) => unknown,
        Ok(Function::Get) => Reply::Ok(data.get(&op.key).cloned().unwrap_or_default()),
        Ok(Function::Put) => {
            set(data, op.key, op.value);
            Reply::Ok(Value::Nil)
        }
        Ok(Function::Append) => append(data, op),
        Ok(Function::Cas) => compare_and_swap(data, op),
        Ok(Function::Delete) => {
            data.remove(&op.key);
            Reply::Ok(Value::Nil)
        }
    }
}

/// A key that holds nil is a missing key.
fn set(data: &mut BTreeMap<Value, Value>, key: Value, value: Value) {
    match value {
        Value::Nil => data.remove(&key),
        value => data.insert(key, value),
    };
}

fn append(data: &mut BTreeMap<Value, Value>, op: Op) -> Reply {
    let Some(suffix) = op.value.as_text() else {
        return Reply::Fail(format!("append needs a text, not {}", op.value));
    };
    let joined = match data.get_mut(&op.key) {
        None => suffix.to_owned(),
        Some(Value::Text(text)) => {
            text.push_str(suffix);
            return Reply::Ok(Value::Nil);
        }
        Some(Value::Int(number)) => format!("{number}{suffix}"),
        Some(other @ (Value::Nil | Value::Bool(_) | Value::List(_))) => {
            return Reply::Fail(format!("cannot append to {other}"));
        }
    };
    data.insert(op.key, Value::Text(joined));
    Reply::Ok(Value::Nil)
}

fn compare_and_swap(data: &mut BTreeMap<Value, Value>, op: Op) -> Reply {
    let Value::List(pair) = op.value else {
        return Reply::Fail("cas needs a list of two values".to_owned());
    };
    let Ok([from, to]) = <[Value; 2]>::try_from(pair) else {
        return Reply::Fail("cas needs a list of two values".to_owned());
    };
    let same = *data.get(&op.key).unwrap_or(&Value::Nil) == from;
    if same {
        set(data, op.key, to);
    }
    Reply::Ok(Value::Bool(same))
}

#[cfg(test)]
mod tests {
    use super::apply;
    use chaos_node::{Op, Reply, Value};
    use std::collections::BTreeMap;

    #[derive(Default)]
    struct Store(BTreeMap<Value, Value>);

    impl Store {
        fn run(&mut self, f: &str, value: impl Into<Value>) -> Reply {
            let op = Op { f: f.to_owned(), key: Value::from("k"), value: value.into() };
            apply(&mut self.0, op)
        }

        fn cas(&mut self, from: Value, to: Value) -> Reply {
            self.run("cas", Value::List(vec![from, to]))
        }
    }

    fn ok(value: impl Into<Value>) -> Reply {
        Reply::Ok(value.into())
    }

    #[test]
    fn put_get_delete() {
        let mut store = Store::default();
        assert_eq!(store.run("get", Value::Nil), ok(Value::Nil));
        assert_eq!(store.run("put", 7), ok(Value::Nil));
        assert_eq!(store.run("get", Value::Nil), ok(7));
        assert_eq!(store.run("delete", Value::Nil), ok(Value::Nil));
        assert_eq!(store.run("get", Value::Nil), ok(Value::Nil));
    }

    #[test]
    fn append_joins_texts_and_numbers_and_refuses_the_rest() {
        let mut store = Store::default();
        store.run("append", "a");
        store.run("append", "b");
        assert_eq!(store.run("get", Value::Nil), ok("ab"));
        store.run("put", 12);
        store.run("append", "x");
        assert_eq!(store.run("get", Value::Nil), ok("12x"));
        assert!(matches!(store.run("append", 3), Reply::Fail(_)));
        store.run("put", Value::Bool(true));
        assert!(matches!(store.run("append", "x"), Reply::Fail(_)));
    }

    #[test]
    fn cas_swaps_what_matches_and_nil_is_missing() {
        let mut store = Store::default();
        assert_eq!(store.cas(Value::Int(1), Value::Int(2)), ok(Value::Bool(false)));
        assert_eq!(store.cas(Value::Nil, Value::Int(2)), ok(Value::Bool(true)));
        assert_eq!(store.cas(Value::Int(2), Value::Nil), ok(Value::Bool(true)));
        assert_eq!(store.run("get", Value::Nil), ok(Value::Nil));
        assert!(matches!(store.run("cas", 5), Reply::Fail(_)));
        assert!(matches!(store.run("cas", Value::List(vec![Value::Nil])), Reply::Fail(_)));
    }

    #[test]
    fn what_is_unknown_fails() {
        assert!(matches!(Store::default().run("increment", 1), Reply::Fail(_)));
    }
}
