//! From the moment at which the search died to a [`Violation`].
//!
//! What is told is searched again, exactly, up to the operation that somebody would call wrong
//! ([`refuted`](super::refuted)), and then with as few operations as will do.

use super::case::Case;
use super::element;
use super::growth::{Gaps, abridge};
use super::limits::Limits;
use super::minimise::minimise;
use super::partition::{Partition, partitions};
use super::possible::{States, possible};
use super::reasons::{apart_from, producers, sentence};
use super::refuted::{Refuted, WIDE, refuted_part};
use super::run::{Death, is_dead};
use super::space::{Need, Space, StateId};
use super::violation::Violation;
use super::witness::witness;
use crate::history::{Operation, Outcome};
use crate::model::Model;

/// So many configurations are met at most to tell what was possible.
const MOST_MET: usize = 10_000;

/// Explains a death, with the case that the counterexample is of; `None` if it could not be confirmed.
pub(super) fn explain<M: Model>(
    partition: &mut Partition<'_, M>,
    death: &Death,
    limits: Limits<'_>,
) -> Option<(Violation, Case)> {
    let Refuted { part, whole, last } = refuted_part(partition, death, limits)?;
    if let Some(violation) = tell_abridged(partition, &part, Gaps::Free, limits) {
        return Some((violation, part));
    }
    if let Some((violation, others)) = element::tell(partition, last, limits) {
        return Some((of_more(partition, violation, others), part));
    }
    let case = minimise(&mut partition.space, part, limits);
    if let Some(violation) = tell_abridged(partition, &case, Gaps::Filled, limits) {
        return Some((violation, case));
    }
    let violation = tell(partition, &case, whole.as_ref(), limits)?;
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
    let mut violation = tell(&mut part, &case, Some(&case), limits)?;
    if abridged.has_gaps {
        // They are those of a log without gaps.
        violation.states.clear();
        violation.witness.clear();
        violation.sentence = sentence(&violation.operation, &violation.producers, true, &[], None);
    }
    Some(of_more(partition, violation, abridged.left_out))
}

/// The story of some elements as one of the whole, of which so many elements are not told.
fn of_more<M: Model>(
    partition: &Partition<'_, M>,
    violation: Violation,
    left_out: usize,
) -> Violation {
    let key = partition.key.clone();
    let sentence = apart_from(left_out, violation.sentence);
    let completed = completed_before(partition, &violation.operation);
    Violation { key, left_out, completed, sentence, ..violation }
}

