//! A shorter run.

use super::Search;
use crate::workload::plan::Plan;
use chaos_node::Nanos;
use std::collections::BTreeSet;

/// Shorter spans than this are as good as none.
const SHORT: Nanos = Nanos::from_millis(1);
/// A plan with more moments than this is not stretched or squeezed moment by moment.
const MOST_MOMENTS: usize = 48;

/// Ends the run sooner.
pub(super) fn shorten(search: &mut Search<'_>) {
    const SIXTEENTHS: [u64; 5] = [2, 4, 8, 12, 15];
    search.fixpoint(&|plan| {
        let lengths = SIXTEENTHS.iter().map(|part| plan.duration * *part / 16);
        let lengths = lengths.filter(|length| *length >= SHORT && plan.duration - *length >= SHORT);
        lengths.map(|length| until(plan, length)).collect()
    });
}

/// The plan without what would happen at this time or later.
pub(super) fn until(plan: &Plan, duration: Nanos) -> Plan {
    let mut plan = Plan { duration, ..plan.clone() };
    for client in &mut plan.clients {
        client.operations.retain(|operation| operation.at < duration);
    }
    plan.faults.retain(|fault| fault.at < duration);
    for fault in &mut plan.faults {
        fault.lasts = fault.lasts.min(duration - fault.at);
    }
    plan
}

/// Takes time out between one thing and the next.
pub(super) fn compact(search: &mut Search<'_>) {
    search.fixpoint(&|plan| {
        let moments = moments(plan);
        if moments.len() > MOST_MOMENTS {
            return Vec::new();
        }
        let mut before = Nanos::ZERO;
        let mut plans = Vec::new();
        for moment in moments {
            let gap = moment - before;
            if gap >= SHORT {
                plans.extend([gap, gap / 2].map(|less| earlier(plan, moment, less)));
            }
            before = moment;
        }
        plans
    });
}

/// When something begins.
fn moments(plan: &Plan) -> BTreeSet<Nanos> {
    let operations = plan.clients.iter().flat_map(|client| &client.operations);
    let operations = operations.map(|operation| operation.at);
    operations.chain(plan.faults.iter().map(|fault| fault.at)).collect()
}

/// The plan with all that begins at `from` or later so much earlier.
fn earlier(plan: &Plan, from: Nanos, less: Nanos) -> Plan {
    let moved = |at: Nanos| if at >= from { at - less } else { at };
    let mut plan = plan.clone();
    for operation in plan.clients.iter_mut().flat_map(|client| &mut client.operations) {
        operation.at = moved(operation.at);
    }
    for fault in &mut plan.faults {
        fault.at = moved(fault.at);
    }
    plan.faults.sort_by_key(|fault| (fault.at, fault.draw));
    until(&plan, plan.duration - less)
}
