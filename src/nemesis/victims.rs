//! From a rule to nodes.

use super::View;
use crate::workload::fault::NodeSpec;
use chaos_node::{NodeId, Rng};

/// The nodes that a rule means now, in order; nobody where it means nobody.
pub fn victims(spec: NodeSpec, nodes: &[NodeId], view: &View, rng: &mut Rng) -> Vec<NodeId> {
    match spec {
        NodeSpec::Leader => view.leader.into_iter().collect(),
        NodeSpec::Node(node) => nodes.iter().copied().filter(|known| *known == node).collect(),
        NodeSpec::One | NodeSpec::Minority | NodeSpec::Majority | NodeSpec::All => {
            let count = spec.count(u16::try_from(nodes.len()).unwrap_or(u16::MAX));
            some(usize::from(count), nodes, rng)
        }
    }
}

/// `count` of the nodes, in order.
pub(super) fn some(count: usize, nodes: &[NodeId], rng: &mut Rng) -> Vec<NodeId> {
    let mut nodes = nodes.to_vec();
    rng.shuffle(&mut nodes);
    nodes.truncate(count);
    nodes.sort_unstable();
    nodes
}
