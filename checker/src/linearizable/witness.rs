//! An order of a few operations that the model allows: depth-first, as Wing & Gong (1993) had it, for
//! the small cases that are shown to people.

use rustc_hash::FxHashSet;

use super::case::{Case, Span};
use super::limits::Limits;
use super::space::{Space, StateId};
use crate::model::Model;

/// More operations than this are not ordered.
const MOST: usize = 40;
/// More attempts than this are not made.
const ATTEMPTS: u32 = 100_000;
/// After so many attempts it is time to look at the clock.
const OFTEN: u32 = 64;

/// An order of all the case's operations that return, but for the one that returns last; it is what
/// the history could have been until then.
pub(super) fn witness<M: Model>(
    space: &mut Space<'_, M>,
    case: &Case,
    limits: Limits<'_>,
) -> Vec<usize> {
    let Some(culprit) = case.culprit().filter(|_| case.steps.len() <= MOST) else {
        return Vec::new();
    };
    let (spans, order) = (case.spans(), Vec::new());
    let seen = FxHashSet::default();
    let mut search = Order { case, culprit, spans, order, seen, attempts: 0, limits };
    if search.extend(space, case.initial, 0) { search.order } else { Vec::new() }
}

struct Order<'a> {
    case: &'a Case,
    culprit: usize,
    spans: Vec<Span>,
    order: Vec<usize>,
    /// What has been done, and the state it led to.
    seen: FxHashSet<(u64, StateId)>,
    attempts: u32,
    limits: Limits<'a>,
}

impl Order<'_> {
    fn extend<M: Model>(&mut self, space: &mut Space<'_, M>, state: StateId, done: u64) -> bool {
        let steps = &self.case.steps;
        let open = |step: usize| done >> step & 1 == 0;
        let must = |step: &usize| open(*step) && *step != self.culprit && steps[*step].returns();
        let Some(deadline) = (0..steps.len()).filter(must).map(|step| steps[step].deadline).min()
        else {
            return true;
        };
        self.attempts += 1;
        let looks = self.attempts.is_multiple_of(OFTEN);
        if self.attempts > ATTEMPTS || looks && self.limits.is_expired() {
            return false;
        }
        for (step, told) in steps.iter().enumerate() {
            let may = open(step) && step != self.culprit && self.spans[step].call < deadline;
            if !may {
                continue;
            }
            let steps = space.step(state, told.code);
            for number in 0.. {
                let Some(state) = space.targets(steps).nth(number) else { break };
                let fresh = self.seen.insert((done | 1 << step, state));
                if !fresh {
                    continue;
                }
                self.order.push(step);
                if self.extend(space, state, done | 1 << step) {
                    return true;
                }
                self.order.pop();
            }
        }
        false
    }
}
