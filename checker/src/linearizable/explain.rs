//! From the moment at which the search died to a [`Violation`].
//!
//! The search looks ahead and so may die long before the contradiction shows. The story wants the
//! operation that somebody would call wrong: the first that needs a state which nothing can make any
//! more. What is told is searched again, exactly: from the last moment at which there was only one
//! possibility, or from the start, and then with as few operations as will do.

use super::case::{Case, Cut};
use super::excerpt::excerpt;
use super::growth::{Gaps, abridge};
use super::limits::Limits;
use super::minimise::minimise;
use super::partition::{Partition, partitions};
use super::possible::{States, possible};
use super::reasons::{apart_from, producers, sentence};
use super::run::{Death, is_dead};
use super::space::{Need, Space, StateId};
use super::violation::Violation;
use super::witness::witness;
use crate::history::{Operation, Outcome};
use crate::model::Model;

/// So many configurations are met at most to tell what was possible.
const MOST_MET: usize = 10_000;
/// Of a part with more operations than this only the counterexample tells what was possible.
const WIDE: usize = 512;

/// Explains a death, with the case that the counterexample is of; `None` if it could not be confirmed.
pub(super) fn explain<M: Model>(
    partition: &mut Partition<'_, M>,
    death: &Death,
    limits: Limits<'_>,
) -> Option<(Violation, Case)> {
    let part = refuted_part(partition, death, limits)?;
    if let Some(violation) = tell_abridged(partition, &part, Gaps::Free, limits) {
        return Some((violation, part));
    }
    let case = minimise(&mut partition.space, part.clone(), limits);
    if let Some(violation) = tell_abridged(partition, &case, Gaps::Filled, limits) {
        return Some((violation, case));
    }
    let violation = tell(partition, &case, &part, limits)?;
    Some((violation, case))
}

/// Tells the story of some elements of an object that only grows, if they are enough.
fn tell_abridged<M: Model>(
    partition: &Partition<'_, M>,
    case: &Case,
    gaps: Gaps,
    limits: Limits<'_>,
) -> Option<Violation> {
    let abridged = abridge(partition, case, gaps, limits)?;
    let mut part = partitions(partition.model, &abridged.history).ok()?.pop()?;
    let case = part.case.clone();
    if !is_dead(&mut part.space, &case, limits) {
        return None;
    }
    let mut violation = tell(&mut part, &case, &case, limits)?;
    if abridged.has_gaps {
        // They are those of a log without gaps.
        violation.states.clear();
        violation.witness.clear();
        violation.sentence = sentence(&violation.operation, &violation.producers, &[], None);
    }
    let left_out = abridged.left_out;
    let sentence = apart_from(left_out, violation.sentence);
    let completed = completed_before(partition, &violation.operation);
    Some(Violation { left_out, completed, sentence, ..violation })
}

/// Tells the story of a case that is dead, out of one that ends alike.
fn tell<M: Model>(
    partition: &mut Partition<'_, M>,
    case: &Case,
    whole: &Case,
    limits: Limits<'_>,
) -> Option<Violation> {
    let witness = witness(&mut partition.space, case, limits);
    let possible = possible_in(&mut partition.space, case, whole, limits)?;
    let culprit = case.culprit().unwrap_or(0);
    let code = case.steps[culprit].code;
    let operation = partition.operation(&case.steps[culprit]).clone();
    let producers = producers(partition, &operation, code);
    let (states, difference) = nearest_first(partition, code.need, possible.some);
    let describe = |state: StateId| partition.model.describe(partition.space.state(state));
    let told = states.iter().filter(|_| possible.are_all).map(|state| describe(*state));
    let states: Vec<String> = told.collect();
    let sentence = sentence(&operation, &producers, &states, difference.as_deref());
    let left_out = partition.others.elements;
    Some(Violation {
        model: partition.model.name().to_owned(),
        key: partition.key.clone(),
        sentence: apart_from(left_out, sentence),
        needed: match code.need {
            Need::Is(state) => Some(describe(state)),
            Need::Not(state) => Some(format!("anything but {}", describe(state))),
            Need::Any | Need::Opaque => None,
        },
        states,
        producers,
        counterexample: case.steps.iter().map(|step| partition.operation(step).clone()).collect(),
        left_out,
        start: describe(case.initial),
        witness: witness
            .into_iter()
            .map(|step| partition.operation(&case.steps[step]).clone())
            .collect(),
        completed: completed_before(partition, &operation),
        operation,
    })
}

