//! Operations that took nobody knows what.
//!
//! Each took one of the elements that nobody is known to have taken, or nothing; and like everything of
//! unknown outcome it did so at any time after its call. Whoever was called earlier can do all that
//! one called later can. So there is
//! * a *generous* reading: every element left over has a taker of its own, and that as early as the first
//!   of them. If even this is wrong, the history is;
//! * a *fair* one: an element is *due* when an operation returns that must have found it in the way, and
//!   the earliest call goes to the element that is due first. If this is right, the history is.
//!
//! What lies between the two is left to the search.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::super::case::Span;
use super::elements::{Element, Elements, NEVER, Place};
use crate::model::{CollectionAction, Discipline};

/// An operation that took something unknown: its number, and the time it has.
pub(super) type Taker = (usize, Span);

/// Those who took nobody knows what, in the order of their calls.
pub(super) fn takers(elements: &Elements<'_>) -> Vec<Taker> {
    let all = elements.operations.iter().enumerate();
    let unknown = all.filter(|(_, done)| matches!(done.action, CollectionAction::Take(None)));
    let mut takers: Vec<Taker> = unknown.map(|(number, done)| (number, done.span)).collect();
    takers.sort_unstable_by_key(|(_, span)| span.call);
    takers
}

/// The generous reading, of which the first taker is a part.
pub(super) fn lend<'a>(elements: &Elements<'a>, first: Taker) -> Elements<'a> {
    let mut lent = elements.clone();
    let left = lent.all.iter_mut().filter(|element| !element.is_taken());
    left.for_each(|element| element.take_out(first.0, first.1));
    lent
}

/// The fair reading.
pub(super) struct Deal<'e, 'a> {
    elements: &'e Elements<'a>,
    ranks: Ranks<'e>,
    takers: &'e [Taker],
    /// What is due beyond what can be seen.
    blamed: Vec<Due>,
    shares: Vec<Share>,
}

impl<'e, 'a> Deal<'e, 'a> {
    pub(super) fn of(
        elements: &'e Elements<'a>,
        discipline: Discipline,
        takers: &'e [Taker],
    ) -> Deal<'e, 'a> {
        let ranks = Ranks::of(elements, discipline);
        Deal { elements, ranks, takers, blamed: Vec::new(), shares: Vec::new() }
    }

    /// The elements as they are dealt. Who has taken an element that was due has found others in the way,
    /// perhaps; so it is asked again what is due, a few times at most.
    pub(super) fn elements(&mut self) -> Elements<'a> {
        const ROUNDS: usize = 8;
        for _ in 0..ROUNDS {
            let before = std::mem::take(&mut self.shares);
            let finds = finds(self.elements).chain(before.iter().map(Share::find)).collect();
            let mut due = due(self.elements, &self.ranks, finds);
            due.extend(&self.blamed);
            due.sort_unstable();
            self.deal(&due);
            if before == self.shares {
                break;
            }
        }
        let mut dealt = self.elements.clone();
        for Share { due, taker: (number, span) } in &self.shares {
            dealt.all[due.element].take_out(*number, *span);
        }
        dealt
    }

    /// Deals what is due, the first first.
    fn deal(&mut self, due: &[Due]) {
        let mut dealt = vec![false; self.elements.all.len()];
        let once = due.iter().filter(|due| !std::mem::replace(&mut dealt[due.element], true));
        let shares = once.zip(self.takers).map(|(due, taker)| Share { due: *due, taker: *taker });
        self.shares = shares.collect();
    }

    /// Blames what is left over in parts of the history that are wrong: it is due before they end, and if
    /// it was dealt already, at once. Whether there is anything new to blame.
    pub(super) fn blame(&mut self, parts: &[Vec<usize>]) -> bool {
        let (elements, before, end) = (self.elements, self.blamed.len(), self.elements.end());
        let shares = self.shares.iter().map(|share| (share.due.element, share.due.by));
        let dealt: FxHashMap<usize, Place> = shares.collect();
        let left = elements.all.iter().enumerate().filter(|(_, element)| !element.is_taken());
        let left: FxHashMap<usize, usize> =
            left.map(|(at, element)| (element.putter(), at)).collect();
        for part in parts {
            let returns = part.iter().map(|number| elements.operations[*number].span.ret);
            let over = returns.filter(|ret| *ret < end).max().unwrap_or(NEVER);
            let blamed: BTreeSet<usize> =
                part.iter().filter_map(|put| left.get(put).copied()).collect();
            for element in blamed {
                let since = elements.all[element].zone.start;
                match dealt.get(&element) {
                    None => self.blamed.push(Due { by: over, since, element }),
                    Some(by) if *by > since => self.blamed.push(Due { by: since, since, element }),
                    Some(_) => {}
                }
            }
        }
        self.blamed.len() > before
    }
}

