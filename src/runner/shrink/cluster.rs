//! Fewer nodes, on a simpler network.

use super::Search;
use super::faults::plainer;
use crate::network::LinkParams;
use crate::workload::fault::NodeSpec;
use crate::workload::plan::Plan;
use crate::workload::script::Who;
use chaos_node::NodeId;

/// Takes nodes out, and what the network does besides carrying messages.
pub(super) fn simplify(search: &mut Search<'_>) {
    search.fixpoint(&fewer_nodes);
    search.fixpoint(&|plan| {
        let perfect = Plan { network: LinkParams::default(), ..plan.clone() };
        let plainer = plainer(plan.network).into_iter();
        let plainer = plainer.map(|network| Plan { network, ..plan.clone() });
        std::iter::once(perfect).chain(plainer).collect()
    });
}

/// Clusters of an odd number of nodes: one more node to make it even adds nothing to a majority.
fn fewer_nodes(plan: &Plan) -> Vec<Plan> {
    // A script that speaks of a node by its name needs it.
    let named = |who: &Who| matches!(who, Who::Spec(NodeSpec::Node(_)));
    if plan.script.iter().any(|step| step.act.nodes().iter().any(named)) {
        return Vec::new();
    }
    (1..plan.nodes).step_by(2).map(|nodes| of(plan, nodes)).collect()
}

/// The plan on so many nodes. Who named a node that is gone names another, and a fault that would
/// strike nobody is left out.
fn of(plan: &Plan, nodes: u16) -> Plan {
    let named = |node: NodeId| NodeId((node.0 - 1) % nodes + 1);
    let mut plan = Plan { nodes, ..plan.clone() };
    for operation in plan.clients.iter_mut().flat_map(|client| &mut client.operations) {
        operation.first = operation.first.map(named);
    }
    for fault in &mut plan.faults {
        if let Some(NodeSpec::Node(node)) = fault.fault.victims_mut() {
            *node = named(*node);
        }
    }
    plan.faults.retain(|fault| fault.fault.is_possible(nodes));
    plan
}
