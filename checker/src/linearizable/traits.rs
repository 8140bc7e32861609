//! Which model a history suggests: by the names of its operations and a few of their results.

use super::Kind;
use crate::history::{Event, EventType, Format, History, Outcome, Value};

/// What the choice of a model depends on, collected operation by operation or event by event.
#[derive(Clone, Debug, Default)]
pub struct Traits {
    names: Vec<String>,
    /// A `read` found a list.
    lists: bool,
    /// An `acquire` gave a token.
    tokens: bool,
    /// A `get` found nothing, or empty text.
    nils: bool,
    empties: bool,
}

impl Traits {
    /// Those of a history.
    #[must_use]
    pub fn of(history: &History) -> Traits {
        let mut traits = Traits::default();
        for operation in history.operations() {
            traits.called(&operation.f);
            if operation.outcome == Outcome::Ok {
                traits.returned(&operation.f, &operation.output);
            }
        }
        traits
    }

    /// Takes the next event in.
    pub fn note(&mut self, event: &Event) {
        match event.kind {
            EventType::Invoke => self.called(&event.f),
            EventType::Ok => self.returned(&event.f, &event.value),
            EventType::Fail | EventType::Info => {}
        }
    }

    fn called(&mut self, f: &str) {
        if !self.has(f) {
            self.names.push(f.to_owned());
        }
    }

    fn returned(&mut self, f: &str, value: &Value) {
        match f {
            "read" => self.lists |= value.as_list().is_some(),
            "acquire" => self.tokens |= value.as_int().is_some(),
            "get" => {
                self.nils |= value.is_nil();
                self.empties |= matches!(value, Value::Text(text) if text.is_empty());
            }
            _ => {}
        }
    }

    fn has(&self, f: &str) -> bool {
        self.names.iter().any(|name| name == f)
    }

    /// The model that they suggest, in a history of this format.
    #[must_use]
    pub fn suggest(&self, format: Format) -> Option<Kind> {
        let has = |f: &str| self.has(f);
        let any = |names: &[&str]| names.iter().any(|f| has(f));
        match () {
            () if any(&["create", "stat"]) => Some(Kind::Namespace),
            () if any(&["get", "put", "delete"]) => Some(self.kv()),
            () if has("cas") && format == Format::Edn => Some(Kind::Knossos),
            () if has("cas") => Some(Kind::CasRegister),
            () if any(&["enqueue", "dequeue", "enq", "deq"]) => Some(Kind::Queue),
            () if any(&["push", "pop"]) => Some(Kind::Stack),
            () if any(&["poll"]) => Some(Kind::PriorityQueue),
            () if has("acquire") && self.tokens => Some(Kind::FencedLock),
            () if any(&["acquire", "release", "lock", "unlock"]) => Some(Kind::Mutex),
            () if has("generate") => Some(Kind::UniqueIds),
            () if any(&["contains", "remove", "insert"]) => Some(Kind::Set),
            () if has("add") && (self.lists || !has("read")) => Some(Kind::Set),
            () if has("add") => Some(Kind::Counter),
            () if has("append") && has("read") => Some(Kind::Log),
            () if has("append") => Some(self.kv()),
            () if any(&["read", "write"]) && format == Format::Edn => Some(Kind::Knossos),
            () if any(&["read", "write"]) => Some(Kind::Register),
            () => None,
        }
    }

    /// A store that answers empty text and never nil has no other way to say "missing".
    fn kv(&self) -> Kind {
        if self.empties && !self.nils { Kind::KeyText } else { Kind::KeyValue }
    }
}
