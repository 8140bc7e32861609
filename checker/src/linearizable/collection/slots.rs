//! Slots that zones cover, one after another, and those that stay free.

use super::elements::{Element, Elements, Place};

/// Some slots in a row, the last one exclusive; none if it ends where it starts, or before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Zone {
    pub(super) start: Place,
    pub(super) end: Place,
}

impl Zone {
    pub(super) fn is_empty(self) -> bool {
        self.end <= self.start
    }
}

/// Which slots are free: a union of what is covered, where each slot knows a later one that may be free.
pub(super) struct Slots {
    next: Vec<Place>,
}

impl Slots {
    /// So many slots, all free.
    pub(super) fn free(slots: usize) -> Slots {
        Slots { next: (0..=slots as Place).collect() }
    }

    /// Covers a zone; slots beyond the last are of no interest.
    pub(super) fn cover(&mut self, zone: Zone) {
        let end = zone.end.min(self.next.len() as Place - 1);
        let mut slot = self.first_free(zone.start.min(end));
        while slot < end {
            self.next[slot as usize] = slot + 1;
            slot = self.first_free(slot + 1);
        }
    }

    /// Whether a slot of the zone is free.
    pub(super) fn has_free(&mut self, zone: Zone) -> bool {
        !zone.is_empty() && self.first_free(zone.start) < zone.end
    }

    /// The first free slot from there on; halves the paths that it follows.
    fn first_free(&mut self, mut slot: Place) -> Place {
        while self.next[slot as usize] != slot {
            let next = self.next[self.next[slot as usize] as usize];
            self.next[slot as usize] = next;
            slot = next;
        }
        slot
    }
}

/// The operations of a few elements whose zones together cover the whole window: always the one that
/// begins in time and reaches the farthest.
pub(super) fn covering<'a, 'v: 'a>(
    elements: impl Iterator<Item = &'a Element<'v>>,
    window: Zone,
) -> Vec<usize> {
    let mut zones: Vec<&Element<'_>> =
        elements.filter(|element| !element.zone.is_empty()).collect();
    zones.sort_unstable_by_key(|element| element.zone.start);
    let mut zones = zones.into_iter().peekable();
    let (mut chosen, mut reached) = (Vec::new(), window.start);
    while reached < window.end {
        let mut best: Option<&Element<'_>> = None;
        while let Some(element) = zones.next_if(|element| element.zone.start <= reached) {
            let farther = best.is_none_or(|best| element.zone.end > best.zone.end);
            best = if farther { Some(element) } else { best };
        }
        let Some(best) = best.filter(|best| best.zone.end > reached) else { break };
        chosen.extend(best.telling());
        reached = best.zone.end;
    }
    chosen
}

/// Somebody who found nothing although in every slot that was left something was there for certain.
pub(super) fn never_empty(elements: &Elements<'_>, slots: &mut Slots) -> Option<Vec<usize>> {
    let span = |number: usize| elements.operations[number].span;
    let window = |number| Zone { start: span(number).call, end: span(number).ret };
    let mut empties = elements.empties.iter().copied();
    let wrong = empties.find(|number| !slots.has_free(window(*number)))?;
    let mut operations = covering(elements.all.iter(), window(wrong));
    operations.push(wrong);
    Some(operations)
}
