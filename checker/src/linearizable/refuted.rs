//! From the moment at which a search died to the return at which the contradiction shows.
//!
//! The search looks ahead and so may die long before; one that borrows without limit may die late. The
//! story wants the operation that somebody would call wrong: the first that needs a state which nothing
//! can make any more. So what goes before some returns is searched again: from the last moment at which there
//! was only one possibility, or from the start.

use super::case::{Case, Cut};
use super::excerpt::excerpt;
use super::limits::Limits;
use super::partition::Partition;
use super::run::{Death, is_dead};
use super::space::{Need, StateId};
use crate::model::Model;

/// In a whole of more operations than this nobody looks for what was possible, or for an earlier death.
pub(super) const WIDE: usize = 512;

/// What of a history is dead and ends with the return of an operation that is wrong.
pub(super) struct Refuted {
    pub(super) part: Case,
    /// What it is a part of, from a moment on at which there was only one possibility; if that is told.
    pub(super) whole: Option<Case>,
    /// The return, as a place among the moments of the partition.
    pub(super) last: usize,
}

/// What of a case is searched.
#[derive(Clone, Copy)]
enum Extent<'a> {
    Excerpt,
    From(&'a Cut),
}

/// The first return up to which a case is dead, as far as that is found; `None` if that is not confirmed.
pub(super) fn refuted_part<M: Model>(
    partition: &mut Partition<'_, M>,
    death: &Death,
    limits: Limits<'_>,
) -> Option<Refuted> {
    let start = Cut::start(partition.case.initial);
    let last = partition.case.moments.iter().rposition(|moment| moment.is_return())?;
    // From a moment when something was left out for what came later it may be dead too early.
    let extents = [Extent::Excerpt, Extent::From(&death.sure), Extent::From(&start)];
    let tries =
        suspects(&partition.case, death).into_iter().flat_map(|at| extents.map(|of| (at, of)));
    for (at, extent) in tries.chain([(last, Extent::From(&start))]) {
        if limits.is_expired() {
            return None;
        }
        let Some(part) = dead_part(partition, extent, at, limits) else { continue };
        let from = match extent {
            // A death of a search that borrows without limit may come late.
            Extent::From(cut) if part.steps.len() <= WIDE => cut.moment,
            Extent::From(_) | Extent::Excerpt => death.moment,
        };
        let (last, part) = earliest(partition, extent, from, (at, part), limits);
        let Extent::From(_) = extent else { return Some(Refuted { part, whole: None, last }) };
        let near = (death.cut != death.sure).then_some(Extent::From(&death.cut));
        let near = near.and_then(|near| dead_part(partition, near, last, limits));
        let whole = Some(part.clone());
        return Some(Refuted { part: near.unwrap_or(part), whole, last });
    }
    None
}

/// What is searched up to a return, if it is dead and the operation that returns is in it: from a moment at
/// which something was left out it may have been over.
fn dead_part<M: Model>(
    partition: &mut Partition<'_, M>,
    extent: Extent<'_>,
    last: usize,
    limits: Limits<'_>,
) -> Option<Case> {
    let (space, case) = (&mut partition.space, &partition.case);
    let part = match extent {
        Extent::Excerpt => excerpt(case, space.states(), last)?,
        Extent::From(cut) => case.tail(cut, last),
    };
    let wrong = case.steps[case.moments[last].operation()].operation;
    let ends = part.culprit().is_some_and(|culprit| part.steps[culprit].operation == wrong);
    (ends && is_dead(space, &part, limits)).then_some(part)
}

/// The first return, from a moment on, up to which it is dead as well. Mostly that is the one at hand.
fn earliest<M: Model>(
    partition: &mut Partition<'_, M>,
    extent: Extent<'_>,
    from: usize,
    found: (usize, Case),
    limits: Limits<'_>,
) -> (usize, Case) {
    let moments = partition.case.moments[..found.0].iter().enumerate().skip(from);
    let returns = moments.filter(|(_, moment)| moment.is_return()).map(|(at, _)| at);
    let mut returns: Vec<usize> = returns.collect();
    let mut earliest = found;
    let mut at = returns.len().saturating_sub(1);
    while let Some(last) = returns.get(at).copied() {
        match dead_part(partition, extent, last, limits) {
            Some(part) => {
                earliest = (last, part);
                returns.truncate(at);
            }
            None => drop(returns.drain(..=at)),
        }
        at = returns.len() / 2;
    }
    earliest
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
