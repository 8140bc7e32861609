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
use super::run::{Death, End, is_dead, run_blind};
use super::space::{Code, Make, Need, StateId};
use super::violation::{Deed, Producer, Violation, WhyOut};
use super::witness::witness;
use crate::history::{Nanos, Operation, Outcome};
use crate::model::Model;

/// Explains a death, with the case that the counterexample is of; `None` if it could not be confirmed.
pub(super) fn explain<M: Model>(
    partition: &mut Partition<'_, M>,
    death: &Death,
    limits: Limits<'_>,
) -> Option<(Violation, Case)> {
    let case = refuted_part(partition, death, limits)?;
    if let Some(violation) = tell_abridged(partition, &case, Gaps::Free, limits) {
        return Some((violation, case));
    }
    let case = minimise(&mut partition.space, case, limits);
    if let Some(violation) = tell_abridged(partition, &case, Gaps::Filled, limits) {
        return Some((violation, case));
    }
    let violation = tell(partition, &case, &death.states, limits)?;
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
    let mut violation = tell(&mut part, &case, &[], limits)?;
    if abridged.has_gaps {
        // They are those of a log without gaps.
        violation.states.clear();
        violation.witness.clear();
        violation.sentence = sentence(&violation.operation, &violation.producers, &[]);
    }
    let left_out = abridged.left_out;
    let others = if left_out == 1 { "element" } else { "elements" };
    let sentence = format!("apart from {left_out} other {others}, {}", violation.sentence);
    let completed = completed_before(partition, &violation.operation);
    Some(Violation { left_out, completed, sentence, ..violation })
}

/// Tells the story of a case that is dead; `expected` are the states that were possible at the end, where a
/// search of its own does not tell.
fn tell<M: Model>(
    partition: &mut Partition<'_, M>,
    case: &Case,
    expected: &[StateId],
    limits: Limits<'_>,
) -> Option<Violation> {
    let witness = witness(&mut partition.space, case, limits);
    let states = possible_states(partition, case, expected, limits)?;
    let culprit = case.culprit().unwrap_or(0);
    let code = case.steps[culprit].code;
    let operation = partition.operation(&case.steps[culprit]).clone();
    let producers = producers(partition, &operation, code);
    let describe = |state: StateId| partition.model.describe(partition.space.state(state));
    let states: Vec<String> = states.iter().map(|state| describe(*state)).collect();
    Some(Violation {
        model: partition.model.name().to_owned(),
        key: partition.key.clone(),
        sentence: sentence(&operation, &producers, &states),
        needed: match code.need {
            Need::Is(state) => Some(describe(state)),
            Need::Not(state) => Some(format!("anything but {}", describe(state))),
            Need::Any | Need::Opaque => None,
        },
        states,
        producers,
        counterexample: case.steps.iter().map(|step| partition.operation(step).clone()).collect(),
        left_out: 0,
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

/// The states that were possible when the last operation of the case had to take effect, found by a
/// search that does not look ahead; `None` if that search finds a linearization after all.
fn possible_states<M: Model>(
    partition: &mut Partition<'_, M>,
    case: &Case,
    expected: &[StateId],
    limits: Limits<'_>,
) -> Option<Vec<StateId>> {
    let blind = Limits { configurations: limits.configurations.min(10_000), ..limits };
    let last = case.moments.len().saturating_sub(1);
    match run_blind(&mut partition.space, case, blind) {
        End::Dead(death) if death.moment == last => Some(death.states),
        End::Dead(_) | End::Gave(_) => Some(expected.to_vec()),
        End::Alive => None,
    }
}

fn completed_before<M: Model>(partition: &Partition<'_, M>, operation: &Operation) -> usize {
    let steps = partition.case.steps.iter().filter(|step| step.returns());
    let others = steps.map(|step| partition.operation(step).complete_index);
    others.filter(|other| *other < operation.complete_index).count()
}

/// Who could have made the state that the operation needed.
fn producers<M: Model>(
    partition: &Partition<'_, M>,
    operation: &Operation,
    code: Code,
) -> Vec<Producer> {
    const MOST: usize = 8;
    let Need::Is(needed) = code.need else { return Vec::new() };
    let makers = partition.case.steps.iter().filter(|step| step.code.make == Make::To(needed));
    let makers = makers.map(|step| partition.operation(step));
    let makers: Vec<&Operation> =
        makers.filter(|maker| maker.invoke_index != operation.invoke_index).collect();
    // Of many, those called last before the operation returned are the likeliest.
    let before =
        makers.partition_point(|maker| Some(maker.invoke_index) < operation.complete_index);
    let from = before.saturating_sub(MOST / 2);
    let shown = makers.into_iter().skip(from).take(MOST);
    let producer = |maker: &Operation| Producer {
        operation: maker.clone(),
        why: why_out(partition, maker, operation),
    };
    shown.map(producer).collect()
}

fn why_out<M: Model>(partition: &Partition<'_, M>, maker: &Operation, found: &Operation) -> WhyOut {
    if Some(maker.invoke_index) > found.complete_index {
        return WhyOut::NotYetCalled;
    }
    if maker.outcome == Outcome::Fail {
        return WhyOut::Failed;
    }
    let between = |other: &&Operation| precedes(maker, other) && precedes(other, found);
    let others = partition.case.steps.iter().filter(|step| step.code.is_reset());
    let others = others.map(|step| partition.operation(step));
    match others.filter(between).max_by_key(|other| other.complete_index) {
        Some(other) => WhyOut::Overwritten { by: Box::new(other.clone()) },
        None => WhyOut::NoPlace,
    }
}

/// Whether the first operation surely came before the second.
fn precedes(first: &Operation, second: &Operation) -> bool {
    first.outcome == Outcome::Ok && first.complete_index < Some(second.invoke_index)
}

fn sentence(operation: &Operation, producers: &[Producer], states: &[String]) -> String {
    let (deed, at) = (Deed(operation), At(operation.ret));
    let overwriter = producers.iter().rev().find_map(|producer| match &producer.why {
        WhyOut::Overwritten { by } => Some(by),
        WhyOut::Failed | WhyOut::NotYetCalled | WhyOut::NoPlace => None,
    });
    let because = match (overwriter, producers) {
        (Some(by), _) => format!("{} had been acknowledged{}", by.input, At(by.ret)),
        (None, [first, ..]) if producers.iter().all(|other| other.why == WhyOut::NotYetCalled) => {
            format!("that was first written{}", At(Some(first.operation.call)))
        }
        (None, _) if states.is_empty() => "no order of the operations allows it".to_owned(),
        (None, _) => format!("only {} was possible", states.join(" or ")),
    };
    format!("{deed}{at} although {because}")
}

/// When, in a history that has times.
struct At(Option<Nanos>);

impl std::fmt::Display for At {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let time = self.0.filter(|time| *time != Nanos(0));
        time.map_or(Ok(()), |time| write!(f, " at {time}"))
    }
}
