//! FIFO queues. An element *precedes* another one
//! * if something was done to it before the other's enqueue was called;
//! * or if it was found at the front, by who took it or looked at it, before the other was found there
//!   for the last time; what was never taken is found there at the end of time.
//!
//! A history is linearizable if and only if this is no circle, and nobody found the queue empty although at
//! every instant something was surely in it, apart from what is wrong with any collection. Without
//! looks a circle is one of two, and this is the theorem of Henzinger, Sezgin & Vafeiadis (*Aspect-oriented
//! linearizability proofs*, CONCUR 2013); with looks there are circles of three.
//!
//! Why there is an order if there is no circle: let the elements queue up in any order that respects
//! precedence, and every operation take effect as early as that allows. It does so when some
//! operation is called, its own or one of an element ahead; and had it returned by then, its element
//! would precede the other. Whoever finds nothing can do so in a slot without zones: what has been done
//! to elements by then and what has not been called yet lie on two sides, and no element of the
//! later side precedes one of the earlier.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::elements::{Elements, NEVER, Place};
use super::slots::{Slots, never_empty};
use super::{Clock, Judged};

pub(super) fn judge(elements: &Elements<'_>, clock: &Clock<'_>) -> Judged {
    let mut slots = Slots::free(elements.slots());
    elements.all.iter().for_each(|element| slots.cover(element.zone));
    let circle = match Line::of(elements).dissolve(clock) {
        Ok(circle) => circle,
        Err(late) => return late,
    };
    let wrong = circle
        .map(|circle| circle.into_iter().flat_map(|element| elements.done_to(element)).collect());
    super::verdict(wrong.or_else(|| never_empty(elements, &mut slots)))
}

/// What an element's place in the line depends on.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    /// The call of its enqueue, and the first return of all that was done to it.
    call: Place,
    done: Place,
    /// The first return of those who found it at the front, and their last call.
    found: Place,
    last: Place,
}

/// The elements that wait until all that precede them are gone.
struct Line {
    /// In the order in which they were called to be put in.
    all: Vec<Waiting>,
    gone: Vec<bool>,
    done: Ascending,
    found: Ascending,
}

impl Line {
    fn of(elements: &Elements<'_>) -> Line {
        let mut all: Vec<Waiting> = Vec::with_capacity(elements.all.len());
        for element in &elements.all {
            let last = if element.is_taken() { element.take.call } else { NEVER };
            let (call, done) = (element.put.call, element.zone.start);
            all.push(Waiting { call, done, found: element.take.ret, last });
        }
        for (element, look) in &elements.looks {
            let (waiting, span) = (&mut all[*element], elements.operations[*look].span);
            waiting.found = waiting.found.min(span.ret);
            waiting.last = waiting.last.max(span.call);
        }
        let done = Ascending::of(all.iter().map(|waiting| waiting.done));
        let found = Ascending::of(all.iter().map(|waiting| waiting.found));
        Line { gone: vec![false; all.len()], all, done, found }
    }

    /// Lets go whom nobody precedes, until nobody is left, or all that are precede each other in circles, of
    /// which one is told.
    fn dissolve(&mut self, clock: &Clock<'_>) -> Result<Option<Vec<usize>>, Judged> {
        // Those whom nobody precedes but by having been found at the front, by their last find.
        let mut ready: BinaryHeap<Reverse<(Place, usize)>> = BinaryHeap::new();
        let mut called = 0;
        for so_many in 0..self.all.len() {
            clock.check(so_many)?;
            self.done.skip(&self.gone);
            self.found.skip(&self.gone);
            let done = self.done.first().map_or(NEVER, |at| self.all[at].done);
            while let Some(waiting) = self.all.get(called).filter(|next| next.call < done) {
                ready.push(Reverse((waiting.last, called)));
                called += 1;
            }
            while ready.peek().is_some_and(|Reverse((_, at))| self.gone[*at]) {
                ready.pop();
            }
            let candidates = [ready.peek().map(|Reverse((_, at))| *at), self.found.first()];
            let mut candidates = candidates.into_iter().flatten();
            match candidates.find(|at| self.predecessor(*at).is_none()) {
                Some(at) => self.gone[at] = true,
                None => return Ok(self.circle()),
            }
        }
        Ok(None)
    }

    /// One of those who precede an element and are not gone.
    fn predecessor(&self, at: usize) -> Option<usize> {
        let Waiting { call, last, .. } = self.all[at];
        let done = self.done.first().filter(|first| self.all[*first].done < call);
        let found = self.found.first_but(at).filter(|first| self.all[*first].found < last);
        done.or(found)
    }

    fn circle(&self) -> Option<Vec<usize>> {
        let mut path = vec![self.done.first()?];
        loop {
            let next = self.predecessor(path[path.len() - 1])?;
            if let Some(from) = path.iter().position(|at| *at == next) {
                return Some(path.split_off(from));
            }
            path.push(next);
        }
    }
}

/// Elements by some number, the first two of which are asked for while more and more are gone.
struct Ascending {
    order: Vec<usize>,
    first: usize,
    second: usize,
}

impl Ascending {
    fn of(numbers: impl Iterator<Item = Place>) -> Ascending {
        let mut numbered: Vec<(Place, usize)> = numbers.zip(0..).collect();
        numbered.sort_unstable();
        let order = numbered.into_iter().map(|(_, at)| at).collect();
        Ascending { order, first: 0, second: 1 }
    }

    /// Goes on to the first two that are not gone.
    fn skip(&mut self, gone: &[bool]) {
        let is_gone = |place: usize| self.order.get(place).is_some_and(|at| gone[*at]);
        while is_gone(self.first) {
            self.first += 1;
        }
        self.second = self.second.max(self.first + 1);
        while is_gone(self.second) {
            self.second += 1;
        }
    }

    fn first(&self) -> Option<usize> {
        self.order.get(self.first).copied()
    }

    /// The first that is not this one.
    fn first_but(&self, at: usize) -> Option<usize> {
        let first = self.first().filter(|first| *first != at);
        first.or_else(|| self.order.get(self.second).copied())
    }
}
