//! Fewer faults, and milder ones.

use super::{Search, ddmin};
use crate::network::{LinkParams, Ppm};
use crate::workload::fault::{Fault, NodeSpec, Shape};
use crate::workload::plan::{Moment, Plan, PlannedFault};
use chaos_node::{Nanos, NodeId};

/// A fault that lasts no longer than this is not made any shorter.
const SHORT: Nanos = Nanos::from_millis(1);

/// Takes faults out.
pub(super) fn remove(search: &mut Search<'_>) {
    ddmin(search.plan.faults.len(), &mut |count, part| {
        let plan = search.plan.clone();
        search.first(count, &|index| {
            let mut plan = plan.clone();
            plan.faults.drain(part(index));
            plan
        })
    });
}

/// Makes each fault milder and shorter, and lets it wait for nothing.
pub(super) fn simplify(search: &mut Search<'_>) {
    search.fixpoint(&|plan| {
        let milder = |index: usize| {
            let fault = &plan.faults[index];
            simpler(fault, plan.nodes).into_iter().map(move |fault| with(plan, index, fault))
        };
        (0..plan.faults.len()).flat_map(milder).collect()
    });
}

fn with(plan: &Plan, index: usize, fault: PlannedFault) -> Plan {
    let mut plan = plan.clone();
    plan.faults[index] = fault;
    plan
}

/// What could stand in a fault's place, the simplest first.
fn simpler(planned: &PlannedFault, nodes: u16) -> Vec<PlannedFault> {
    let mut faults: Vec<PlannedFault> = milder(&planned.fault, nodes)
        .into_iter()
        .map(|fault| PlannedFault { fault, ..planned.clone() })
        .collect();
    if planned.when != Moment::Anytime {
        faults.push(PlannedFault { when: Moment::Anytime, ..planned.clone() });
    }
    if planned.lasts / 2 >= SHORT {
        faults.push(PlannedFault { lasts: planned.lasts / 2, ..planned.clone() });
    }
    faults
}

fn milder(fault: &Fault, nodes: u16) -> Vec<Fault> {
    match fault {
        Fault::Kill { victims }
        | Fault::Pause { victims }
        | Fault::Clock { victims, .. }
        | Fault::Disk { victims, .. }
        | Fault::Slow { victims, .. } => {
            let on = |fewer: NodeSpec| {
                let mut fault = fault.clone();
                fault.victims_mut().into_iter().for_each(|victims| *victims = fewer);
                fault
            };
            fewer(*victims, nodes).into_iter().map(on).collect()
        }
        Fault::Partition { shape: Shape::One } => Vec::new(),
        Fault::Partition { .. } => vec![Fault::Partition { shape: Shape::One }],
        Fault::Links { params } => {
            plainer(*params).into_iter().map(|params| Fault::Links { params }).collect()
        }
    }
}

/// Rules that strike fewer nodes, or say more plainly whom.
fn fewer(victims: NodeSpec, nodes: u16) -> Vec<NodeSpec> {
    let named = (1..=nodes).map(|node| NodeSpec::Node(NodeId(node)));
    let smaller = [NodeSpec::Minority, NodeSpec::Majority];
    let smaller =
        smaller.into_iter().filter(|spec| (1..victims.count(nodes)).contains(&spec.count(nodes)));
    match victims {
        NodeSpec::Node(_) => Vec::new(),
        NodeSpec::One => named.collect(),
        NodeSpec::Leader => Vec::new(),
        NodeSpec::Minority | NodeSpec::Majority | NodeSpec::All => {
            named.chain([NodeSpec::Leader]).chain(smaller).collect()
        }
    }
}

/// The parameters with one of them less, or gone.
pub(super) fn plainer(params: LinkParams) -> Vec<LinkParams> {
    let (none, zero) = (Ppm(0), Nanos::ZERO);
    let all = [
        LinkParams { loss: none, ..params },
        LinkParams { duplicate: none, ..params },
        LinkParams { reorder: none, hold: zero, ..params },
        LinkParams { jitter: zero, ..params },
        LinkParams { delay: zero, ..params },
    ];
    all.into_iter().filter(|less| *less != params).collect()
}
