//! A violation, as a story that a person can follow and as data for a report.

use std::fmt;

use serde::Serialize;

use crate::history::{Bare, Brief, Nanos, Operation, Outcome, Value, brief_word};

/// Why a partition has no linearization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The model's name.
    pub model: String,
    /// The object, where the model tells several apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<Value>,
    /// It all in one sentence.
    pub sentence: String,
    /// An operation whose return no linearization survives: of these the first, as far as that was found.
    pub operation: Operation,
    /// What it would have needed, where the model says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needed: Option<String>,
    /// The states in which it could have taken effect, from its call to its return, or from the last moment
    /// in between at which there was only one possibility; if all are known and can be told. First the
    /// one that is most like what it needed, if that can be said.
    pub states: Vec<String>,
    /// The operations that could have made what it needed, and why each did not.
    pub producers: Vec<Producer>,
    /// A few operations that cannot be linearized, whatever else happened; checked again exactly.
    pub counterexample: Vec<Operation>,
    /// How many elements of a set, a log or a collection are left out of all this, and of what was read:
    /// those that have nothing to do with it.
    #[serde(skip_serializing_if = "is_none")]
    pub left_out: usize,
    /// The state that the counterexample begins in.
    pub start: String,
    /// An order of the operations up to the violation that explains all but the one at fault: the end
    /// of it, from the last moment when there was only one possibility.
    pub witness: Vec<Operation>,
    /// How many of the partition's operations had completed before.
    pub completed: usize,
}

/// An operation that could have made what was needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Producer {
    /// The operation.
    pub operation: Operation,
    /// Why it is out.
    pub why: WhyOut,
}

/// Why an operation cannot have produced what another one found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "reason")]
pub enum WhyOut {
    /// It surely did not happen.
    Failed,
    /// It was called only after the other had returned.
    NotYetCalled,
    /// Something else took effect in between.
    Overwritten {
        /// What did.
        by: Box<Operation>,
    },
    /// Its time would fit, but the order that the other operations force leaves it no place.
    NoPlace,
}

/// Of so many operations the last ones are told.
const MOST: usize = 100;

fn is_none(count: &usize) -> bool {
    *count == 0
}

impl Violation {
    pub(crate) fn completed_at(&self) -> Option<u64> {
        self.operation.complete_index
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.sentence)?;
        match &self.needed {
            Some(needed) if self.states.is_empty() => writeln!(f, "  it needed {needed}")?,
            Some(needed) => {
                let possible = Possible(&self.states);
                writeln!(f, "  it needed {needed}; possible was {possible}")?;
            }
            None => {}
        }
        for Producer { operation, why } in &self.producers {
            writeln!(f, "  {}: {why}", Told(operation))?;
        }
        match self.counterexample.len() {
            1 => writeln!(f, "  this operation is impossible, starting from {}:", self.start)?,
            _ => {
                writeln!(f, "  these operations cannot be ordered, starting from {}:", self.start)?;
            }
        }
        let more = self.counterexample.len().saturating_sub(MOST);
        if more > 0 {
            writeln!(f, "    {more} more, and")?;
        }
        let mut shown = self.counterexample[more..].iter();
        shown.try_for_each(|operation| writeln!(f, "    {}", Told(operation)))
    }
}

impl fmt::Display for WhyOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WhyOut::Failed => f.write_str("failed"),
            WhyOut::NotYetCalled => f.write_str("not yet called"),
            WhyOut::Overwritten { by } => write!(f, "overwritten by {}", Told(by)),
            WhyOut::NoPlace => f.write_str("no place left among the others"),
        }
    }
}

/// Some states, of which any may be.
pub(super) struct Possible<'a>(pub(super) &'a [String]);

impl fmt::Display for Possible<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MOST: usize = 4;
        match self.0 {
            few if few.len() <= MOST => f.write_str(&few.join(" or ")),
            all => {
                let (shown, others) = all.split_at(MOST - 1);
                write!(f, "{} or one of {} others", shown.join(" or "), others.len())
            }
        }
    }
}

/// An operation with its client and times.
pub(crate) struct Told<'a>(pub(crate) &'a Operation);

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Told(operation) = self;
        let is_timed = [Some(operation.call), operation.ret].iter().flatten().any(|at| at.0 > 0);
        let moment = |time: Nanos, event: u64| match is_timed {
            true => time.to_string(),
            false => format!("event {event}"),
        };
        let call = moment(operation.call, operation.invoke_index);
        let ret = match (operation.outcome, operation.ret, operation.complete_index) {
            (Outcome::Ok | Outcome::Fail, Some(time), Some(event)) => moment(time, event),
            _ => "?".to_owned(),
        };
        write!(f, "client {}: {operation}  [{call}, {ret}]", operation.process)
    }
}

/// What an operation did, in the words of its domain: `get x by client 4 returned 7`.
pub(crate) struct Deed<'a>(pub(crate) &'a Operation);

impl fmt::Display for Deed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Deed(operation) = self;
        write!(f, "{}", Request(operation))?;
        match operation.tells() {
            true => write!(f, " returned {}", Brief(&operation.output)),
            false => f.write_str(" completed"),
        }
    }
}

/// What an operation was asked to do, and by whom: `remove 7 by client 0`.
pub(crate) struct Request<'a>(pub(crate) &'a Operation);

impl fmt::Display for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Request(operation) = self;
        f.write_str(&brief_word(&operation.f))?;
        if let Some(key) = &operation.key {
            write!(f, " {}", Bare(key))?;
        }
        let reads = operation.f == "read" || operation.f == "get";
        let repeats = reads && operation.input == operation.output;
        match (&*operation.f, operation.input.as_list()) {
            ("cas", Some([from, to])) => write!(f, " from {} to {}", Brief(from), Brief(to))?,
            _ if !operation.input.is_nil() && !repeats => {
                write!(f, " {}", Brief(&operation.input))?;
            }
            _ => {}
        }
        write!(f, " by client {}", operation.process)
    }
}
