//! Shrinking: a smaller plan with the same violation.
//!
//! **Delta debugging** (Zeller & Hildebrandt, *Simplifying and Isolating Failure-Inducing Input*,
//! 2002) on the [`Plan`]: a candidate is the plan without something; where it still fails it takes
//! the plan's place, and the search goes on from there. [`ddmin`] takes faults and operations out in
//! ever smaller pieces; the other passes have few candidates and try each: fewer nodes, clients and
//! keys, a shorter run, milder faults, shorter scripts, a simpler network.
//!
//! **Chaos.** A plan without one operation is another run from there on: random streams shift, and a
//! race that needs luck is lost although nothing that matters was taken away. So each candidate is
//! tried with several seeds. A seed is data of the plan, and the one that fails is kept. The passes
//! begin with few seeds, for most of the work is easy, and go round with more of them until nothing
//! goes any more. The result is 1-minimal with respect to those seeds: no single fault or operation
//! can be taken out so that one of them still fails.
//!
//! Pure: an [`Oracle`] says which of some candidates fails, a closure says when to stop. The order
//! of candidates is fixed, and an oracle always names the first that fails, so the same plan shrinks
//! to the same plan on any number of threads, unless the time is over before.

mod bench;
mod cluster;
mod ddmin;
mod faults;
mod operations;
mod oracle;
mod processes;
mod simulated;
mod steps;
mod time;

pub use bench::Bench;
pub use ddmin::{Trial, ddmin};
pub use oracle::{OneByOne, Oracle, Parallel};
pub use processes::Clusters;
pub use simulated::Simulator;

use crate::workload::plan::Plan;
use chaos_node::Rng;

/// With how many seeds a candidate is tried, round after round.
const SEEDS: [usize; 4] = [1, 4, 16, 64];

/// A search for a smaller plan.
pub struct Shrinker<'a> {
    /// Says which candidates fail.
    pub oracle: &'a dyn Oracle,
    /// Whether the time is over.
    pub expired: &'a (dyn Fn() -> bool + Sync),
    /// Is told of every smaller plan that was found.
    pub progress: &'a mut dyn FnMut(&Plan),
    /// The most trials that are made.
    pub trials: u64,
    /// Whether it is the plan's script that was violated. Its steps then say what was promised, to
    /// clusters of this size, and stay.
    pub promised: bool,
}

/// What a search came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Shrunk {
    /// The smallest plan that was found.
    pub plan: Plan,
    /// How many trials that took.
    pub trials: u64,
    /// Whether nothing more could be taken away; else the time or the trials were over.
    pub minimal: bool,
}

/// Shrinks a plan that fails. The result fails by the oracle's own word, or is the plan itself.
pub fn shrink(plan: &Plan, shrinker: Shrinker<'_>) -> Shrunk {
    let Shrinker { oracle, expired, progress, trials, promised } = shrinker;
    let plan = plan.clone();
    let (left, seeds, turn) = (trials, 1, 0);
    let mut search = Search { plan, oracle, expired, progress, left, promised, seeds, turn };
    for seeds in SEEDS {
        search.seeds = seeds;
        while search.round() && !search.over() {}
    }
    let minimal = !search.over();
    Shrunk { plan: search.plan, trials: trials - search.left, minimal }
}

/// The search so far.
struct Search<'a> {
    plan: Plan,
    oracle: &'a dyn Oracle,
    expired: &'a (dyn Fn() -> bool + Sync),
    progress: &'a mut dyn FnMut(&Plan),
    left: u64,
    promised: bool,
    seeds: usize,
    /// Counts the calls of the oracle, for seeds of their own.
    turn: u64,
}

impl Search<'_> {
    /// Every pass once; true if one of them came to something.
    fn round(&mut self) -> bool {
        let before = self.plan.clone();
        if self.promised {
            steps::end(self);
            operations::remove(self);
            operations::simplify(self);
        } else {
            self.pass();
        }
        // Another seed alone is no progress.
        Plan { seed: before.seed, ..self.plan.clone() } != before
    }

    fn pass(&mut self) {
        time::shorten(self);
        faults::remove(self);
        steps::remove(self);
        operations::remove(self);
        cluster::simplify(self);
        operations::simplify(self);
        faults::simplify(self);
        steps::simplify(self);
        time::compact(self);
    }

    fn over(&self) -> bool {
        self.left == 0 || (self.expired)()
    }

    /// Takes the first of these candidates that fails for the plan; which one it was. Each is
    /// tried with the plan's own seed before any is tried with another.
    fn first(&mut self, count: usize, candidate: &(dyn Fn(usize) -> Plan + Sync)) -> Option<usize> {
        if count == 0 || self.over() {
            return None;
        }
        self.turn += 1;
        let (seed, turn) = (self.plan.seed, self.turn);
        let tried = |trial: usize| {
            let plan = candidate(trial % count);
            match trial / count {
                0 => plan,
                attempt => Plan { seed: reseeded(seed, turn, attempt), ..plan },
            }
        };
        let all = (count * self.seeds).min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let found = self.oracle.first(all, &tried, self.expired);
        self.left -= found.map_or(all, |trial| trial + 1) as u64;
        let trial = found?;
        self.plan = tried(trial);
        (self.progress)(&self.plan);
        Some(trial % count)
    }

    /// Tries candidates that are given as plans, again and again until none of them fails.
    fn fixpoint(&mut self, candidates: &dyn Fn(&Plan) -> Vec<Plan>) {
        loop {
            let mut plans = candidates(&self.plan);
            plans.retain(|plan| *plan != self.plan);
            if self.first(plans.len(), &|index| plans[index].clone()).is_none() {
                return;
            }
        }
    }
}

/// Another seed, small enough to be read aloud.
fn reseeded(seed: u64, turn: u64, attempt: usize) -> u64 {
    Rng::stream(seed, &format!("shrink {turn}.{attempt}")).below(1_000_000)
}

#[cfg(test)]
mod tests;
