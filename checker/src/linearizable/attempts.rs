//! How far each attempt at an order gets: the orders of a small case that nothing can be added to.
//!
//! Porcupine shows these as *partial linearizations* (Athalye 2017). A case that has no linearization
//! has them alone, so they are what a person would find who tries by hand: depth-first, as Wing & Gong
//! (1993) had it. A set of operations that leads to a state is carried on once, whatever the order that
//! led there.

use rustc_hash::FxHashSet;

use super::case::{Case, Span};
use super::limits::Limits;
use super::space::{Space, StateId};
use crate::model::Model;

/// Of more operations than this no orders are tried.
const MOST: usize = 40;
/// So many sets of operations are carried on at most.
const STEPS: usize = 20_000;

/// An order that cannot be carried on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stuck {
    /// The steps in order, each with the state after it.
    pub(super) placed: Vec<(usize, StateId)>,
    /// The step that had to be next, for it returns first of those left, but could not.
    pub(super) step: usize,
}

/// The attempts of a case, the longest first; of those that get as far with the same operations and
/// the same state, one.
pub(super) fn attempts<M: Model>(
    space: &mut Space<'_, M>,
    case: &Case,
    limits: Limits<'_>,
) -> Vec<Stuck> {
    if case.steps.len() > MOST {
        return Vec::new();
    }
    let mut search = Search {
        case,
        spans: case.spans(),
        placed: Vec::new(),
        seen: FxHashSet::default(),
        found: Vec::new(),
        limits,
    };
    search.extend(space, case.initial, 0);
    search.found.sort_by_key(|stuck| std::cmp::Reverse(stuck.placed.len()));
    search.found
}

struct Search<'a> {
    case: &'a Case,
    spans: Vec<Span>,
    placed: Vec<(usize, StateId)>,
    seen: FxHashSet<(u64, StateId)>,
    found: Vec<Stuck>,
    limits: Limits<'a>,
}

impl Search<'_> {
    fn extend<M: Model>(&mut self, space: &mut Space<'_, M>, state: StateId, done: u64) {
        let spent = self.seen.len() >= STEPS || self.limits.is_expired();
        if spent || !self.seen.insert((done, state)) {
            return;
        }
        let open = |step: &usize| done >> step & 1 == 0;
        let due = |step: &usize| open(step) && self.case.steps[*step].returns();
        let steps = 0..self.case.steps.len();
        let first = steps.clone().filter(due).min_by_key(|step| self.case.steps[*step].deadline);
        let Some(first) = first else { return };
        let deadline = self.case.steps[first].deadline;
        let mut stuck = true;
        for step in steps.filter(open) {
            if self.spans[step].call > deadline {
                continue;
            }
            let next = space.step(state, self.case.steps[step].code);
            let next: Vec<StateId> = space.targets(next).collect();
            for state in next {
                stuck = false;
                self.placed.push((step, state));
                self.extend(space, state, done | 1 << step);
                self.placed.pop();
            }
        }
        if stuck {
            self.found.push(Stuck { placed: self.placed.clone(), step: first });
        }
    }
}
