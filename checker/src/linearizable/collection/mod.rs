//! Queues, stacks and priority queues in `O(n log n)`, where every element is put in once. Whatever is not
//! so simple is left to the search.
//!
//! Time is cut into *slots*, the stretches between one call or return and the next; an operation takes
//! effect in some slot from its call up to its return, and within a slot any order will do. Between
//! the first return and the last call of its operations an element is in the collection for certain:
//! that is its *zone* (Gibbons & Korach, *Testing shared memories*, 1997). Elements without a zone can
//! come and go within a single slot, unseen by all others. Each discipline says what the zones of
//! some elements forbid to others:
//! * [`fifo`] looks for two elements that overtake each other;
//! * [`lifo`] takes away an element that can lie below all others, until none is left;
//! * [`priority`] takes away the greatest element, until none is left;
//! * and whoever finds nothing there needs a slot without zones.
//!
//! Taking one element away and judging the rest is the *decrease and conquer* of Lee & Mathur, *Efficient
//! decrease-and-conquer linearizability monitoring* (OOPSLA 2025, arXiv 2410.04581).
//!
//! Leaving an element out leaves a collection a collection. So a violation comes with the few elements
//! that make it, and the search judges their operations again, exactly.
//!
//! Outcomes may be unknown. An element that was seen was put in, by an operation that has time until the
//! end; one that was not seen need not have been ([`pointless`]). What was taken by those of whom it is
//! not known is read in two ways ([`takers`]).

mod coverage;
mod elements;
mod fifo;
mod lifo;
mod pointless;
mod priority;
mod slots;
mod takers;
mod tournament;

use super::case::{Case, Span};
use super::limits::Limits;
use super::partition::Partition;
use super::run::{Death, End, run};
use crate::model::{CollectionAction, Discipline, Model};
use elements::{Elements, Operated, Place};
use takers::{Deal, Taker, lend, takers};

/// What became of the attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Judged {
    /// The history is linearizable.
    Fine,
    /// It is not, and these parts of it are not, each for itself.
    Wrong(Vec<Vec<usize>>),
    /// The history is not one of distinct elements, or it is not clear who took which.
    NotSimple,
    /// The caller's time is up.
    Late,
}

/// What the short way found.
pub(super) enum Short {
    /// The partition is linearizable.
    Valid,
    /// The caller's time is up.
    Late,
    /// It is not; the partition is cut down to the operations of which the search says so too.
    Invalid(Box<Death>),
}

/// Judges a partition that is a simple history of a collection; `None` leaves it to the search, without
/// what was pointless.
pub(super) fn check<M: Model>(
    partition: &mut Partition<'_, M>,
    limits: Limits<'_>,
) -> Option<Short> {
    if let Some(kept) = pointless::others(partition) {
        let case = partition.case.without(|step| !kept[step]);
        keep(partition, &kept, case);
    }
    let wrong = match judge_partition(partition, limits) {
        Judged::Fine => return Some(Short::Valid),
        Judged::Late => return Some(Short::Late),
        Judged::Wrong(parts) => parts.into_iter().min_by_key(Vec::len).unwrap_or_default(),
        Judged::NotSimple => return None,
    };
    let mut kept = vec![false; partition.case.steps.len()];
    wrong.iter().for_each(|step| kept[*step] = true);
    let small = partition.case.without(|step| !kept[step]);
    match run(&mut partition.space, &small, limits) {
        End::Dead(death) => {
            keep(partition, &kept, small);
            Some(Short::Invalid(death))
        }
        End::Gave(_) => None,
        End::Alive => {
            debug_assert!(false, "the short way refuses what has a linearization: {wrong:?}");
            None
        }
    }
}

