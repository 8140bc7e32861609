//! Who says whether a plan still fails.

use crate::check::{Outcome, Verdict};
use crate::workload::plan::{Plan, Property};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Says whether a plan still fails in the same way.
pub trait Oracle {
    /// The first of `count` plans that fails; none if none does, or if the time was over before.
    fn first(
        &self,
        count: usize,
        plan: &(dyn Fn(usize) -> Plan + Sync),
        expired: &(dyn Fn() -> bool + Sync),
    ) -> Option<usize>;
}

/// Tries one plan after the other.
pub struct OneByOne<F>(pub F);

impl<F: Fn(&Plan) -> bool> Oracle for OneByOne<F> {
    fn first(
        &self,
        count: usize,
        plan: &(dyn Fn(usize) -> Plan + Sync),
        expired: &(dyn Fn() -> bool + Sync),
    ) -> Option<usize> {
        (0..count).take_while(|_| !expired()).find(|index| (self.0)(&plan(*index)))
    }
}

/// Tries several plans at once. The first that fails is the first in order, not in time.
pub struct Parallel<F> {
    /// How many at once.
    pub threads: usize,
    /// Whether a plan fails.
    pub fails: F,
}

impl<F: Fn(&Plan) -> bool + Sync> Oracle for Parallel<F> {
    fn first(
        &self,
        count: usize,
        plan: &(dyn Fn(usize) -> Plan + Sync),
        expired: &(dyn Fn() -> bool + Sync),
    ) -> Option<usize> {
        let (next, best) = (AtomicUsize::new(0), AtomicUsize::new(count));
        let work = || {
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                // Those before the best so far are still of interest, those behind it never again.
                if index >= best.load(Ordering::Relaxed) || expired() {
                    return;
                }
                if (self.fails)(&plan(index)) {
                    best.fetch_min(index, Ordering::Relaxed);
                }
            }
        };
        thread::scope(|scope| {
            for _ in 1..self.threads.min(count) {
                scope.spawn(work);
            }
            work();
        });
        Some(best.into_inner()).filter(|index| *index < count)
    }
}

/// The properties whose violations are of this [kind](crate::check::Violation::kind).
pub(super) fn checks(kind: &str) -> Vec<Property> {
    let property = |property: &Property| kind.starts_with(&format!("{property}:"));
    Property::ALL.iter().copied().filter(property).collect()
}

/// Whether one of the violations is of this [kind](crate::check::Violation::kind).
pub(super) fn shows(outcomes: &[Outcome], kind: &str) -> bool {
    outcomes.iter().any(|outcome| match &outcome.verdict {
        Verdict::Invalid(violation) => violation.kind() == kind,
        Verdict::Valid | Verdict::Unknown(_) => false,
    })
}

/// Whether a violation of this [kind](crate::check::Violation::kind) is one of the script itself.
pub(super) fn is_promised(kind: &str) -> bool {
    checks(kind) == [Property::Script]
}
