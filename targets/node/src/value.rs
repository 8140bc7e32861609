//! The values of client operations.

use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A value that a client gives or gets. In JSON each is what one expects: `null`, `true`, `7`,
/// `"x"`, `[1, 2]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// No value: a missing key, an answer without content.
    #[default]
    Nil,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A text.
    Text(String),
    /// Several values, such as the `[from, to]` of a compare-and-swap.
    List(Vec<Value>),
}

impl Value {
    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            Value::Nil | Value::Bool(_) | Value::Int(_) | Value::List(_) => None,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.to_owned())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Value {
        Value::Int(number)
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Nil => write!(f, "nil"),
            Value::Bool(yes) => write!(f, "{yes}"),
            Value::Int(number) => write!(f, "{number}"),
            Value::Text(text) => write!(f, "{text:?}"),
            Value::List(values) => f.debug_list().entries(values.iter().map(Plain)).finish(),
        }
    }
}

/// Debug as Display, so that a list prints its elements plainly.
struct Plain<'a>(&'a Value);

impl fmt::Debug for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.0, f)
    }
}

/// The form of a value in encodings that do not describe themselves.
#[derive(Deserialize)]
#[serde(rename = "Value")]
enum Tagged {
    Nil,
    Bool(bool),
    Int(i64),
    Text(String),
    List(Vec<Value>),
}

/// The same of a value that is only looked at.
#[derive(Serialize)]
#[serde(rename = "Value")]
enum TaggedRef<'a> {
    Nil,
    Bool(bool),
    Int(i64),
    Text(&'a str),
    List(&'a [Value]),
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return TaggedRef::from(self).serialize(serializer);
        }
        match self {
            Value::Nil => serializer.serialize_unit(),
            Value::Bool(yes) => serializer.serialize_bool(*yes),
            Value::Int(number) => serializer.serialize_i64(*number),
            Value::Text(text) => serializer.serialize_str(text),
            Value::List(values) => values.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
        if deserializer.is_human_readable() {
            return deserializer.deserialize_any(Natural);
        }
        Tagged::deserialize(deserializer).map(Value::from)
    }
}

struct Natural;

impl<'de> Visitor<'de> for Natural {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "null, a boolean, a whole number, a text or a list of these")
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Nil)
    }
    fn visit_bool<E>(self, yes: bool) -> Result<Value, E> {
        Ok(Value::Bool(yes))
    }
    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Int(number))
    }
    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Value, E> {
        i64::try_from(number).map(Value::Int).map_err(|_| E::custom("a number beyond 64 bits"))
    }
    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::from(text))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = seq.next_element()? {
            values.push(value);
        }
        Ok(Value::List(values))
    }
}

impl<'a> From<&'a Value> for TaggedRef<'a> {
    fn from(value: &'a Value) -> TaggedRef<'a> {
        match value {
            Value::Nil => TaggedRef::Nil,
            Value::Bool(yes) => TaggedRef::Bool(*yes),
            Value::Int(number) => TaggedRef::Int(*number),
            Value::Text(text) => TaggedRef::Text(text),
            Value::List(values) => TaggedRef::List(values),
        }
    }
}

impl From<Tagged> for Value {
    fn from(tagged: Tagged) -> Value {
        match tagged {
            Tagged::Nil => Value::Nil,
            Tagged::Bool(yes) => Value::Bool(yes),
            Tagged::Int(number) => Value::Int(number),
            Tagged::Text(text) => Value::Text(text),
            Tagged::List(values) => Value::List(values),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Value;
    use crate::{decode, encode};

    fn examples() -> Vec<Value> {
        let list = Value::List(vec![Value::Nil, Value::Int(-3), Value::List(vec![])]);
        vec![Value::Nil, Value::Bool(true), Value::Int(7), Value::from("x\"y"), list]
    }

    #[test]
    fn is_natural_in_json() {
        let texts: Vec<_> =
            examples().iter().map(|value| serde_json::to_string(value).unwrap()).collect();
        assert_eq!(texts, ["null", "true", "7", r#""x\"y""#, "[null,-3,[]]"]);
        for (value, text) in examples().iter().zip(&texts) {
            assert_eq!(&serde_json::from_str::<Value>(text).unwrap(), value);
        }
        assert!(serde_json::from_str::<Value>("18446744073709551615").is_err());
        assert!(serde_json::from_str::<Value>("{}").is_err());
    }

    #[test]
    fn survives_the_wire() {
        for value in examples() {
            assert_eq!(decode::<Value>(&encode(&value)).unwrap(), value);
        }
    }

    #[test]
    fn prints_as_people_write() {
        let texts: Vec<_> = examples().iter().map(Value::to_string).collect();
        assert_eq!(texts, ["nil", "true", "7", r#""x\"y""#, "[nil, -3, []]"]);
    }
}
