//! Trials in the simulated world.

use crate::check::{Verdict, check};
use crate::targets::Targets;
use crate::workload::plan::{Plan, Property};
use crate::world::sim;
use chaos_checker::Budget;

/// The configurations that a trial's check may hold: what takes more is not simple enough.
const MOST_CONFIGURATIONS: usize = 200_000;

/// Whether a plan shows a violation of this [kind](crate::check::Violation::kind) in the simulator.
/// The other properties are not even checked.
pub fn fails_in_simulation<'a>(
    kind: &str,
    targets: &'a Targets,
) -> impl Fn(&Plan) -> bool + Sync + use<'a> {
    let property = |property: &Property| kind.starts_with(&format!("{property}:"));
    let checks: Vec<Property> = Property::ALL.into_iter().filter(|one| property(one)).collect();
    let kind = kind.to_owned();
    move |plan| {
        let plan = Plan { checks: checks.clone(), ..plan.clone() };
        let execution = sim::execute(&plan, targets);
        let budget = Budget { configurations: MOST_CONFIGURATIONS, ..Budget::default() };
        check(&plan, &execution, &budget).iter().any(|outcome| match &outcome.verdict {
            Verdict::Invalid(violation) => violation.kind() == kind,
            Verdict::Valid | Verdict::Unknown(_) => false,
        })
    }
}
