//! The part of a long case that a contradiction is likely to lie in.
//!
//! Most contradictions show among the latest operations, together with those that made what was
//! found. Leaving out all the others makes no history harder to linearize, by the same rule as in
//! `minimise`: a read may go, and a value may go as a whole. So if an excerpt is dead, the case is.

use super::case::Case;
use super::minimise::compared;
use super::space::{Make, Need, StateId};

/// How many of the latest operations to look at.
const LATEST: usize = 128;

/// A case that is not a few times as long is searched as it is.
const LONG: usize = 8 * LATEST;

/// What the operations called shortly before a return are about, if the case is long and plain.
pub(super) fn excerpt(case: &Case, states: usize, last: usize) -> Option<Case> {
    if case.steps.len() < LONG || !case.is_plain() {
        return None;
    }
    let called = case.moments[..last].iter().rev().filter(|moment| !moment.is_return());
    let newest = called.map(|call| call.operation()).next()?;
    let recent = newest.saturating_sub(LATEST)..=newest;
    let culprit = case.moments[last].operation();
    if let Need::Not(_) = case.steps[culprit].code.need {
        return None;
    }
    let kept = kept_values(case, states, |step| step == culprit || recent.contains(&step));
    let dropped = |step: usize| {
        if step == culprit {
            return false;
        }
        match (case.steps[step].code.need, case.steps[step].code.make) {
            (Need::Any, Make::To(value)) => !kept[value as usize],
            (Need::Is(value), Make::Same) => !kept[value as usize] || !recent.contains(&step),
            // It may have found a value that goes.
            (Need::Not(_), _) => true,
            _ => false,
        }
    };
    Some(case.part(last, dropped))
}

/// The values that have to stay, and those that the steps of interest find or make.
fn kept_values(case: &Case, states: usize, interest: impl Fn(usize) -> bool) -> Vec<bool> {
    let mut kept = vec![false; states];
    let mut keep = |state: StateId| kept[state as usize] = true;
    keep(case.initial);
    for (number, step) in case.steps.iter().enumerate() {
        compared(step.code.need, step.code.make, true).for_each(&mut keep);
        if interest(number) {
            if let Need::Is(state) = step.code.need {
                keep(state);
            }
            if let Make::To(state) = step.code.make {
                keep(state);
            }
        }
    }
    kept
}
