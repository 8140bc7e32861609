//! A small counterexample: as few operations as still cannot be linearized.
//!
//! Leaving out an operation that changes nothing, such as a read, can only make a history easier to
//! linearize. So if what is left after dropping observers has no linearization, neither has the
//! whole. Every candidate is searched exactly; nothing is dropped on faith.

use super::partition::Partition;
use super::run::{End, run};
use super::search::Limits;
use crate::history::Moment;
use crate::model::Model;

/// Beyond this many operations the counterexample is not minimised one by one.
const LARGEST: usize = 2_000;

/// The steps of a small part of the partition that cannot be linearized; it fails at `fatal`.
pub(super) fn minimise<M: Model>(
    partition: &mut Partition<'_, M>,
    fatal: usize,
    limits: Limits<'_>,
) -> Vec<usize> {
    let culprit = partition.moments[fatal].operation();
    let mut kept: Vec<usize> = partition.moments[..fatal]
        .iter()
        .filter(|moment| !moment.is_return())
        .map(|moment| moment.operation())
        .collect();
    if kept.len() > LARGEST {
        return kept;
    }
    let removable = |partition: &Partition<'_, M>, step: usize| {
        partition.steps[step].code.is_observer() && step != culprit
    };
    let mut chunk = kept.len();
    while chunk > 0 {
        let candidates: Vec<usize> =
            kept.iter().copied().filter(|step| removable(partition, *step)).collect();
        for some in candidates.chunks(chunk) {
            let fewer: Vec<usize> =
                kept.iter().copied().filter(|step| !some.contains(step)).collect();
            if refuted(partition, &fewer, fatal, limits) {
                kept = fewer;
            }
        }
        chunk /= 2;
    }
    kept
}

fn refuted<M: Model>(
    partition: &mut Partition<'_, M>,
    steps: &[usize],
    fatal: usize,
    limits: Limits<'_>,
) -> bool {
    let moments: Vec<Moment> = partition.moments[..=fatal]
        .iter()
        .copied()
        .filter(|moment| steps.binary_search(&moment.operation()).is_ok())
        .collect();
    matches!(run(partition, &moments, limits), End::Dead { .. })
}
