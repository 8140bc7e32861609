//! From the moment at which the search died to a [`Violation`].

use super::minimise::minimise;
use super::partition::Partition;
use super::search::Limits;
use super::space::{Code, Make, Need, StateId};
use super::violation::{Deed, Producer, Violation, WhyOut};
use crate::history::{Nanos, Operation, Outcome};
use crate::model::Model;

/// Explains why no configuration survives the return at `fatal`.
pub(super) fn explain<M: Model>(
    partition: &mut Partition<'_, M>,
    fatal: usize,
    states: &[StateId],
    limits: Limits<'_>,
) -> Violation {
    let step = partition.moments[fatal].operation();
    let kept = minimise(partition, fatal, limits);
    let operation = partition.operation(step).clone();
    let code = partition.steps[step].code;
    let producers = producers(partition, &operation, code);
    let describe = |state: StateId| partition.model.describe(partition.space.state(state));
    Violation {
        model: partition.model.name().to_owned(),
        key: partition.key.clone(),
        sentence: sentence(partition, &operation, &producers, states),
        needed: match code.need {
            Need::Is(state) => Some(describe(state)),
            Need::Not(state) => Some(format!("anything but {}", describe(state))),
            Need::Any | Need::Opaque => None,
        },
        states: states.iter().map(|state| describe(*state)).collect(),
        producers,
        counterexample: kept.iter().map(|step| partition.operation(*step).clone()).collect(),
        start: describe(partition.initial),
        witness: Vec::new(),
        completed: partition.moments[..fatal].iter().filter(|moment| moment.is_return()).count(),
        operation,
    }
}

/// Who could have made the state that the operation needed.
fn producers<M: Model>(
    partition: &Partition<'_, M>,
    operation: &Operation,
    code: Code,
) -> Vec<Producer> {
    const MOST: usize = 20;
    let Need::Is(needed) = code.need else { return Vec::new() };
    let makers = partition.steps.iter().filter(|step| step.code.make == Make::To(needed));
    let makers = makers.map(|step| &partition.history.operations()[step.operation as usize]);
    let makers = makers.filter(|maker| maker.invoke_index != operation.invoke_index);
    makers
        .take(MOST)
        .map(|maker| Producer {
            operation: maker.clone(),
            why: why_out(partition, maker, operation),
        })
        .collect()
}

fn why_out<M: Model>(partition: &Partition<'_, M>, maker: &Operation, found: &Operation) -> WhyOut {
    if Some(maker.invoke_index) > found.complete_index {
        return WhyOut::NotYetCalled;
    }
    if maker.outcome == Outcome::Fail {
        return WhyOut::Failed;
    }
    let between = |other: &&Operation| precedes(maker, other) && precedes(other, found);
    let others = partition.steps.iter().filter(|step| step.code.is_reset());
    let others = others.map(|step| &partition.history.operations()[step.operation as usize]);
    match others.filter(between).max_by_key(|other| other.complete_index) {
        Some(other) => WhyOut::Overwritten { by: Box::new(other.clone()) },
        None => WhyOut::NoPlace,
    }
}

/// Whether the first operation surely came before the second.
fn precedes(first: &Operation, second: &Operation) -> bool {
    first.outcome == Outcome::Ok && first.complete_index < Some(second.invoke_index)
}

fn sentence<M: Model>(
    partition: &Partition<'_, M>,
    operation: &Operation,
    producers: &[Producer],
    states: &[StateId],
) -> String {
    let deed = Deed(operation);
    let at = At(operation.ret);
    let overwriter = producers.iter().rev().find_map(|producer| match &producer.why {
        WhyOut::Overwritten { by } => Some(by),
        WhyOut::Failed | WhyOut::NotYetCalled | WhyOut::NoPlace => None,
    });
    let possible: Vec<String> = states
        .iter()
        .map(|state| partition.model.describe(partition.space.state(*state)))
        .collect();
    let because = match (overwriter, producers) {
        (Some(by), _) => format!("{} had been acknowledged{}", by.input, At(by.ret)),
        (None, []) => format!("only {} was possible", possible.join(" or ")),
        (None, all) if all.iter().all(|producer| producer.why == WhyOut::NotYetCalled) => {
            format!("that was first written{}", At(Some(all[0].operation.call)))
        }
        (None, _) => format!("only {} was possible", possible.join(" or ")),
    };
    format!("{deed}{at} although {because}")
}

struct At(Option<Nanos>);

impl std::fmt::Display for At {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.map_or(Ok(()), |time| write!(f, " at {time}"))
    }
}
