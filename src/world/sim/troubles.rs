//! What is wrong inside a machine at the moment, and what it did.

use crate::workload::trouble::{DiskTrouble, Skew, Trouble};
use chaos_node::Nanos;
use std::fmt;

/// What is wrong inside a machine. Of two troubles of the same part the later one counts.
#[derive(Debug, Default)]
pub(super) struct Troubles(Vec<Ailment>);

#[derive(Debug)]
struct Ailment {
    fault: usize,
    trouble: Trouble,
    /// For a clock that runs fast and slow by turns, whether it is the slow one's turn.
    slow: bool,
}

impl Troubles {
    pub(super) fn add(&mut self, fault: usize, trouble: Trouble) {
        self.0.push(Ailment { fault, trouble, slow: false });
    }

    /// The fault is over; says whether it was there.
    pub(super) fn lift(&mut self, fault: usize) -> bool {
        let before = self.0.len();
        self.0.retain(|ailment| ailment.fault != fault);
        self.0.len() < before
    }

    /// The other turn of a clock that runs fast and slow; how long it takes, if there still is one.
    pub(super) fn turn(&mut self, fault: usize) -> Option<Nanos> {
        self.0.iter_mut().filter(|ailment| ailment.fault == fault).find_map(|ailment| {
            let Trouble::Clock(Skew::Strobe { period, .. }) = ailment.trouble else { return None };
            ailment.slow = !ailment.slow;
            Some(period)
        })
    }

    /// How many millionths fast the clock runs.
    pub(super) fn ppm(&self) -> i32 {
        let ppm = |ailment: &Ailment| match ailment.trouble {
            Trouble::Clock(Skew::Rate { ppm }) => Some(ppm),
            Trouble::Clock(Skew::Strobe { ppm, .. }) => Some(if ailment.slow { -ppm } else { ppm }),
            _ => None,
        };
        self.0.iter().rev().find_map(ppm).unwrap_or(0)
    }

    /// What is wrong with the disk, and on behalf of which fault.
    pub(super) fn disk(&self) -> Option<(usize, DiskTrouble)> {
        let disk = |ailment: &Ailment| match ailment.trouble {
            Trouble::Disk(trouble) => Some((ailment.fault, trouble)),
            Trouble::Clock(_) | Trouble::Slow(_) => None,
        };
        self.0.iter().rev().find_map(disk)
    }

    /// How long each step takes, and on behalf of which fault.
    pub(super) fn step(&self) -> Option<(usize, Nanos)> {
        let step = |ailment: &Ailment| match ailment.trouble {
            Trouble::Slow(step) => Some((ailment.fault, step)),
            Trouble::Clock(_) | Trouble::Disk(_) => None,
        };
        self.0.iter().rev().find_map(step)
    }
}

/// What the troubles of one fault did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Harm {
    /// Clocks that went wrong.
    pub(super) clocks: u64,
    /// Syncs that took long.
    pub(super) syncs: u64,
    /// Steps that took long.
    pub(super) steps: u64,
    /// Nodes that ended because their disk refused.
    pub(super) ended: u64,
    /// Bits that were read the other way round.
    pub(super) bits: u64,
}

impl Harm {
    pub(super) fn is_nothing(&self) -> bool {
        *self == Harm::default()
    }
}

impl fmt::Display for Harm {
    /// The counts that are not zero: `3 syncs late, 1 node ended`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = [
            (self.clocks, "clocks wrong"),
            (self.syncs, "syncs late"),
            (self.steps, "steps slow"),
            (self.ended, "nodes ended by their disk"),
            (self.bits, "bits read wrong"),
        ];
        let words: Vec<String> = counts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        f.write_str(&words.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::Troubles;
    use crate::workload::trouble::{Skew, Trouble};
    use chaos_node::Nanos;

    #[test]
    fn the_later_trouble_counts_until_it_is_over() {
        let mut troubles = Troubles::default();
        troubles.add(1, Trouble::Clock(Skew::Rate { ppm: 100 }));
        troubles.add(2, Trouble::Clock(Skew::Strobe { ppm: 7, period: Nanos(5) }));
        assert_eq!(troubles.ppm(), 7);
        assert_eq!(troubles.turn(2), Some(Nanos(5)));
        assert_eq!(troubles.ppm(), -7);
        assert!(troubles.lift(2) && !troubles.lift(2));
        assert_eq!(troubles.turn(2), None);
        assert_eq!(troubles.ppm(), 100);
    }
}
