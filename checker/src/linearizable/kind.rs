//! The built-in models by name, for a caller who learns at run time which one to use.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::{Budget, Verdict, check};
use crate::history::{Format, History, Outcome, Value};
use crate::model::{
    CasRegister, Counter, FencedLock, KeyValue, Log, Membership, Mutex, Namespace, NotInModel,
};
use crate::model::{PriorityQueue, Queue, Register, Semaphore, Set, Stack, UniqueIds};

/// A built-in model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// [`KeyValue`].
    KeyValue,
    /// [`KeyValue`], where a missing key reads as empty text.
    KeyText,
    /// [`Register`].
    Register,
    /// [`CasRegister`].
    CasRegister,
    /// [`CasRegister::knossos`].
    Knossos,
    /// [`Counter`].
    Counter,
    /// [`Set`].
    Set,
    /// [`Queue`].
    Queue,
    /// [`Stack`].
    Stack,
    /// [`PriorityQueue`].
    PriorityQueue,
    /// [`Mutex`].
    Mutex,
    /// [`Semaphore`] with this many permits; by name `semaphore` (two) or `semaphore:N`.
    Semaphore(u32),
    /// [`FencedLock`].
    FencedLock,
    /// [`Log`].
    Log,
    /// [`Namespace`].
    Namespace,
    /// [`UniqueIds`].
    UniqueIds,
}

/// A name that no built-in model has.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("no model is called `{0}`; there are: {all}", all = Kind::names())]
pub struct UnknownModel(pub String);

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 16] = [
        Kind::KeyValue,
        Kind::KeyText,
        Kind::Register,
        Kind::CasRegister,
        Kind::Knossos,
        Kind::Counter,
        Kind::Set,
        Kind::Queue,
        Kind::Stack,
        Kind::PriorityQueue,
        Kind::Mutex,
        Kind::Semaphore(2),
        Kind::FencedLock,
        Kind::Log,
        Kind::Namespace,
        Kind::UniqueIds,
    ];

    /// The name, as in `--model`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::KeyValue => "kv",
            Kind::KeyText => "kv-text",
            Kind::Register => "register",
            Kind::CasRegister => "cas-register",
            Kind::Knossos => "knossos-cas-register",
            Kind::Counter => "counter",
            Kind::Set => "set",
            Kind::Queue => "queue",
            Kind::Stack => "stack",
            Kind::PriorityQueue => "priority-queue",
            Kind::Mutex => "mutex",
            Kind::Semaphore(_) => "semaphore",
            Kind::FencedLock => "fenced-lock",
            Kind::Log => "log",
            Kind::Namespace => "namespace",
            Kind::UniqueIds => "unique-ids",
        }
    }

    /// The model that the history's operations, and the format it came in, suggest.
    #[must_use]
    pub fn detect(format: Format, history: &History) -> Option<Kind> {
        let has = |f: &str| has(history, f);
        let any = |names: &[&str]| names.iter().any(|f| has(f));
        let listed = |f: &str| {
            let mut all = history.operations().iter();
            all.any(|operation| operation.f == *f && operation.output.as_list().is_some())
        };
        match () {
            () if any(&["create", "stat"]) => Some(Kind::Namespace),
            () if any(&["get", "put", "delete"]) => Some(kv(history)),
            () if has("cas") && format == Format::Edn => Some(Kind::Knossos),
            () if has("cas") => Some(Kind::CasRegister),
            () if any(&["enqueue", "dequeue", "enq", "deq"]) => Some(Kind::Queue),
            () if any(&["push", "pop"]) => Some(Kind::Stack),
            () if any(&["poll"]) => Some(Kind::PriorityQueue),
            () if has("acquire") && !all_nil(history) => Some(Kind::FencedLock),
            () if any(&["acquire", "release", "lock", "unlock"]) => Some(Kind::Mutex),
            () if has("generate") => Some(Kind::UniqueIds),
            () if any(&["contains", "remove", "insert"]) => Some(Kind::Set),
            () if has("add") && (listed("read") || !has("read")) => Some(Kind::Set),
            () if has("add") => Some(Kind::Counter),
            () if has("append") && has("read") => Some(Kind::Log),
            () if has("append") => Some(kv(history)),
            () if any(&["read", "write"]) && format == Format::Edn => Some(Kind::Knossos),
            () if any(&["read", "write"]) => Some(Kind::Register),
            () => None,
        }
    }

    /// Decides whether the history is linearizable with respect to this model.
    ///
    /// # Errors
    /// [`NotInModel`] if the model does not have one of the operations.
    pub fn check(self, history: &History, budget: &Budget<'_>) -> Result<Verdict, NotInModel> {
        match self {
            Kind::KeyValue => check(&KeyValue::default(), history, budget),
            Kind::KeyText => check(&KeyValue::with_missing("".into()), history, budget),
            Kind::Register => check(&Register::default(), history, budget),
            Kind::CasRegister => check(&CasRegister::default(), history, budget),
            Kind::Knossos => check(&CasRegister::knossos(), history, budget),
            Kind::Counter => check(&Counter, history, budget),
            Kind::Set if !has(history, "read") => check(&Membership, history, budget),
            Kind::Set => check(&Set, history, budget),
            Kind::Queue => check(&Queue, history, budget),
            Kind::Stack => check(&Stack, history, budget),
            Kind::PriorityQueue => check(&PriorityQueue, history, budget),
            Kind::Mutex => check(&Mutex, history, budget),
            Kind::Semaphore(permits) => check(&Semaphore::new(permits), history, budget),
            Kind::FencedLock => check(&FencedLock, history, budget),
            Kind::Log => check(&Log, history, budget),
            Kind::Namespace => check(&Namespace, history, budget),
            Kind::UniqueIds => check(&UniqueIds, history, budget),
        }
    }

    fn names() -> String {
        Kind::ALL.map(Kind::name).join(", ")
    }
}

/// Whether an operation has this name.
fn has(history: &History, f: &str) -> bool {
    history.operations().iter().any(|operation| operation.f == *f)
}

/// Whether no `acquire` gave a token.
fn all_nil(history: &History) -> bool {
    let mut acquires = history.operations().iter().filter(|operation| operation.f == "acquire");
    acquires.all(|acquire| acquire.output.as_int().is_none())
}

/// A store that answers empty text and never nil has no other way to say "missing".
fn kv(history: &History) -> Kind {
    let gets = history.operations().iter();
    let mut gets = gets.filter(|get| get.f == "get" && get.outcome == Outcome::Ok);
    let empty = Value::from("");
    let mut empties = false;
    let nils = gets.any(|get| {
        empties |= get.output == empty;
        get.output.is_nil()
    });
    if empties && !nils { Kind::KeyText } else { Kind::KeyValue }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Kind {
    type Err = UnknownModel;

    fn from_str(name: &str) -> Result<Kind, UnknownModel> {
        if let Some(permits) = name.strip_prefix("semaphore:").and_then(|text| text.parse().ok()) {
            return Ok(Kind::Semaphore(permits));
        }
        let found = Kind::ALL.into_iter().find(|kind| kind.name() == name);
        found.ok_or_else(|| UnknownModel(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back() {
        for kind in Kind::ALL {
            assert_eq!(kind.name().parse(), Ok(kind));
        }
        let error = "cassandra".parse::<Kind>().unwrap_err().to_string();
        assert!(error.contains("there are: kv, "), "{error}");
    }
}
