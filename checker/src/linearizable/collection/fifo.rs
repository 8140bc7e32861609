//! FIFO queues. A history is linearizable if and only if neither of these is to be found (Henzinger, Sezgin &
//! Vafeiadis, *Aspect-oriented linearizability proofs*, CONCUR 2013; Bouajjani, Emmi, Enea & Hamza,
//! *On reducing linearizability to state reachability*, ICALP 2015), apart from what is wrong with any
//! collection:
//! * two elements enqueued one after the other, the second dequeued before the dequeue of the first is
//!   called, or though the first never is;
//! * a dequeue of nothing, at every instant of which some element is surely in the queue.
//!
//! Who looks at the next element is not judged here: elements that are seen several times can
//! contradict each other in a circle of three.

use super::Judged;
use super::elements::{Element, Elements, Place};
use super::slots::{Slots, never_empty};

pub(super) fn judge(elements: &Elements<'_>) -> Judged {
    if !elements.looks.is_empty() {
        return Judged::NotSimple;
    }
    let mut slots = Slots::free(elements.slots());
    elements.all.iter().for_each(|element| slots.cover(element.zone));
    let wrong = out_of_order(&elements.all).or_else(|| never_empty(elements, &mut slots));
    super::verdict(wrong)
}

/// An element and the one that it overtakes.
fn out_of_order(elements: &[Element<'_>]) -> Option<Vec<usize>> {
    let mut by_return: Vec<(Place, usize)> =
        elements.iter().enumerate().map(|(at, element)| (element.put.ret, at)).collect();
    by_return.sort_unstable();
    let mut before = by_return.into_iter().peekable();
    let mut latest: Option<&Element<'_>> = None;
    // Elements stand in the order in which they were called to be put in.
    for element in elements {
        while let Some((_, at)) = before.next_if(|(ret, _)| *ret < element.put.call) {
            let later = latest.is_none_or(|last| elements[at].take.call > last.take.call);
            latest = if later { Some(&elements[at]) } else { latest };
        }
        if let Some(other) = latest.filter(|other| element.take.ret < other.take.call) {
            return Some(other.telling().chain(element.telling()).collect());
        }
    }
    None
}
