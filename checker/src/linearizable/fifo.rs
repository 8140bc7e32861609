//! FIFO queues in `O(n log n)`, where every element is enqueued once and every operation completed.
//!
//! Such a history is linearizable if and only if none of these is to be found (Henzinger, Sezgin &
//! Vafeiadis, *Aspect-oriented linearizability proofs*, CONCUR 2013; Bouajjani, Emmi, Enea & Hamza,
//! *On reducing linearizability to state reachability*, ICALP 2015):
//! * an element dequeued that nobody enqueued, or not yet, or that was dequeued before;
//! * two elements enqueued one after the other, the second dequeued before the dequeue of the first is
//!   called, or though the first never is;
//! * a dequeue of nothing, at every instant of which some element is surely in the queue: enqueued
//!   for certain, and its dequeue not called.
//!
//! The elements of a pattern, alone, have it too, for leaving an element out leaves a queue a queue. So a
//! violation comes with the few operations that make it, and the search judges those again.

use rustc_hash::FxHashMap;

use crate::history::Value;
use crate::model::CollectionAction;

/// A place among the moments; what never happens is at the end of time.
type Place = u32;

/// An operation on a queue, with the places of its call and its return.
pub(super) struct Queued<'a> {
    pub(super) action: &'a CollectionAction,
    pub(super) call: Place,
    pub(super) ret: Place,
}

/// What is known about an element: calls, returns, and which operations they are.
struct Element {
    enqueue: (Place, Place),
    dequeue: (Place, Place),
    operations: Vec<usize>,
}

/// Never.
const NEVER: Place = Place::MAX;

/// What became of the attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fifo {
    /// The history is linearizable.
    Fine,
    /// These operations are not.
    Wrong(Vec<usize>),
    /// The history is not one of completed operations on distinct elements.
    NotSimple,
}

/// Judges operations on a queue.
pub(super) fn judge(operations: &[Queued<'_>]) -> Fifo {
    if operations.iter().any(|queued| queued.ret == NEVER) {
        return Fifo::NotSimple;
    }
    let mut elements = match elements(operations) {
        Ok(elements) => elements,
        Err(otherwise) => return otherwise,
    };
    let early = elements.iter().find(|element| element.dequeue.1 < element.enqueue.0);
    let wrong = early.map(|element| element.operations.clone());
    let wrong = wrong.or_else(|| out_of_order(&mut elements));
    let wrong = wrong.or_else(|| never_empty(&elements, operations));
    wrong.map_or(Fifo::Fine, Fifo::Wrong)
}

fn elements(operations: &[Queued<'_>]) -> Result<Vec<Element>, Fifo> {
    let mut places: FxHashMap<&Value, usize> = FxHashMap::default();
    let mut elements = Vec::new();
    for (number, queued) in operations.iter().enumerate() {
        match queued.action {
            CollectionAction::Put(value) => {
                if value.is_nil() || places.insert(value, elements.len()).is_some() {
                    return Err(Fifo::NotSimple);
                }
                let (enqueue, operations) = ((queued.call, queued.ret), vec![number]);
                elements.push(Element { enqueue, dequeue: (NEVER, NEVER), operations });
            }
            CollectionAction::Take(Some(_)) => {}
            CollectionAction::Take(None)
            | CollectionAction::Peek(_)
            | CollectionAction::Nothing => return Err(Fifo::NotSimple),
        }
    }
    for (number, queued) in operations.iter().enumerate() {
        let CollectionAction::Take(Some(value)) = queued.action else { continue };
        if value.is_nil() {
            continue;
        }
        let Some(place) = places.get(value) else { return Err(Fifo::Wrong(vec![number])) };
        let element = &mut elements[*place];
        element.operations.push(number);
        if element.dequeue.0 != NEVER {
            return Err(Fifo::Wrong(element.operations.clone()));
        }
        element.dequeue = (queued.call, queued.ret);
    }
    Ok(elements)
}

/// An element and the one that it overtakes.
fn out_of_order(elements: &mut [Element]) -> Option<Vec<usize>> {
    elements.sort_unstable_by_key(|element| element.enqueue.0);
    let mut by_return: Vec<(Place, usize)> =
        elements.iter().enumerate().map(|(at, element)| (element.enqueue.1, at)).collect();
    by_return.sort_unstable();
    let mut before = by_return.into_iter().peekable();
    let mut latest: Option<usize> = None;
    for element in &*elements {
        while let Some((_, at)) = before.next_if(|(ret, _)| *ret < element.enqueue.0) {
            let later = latest.is_none_or(|last| elements[at].dequeue.0 > elements[last].dequeue.0);
            latest = if later { Some(at) } else { latest };
        }
        let overtaken = latest.map(|at| &elements[at]);
        if let Some(other) = overtaken.filter(|other| element.dequeue.1 < other.dequeue.0) {
            return Some([&other.operations[..], &element.operations].concat());
        }
    }
    None
}

/// A dequeue that found nothing, and elements of which at every instant one was there.
fn never_empty(elements: &[Element], operations: &[Queued<'_>]) -> Option<Vec<usize>> {
    let mut full: Vec<(Place, Place, usize)> = elements
        .iter()
        .enumerate()
        .map(|(at, element)| (element.enqueue.1, element.dequeue.0, at))
        .filter(|(from, to, _)| from < to)
        .collect();
    full.sort_unstable();
    let mut stretches: Vec<(Place, Place)> = Vec::new();
    for (from, to, _) in &full {
        match stretches.last_mut().filter(|last| *from < last.1) {
            Some(last) => last.1 = last.1.max(*to),
            None => stretches.push((*from, *to)),
        }
    }
    let covered = |queued: &Queued<'_>| {
        let next = stretches.partition_point(|stretch| stretch.0 < queued.call);
        next.checked_sub(1).is_some_and(|at| stretches[at].1 > queued.ret)
    };
    let takes = operations.iter().enumerate();
    let mut empties = takes
        .filter(|(_, queued)| matches!(queued.action, CollectionAction::Take(Some(Value::Nil))));
    let (number, empty) = empties.find(|(_, queued)| covered(queued))?;
    let there = full.iter().filter(|(from, to, _)| *from < empty.ret && *to > empty.call);
    let there = there.flat_map(|(_, _, at)| elements[*at].operations.iter().copied());
    Some(there.chain([number]).collect())
}
