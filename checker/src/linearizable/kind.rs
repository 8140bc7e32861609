//! The built-in models by name, for a caller who learns at run time which one to use.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::{Budget, Verdict, check};
use crate::history::{History, Outcome, Value};
use crate::model::{CasRegister, KeyValue, NotInModel, Register};

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
}

/// A name that no built-in model has.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("no model is called `{0}`; there are: {all}", all = Kind::names())]
pub struct UnknownModel(pub String);

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 5] =
        [Kind::KeyValue, Kind::KeyText, Kind::Register, Kind::CasRegister, Kind::Knossos];

    /// The name, as in `--model`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::KeyValue => "kv",
            Kind::KeyText => "kv-text",
            Kind::Register => "register",
            Kind::CasRegister => "cas-register",
            Kind::Knossos => "knossos-cas-register",
        }
    }

    /// The model whose operations the history's names suggest.
    #[must_use]
    pub fn detect(history: &History) -> Option<Kind> {
        let has = |f: &str| history.operations().iter().any(|operation| operation.f == *f);
        match () {
            () if has("get") || has("put") || has("append") || has("delete") => Some(kv(history)),
            () if has("cas") => Some(Kind::CasRegister),
            () if has("read") || has("write") => Some(Kind::Register),
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
        }
    }

    fn names() -> String {
        Kind::ALL.map(Kind::name).join(", ")
    }
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
