//! A small counterexample: as few operations as still cannot be linearized.
//!
//! Two things may be left out without making a history harder to linearize:
//! * an operation that changes nothing, such as a read;
//! * a value as a whole: all that write it together with all that read it — if no operation compares
//!   with it, and it is not the value at the start. What is left finds the same values as before. But
//!   an operation that has to find *anything but* some value may have found this one, so no value
//!   goes before all such operations have gone.
//!
//! So if what remains has no linearization, neither has the whole. Chunks are tried from large to small
//! (Zeller's delta debugging), every candidate is searched exactly, and nothing is dropped on faith.

use rustc_hash::FxHashMap;

use super::case::Case;
use super::limits::Limits;
use super::run::is_dead;
use super::space::{Make, Need, Space, StateId};
use crate::model::Model;

/// How many operations may be searched in all, over all candidates.
const EFFORT: usize = 3_000_000;

/// Leaves out what can be left out of a case that has no linearization.
pub(super) fn minimise<M: Model>(space: &mut Space<'_, M>, case: Case, limits: Limits<'_>) -> Case {
    let mut small = without_the_old(space, case, limits);
    let mut effort = 0;
    let mut groups = groups(&small);
    let mut chunk = groups.len();
    while chunk > 0 {
        let mut from = 0;
        while from < groups.len() {
            let some = &groups[from..groups.len().min(from + chunk)];
            effort += small.steps.len() + 100;
            if effort > EFFORT || limits.is_expired() {
                return small;
            }
            let mut drop = vec![false; small.steps.len()];
            some.iter().flatten().for_each(|step| drop[*step] = true);
            let fewer = small.without(|step| drop[step]);
            if is_dead(space, &fewer, limits) {
                groups = self::groups(&fewer);
                small = fewer;
            } else {
                from += chunk;
            }
        }
        chunk /= 2;
    }
    small
}

/// Most contradictions show among the latest operations: tries to leave out all the older ones, of
/// which the fewest are looked at first.
fn without_the_old<M: Model>(space: &mut Space<'_, M>, case: Case, limits: Limits<'_>) -> Case {
    const LATEST: [usize; 4] = [16, 32, 64, 128];
    let groups = groups(&case);
    for old in LATEST.iter().filter_map(|latest| case.steps.len().checked_sub(*latest)) {
        let mut drop = vec![false; case.steps.len()];
        for group in groups.iter().filter(|group| group.iter().all(|step| *step < old)) {
            group.iter().for_each(|step| drop[*step] = true);
        }
        let fewer = case.without(|step| drop[step]);
        if is_dead(space, &fewer, limits) {
            return fewer;
        }
    }
    case
}

/// The groups of steps that may be left out together, in the order of their first steps.
pub(super) fn groups(case: &Case) -> Vec<Vec<usize>> {
    let culprit = case.culprit();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut by_value: FxHashMap<StateId, Option<usize>> = FxHashMap::default();
    by_value.insert(case.initial, None);
    let mut needs = case.steps.iter().map(|step| step.code.need);
    let plain = case.is_plain() && !needs.any(|need| matches!(need, Need::Not(_)));
    for (number, step) in case.steps.iter().enumerate() {
        for value in compared(step.code.need, step.code.make, plain) {
            by_value.insert(value, None);
        }
        if Some(number) == culprit
            && let Need::Is(value) = step.code.need
        {
            by_value.insert(value, None);
        }
    }
    for (number, step) in case.steps.iter().enumerate() {
        if Some(number) == culprit {
            continue;
        }
        let value = match (step.code.need, step.code.make) {
            (Need::Any, Make::To(value)) | (Need::Is(value), Make::Same) if plain => value,
            _ if step.code.is_observer() => {
                groups.push(vec![number]);
                continue;
            }
            _ => continue,
        };
        match by_value.get(&value) {
            Some(Some(group)) => groups[*group].push(number),
            Some(None) if step.code.is_observer() => groups.push(vec![number]),
            Some(None) => {}
            None => {
                by_value.insert(value, Some(groups.len()));
                groups.push(vec![number]);
            }
        }
    }
    groups
}

/// The values that must stay because the step compares with them, or swaps one for another.
pub(super) fn compared(need: Need, make: Make, plain: bool) -> impl Iterator<Item = StateId> {
    let (first, second) = match (need, make) {
        (Need::Is(from), Make::To(to)) if plain => (Some(from), Some(to)),
        (Need::Not(other), _) => (Some(other), None),
        _ => (None, None),
    };
    first.into_iter().chain(second)
}
