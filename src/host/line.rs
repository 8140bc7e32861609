//! The lines of the client protocol: JSON objects, one a line, both ways.
//!
//! ```text
//! → {"id":1,"session":7,"sequence":3,"f":"put","key":"x","value":"1"}
//! ← {"id":1,"ok":null}
//! ← {"id":2,"fail":"no such key"}
//! ← {"id":3,"info":"lost leadership"}
//! ← {"id":4,"redirect":"n2"}
//! ```
//!
//! A client may have many requests under way on one connection; their answers come in any order.
//! A line that cannot be read is answered with `"id":null`, and the connection is closed.

use chaos_node::{NodeId, Op, Reply, Request, Value};
use serde::de::{self, Deserializer};
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};

/// A request as a client writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestLine {
    /// By what the answer finds its request, unique among those under way on the connection.
    pub id: u64,
    /// See [`Request::session`].
    pub session: u64,
    /// See [`Request::sequence`].
    pub sequence: u64,
    /// See [`Op::f`].
    pub f: String,
    /// See [`Op::key`].
    #[serde(default)]
    pub key: Value,
    /// See [`Op::value`].
    #[serde(default)]
    pub value: Value,
}

impl RequestLine {
    /// The request under this number.
    pub fn new(id: u64, request: Request) -> RequestLine {
        let Request { session, sequence, op: Op { f, key, value } } = request;
        RequestLine { id, session, sequence, f, key, value }
    }

    /// The request itself.
    pub fn into_request(self) -> Request {
        let RequestLine { id: _, session, sequence, f, key, value } = self;
        Request { session, sequence, op: Op { f, key, value } }
    }
}

/// An answer as a node writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerLine {
    /// The request's number; nothing if the node could not even read that.
    pub id: Option<u64>,
    /// The answer.
    pub reply: Reply,
}

impl Serialize for AnswerLine {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("id", &self.id)?;
        match &self.reply {
            Reply::Ok(value) => map.serialize_entry("ok", value)?,
            Reply::Fail(reason) => map.serialize_entry("fail", reason)?,
            Reply::Info(reason) => map.serialize_entry("info", reason)?,
            Reply::Redirect(node) => {
                map.serialize_entry("redirect", &node.map(|id| id.to_string()))?;
            }
        }
        map.end()
    }
}

/// All fields that an answer can have, of which it must have two. The inner option of the redirect
/// is a `null` that was written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswerFields {
    id: Option<u64>,
    #[serde(default, deserialize_with = "present")]
    ok: Option<Value>,
    fail: Option<String>,
    info: Option<String>,
    #[serde(default, deserialize_with = "present")]
    redirect: Option<Option<String>>,
}

/// Tells a field that is `null` from one that is missing.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    source: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(source).map(Some)
}

impl<'de> Deserialize<'de> for AnswerLine {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<AnswerLine, D::Error> {
        let AnswerFields { id, ok, fail, info, redirect } =
            AnswerFields::deserialize(deserializer)?;
        let reply = match (ok, fail, info, redirect) {
            (Some(value), None, None, None) => Reply::Ok(value),
            (None, Some(reason), None, None) => Reply::Fail(reason),
            (None, None, Some(reason), None) => Reply::Info(reason),
            (None, None, None, Some(name)) => Reply::Redirect(node(name)?),
            _ => return Err(de::Error::custom("expected one of `ok`, `fail`, `info`, `redirect`")),
        };
        Ok(AnswerLine { id, reply })
    }
}

fn node<E: de::Error>(name: Option<String>) -> Result<Option<NodeId>, E> {
    name.map(|name| name.parse().map_err(E::custom)).transpose()
}

#[cfg(test)]
mod tests {
    use super::{AnswerLine, RequestLine};
    use chaos_node::{NodeId, Reply, Value};

    #[test]
    fn a_request_reads_as_documented() {
        let text = r#"{"id":1,"session":7,"sequence":3,"f":"put","key":"x","value":"1"}"#;
        let line: RequestLine = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&line).unwrap(), text);
        assert_eq!(RequestLine::new(1, line.clone().into_request()), line);

        let bare = r#"{"id":1,"session":7,"sequence":3,"f":"size"}"#;
        let line: RequestLine = serde_json::from_str(bare).unwrap();
        assert_eq!((line.key, line.value), (Value::Nil, Value::Nil));
    }

    #[test]
    fn each_answer_reads_as_documented() {
        let answers = [
            (r#"{"id":1,"ok":null}"#, Reply::Ok(Value::Nil)),
            (r#"{"id":1,"ok":[1,"x"]}"#, Reply::Ok(Value::List(vec![1.into(), "x".into()]))),
            (r#"{"id":1,"fail":"no"}"#, Reply::Fail("no".to_owned())),
            (r#"{"id":1,"info":"who knows"}"#, Reply::Info("who knows".to_owned())),
            (r#"{"id":1,"redirect":"n2"}"#, Reply::Redirect(Some(NodeId(2)))),
            (r#"{"id":1,"redirect":null}"#, Reply::Redirect(None)),
        ];
        for (text, reply) in answers {
            let line = AnswerLine { id: Some(1), reply };
            assert_eq!(serde_json::to_string(&line).unwrap(), text);
            assert_eq!(serde_json::from_str::<AnswerLine>(text).unwrap(), line);
        }
    }

    #[test]
    fn half_and_double_answers_are_refused() {
        for text in [
            r#"{"id":1}"#,
            r#"{"id":1,"ok":1,"fail":"x"}"#,
            r#"{"id":1,"redirect":"2"}"#,
            r#"{"id":1,"okay":1}"#,
            r#"{"id":-1,"ok":1}"#,
        ] {
            assert!(serde_json::from_str::<AnswerLine>(text).is_err(), "{text}");
        }
    }
}