/// Tells the story of a case that is dead, out of a whole that ends alike.
fn tell<M: Model>(
    partition: &mut Partition<'_, M>,
    case: &Case,
    whole: Option<&Case>,
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
    let was_first = code.needed() == Some(partition.case.initial);
    let sentence = sentence(&operation, &producers, was_first, &states, difference.as_deref());
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

/// The states that were possible at the end of the whole, or some of them; `None` if the case has a
/// linearization after all.
fn possible_in<M: Model>(
    space: &mut Space<'_, M>,
    case: &Case,
    whole: Option<&Case>,
    limits: Limits<'_>,
) -> Option<States> {
    let few = Limits { configurations: limits.configurations.min(MOST_MET), ..limits };
    let confirmed = possible(space, case, few)?;
    match whole.filter(|whole| whole.steps.len() <= WIDE) {
        Some(whole) if whole.steps.len() == case.steps.len() => Some(confirmed),
        Some(whole) => possible(space, whole, few),
        None => Some(States { are_all: false, ..confirmed }),
    }
}

/// The states with the one first that differs least from what was needed, and how it differs.
fn nearest_first<M: Model>(
    partition: &Partition<'_, M>,
    need: Need,
    mut states: Vec<StateId>,
) -> (Vec<StateId>, Option<String>) {
    let Need::Is(needed) = need else { return (states, None) };
    let (model, space) = (partition.model, &partition.space);
    let distance = |possible: &StateId| space.distance(*possible, needed);
    let far = states.iter().enumerate().filter_map(|(at, state)| Some((distance(state)?, at)));
    let Some((_, at)) = far.min() else { return (states, None) };
    states[..=at].rotate_right(1);
    let difference = model.difference(space.state(states[0]), space.state(needed));
    (states, difference)
}

fn completed_before<M: Model>(partition: &Partition<'_, M>, operation: &Operation) -> usize {
    let steps = partition.case.steps.iter().filter(|step| step.returns());
    let others = partition.others.operations.iter();
    let others = others.map(|place| &partition.history.operations()[*place as usize]);
    let others = others.filter(|other| other.outcome == Outcome::Ok);
    let all = steps.map(|step| partition.operation(step)).chain(others);
    all.filter(|other| other.complete_index < operation.complete_index).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{Event, EventType, History, Nanos, Value};
    use crate::linearizable::Verdict;
    use crate::linearizable::guess::tests::{LIMITS, random};
    use crate::model::CasRegister;
    use crate::testing::event;
    use crate::{Budget, check};

    /// So many writes first.
    fn padded(writes: u64, events: Vec<Event>) -> History {
        let write = |index: u64| {
            let kind = if index.is_multiple_of(2) { EventType::Invoke } else { EventType::Ok };
            event(index, 1_000_000, kind, "write", Value::Int(0))
        };
        let mut all: Vec<Event> = (0..2 * writes).map(write).chain(events).collect();
        for (index, event) in (0..).zip(&mut all) {
            (event.index, event.time) = (index, Nanos(index));
        }
        History::from_events(all).unwrap()
    }

    #[test]
    fn no_order_survives_the_return_that_is_blamed() {
        let model = CasRegister::with_initial(Value::Int(0));
        let (mut blamed, mut late) = ([0, 0], 0);
        for seed in 0..20_000 {
            // What is long is searched in another way.
            let is_long = seed % 10 == 0;
            let history = padded(if is_long { 600 } else { 0 }, random(seed));
            let verdict = check(&model, &history, &Budget::default()).unwrap();
            let Verdict::Invalid(violation) = verdict else { continue };
            let mut part = partitions(&model, &history).unwrap().remove(0);
            let index = violation.operation.invoke_index;
            let steps = part.case.steps.iter();
            let mut of = steps.filter(|step| part.operation(step).invoke_index == index);
            let ret = of.next().unwrap().deadline as usize;
            let before = part.case.part(ret, |_| false);
            assert!(possible(&mut part.space, &before, LIMITS).is_some(), "{seed}: {violation}");
            let earlier = part.case.moments[..ret].iter().rposition(|moment| moment.is_return());
            let earlier = part.case.part(earlier.unwrap_or(0), |_| false);
            let is_first = possible(&mut part.space, &earlier, LIMITS).is_none();
            late += u32::from(!is_first && !is_long);
            blamed[usize::from(is_long)] += 1;
        }
        assert!(blamed[0] > 5_000 && blamed[1] > 500, "{blamed:?}");
        // From a later moment on it may not show that an earlier one was wrong.
        assert!(late < 5, "{late} of {blamed:?} are not the first");
    }

    /// Two operations of unknown outcome can have made the 1 that was read first, so that it is not known
    /// which of them is left for the second.
    #[test]
    fn what_was_used_is_not_made_up() {
        let pair = |from: i64, to: i64| Value::list([from.into(), to.into()]);
        let did: [(u64, EventType, &str, Value); 18] = [
            (1, EventType::Invoke, "write", 1.into()),
            (1, EventType::Info, "write", Value::Nil),
            (2, EventType::Invoke, "cas", pair(0, 1)),
            (2, EventType::Info, "cas", Value::Nil),
            (3, EventType::Invoke, "read", Value::Nil),
            (3, EventType::Ok, "read", 1.into()),
            (4, EventType::Invoke, "cas", pair(3, 4)),
            (5, EventType::Invoke, "write", 3.into()),
            (5, EventType::Ok, "write", 3.into()),
            (5, EventType::Invoke, "write", 2.into()),
            (5, EventType::Ok, "write", 2.into()),
            (3, EventType::Invoke, "read", Value::Nil),
            (3, EventType::Ok, "read", 1.into()),
            (3, EventType::Invoke, "read", Value::Nil),
            (3, EventType::Ok, "read", 2.into()),
            (5, EventType::Invoke, "write", 3.into()),
            (5, EventType::Ok, "write", 3.into()),
            (4, EventType::Ok, "cas", pair(3, 4)),
        ];
        let events: Vec<Event> = did
            .into_iter()
            .map(|(process, kind, f, value)| event(0, process, kind, f, value))
            .collect();
        let model = CasRegister::with_initial(Value::Int(0));
        for writes in [0, 600, 1_500] {
            let history = padded(writes, events.clone());
            match check(&model, &history, &Budget::default()).unwrap() {
                Verdict::Invalid(why) => assert_eq!(why.operation.output, 2.into(), "{why}"),
                other => panic!("{other}"),
            }
        }
    }
}
