//! Where plans are tried: in the simulator, or on real processes.

use super::Shrunk;
use crate::check::Violation;
use crate::event::Replays;
use crate::execution::Execution;
use crate::workload::plan::Plan;

/// A world in which plans are tried.
pub trait Bench {
    /// The first of so many plans that violates something: its number, and what it violates.
    fn first(
        &self,
        count: usize,
        plan: &(dyn Fn(usize) -> Plan + Sync),
    ) -> Option<(usize, Violation)>;

    /// Shrinks a plan that shows this [kind](Violation::kind) of violation until nothing more can be
    /// spared or the time is over, and says how often the result shows it, where that varies.
    fn shrink(
        &self,
        plan: &Plan,
        kind: &str,
        expired: &(dyn Fn() -> bool + Sync),
        progress: &mut dyn FnMut(&Plan),
    ) -> (Shrunk, Option<Replays>);

    /// An execution of the plan, to be shown; one with this kind of violation if it can be had.
    fn show(&self, plan: &Plan, kind: &str) -> Execution;
}
