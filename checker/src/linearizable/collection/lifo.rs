//! Stacks. Only elements with a zone matter: the others are pushed, seen and popped in one slot, and
//! disturb nobody. Zones that touch form a *cluster*; between clusters the stack can be empty, so each is
//! judged alone.
//!
//! Within a cluster the stack is never empty, so some element is pushed first and popped last. Such a
//! *bottom* must be pushed at a time when nothing of the cluster has returned, and popped when all has
//! been called; and who looks at it needs a slot in which nothing else is there. Any element of that
//! kind will do: put around an order of the others it gives an order of all, and the others have one
//! if all have. So it is taken away, what is left falls into smaller clusters, and so on, until nothing is
//! left or a cluster has no bottom. (Lee & Mathur, arXiv 2410.04581; the search for a bottom is our own.)
//!
//! An element that can be pushed before its cluster can be pushed before every smaller one, too: so
//! it moves once from those waiting for the one condition to those waiting for the other.

use super::coverage::Coverage;
use super::elements::{Element, Elements, NEVER, Place};
use super::slots::{Slots, Zone, covering, never_empty};
use super::tournament::{OUT, Tournament};
use super::{Clock, Judged};

/// So many elements are tried as the bottom of a cluster before the search has to judge.
const MOST_TRIALS: usize = 16;

pub(super) fn judge(elements: &Elements<'_>, clock: &Clock<'_>) -> Judged {
    let mut slots = Slots::free(elements.slots());
    elements.all.iter().for_each(|element| slots.cover(element.zone));
    if let Some(wrong) = never_empty(elements, &mut slots) {
        return Judged::Wrong(vec![wrong]);
    }
    let mut wrong = Vec::new();
    let mut piles = Piles::of(elements);
    let mut clusters = piles.clusters(Zone { start: 0, end: NEVER });
    let mut taken = 0;
    while let Some(cluster) = clusters.pop() {
        if let Err(late) = clock.check(taken) {
            return late;
        }
        taken += 1;
        match piles.take_bottom(cluster) {
            Bottom::Taken => clusters.extend(piles.clusters(cluster)),
            Bottom::None { looks: false } => wrong.push(covering(piles.left_in(cluster), cluster)),
            Bottom::None { looks: true } => wrong.push(piles.all_in(cluster)),
            Bottom::TooManyTrials if wrong.is_empty() => return Judged::NotSimple,
            Bottom::TooManyTrials => break,
        }
    }
    if wrong.is_empty() { Judged::Fine } else { Judged::Wrong(wrong) }
}

/// What came of looking for the bottom of a cluster.
enum Bottom {
    Taken,
    /// There is none; perhaps only because of those who looked at elements.
    None {
        looks: bool,
    },
    TooManyTrials,
}

/// The elements that have a zone, in the order in which their zones start.
struct Piles<'a> {
    elements: &'a Elements<'a>,
    order: Vec<usize>,
    starts: Vec<Place>,
    coverage: Coverage,
    /// When those are pushed that still cannot be pushed before their clusters.
    pushes: Tournament,
    /// When the others are popped: the latest is the least.
    pops: Tournament,
    /// For each element the next that is not taken away.
    next: Vec<u32>,
}

impl<'a> Piles<'a> {
    fn of(elements: &'a Elements<'a>) -> Piles<'a> {
        let zone = |at: &usize| elements.all[*at].zone;
        let mut order: Vec<usize> =
            (0..elements.all.len()).filter(|at| !zone(at).is_empty()).collect();
        order.sort_unstable_by_key(|at| zone(at).start);
        let zones: Vec<Zone> = order.iter().map(zone).collect();
        Piles {
            elements,
            starts: zones.iter().map(|zone| zone.start).collect(),
            coverage: Coverage::of(&zones),
            pushes: Tournament::of(order.iter().map(|at| elements.all[*at].put.call)),
            pops: Tournament::of(order.iter().map(|_| OUT)),
            next: (0..=order.len() as u32).collect(),
            order,
        }
    }

    fn element(&self, at: usize) -> &'a Element<'a> {
        &self.elements.all[self.order[at]]
    }

    /// The clusters that the elements left in a zone form.
    fn clusters(&mut self, within: Zone) -> Vec<Zone> {
        let mut clusters = Vec::new();
        let mut from = within.start;
        loop {
            let at = self.left_from(self.starts.partition_point(|start| *start < from));
            let Some(start) = self.starts.get(at).copied().filter(|start| *start < within.end)
            else {
                return clusters;
            };
            let end = self.coverage.first_free(start);
            clusters.push(Zone { start, end });
            from = end;
        }
    }

    /// The first element from there on that is not taken away.
    fn left_from(&mut self, mut at: usize) -> usize {
        while self.next[at] as usize != at {
            let next = self.next[self.next[at] as usize];
            self.next[at] = next;
            at = next as usize;
        }
        at
    }

    fn take_bottom(&mut self, cluster: Zone) -> Bottom {
        let (from, to) = self.range(cluster);
        while let Some(at) = self.pushes.below(from, to, cluster.start) {
            self.pushes.set(at, OUT);
            self.pops.set(at, popped(self.element(at)));
        }
        let mut tried = Vec::new();
        let bottom = loop {
            let Some(at) = self.pops.below(from, to, later(cluster.end)) else {
                break Bottom::None { looks: !tried.is_empty() };
            };
            if tried.len() == MOST_TRIALS {
                break Bottom::TooManyTrials;
            }
            self.pops.set(at, OUT);
            self.coverage.change(self.element(at).zone, -1);
            if self.can_be_seen(at) {
                self.next[at] = at as u32 + 1;
                break Bottom::Taken;
            }
            self.coverage.change(self.element(at).zone, 1);
            tried.push(at);
        };
        for at in tried {
            self.pops.set(at, popped(self.element(at)));
        }
        bottom
    }

    /// Whether all who looked at an element could have done so while nothing else that is left was there.
    fn can_be_seen(&self, at: usize) -> bool {
        let element = self.element(at);
        let mut looks = self.elements.looks_at(self.order[at]).iter();
        looks.all(|look| self.coverage.has_free(self.elements.window(element, look.1)))
    }

    fn range(&self, cluster: Zone) -> (usize, usize) {
        let from = self.starts.partition_point(|start| *start < cluster.start);
        (from, self.starts.partition_point(|start| *start < cluster.end))
    }

    /// The elements of a cluster that are not taken away.
    fn left_in(&self, cluster: Zone) -> impl Iterator<Item = &'a Element<'a>> {
        let (from, to) = self.range(cluster);
        let left = (from..to).filter(|at| self.next[*at] as usize == *at);
        left.map(|at| self.element(at))
    }

    /// All that was done to them.
    fn all_in(&self, cluster: Zone) -> Vec<usize> {
        let (from, to) = self.range(cluster);
        let left = (from..to).filter(|at| self.next[*at] as usize == *at);
        left.flat_map(|at| self.elements.done_to(self.order[at])).collect()
    }
}

/// Turns the order of time around; the end of time comes to 1.
fn later(place: Place) -> Place {
    OUT - place.min(OUT - 1)
}

/// When an element is popped, the latest first: never is later than the end of time.
fn popped(element: &Element<'_>) -> Place {
    if element.is_taken() { later(element.take.ret) } else { 0 }
}