/// A part of the history, ending with the return of an operation that is wrong, that is dead.
fn refuted_part<M: Model>(
    partition: &mut Partition<'_, M>,
    death: &Death,
    limits: Limits<'_>,
) -> Option<Case> {
    let start = Cut::start(partition.case.initial);
    let states = partition.space.states();
    for last in suspects(&partition.case, death) {
        if limits.is_expired() {
            return None;
        }
        if let Some(part) = excerpt(&partition.case, states, last)
            && is_dead(&mut partition.space, &part, limits)
        {
            return Some(part);
        }
        for cut in [&death.cut, &start] {
            let part = partition.case.tail(cut, last);
            if is_dead(&mut partition.space, &part, limits) {
                return Some(part);
            }
        }
    }
    let last = partition.case.moments.iter().rposition(|moment| moment.is_return())?;
    let whole = partition.case.tail(&start, last);
    is_dead(&mut partition.space, &whole, limits).then_some(whole)
}

/// The returns at which the contradiction may show, earliest first.
fn suspects(case: &Case, death: &Death) -> Vec<usize> {
    const MOST: usize = 4;
    let first_to_need = |state: &StateId| {
        let steps = case.steps.iter();
        let needing = steps.filter(|step| step.returns() && step.code.need == Need::Is(*state));
        let returns = needing.map(|step| step.deadline as usize);
        returns.filter(|ret| *ret >= death.moment).min()
    };
    let stranded = death.stranded.iter().take(MOST).filter_map(first_to_need);
    let mut suspects: Vec<usize> = stranded.chain([death.moment]).collect();
    suspects.sort_unstable();
    suspects.dedup();
    suspects
}

/// The states that were possible at the end: of the whole, or of the case where the whole does not tell;
/// `None` if the case has a linearization after all.
fn possible_in<M: Model>(
    space: &mut Space<'_, M>,
    case: &Case,
    whole: &Case,
    limits: Limits<'_>,
) -> Option<States> {
    let few = Limits { configurations: limits.configurations.min(MOST_MET), ..limits };
    let confirmed = possible(space, case, few)?;
    if whole.steps.len() == case.steps.len() || whole.steps.len() > WIDE {
        return Some(confirmed);
    }
    Some(possible(space, whole, few).filter(|states| states.are_all).unwrap_or(confirmed))
}

/// The states with the one first that differs least from what was needed, and how it differs: that with
/// the shortest words for it.
fn nearest_first<M: Model>(
    partition: &Partition<'_, M>,
    need: Need,
    mut states: Vec<StateId>,
) -> (Vec<StateId>, Option<String>) {
    let Need::Is(needed) = need else { return (states, None) };
    let space = &partition.space;
    let difference = |(at, possible): (usize, &StateId)| {
        let told = partition.model.difference(space.state(*possible), space.state(needed))?;
        Some((told.len(), at, told))
    };
    match states.iter().enumerate().filter_map(difference).min() {
        Some((_, at, told)) => {
            states[..=at].rotate_right(1);
            (states, Some(told))
        }
        None => (states, None),
    }
}

fn completed_before<M: Model>(partition: &Partition<'_, M>, operation: &Operation) -> usize {
    let steps = partition.case.steps.iter().filter(|step| step.returns());
    let others = partition.others.operations.iter();
    let others = others.map(|place| &partition.history.operations()[*place as usize]);
    let others = others.filter(|other| other.outcome == Outcome::Ok);
    let all = steps.map(|step| partition.operation(step)).chain(others);
    all.filter(|other| other.complete_index < operation.complete_index).count()
}
