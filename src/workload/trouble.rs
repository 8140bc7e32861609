//! What can go wrong inside a machine: its clock, its disk, its pace.

use chaos_node::Nanos;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The most that a clock may be off its rate, in millionths.
pub const MOST_SKEW: i32 = 900_000;

/// What is wrong with a clock. A node's clock never goes back, as that of a machine that counts
/// since its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Skew {
    /// It runs so many millionths fast, or slow where negative, by [`MOST_SKEW`] at most.
    Rate {
        /// Millionths.
        ppm: i32,
    },
    /// It leaps ahead once, as a machine's does that was put to sleep.
    Jump {
        /// How far.
        by: Nanos,
    },
    /// It runs fast and slow by turns, fast first.
    Strobe {
        /// Millionths, either way.
        ppm: i32,
        /// How long each turn takes, longer than nothing.
        period: Nanos,
    },
}

/// What is wrong with a disk.
///
/// A node whose disk refuses ends, as the host of a real one does (its exit code is 74), and starts
/// again when the fault is over: what a write left behind that failed, nobody knows (Rebello et
/// al., *Can Applications Recover from fsync Failures?*, ATC 2020).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DiskTrouble {
    /// Each sync takes so long; nothing else happens in the node meanwhile.
    Slow {
        /// How long.
        sync: Nanos,
    },
    /// There is no room for another byte (ENOSPC).
    Full,
    /// The next sync fails (EIO), and what was not synced is lost.
    Broken,
    /// What a starting node reads has one bit the other way round, in one file; what is on the disk
    /// stays as it is. Only a node that checks what it reads, and has it from others, survives that.
    BitFlip,
}

/// What is wrong inside a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Its clock.
    Clock(Skew),
    /// Its disk.
    Disk(DiskTrouble),
    /// Its pace: every step takes so long.
    Slow(Nanos),
}

impl Skew {
    /// Whether it can be had at all.
    pub(crate) fn is_possible(self) -> bool {
        let bounded = |ppm: i32| (-MOST_SKEW..=MOST_SKEW).contains(&ppm);
        match self {
            Skew::Rate { ppm } => bounded(ppm),
            Skew::Jump { .. } => true,
            Skew::Strobe { ppm, period } => bounded(ppm) && period >= Nanos::from_micros(100),
        }
    }
}

impl fmt::Display for Trouble {
    /// `clock 20% fast`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::Clock(skew) => write!(f, "clock {skew}"),
            Trouble::Disk(trouble) => write!(f, "disk: {trouble}"),
            Trouble::Slow(step) => write!(f, "slow: a step takes {step}"),
        }
    }
}

impl fmt::Display for Skew {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |ppm: i32| crate::network::Ppm(ppm.unsigned_abs());
        match self {
            Skew::Rate { ppm } if *ppm < 0 => write!(f, "{} slow", percent(*ppm)),
            Skew::Rate { ppm } => write!(f, "{} fast", percent(*ppm)),
            Skew::Jump { by } => write!(f, "{by} ahead"),
            Skew::Strobe { ppm, period } => {
                write!(f, "{} fast and slow in turns of {period}", percent(*ppm))
            }
        }
    }
}

impl fmt::Display for DiskTrouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DiskTrouble::Slow { sync } => write!(f, "a sync takes {sync}"),
            DiskTrouble::Full => f.write_str("no room left"),
            DiskTrouble::Broken => f.write_str("syncs fail"),
            DiskTrouble::BitFlip => f.write_str("a bit flips at a start"),
        }
    }
}