/// Keeps these steps alone, which make the smaller case, and notes what the others are.
fn keep<M: Model>(partition: &mut Partition<'_, M>, kept: &[bool], smaller: Case) {
    let Partition { model, space, case, others, .. } = partition;
    for (step, _) in case.steps.iter().zip(kept).filter(|(_, kept)| !**kept) {
        let action = space.action(step.code).and_then(|action| model.as_collection(action));
        others.operations.push(step.operation);
        others.elements += usize::from(matches!(action, Some((_, CollectionAction::Put(_)))));
    }
    *case = smaller;
}

fn judge_partition<M: Model>(partition: &Partition<'_, M>, limits: Limits<'_>) -> Judged {
    let (model, space, case) = (partition.model, &partition.space, &partition.case);
    let read = |step: usize| model.as_collection(space.action(case.steps[step].code)?);
    let Some((discipline, _)) = (!case.steps.is_empty()).then(|| read(0)).flatten() else {
        return Judged::NotSimple;
    };
    let end = case.moments.len() as Place;
    let mut operations = Vec::with_capacity(case.steps.len());
    for (step, Span { call, ret }) in case.spans().into_iter().enumerate() {
        let Some((_, action)) = read(step) else { return Judged::NotSimple };
        operations.push(Operated { action, span: Span { call, ret: ret.min(end) } });
    }
    judge(discipline, &operations, &Clock(limits))
}

fn judge(discipline: Discipline, operations: &[Operated<'_>], clock: &Clock<'_>) -> Judged {
    let elements = match Elements::of(operations, clock) {
        Ok(elements) => elements,
        Err(otherwise) => return otherwise,
    };
    let takers = takers(&elements);
    let Some(first) = takers.first() else { return judge_known(discipline, elements, clock) };
    match judge_known(discipline, lend(&elements, *first), clock) {
        Judged::Wrong(parts) => {
            // Each of them has taken something of this, or nothing that matters.
            let among =
                |part: &Vec<usize>| takers.iter().take(part.len()).map(|(number, _)| *number);
            let with_takers =
                parts.into_iter().map(|part| among(&part).chain(part.iter().copied()).collect());
            Judged::Wrong(with_takers.collect())
        }
        Judged::Fine => judge_dealt(discipline, &elements, &takers, clock),
        otherwise => otherwise,
    }
}

/// Looks for a fair reading that is right. Where one is wrong, somebody has found in the way what is left over
/// there, though that could not be seen from him alone.
fn judge_dealt(
    discipline: Discipline,
    elements: &Elements<'_>,
    takers: &[Taker],
    clock: &Clock<'_>,
) -> Judged {
    const ROUNDS: usize = 16;
    let mut deal = Deal::of(elements, discipline, takers);
    for _ in 0..ROUNDS {
        let dealt = deal.elements();
        match judge_known(discipline, dealt, clock) {
            Judged::Wrong(parts) if deal.blame(&parts) => {}
            Judged::Wrong(_) => break,
            otherwise => return otherwise,
        }
    }
    Judged::NotSimple
}

/// Judges a history of which it is said who took which element.
fn judge_known(discipline: Discipline, elements: Elements<'_>, clock: &Clock<'_>) -> Judged {
    let elements = match elements.close() {
        Ok(elements) => elements,
        Err(otherwise) => return otherwise,
    };
    match discipline {
        Discipline::Fifo => fifo::judge(&elements, clock),
        Discipline::Lifo => lifo::judge(&elements, clock),
        Discipline::Priority => priority::judge(&elements, clock),
    }
}

/// The caller's, for loops over many elements.
struct Clock<'a>(Limits<'a>);

impl Clock<'_> {
    /// Refuses to go on when time is up; looks when so many elements are done that it is worth it.
    fn check(&self, done: usize) -> Result<(), Judged> {
        const OFTEN: usize = 256;
        let late = done.is_multiple_of(OFTEN) && self.0.is_expired();
        if late { Err(Judged::Late) } else { Ok(()) }
    }
}

/// Whether nothing is to be said against a list of operations.
fn verdict(wrong: Option<Vec<usize>>) -> Judged {
    wrong.map_or(Judged::Fine, |wrong| Judged::Wrong(vec![wrong]))
}
