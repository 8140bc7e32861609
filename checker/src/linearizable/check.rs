//! The check, and what it may spend.

use std::fmt;

use super::collection::{self, Short};
use super::explain::explain;
use super::limits::{Limits, Stop};
use super::partition::{Partition, split};
use super::run::{Death, End, MOST_SLOTS, run};
use super::spread::spread;
use super::{Reason, Unknown, Valid, Verdict};
use crate::history::History;
use crate::model::{Model, NotInModel};

/// What a check may spend. The crate reads no clock: the caller says when time is up.
#[derive(Clone, Copy)]
pub struct Budget<'a> {
    /// How many configurations may be held at once, of each partition.
    pub configurations: usize,
    /// How much memory the search may use, in bytes, apart from the history.
    pub bytes: usize,
    /// Asked often; once it says `true` the check gives up.
    pub expired: &'a (dyn Fn() -> bool + Sync),
    /// How many partitions may be judged at once, each on a thread. They share the memory; one that
    /// its share is too small for is judged again, alone and with all of it. So the verdict does not
    /// depend on the threads, but for the time that is left. None counts as one.
    pub threads: usize,
}

impl Default for Budget<'_> {
    /// Ten million configurations, four gigabytes, no limit of time, one thread.
    fn default() -> Self {
        Budget { configurations: 10_000_000, bytes: 4 << 30, expired: &|| false, threads: 1 }
    }
}

impl fmt::Debug for Budget<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Budget { configurations, bytes, threads, .. } = self;
        write!(
            f,
            "Budget {{ configurations: {configurations}, bytes: {bytes}, threads: {threads}, .. }}"
        )
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
    let Some(parts) = split(model, history, budget.threads, budget.expired)? else {
        return Ok(Verdict::Unknown(Unknown { key: None, reason: Reason::Time }));
    };
    let shares = budget.threads.min(parts.len()).max(1);
    let share = Budget { bytes: budget.bytes / shares, ..*budget };
    let mut verdicts = spread(shares, parts, |part| part.check(&share));
    if shares > 1 && verdicts.iter().any(is_short) {
        // Time may be up before they are split once more: then they stay as they are.
        let parts = split(model, history, shares, budget.expired)?.unwrap_or_default();
        let short = verdicts.iter_mut().zip(parts).filter(|(verdict, _)| is_short(verdict));
        short.for_each(|(verdict, part)| *verdict = part.check(budget));
    }
    Ok(verdicts.into_iter().fold(Verdict::Valid(Valid::default()), Verdict::and))
}

/// Whether there was too little memory to judge.
fn is_short(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Unknown(Unknown { reason: Reason::Bytes { .. }, .. }))
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
        let (limits, operations) = (Limits::of(budget), self.len());
        match self.search(limits) {
            End::Alive => Verdict::Valid(Valid { partitions: 1, operations }),
            End::Dead(death) => self.invalid(&death, limits),
            End::Gave(Stop::Expired) => self.unknown(Reason::Time),
            End::Gave(Stop::Bytes) => self.unknown(Reason::Bytes { limit: budget.bytes }),
            End::Gave(Stop::Configurations | Stop::Dead) => {
                self.unknown(Reason::Configurations { limit: budget.configurations })
            }
        }
    }

    /// Searches the whole, the short way where there is one. The caller has looked at the concurrency.
    pub(super) fn search(&mut self, limits: Limits<'_>) -> End {
        match collection::check(self, limits) {
            Some(Short::Valid) => End::Alive,
            Some(Short::Late) => End::Gave(Stop::Expired),
            Some(Short::Invalid(death)) => End::Dead(death),
            None => run(&mut self.space, &self.case, limits),
        }
    }

    /// A violation, if a second search of a part of the history confirms it.
    fn invalid(&mut self, death: &Death, limits: Limits<'_>) -> Verdict {
        match explain(self, death, limits) {
            Some((violation, _)) => Verdict::Invalid(Box::new(violation)),
            None if limits.is_expired() => self.unknown(Reason::Time),
            None => self.unknown(Reason::Unconfirmed),
        }
    }

    fn unknown(&self, reason: Reason) -> Verdict {
        Verdict::Unknown(Unknown { key: self.key.clone(), reason })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{Event, EventType, Value};
    use crate::linearizable::partition::MANY;
    use crate::model::Register;
    use crate::testing::event;

    /// Of each key a read that finds what nobody wrote; keys from one on have an operation that no
    /// register has.
    fn wrong(keys: u64, foreign: Option<u64>) -> History {
        let events = (0..2 * keys).map(|index| {
            let (key, kind) = match index % 2 {
                0 => (index / 2, EventType::Invoke),
                _ => (index / 2, EventType::Ok),
            };
            let f = if foreign.is_some_and(|from| key >= from) { "push" } else { "read" };
            let found = Value::Int(key as i64 + 1);
            Event { key: Some(Value::Int(key as i64)), ..event(index, key, kind, f, found) }
        });
        History::from_events(events.collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn on_several_threads_the_answer_is_the_same() {
        let on = |history: &History, threads: usize| {
            check(&Register::default(), history, &Budget { threads, ..Budget::default() })
        };
        for (keys, rounds) in [(20, 50), (MANY as u64, 1)] {
            let (unread, mixed) = (wrong(keys, None), wrong(keys, Some(3)));
            let (verdict, error) = (on(&unread, 1), on(&mixed, 1));
            assert!(
                matches!(&verdict, Ok(Verdict::Invalid(why)) if why.key == Some(Value::Int(0)))
            );
            assert!(matches!(&error, Err(foreign) if foreign.index == 6), "{error:?}");
            for threads in (0..rounds).flat_map(|_| [0, 2, 3, 64]) {
                let found = (on(&unread, threads), on(&mixed, threads));
                assert_eq!(found, (verdict.clone(), error.clone()));
            }
        }
    }
}
