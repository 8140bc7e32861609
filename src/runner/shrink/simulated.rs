//! Trials in the simulated world.

use super::oracle::{checks, is_promised, shows};
use super::{Bench, Oracle, Parallel, Shrinker, Shrunk, shrink};
use crate::check::{Outcome, Violation, check, foremost};
use crate::event::Replays;
use crate::execution::Execution;
use crate::targets::Targets;
use crate::workload::plan::Plan;
use crate::world::sim;
use chaos_checker::Budget;

/// The configurations that a trial's check may hold: what takes more is not simple enough.
const MOST_CONFIGURATIONS: usize = 200_000;

/// The simulator, as a place to try plans.
pub struct Simulator<'a> {
    /// How many plans at once.
    pub threads: usize,
    /// Where their targets are.
    pub targets: &'a Targets,
}

impl Simulator<'_> {
    /// What the plan comes to.
    pub fn judged(&self, plan: &Plan) -> Vec<Outcome> {
        check(plan, &sim::execute(plan, self.targets), &Budget::default())
    }
}

impl Bench for Simulator<'_> {
    fn first(
        &self,
        count: usize,
        plan: &(dyn Fn(usize) -> Plan + Sync),
    ) -> Option<(usize, Violation)> {
        let fails = |plan: &Plan| foremost(&self.judged(plan)).is_some();
        let run = Parallel { threads: self.threads, fails }.first(count, plan, &|| false)?;
        let violation = foremost(&self.judged(&plan(run))).cloned()?;
        Some((run, violation))
    }

    fn shrink(
        &self,
        plan: &Plan,
        kind: &str,
        expired: &(dyn Fn() -> bool + Sync),
        progress: &mut dyn FnMut(&Plan),
    ) -> (Shrunk, Option<Replays>) {
        let fails = fails_in_simulation(kind, expired, self.targets);
        let oracle = Parallel { threads: self.threads, fails };
        let (trials, promised) = (u64::MAX, is_promised(kind));
        let search = Shrinker { oracle: &oracle, expired, progress, trials, promised };
        (shrink(plan, search), None)
    }

    fn show(&self, plan: &Plan, _: &str) -> Execution {
        sim::execute_recorded(plan, self.targets)
    }
}

/// Whether a plan shows a violation of this [kind](crate::check::Violation::kind) in the simulator.
/// The other properties are not even checked.
fn fails_in_simulation<'a>(
    kind: &str,
    expired: &'a (dyn Fn() -> bool + Sync),
    targets: &'a Targets,
) -> impl Fn(&Plan) -> bool + Sync + use<'a> {
    let (checks, kind) = (checks(kind), kind.to_owned());
    move |plan| {
        let plan = Plan { checks: checks.clone(), ..plan.clone() };
        let Some(execution) = sim::execute_unless(&plan, targets, expired) else { return false };
        let budget = Budget { configurations: MOST_CONFIGURATIONS, expired, ..Budget::default() };
        shows(&check(&plan, &execution, &budget), &kind)
    }
}
