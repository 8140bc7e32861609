//! A small counterexample: as few operations as still cannot be linearized.
//!
//! Some things may be left out without making a history harder to linearize:
//! * an operation that changes nothing, such as a read;
//! * a value as a whole: all that write it together with all that read it — if no operation compares
//!   with it, and it is not the value at the start. What is left finds the same values as before. But
//!   an operation that has to find *anything but* some value may have found this one, so no value
//!   goes before all such operations have gone.
//! * a write whose value nobody can have found, for who finds that value had returned before, or somebody
//!   has found or made another in between ([`Clues`]). In an order of the operations nothing that has to find a
//!   value follows it before the next change, so that nobody misses it;
//! * what is of no use to anybody: operations of unknown outcome from which no others of that kind lead on
//!   to a state that a completed operation has to find. In an order of the operations only a write could
//!   follow them, which can do without. Not where somebody has to find anything but some state.
//!
//! So if what remains has no linearization, neither has the whole. Chunks are tried from large to small
//! (Zeller's delta debugging), every candidate is searched exactly, and nothing is dropped on faith.

use rustc_hash::{FxHashMap, FxHashSet};

use super::case::Case;
use super::clues::Clues;
use super::limits::Limits;
use super::partition::Step;
use super::run::is_dead;
use super::space::{Make, Need, Space, StateId};
use crate::model::Model;

/// How many operations may be searched in all, over all candidates.
const EFFORT: usize = 3_000_000;

/// So few operations are a short story.
const FEW: usize = 2;

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
    let small = without_groups(space, recent, groups, limits);
    let smaller = match small.steps.len() {
        0..=FEW => small,
        _ => without_groups(space, small, members, limits),
    };
    without_the_useless(space, smaller, limits)
}

/// Leaves out steps that may be left out together.
fn without_groups<M: Model>(
    space: &mut Space<'_, M>,
    case: Case,
    groups_of: fn(&Case) -> Vec<Vec<usize>>,
    limits: Limits<'_>,
) -> Case {
    let mut small = case;
    let mut effort = 0;
    let mut groups = groups_of(&small);
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
                groups = groups_of(&fewer);
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

/// The steps that may be left out alone, though not with all that have to do with their value: those that
/// find it, and those that make it but are seen by nobody.
fn members(case: &Case) -> Vec<Vec<usize>> {
    let groups = groups(case).into_iter().filter(|group| group.len() > 1).flatten();
    let readers = groups.filter(|step| case.steps[*step].code.is_observer());
    let (mut unseen, wanted) = (unseen(case), wanted(case));
    // That the last one was there, and is out, is part of the story.
    if let Some(last) = unseen.iter().rposition(|step| case.steps[*step].code.made() == wanted) {
        unseen.remove(last);
    }
    let mut alone: Vec<usize> = readers.chain(unseen).collect();
    alone.sort_unstable();
    alone.into_iter().map(|step| vec![step]).collect()
}

/// The state that the culprit needs.
fn wanted(case: &Case) -> Option<StateId> {
    case.culprit().and_then(|culprit| case.steps[culprit].code.needed())
}

/// The writes of which no order of the operations has one that finds what they leave.
fn unseen(case: &Case) -> Vec<usize> {
    /// At most so many pairs of operations are looked at.
    const EFFORT: usize = 1_000_000;
    let mut steps = case.steps.iter();
    if !case.is_plain() || steps.any(|step| matches!(step.code.need, Need::Not(_))) {
        return Vec::new();
    }
    let spans = case.spans();
    let steps = || case.steps.iter().enumerate();
    let completed = steps().filter(|(_, step)| step.returns());
    let clues = Clues::of(completed.map(|(number, step)| (step.code, spans[number])));
    let mut finders = FxHashMap::<StateId, Vec<usize>>::default();
    for (number, step) in steps() {
        step.code
            .needed()
            .into_iter()
            .for_each(|state| finders.entry(state).or_default().push(number));
    }
    let mut effort = 0;
    let mut is_unseen = |number: usize, made: StateId| {
        let mut finders = finders.get(&made).map_or(&[][..], Vec::as_slice).iter();
        effort += finders.len();
        effort < EFFORT
            && finders.all(|finder| !clues.allow(Some(spans[number]), spans[*finder], made))
    };
    let culprit = case.culprit();
    let writes = steps().filter(|(number, step)| step.code.is_reset() && Some(*number) != culprit);
    let made = writes.filter_map(|(number, step)| Some((number, step.code.made()?)));
    made.filter(|(number, made)| is_unseen(*number, *made)).map(|(number, _)| number).collect()
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
    fn what_nobody_can_have_found_makes_no_difference() {
        let (mut alive, mut dead) = (0, 0);
        for seed in 0..40_000 {
            let (both, _) = found_and_truth(seed, |space, walk| {
                let case = walk.case.part(8 + seed as usize % 12, |_| false);
                let left_out = unseen(&case);
                let part = case.without(|step| left_out.contains(&step));
                let lives = possible(space, &case, LIMITS).is_none();
                let fewer_live = possible(space, &part, LIMITS).is_none();
                (!left_out.is_empty()).then_some((lives, fewer_live))
            });
            let Some((lives, fewer_live)) = both else { continue };
            // What is left is no harder to linearize; it may be easier.
            assert!(fewer_live || !lives, "seed {seed}");
            *(if fewer_live { &mut alive } else { &mut dead }) += 1;
        }
        assert!(alive.min(dead) > 1_000, "{alive} {dead}");
    }

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
