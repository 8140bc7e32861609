//! Why an operation is wrong, in the words of its domain: who could have made what it found, why each did
//! not, and it all in a sentence.

use super::partition::{Partition, Step};
use super::space::{Code, Make, Need, StateId};
use super::violation::{Deed, Possible, Producer, Request, WhyOut};
use crate::history::{Brief, Nanos, Operation, Outcome};
use crate::model::Model;

/// Who could have made the state that the operation needed.
pub(super) fn producers<M: Model>(
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
        why: why_out(partition, needed, maker, operation),
    };
    shown.map(producer).collect()
}

fn why_out<M: Model>(
    partition: &Partition<'_, M>,
    needed: StateId,
    maker: &Operation,
    found: &Operation,
) -> WhyOut {
    if Some(maker.invoke_index) > found.complete_index {
        return WhyOut::NotYetCalled;
    }
    if maker.outcome == Outcome::Fail {
        return WhyOut::Failed;
    }
    let between = |other: &&Operation| precedes(maker, other) && precedes(other, found);
    let overwrites = |step: &&Step| step.code.made().is_some_and(|made| made != needed);
    let others = partition.case.steps.iter().filter(overwrites);
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

/// What happened and why it cannot be, in a sentence. If it is that none of the states allows it, these are
/// named, with how the first differs from what was found. `was_first` tells whether what it needed was there at
/// the start.
pub(super) fn sentence(
    operation: &Operation,
    producers: &[Producer],
    was_first: bool,
    states: &[String],
    difference: Option<&str>,
) -> String {
    let (deed, at) = (Deed(operation), At(operation.ret));
    let because = match overwriter(producers) {
        Some(by) => format!("{} had been acknowledged{}", acknowledged(by), At(by.ret)),
        None => match producers {
            [first, ..] if !was_first && producers.iter().all(is_late) => {
                format!("that was first written{}", At(Some(first.operation.call)))
            }
            _ => impossible(states, difference),
        },
    };
    format!("{deed}{at} although {because}")
}

fn is_late(producer: &Producer) -> bool {
    producer.why == WhyOut::NotYetCalled
}

/// The sentence of a history of which so many elements were left out.
pub(super) fn apart_from(left_out: usize, sentence: String) -> String {
    match left_out {
        0 => sentence,
        1 => format!("apart from 1 other element, {sentence}"),
        _ => format!("apart from {left_out} other elements, {sentence}"),
    }
}

/// The last that has overwritten what was needed, if that is why nobody can have made it.
fn overwriter(producers: &[Producer]) -> Option<&Operation> {
    if producers.iter().any(|producer| producer.why == WhyOut::NoPlace) {
        return None;
    }
    producers.iter().rev().find_map(|producer| match &producer.why {
        WhyOut::Overwritten { by } => Some(&**by),
        WhyOut::Failed | WhyOut::NotYetCalled | WhyOut::NoPlace => None,
    })
}

/// The value that an operation has left, or, if it does not write one, the operation.
fn acknowledged(operation: &Operation) -> String {
    match (operation.f.as_str(), operation.input.as_pair()) {
        ("cas", Some((_, to))) => Brief(to).to_string(),
        ("write" | "put", _) => Brief(&operation.input).to_string(),
        _ => Request(operation).to_string(),
    }
}

fn impossible(states: &[String], difference: Option<&str>) -> String {
    match (states, difference) {
        ([], None) => "no order of the operations allows it".to_owned(),
        ([], Some(told)) => {
            format!("no order of the operations allows it: one that was possible {told}")
        }
        (_, None) => format!("only {} was possible", Possible(states)),
        ([one], Some(told)) => format!("only {one} was possible, which {told}"),
        (_, Some(told)) => {
            format!("only {} was possible, of which the first {told}", Possible(states))
        }
    }
}

/// When, in a history that has times.
struct At(Option<Nanos>);

impl std::fmt::Display for At {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let time = self.0.filter(|time| *time != Nanos(0));
        time.map_or(Ok(()), |time| write!(f, " at {time}"))
    }
}
