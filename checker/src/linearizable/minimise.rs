//! A small counterexample: as few operations as still cannot be linearized.
//!
//! Three things may be left out without making a history harder to linearize:
//! * an operation that changes nothing, such as a read;
//! * a value as a whole: all that write it together with all that read it — if no operation compares
//!   with it, and it is not the value at the start. What is left finds the same values as before. But
//!   an operation that has to find *anything but* some value may have found this one, so no value
//!   goes before all such operations have gone;
//! * what is of no use to anybody: operations of unknown outcome from which no others of that kind lead on
//!   to a state that a completed operation has to find. In an order of the operations only a write could
//!   follow them, which can do without. Not where somebody has to find anything but some state.
//!
//! So if what remains has no linearization, neither has the whole. Chunks are tried from large to small
//! (Zeller's delta debugging), every candidate is searched exactly, and nothing is dropped on faith.

use rustc_hash::{FxHashMap, FxHashSet};

use super::case::Case;
use super::limits::Limits;
use super::partition::Step;
use super::run::is_dead;
use super::space::{Make, Need, Space, StateId};
use crate::model::Model;

/// How many operations may be searched in all, over all candidates.
const EFFORT: usize = 3_000_000;

/// More operations than this are first tried without the older ones.
const LATEST: usize = 16;

/// Leaves out what can be left out of a case that has no linearization.
pub(super) fn minimise<M: Model>(space: &mut Space<'_, M>, case: Case, limits: Limits<'_>) -> Case {
    let recent = match case.steps.len() {
        0..=LATEST => case,
        _ => {
            let useful = without_the_useless(space, case, limits);
            without_the_old(space, useful, limits)
        }
    };
    let small = without_values(space, recent, limits);
    without_the_useless(space, small, limits)
}

/// Leaves out values and reads.
fn without_values<M: Model>(space: &mut Space<'_, M>, case: Case, limits: Limits<'_>) -> Case {
    let mut small = case;
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

/// Leaves out the operations of unknown outcome that are of no use.
fn without_the_useless<M: Model>(space: &mut Space<'_, M>, case: Case, limits: Limits<'_>) -> Case {
    match useful_part(&case) {
        Some(part) if is_dead(space, &part, limits) => part,
        _ => case,
    }
}

/// What is left without them, if there are any.
fn useful_part(case: &Case) -> Option<Case> {
    if case.steps.iter().all(Step::returns) {
        return None;
    }
    let useful = useful_states(case)?;
    let is_useless = |step: &Step| {
        !step.returns() && step.code.made().is_none_or(|state| !useful.contains(&state))
    };
    let any = case.steps.iter().any(is_useless);
    any.then(|| case.without(|step| is_useless(&case.steps[step])))
}

/// The states that a completed operation has to find, and those from which operations of unknown outcome lead
/// to one of these; `None` if that is not all there is to it.
fn useful_states(case: &Case) -> Option<FxHashSet<StateId>> {
    let others = case.steps.iter().any(|step| matches!(step.code.need, Need::Not(_)));
    if others || !case.is_plain() {
        return None;
    }
    let mut sources = FxHashMap::<StateId, Vec<StateId>>::default();
    for Step { code, .. } in &case.steps {
        if let (Some(from), Some(to)) = (code.needed(), code.made()) {
            sources.entry(to).or_default().push(from);
        }
    }
    let completed = case.steps.iter().filter(|step| step.returns());
    let mut todo: Vec<StateId> = completed.filter_map(|step| step.code.needed()).collect();
    let mut useful = FxHashSet::default();
    while let Some(state) = todo.pop() {
        if useful.insert(state) {
            todo.extend(sources.get(&state).into_iter().flatten());
        }
    }
    Some(useful)
}

/// Most contradictions show among the latest operations: tries to leave out all the older ones, of
/// which the fewest are looked at first.
fn without_the_old<M: Model>(space: &mut Space<'_, M>, case: Case, limits: Limits<'_>) -> Case {
    let groups = groups(&case);
    let latest = [1, 2, 4, 8].map(|times| times * LATEST);
    for old in latest.iter().filter_map(|latest| case.steps.len().checked_sub(*latest)) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linearizable::guess::tests::{LIMITS, found_and_truth};
    use crate::linearizable::possible::possible;

    #[test]
    fn what_is_of_no_use_makes_no_difference() {
        let (mut alive, mut dead) = (0, 0);
        for seed in 0..40_000 {
            let (both, _) = found_and_truth(seed, |space, walk| {
                let case = walk.case.part(8 + seed as usize % 12, |_| false);
                let part = useful_part(&case)?;
                let lives = possible(space, &case, LIMITS).is_none();
                Some((lives, possible(space, &part, LIMITS).is_none()))
            });
            let Some((lives, part_lives)) = both else { continue };
            assert_eq!(lives, part_lives, "seed {seed}");
            *(if lives { &mut alive } else { &mut dead }) += 1;
        }
        assert!(alive.min(dead) > 1_000, "{alive} {dead}");
    }
}
