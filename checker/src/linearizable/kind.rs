//! The built-in models by name, for a caller who learns at run time which one to use.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::online::OnlineError;
use super::retell::retell;
use super::traits::Traits;
use super::{Budget, Online, Retold, Standing, Verdict, check};
use crate::consistency::{Consistency, Finding, check_consistency};
use crate::history::{Event, Format, History, Value};
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

/// Why events could not be followed.
#[derive(Debug, Error)]
pub enum FollowError<E> {
    /// One could not be had.
    #[error(transparent)]
    Event(E),
    /// One could not be taken.
    #[error(transparent)]
    Online(#[from] OnlineError),
}

/// Does something with the model of a kind, for a history that has certain operations.
macro_rules! with_model {
    ($kind:expr, $has:expr, $model:ident => $work:expr) => {
        match $kind {
            Kind::KeyValue => with_model!(KeyValue::default(), $model => $work),
            Kind::KeyText => with_model!(KeyValue::with_missing("".into()), $model => $work),
            Kind::Register => with_model!(Register::default(), $model => $work),
            Kind::CasRegister => with_model!(CasRegister::default(), $model => $work),
            Kind::Knossos => with_model!(CasRegister::knossos(), $model => $work),
            Kind::Counter => with_model!(Counter, $model => $work),
            Kind::Set if !$has("read") => with_model!(Membership, $model => $work),
            Kind::Set => with_model!(Set, $model => $work),
            Kind::Queue => with_model!(Queue, $model => $work),
            Kind::Stack => with_model!(Stack, $model => $work),
            Kind::PriorityQueue => with_model!(PriorityQueue, $model => $work),
            Kind::Mutex => with_model!(Mutex, $model => $work),
            Kind::Semaphore(permits) => with_model!(Semaphore::new(permits), $model => $work),
            Kind::FencedLock => with_model!(FencedLock, $model => $work),
            Kind::Log => with_model!(Log, $model => $work),
            Kind::Namespace if $has("rename") => with_model!(Directory, $model => $work),
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
        Traits::of(history).suggest(format)
    }

    /// Decides whether the history is linearizable with respect to this model.
    ///
    /// # Errors
    /// [`NotInModel`] if the model does not have one of the operations.
    pub fn check(self, history: &History, budget: &Budget<'_>) -> Result<Verdict, NotInModel> {
        with_model!(self, |f| has(history, f), model => check(model, history, budget))
    }

    /// Decides the same while the events come, as [`Online`] does: for histories that are too long to
    /// hold. Whether a set is read as a whole, and files are renamed, cannot be known before; it is
    /// taken for granted that sets are and files are not.
    ///
    /// # Errors
    /// [`FollowError`] if an event cannot be had, or cannot be taken.
    pub fn follow<E>(
        self,
        events: impl IntoIterator<Item = Result<Event, E>>,
        budget: &Budget<'_>,
    ) -> Result<Standing, FollowError<E>> {
        with_model!(self, |f| f == "read", model => {
            let mut online = Online::new(model, *budget);
            for event in events {
                if *online.push(event.map_err(FollowError::Event)?)? != Standing::Sound {
                    break;
                }
            }
            Ok(online.finish()?)
        })
    }

    /// Whether a whole history is judged in ways that need to know what comes later, where
    /// [`follow`](Kind::follow) can only search: sets, logs and collections.
    #[must_use]
    pub fn looks_ahead(self) -> bool {
        use Kind::{Log, PriorityQueue, Queue, Set, Stack};
        matches!(self, Log | Set | Queue | Stack | PriorityQueue)
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
        with_model!(self, |f| has(history, f), model => retell(model, history, key, budget))
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
        with_model!(self, |f| has(history, f), model => check_consistency(model, history, level, budget))
    }

    fn names() -> String {
        Kind::ALL.map(Kind::name).join(", ")
    }
}

/// Whether an operation has this name.
fn has(history: &History, f: &str) -> bool {
    history.operations().iter().any(|operation| operation.f == *f)
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