/// An element that somebody must have found in the way, had nobody taken it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Due {
    /// When it must have been gone.
    by: Place,
    /// Since when it was there for certain.
    since: Place,
    element: usize,
}

/// Who takes it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Share {
    due: Due,
    taker: Taker,
}

impl Share {
    /// That it was taken out, in time.
    fn find(&self) -> (usize, Span) {
        (self.due.element, Span { call: self.taker.1.call, ret: self.due.by })
    }
}

/// The elements left over that are due if these were found.
fn due(elements: &Elements<'_>, ranks: &Ranks<'_>, mut found: Vec<(usize, Span)>) -> Vec<Due> {
    found.sort_unstable_by_key(|(element, _)| ranks.entry(*element));
    let mut found = found.into_iter().peekable();
    let mut left: Vec<usize> =
        (0..elements.all.len()).filter(|at| !elements.all[*at].is_taken()).collect();
    left.sort_unstable_by_key(|element| ranks.barrier(*element));
    let (mut finds, mut empties) = (Stairs::default(), Stairs::default());
    elements.empties.iter().for_each(|number| empties.add(elements.operations[*number].span));
    let due = left.into_iter().map(|element| {
        let barrier = ranks.barrier(element);
        while let Some((_, find)) = found.next_if(|(other, _)| ranks.entry(*other) < barrier) {
            finds.add(find);
        }
        let since = elements.all[element].zone.start;
        // Whoever finds in a queue what was put in later comes later, whenever it was called.
        let from = if matches!(ranks, Ranks::Fifo(_)) { 0 } else { since };
        Due { by: finds.first_return(from).min(empties.first_return(since)), since, element }
    });
    due.filter(|due| due.by != NEVER).collect()
}

/// Who found which element to be the next.
fn finds(elements: &Elements<'_>) -> impl Iterator<Item = (usize, Span)> {
    let taken = elements.all.iter().enumerate().filter(|(_, element)| element.is_taken());
    let looks = elements.looks.iter();
    let looks = looks.map(|(element, number)| (*element, elements.operations[*number].span));
    taken.map(|(at, element)| (at, element.take)).chain(looks)
}

/// Which elements are in the way of which: an element is in the way of those that enter before its
/// barrier, by the order in which they stand in the collection.
enum Ranks<'a> {
    /// What was put in before is in the way of what was put in later,
    Fifo(&'a [Element<'a>]),
    /// or the other way round,
    Lifo(&'a [Element<'a>]),
    /// or what is greater.
    Priority(Vec<Place>),
}

impl<'a> Ranks<'a> {
    fn of(elements: &'a Elements<'_>, discipline: Discipline) -> Ranks<'a> {
        match discipline {
            Discipline::Fifo => Ranks::Fifo(&elements.all),
            Discipline::Lifo => Ranks::Lifo(&elements.all),
            Discipline::Priority => {
                let mut order: Vec<usize> = (0..elements.all.len()).collect();
                order.sort_unstable_by_key(|element| elements.all[*element].value);
                let mut ranks = vec![0; order.len()];
                (0..).zip(order).for_each(|(rank, element)| ranks[element] = rank);
                Ranks::Priority(ranks)
            }
        }
    }

    fn entry(&self, element: usize) -> Place {
        match self {
            Ranks::Fifo(all) => NEVER - all[element].put.call,
            Ranks::Lifo(all) => all[element].zone.start,
            Ranks::Priority(ranks) => ranks[element],
        }
    }

    fn barrier(&self, element: usize) -> Place {
        match self {
            Ranks::Fifo(all) => NEVER - all[element].zone.start,
            Ranks::Lifo(all) => all[element].put.call,
            Ranks::Priority(ranks) => ranks[element],
        }
    }
}

/// Operations of which some are called later and return earlier than all the others: by call, so that the
/// returns ascend, too.
#[derive(Default)]
struct Stairs(BTreeMap<Place, Place>);

impl Stairs {
    fn add(&mut self, span: Span) {
        if self.first_return(span.call) <= span.ret {
            return;
        }
        while let Some((call, _)) =
            self.0.range(..=span.call).next_back().filter(|last| *last.1 >= span.ret)
        {
            let call = *call;
            self.0.remove(&call);
        }
        self.0.insert(span.call, span.ret);
    }

    /// The first return of those that were called from there on.
    fn first_return(&self, from: Place) -> Place {
        self.0.range(from..).next().map_or(NEVER, |step| *step.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stairs_tell_the_first_return_from_a_call_on() {
        let mut stairs = Stairs::default();
        for (call, ret) in [(5, 9), (2, 4), (3, 12), (7, 8), (6, 8), (1, 20)] {
            stairs.add(Span { call, ret });
        }
        let first: Vec<Place> = [0, 3, 7, 8].map(|from| stairs.first_return(from)).into();
        assert_eq!(first, [4, 8, 8, NEVER]);
    }
}
