//! How many zones cover each slot, while zones are taken away: a segment tree that adds to stretches and
//! finds the first slot that nothing covers.
//!
//! Only the places where zones start or end matter. They are numbered; a *cell* reaches from one to the
//! next.

use super::elements::Place;
use super::slots::Zone;

/// The number of zones over each cell.
pub(super) struct Coverage {
    /// Where the cells start, ascending.
    bounds: Vec<Place>,
    /// For each node, the least count below it, without what is added to its ancestors; and what is
    /// added to all below it. The leaves are the second half.
    least: Vec<u32>,
    added: Vec<i32>,
}

impl Coverage {
    pub(super) fn of(zones: &[Zone]) -> Coverage {
        let mut bounds: Vec<Place> = zones.iter().flat_map(|zone| [zone.start, zone.end]).collect();
        bounds.sort_unstable();
        bounds.dedup();
        let half = bounds.len().next_power_of_two();
        let mut change = vec![0i32; bounds.len() + 1];
        let mut coverage = Coverage { bounds, least: vec![0; 2 * half], added: vec![0; 2 * half] };
        for zone in zones {
            change[coverage.cell(zone.start)] += 1;
            change[coverage.cell(zone.end)] -= 1;
        }
        let mut count = 0i32;
        for (least, change) in coverage.least[half..].iter_mut().zip(change) {
            count += change;
            *least = count.unsigned_abs();
        }
        for node in (1..half).rev() {
            coverage.least[node] = coverage.least[2 * node].min(coverage.least[2 * node + 1]);
        }
        coverage
    }

    /// The cell that starts there.
    fn cell(&self, place: Place) -> usize {
        self.bounds.partition_point(|bound| *bound < place)
    }

    /// Takes a zone away, or puts one back.
    pub(super) fn change(&mut self, zone: Zone, by: i32) {
        let half = self.least.len() / 2;
        let (first, last) = (self.cell(zone.start) + half, self.cell(zone.end) + half);
        let (mut left, mut right) = (first, last);
        while left < right {
            if left & 1 == 1 {
                self.add(left, by);
                left += 1;
            }
            if right & 1 == 1 {
                right -= 1;
                self.add(right, by);
            }
            (left, right) = (left / 2, right / 2);
        }
        self.renew(first);
        self.renew(last - 1);
    }

    fn add(&mut self, node: usize, by: i32) {
        self.least[node] = self.least[node].wrapping_add_signed(by);
        self.added[node] += by;
    }

    fn renew(&mut self, mut node: usize) {
        while node > 1 {
            node /= 2;
            let least = self.least[2 * node].min(self.least[2 * node + 1]);
            self.least[node] = least.wrapping_add_signed(self.added[node]);
        }
    }

    /// The first place from a bound on that nothing covers.
    pub(super) fn first_free(&self, from: Place) -> Place {
        let cell = self.search(1, self.least.len() / 2, self.cell(from), 0);
        cell.and_then(|cell| self.bounds.get(cell).copied()).unwrap_or(Place::MAX)
    }

    /// The first cell from `from` on below a node of so many cells whose count is `over`, negated: what
    /// the ancestors add.
    fn search(&self, node: usize, cells: usize, from: usize, over: i32) -> Option<usize> {
        if from >= cells || i64::from(self.least[node]) + i64::from(over) > 0 {
            return None;
        }
        if cells == 1 {
            return Some(0);
        }
        let (half, over) = (cells / 2, over + self.added[node]);
        self.search(2 * node, half, from, over).or_else(|| {
            let right = self.search(2 * node + 1, half, from.saturating_sub(half), over);
            right.map(|cell| half + cell)
        })
    }

    /// Whether some slot of the zone is covered by nothing.
    pub(super) fn has_free(&self, zone: Zone) -> bool {
        if zone.is_empty() {
            return false;
        }
        // The cell that the first slot lies in; before the first cell nothing is covered.
        let after = self.bounds.partition_point(|bound| *bound <= zone.start);
        let Some(cell) = after.checked_sub(1) else { return true };
        let free = self.search(1, self.least.len() / 2, cell, 0);
        free.and_then(|free| self.bounds.get(free)).is_none_or(|free| *free < zone.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_those_of_the_zones_that_are_left() {
        let zone = |start, end| Zone { start, end };
        let zones = [zone(2, 9), zone(3, 5), zone(5, 7), zone(11, Place::MAX)];
        let mut coverage = Coverage::of(&zones);
        assert_eq!(coverage.first_free(2), 9);
        assert!(!coverage.has_free(zone(2, 9)) && coverage.has_free(zone(2, 10)));
        assert!(coverage.has_free(zone(0, 3)) && !coverage.has_free(zone(12, 13)));
        coverage.change(zones[0], -1);
        assert_eq!((coverage.first_free(2), coverage.first_free(3)), (2, 7));
        coverage.change(zones[1], -1);
        assert!(coverage.has_free(zone(4, 6)) && !coverage.has_free(zone(5, 6)));
        coverage.change(zones[1], 1);
        assert!(!coverage.has_free(zone(4, 6)));
    }
}
