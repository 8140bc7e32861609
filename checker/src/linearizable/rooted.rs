//! A counterexample that needs no premise: a few operations that contradict each other whatever the
//! object was before.
//!
//! The counterexample of a violation begins in the only state that was possible at some moment, which a
//! person has to believe. Here some operations from before are taken in, which force that state. What
//! went before *them* is left out, so the case must be dead from every state that could be made before;
//! and an operation that was under way by then may have happened before, so it may happen now or never.
//!
//! Where every action is plain, states are compared for equality alone. So all states that no action
//! names are alike, and one stands for them. Leaving out a read, or a value with all that write and
//! read it, makes no such case harder, by the argument of `minimise`; that the value may be the one
//! at the start does no harm, for then those left out find it, and the others any other.

use std::collections::BTreeSet;

use super::case::{Case, Cut};
use super::limits::Limits;
use super::minimise::groups;
use super::pending::NEVER;
use super::run::is_dead;
use super::space::{Make, Need, Space, StateId};
use crate::history::Moment;
use crate::model::Model;

/// A counterexample of more operations is no easier to believe than its premise.
const MOST: usize = 7;
/// So far back operations are taken in.
const CALLS: usize = 24;
/// More operations than this are not searched for every state.
const WIDEST: usize = 48;
/// So many searches at most.
const EFFORT: usize = 20_000;

/// The smallest such case that ends with this step's return, if one is found; it begins in a state that
/// none of its actions names.
pub(super) fn rooted<M: Model>(
    space: &mut Space<'_, M>,
    whole: &Case,
    culprit: usize,
    limits: Limits<'_>,
) -> Option<Case> {
    let step = whole.steps[culprit];
    if !step.returns() {
        return None;
    }
    let last = step.deadline as usize;
    let calls = whole.moments[..last].iter().enumerate().rev();
    let calls = calls.filter(|(_, moment)| !moment.is_return()).map(|(at, _)| at);
    let mut best: Option<Case> = None;
    let mut effort = EFFORT;
    for moment in calls.take(CALLS) {
        let window = window(whole, moment, last);
        let fits = window.is_plain() && window.steps.len() <= WIDEST;
        if !fits || effort == 0 || limits.is_expired() {
            break;
        }
        let mut is_dead = |case: &Case| {
            let before = made_before(whole, moment.max(first_call(whole, case)));
            dead_from_any(space, case, before.as_ref(), limits, &mut effort)
        };
        if !is_dead(&window) {
            continue;
        }
        let small = minimise(window, &mut is_dead);
        if best.as_ref().is_none_or(|best| small.steps.len() < best.steps.len()) {
            best = Some(small);
        }
    }
    let mut best = best.filter(|best| best.steps.len() <= MOST)?;
    best.initial = unnamed(space, &best)?;
    Some(best)
}

/// What is called or under way from this moment on; what was under way may be over.
fn window(whole: &Case, moment: usize, last: usize) -> Case {
    let calls = whole.moments[..moment].iter().filter(|moment| !moment.is_return());
    let under_way = calls.map(|call| call.operation()).filter(|step| {
        let deadline = whole.steps[*step].deadline;
        deadline == NEVER || deadline as usize >= moment
    });
    let satisfied = under_way.collect();
    whole.tail(&Cut { moment, state: whole.initial, satisfied, spent: Vec::new() }, last)
}

/// When the first step of a part is called: what is left out before may have made the state, too.
fn first_call(whole: &Case, part: &Case) -> usize {
    let first = part.steps.first().map(|step| step.operation);
    let is_call = |moment: &Moment| {
        !moment.is_return() && Some(whole.steps[moment.operation()].operation) == first
    };
    whole.moments.iter().position(is_call).unwrap_or(0)
}

/// The states that could be there by this moment; nothing if it could be any.
fn made_before(whole: &Case, moment: usize) -> Option<BTreeSet<StateId>> {
    let calls = whole.moments[..moment].iter().filter(|moment| !moment.is_return());
    let codes: Vec<_> = calls.map(|call| whole.steps[call.operation()].code).collect();
    let known = codes.iter().all(|code| code.make != Make::Opaque);
    known.then(|| codes.iter().filter_map(|code| code.made()).chain([whole.initial]).collect())
}

/// Leaves out one group after the other.
fn minimise(case: Case, is_dead: &mut impl FnMut(&Case) -> bool) -> Case {
    let mut small = case;
    let mut from = 0;
    while let Some(group) = groups(&small).get(from) {
        let fewer = small.without(|step| group.contains(&step));
        match is_dead(&fewer) {
            true => small = fewer,
            false => from += 1,
        }
    }
    small
}

/// Whether none of these states leaves the case a linearization, nor one that it does not name.
fn dead_from_any<M: Model>(
    space: &mut Space<'_, M>,
    case: &Case,
    before: Option<&BTreeSet<StateId>>,
    limits: Limits<'_>,
    effort: &mut usize,
) -> bool {
    let unnamed = unnamed(space, case);
    let possible =
        named(case).into_iter().filter(|state| before.is_none_or(|before| before.contains(state)));
    let mut states = possible.chain(unnamed);
    states.all(|initial| {
        *effort = effort.saturating_sub(1);
        let case = Case { initial, ..case.clone() };
        *effort > 0 && is_dead(space, &case, limits)
    })
}

/// The states that the case's actions name.
fn named(case: &Case) -> BTreeSet<StateId> {
    let mut named = BTreeSet::new();
    for step in &case.steps {
        if let Need::Is(state) | Need::Not(state) = step.code.need {
            named.insert(state);
        }
        if let Make::To(state) = step.code.make {
            named.insert(state);
        }
    }
    named
}

/// A state that none of them names.
fn unnamed<M: Model>(space: &Space<'_, M>, case: &Case) -> Option<StateId> {
    let named = named(case);
    (0..space.states() as StateId).find(|state| !named.contains(state))
}
