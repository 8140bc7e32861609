//! The check, and what it may spend.

use std::fmt;

use super::collection::{self, Short};
use super::explain::explain;
use super::limits::{Limits, Stop};
use super::partition::{Partition, split};
use super::run::{Death, End, MOST_SLOTS, run};
use super::{Reason, Unknown, Valid, Verdict};
use crate::history::History;
use crate::model::{Model, NotInModel};

/// What a check may spend on a partition. The crate reads no clock: the caller says when time is up.
#[derive(Clone, Copy)]
pub struct Budget<'a> {
    /// How many configurations may be held at once.
    pub configurations: usize,
    /// How much memory the search may use, in bytes, apart from the history.
    pub bytes: usize,
    /// Asked often; once it says `true` the check gives up.
    pub expired: &'a (dyn Fn() -> bool + Sync),
}

impl Default for Budget<'_> {
    /// Ten million configurations, four gigabytes, no limit of time.
    fn default() -> Self {
        Budget { configurations: 10_000_000, bytes: 4 << 30, expired: &|| false }
    }
}

impl fmt::Debug for Budget<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Budget { configurations, bytes, .. } = self;
        write!(f, "Budget {{ configurations: {configurations}, bytes: {bytes}, .. }}")
    }
}

/// Decides whether the history is linearizable with respect to the model.
///
/// # Errors
/// [`NotInModel`] if the model does not have one of the operations.
pub fn check<M: Model>(
    model: &M,
    history: &History,
    budget: &Budget<'_>,
) -> Result<Verdict, NotInModel> {
    let Some(parts) = split(model, history, budget.expired)? else {
        return Ok(Verdict::Unknown(Unknown { key: None, reason: Reason::Time }));
    };
    let verdicts = parts.into_iter().map(|part| part.check(budget));
    Ok(verdicts.fold(Verdict::Valid(Valid::default()), Verdict::and))
}

impl<M: Model> Partition<'_, M> {
    /// Decides whether this object's operations are linearizable.
    #[must_use]
    pub fn check(mut self, budget: &Budget<'_>) -> Verdict {
        if (budget.expired)() {
            return self.unknown(Reason::Time);
        }
        let pending = self.case.concurrency();
        if pending > MOST_SLOTS {
            return self.unknown(Reason::Concurrency { pending, limit: MOST_SLOTS });
        }
        let limits = Limits {
            configurations: budget.configurations,
            bytes: budget.bytes,
            expired: budget.expired,
        };
        match collection::check(&mut self, limits) {
            Some(Short::Valid) => return self.valid(),
            Some(Short::Late) => return self.unknown(Reason::Time),
            Some(Short::Invalid(death)) => return self.invalid(&death, limits),
            None => {}
        }
        match run(&mut self.space, &self.case, limits) {
            End::Alive => self.valid(),
            End::Dead(death) => self.invalid(&death, limits),
            End::Gave(Stop::Expired) => self.unknown(Reason::Time),
            End::Gave(Stop::Bytes) => self.unknown(Reason::Bytes { limit: budget.bytes }),
            End::Gave(Stop::Configurations | Stop::Dead) => {
                self.unknown(Reason::Configurations { limit: budget.configurations })
            }
        }
    }

    /// A violation, if a second search of a part of the history confirms it.
    fn invalid(&mut self, death: &Death, limits: Limits<'_>) -> Verdict {
        match explain(self, death, limits) {
            Some(violation) => Verdict::Invalid(Box::new(violation)),
            None if limits.is_expired() => self.unknown(Reason::Time),
            None => self.unknown(Reason::Unconfirmed),
        }
    }

    fn valid(&self) -> Verdict {
        Verdict::Valid(Valid { partitions: 1, operations: self.len() })
    }

    fn unknown(&self, reason: Reason) -> Verdict {
        Verdict::Unknown(Unknown { key: self.key.clone(), reason })
    }
}
