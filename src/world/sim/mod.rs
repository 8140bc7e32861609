//! The simulated world: the same nodes, plans, link rules and checks, in virtual time.
//!
//! A run is a **discrete-event simulation** on one thread. Nothing happens but events, each at its
//! virtual time; among those of the same time the one that was scheduled first comes first. The
//! whole [`Execution`] is therefore a pure function of the program and the plan: the same plan
//! gives the same bytes, and a hash of all events says so.
//!
//! What is simulated:
//! * **Network**: [`crate::network::Links`] decide for each message. There is no TCP in between, so
//!   loss, duplicates and reordering reach the nodes as they are. Where a workload leaves links
//!   perfect they still take 100 µs to 500 µs, for a network that takes no time hides races.
//! * **Disk**: a crash loses what was not synced, or tears it (`disk`).
//! * **Crashes** strike between steps of a node or in the midst of one, at any action boundary.
//! * **Pauses** hold back all that happens to a node until it goes on. A node that is slow, or whose
//!   disk is, takes its time for a step, and what happens to it meanwhile waits.
//! * **Clocks** run at their own rates and leap (`crate::clock`); timers follow them.

mod clients;
mod disk;
mod faults;
mod machine;
mod messages;
mod queue;
mod run;
mod script;
mod step;
mod troubles;
mod work;

#[cfg(test)]
mod tests;

use crate::execution::Execution;
use crate::targets::Targets;
use crate::workload::plan::Plan;
use chaos_node::Target;
use run::Run;

/// Runs the plan's cluster in virtual time.
///
/// # Panics
/// If the plan does not pass [`Plan::check`].
pub fn execute(plan: &Plan, targets: &Targets) -> Execution {
    Run::new(plan, target_of(plan, targets)).execute()
}

/// Runs the same cluster in the same way, and records every message between nodes as well.
///
/// # Panics
/// If the plan does not pass [`Plan::check`].
pub fn execute_recorded(plan: &Plan, targets: &Targets) -> Execution {
    Run::new(plan, target_of(plan, targets)).recording().execute()
}

/// Runs the same cluster in the same way unless `stop` says, when it is asked now and then, that
/// nobody waits for the end any more: then there is nothing to tell.
///
/// # Panics
/// If the plan does not pass [`Plan::check`].
pub fn execute_unless(
    plan: &Plan,
    targets: &Targets,
    stop: &dyn Fn() -> bool,
) -> Option<Execution> {
    Run::new(plan, target_of(plan, targets)).execute_unless(stop)
}

fn target_of<'a>(plan: &Plan, targets: &'a Targets) -> &'a dyn Target {
    targets.find(&plan.target.name).expect("a checked plan has a known target")
}
