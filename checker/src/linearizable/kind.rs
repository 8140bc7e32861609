//! The built-in models by name, for a caller who learns at run time which one to use.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::retell::retell;
use super::{Budget, Retold, Verdict, check};
use crate::consistency::{Consistency, Finding, check_consistency};
use crate::history::{Format, History, Outcome, Value};
use crate::model::{
    CasRegister, Counter, Directory, FencedLock, KeyValue, Log, Membership, Mutex, Namespace,
    NotInModel,
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
    /// [`Namespace`], or [`Directory`] where files are renamed.
    Namespace,
    /// [`UniqueIds`].
    UniqueIds,
}

/// A name that no built-in model has.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("no model is called `{0}`; there are: {all}", all = Kind::names())]
pub struct UnknownModel(pub String);

/// Does something with the model of a kind.
macro_rules! with_model {
    ($kind:expr, $history:expr, $model:ident => $work:expr) => {
        match $kind {
            Kind::KeyValue => with_model!(KeyValue::default(), $model => $work),
            Kind::KeyText => with_model!(KeyValue::with_missing("".into()), $model => $work),
            Kind::Register => with_model!(Register::default(), $model => $work),
            Kind::CasRegister => with_model!(CasRegister::default(), $model => $work),
            Kind::Knossos => with_model!(CasRegister::knossos(), $model => $work),
            Kind::Counter => with_model!(Counter, $model => $work),
            Kind::Set if !has($history, "read") => with_model!(Membership, $model => $work),
            Kind::Set => with_model!(Set, $model => $work),
            Kind::Queue => with_model!(Queue, $model => $work),
            Kind::Stack => with_model!(Stack, $model => $work),
            Kind::PriorityQueue => with_model!(PriorityQueue, $model => $work),
            Kind::Mutex => with_model!(Mutex, $model => $work),
            Kind::Semaphore(permits) => with_model!(Semaphore::new(permits), $model => $work),
            Kind::FencedLock => with_model!(FencedLock, $model => $work),
            Kind::Log => with_model!(Log, $model => $work),
            Kind::Namespace if has($history, "rename") => with_model!(Directory, $model => $work),
            Kind::Namespace => with_model!(Namespace, $model => $work),
            Kind::UniqueIds => with_model!(UniqueIds, $model => $work),
        }
    };
    ($made:expr, $model:ident => $work:expr) => {{
        let $model = &$made;
        $work
    }};
}

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
        with_model!(self, history, model => check(model, history, budget))
    }

    /// Retells the violation of an object for people to see: the key is the one of the violation that
    /// [`check`](Kind::check) found. `None` if there is none, or the budget does not suffice.
    ///
    /// # Errors
    /// [`NotInModel`] if the model does not have one of the operations.
    pub fn retell(
        self,
        history: &History,
        key: Option<&Value>,
        budget: &Budget<'_>,
    ) -> Result<Option<Retold>, NotInModel> {
        with_model!(self, history, model => retell(model, history, key, budget))
    }

    /// Holds the history against a consistency model that is weaker than linearizability. What is
    /// linearizable is all of them, so that is asked first.
    ///
    /// # Errors
    /// [`NotInModel`] if the model does not have one of the operations.
    pub fn check_consistency(
        self,
        history: &History,
        level: Consistency,
        budget: &Budget<'_>,
    ) -> Result<Finding, NotInModel> {
        if self.check(history, budget)?.is_valid() {
            return Ok(Finding::Valid);
        }
        with_model!(self, history, model => check_consistency(model, history, level, budget))
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
