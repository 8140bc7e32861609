//! Trials in the simulated world.

use super::oracle::{checks, is_promised, shows};
use super::{Parallel, Shrinker, Shrunk, shrink};
use crate::check::check;
use crate::targets::Targets;
use crate::workload::plan::Plan;
use crate::world::sim;
use chaos_checker::Budget;

/// The configurations that a trial's check may hold: what takes more is not simple enough.
const MOST_CONFIGURATIONS: usize = 200_000;

/// Shrinks a plan that shows this [kind](crate::check::Violation::kind) of violation in the
/// simulator, by so many trials at once, until nothing more can be spared or the time is over.
pub fn shrink_in_simulation(
    plan: &Plan,
    kind: &str,
    threads: usize,
    expired: &(dyn Fn() -> bool + Sync),
    progress: &mut dyn FnMut(&Plan),
    targets: &Targets,
) -> Shrunk {
    let oracle = Parallel { threads, fails: fails_in_simulation(kind, expired, targets) };
    let (trials, promised) = (u64::MAX, is_promised(kind));
    shrink(plan, Shrinker { oracle: &oracle, expired, progress, trials, promised })
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
