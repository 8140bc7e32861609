//! A shorter script.
//!
//! Where a script is what led to the violation, its steps are spared like faults are. Where it is
//! the script itself that was violated, its steps are the promise: without a `heal`, say, the next
//! step would fail of any system. Then only what comes behind the failure goes.

use super::{Search, ddmin};
use crate::workload::plan::Plan;
use crate::workload::script::Act;
use chaos_node::Nanos;

/// A wait that is no longer than this is not made any shorter.
const SHORT: Nanos = Nanos::from_millis(1);

/// Takes steps out.
pub(super) fn remove(search: &mut Search<'_>) {
    ddmin(search.plan.script.len(), &mut |count, part| {
        let plan = search.plan.clone();
        search.first(count, &|index| {
            let mut plan = plan.clone();
            plan.script.drain(part(index));
            plan
        })
    });
}

/// Ends the script sooner.
pub(super) fn end(search: &mut Search<'_>) {
    search.fixpoint(&|plan| {
        let steps = plan.script.len();
        let lengths = [steps / 2, steps * 3 / 4, steps * 7 / 8, steps.saturating_sub(1)];
        let ended = |length: usize| {
            let script = plan.script[..length].to_vec();
            Plan { script, ..plan.clone() }
        };
        lengths.into_iter().filter(|length| (1..steps).contains(length)).map(ended).collect()
    });
}

/// Submits less, and waits for a shorter time.
pub(super) fn simplify(search: &mut Search<'_>) {
    search.fixpoint(&|plan| {
        let simpler = |(index, act): (usize, Option<Act>)| {
            let mut plan = plan.clone();
            plan.script[index].act = act?;
            Some(plan)
        };
        plan.script.iter().map(|step| less(&step.act)).enumerate().filter_map(simpler).collect()
    });
}

fn less(act: &Act) -> Option<Act> {
    match act {
        Act::Submit { to, operations } if operations.len() > 1 => {
            let operations = operations[..operations.len() / 2].to_vec();
            Some(Act::Submit { to: to.clone(), operations })
        }
        Act::Wait { time } if *time / 2 >= SHORT => Some(Act::Wait { time: *time / 2 }),
        _ => None,
    }
}
