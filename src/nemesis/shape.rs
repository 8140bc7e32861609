//! The shapes of partitions, as the directed links that they cut.

use super::View;
use super::victims::some;
use crate::workload::fault::Shape;
use chaos_node::{NodeId, Rng};

/// A directed link that carries nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cut {
    /// The sender.
    pub from: NodeId,
    /// The receiver.
    pub to: NodeId,
}

/// What a shape cuts now: the shape in words, whom it sets apart, and the links.
///
/// # Panics
/// For [`Shape::Flaky`], which cuts nothing: see [`flaky_links`].
pub fn cuts(
    shape: Shape,
    nodes: &[NodeId],
    view: &View,
    rng: &mut Rng,
) -> (String, Vec<NodeId>, Vec<Cut>) {
    match shape {
        Shape::Halves => halves(nodes, rng),
        Shape::One => alone("isolate", some(1, nodes, rng), nodes),
        Shape::Leader => match view.leader {
            Some(leader) => alone("isolate the leader", vec![leader], nodes),
            None => alone("isolate", some(1, nodes, rng), nodes),
        },
        Shape::MajorityRing => majority_ring(nodes, rng),
        Shape::Bridge => bridge(nodes, rng),
        Shape::OneWay => one_way(nodes, rng),
        Shape::Flaky => unreachable!("flaky links are degraded, not cut"),
    }
}

/// One node, and all links from and to it.
pub fn flaky_links(nodes: &[NodeId], rng: &mut Rng) -> (NodeId, Vec<Cut>) {
    let node = *rng.pick(nodes).expect("a cluster has nodes");
    let links = pairs(nodes).filter(|cut| cut.from == node || cut.to == node).collect();
    (node, links)
}

/// All directed links between the nodes.
pub(super) fn pairs(nodes: &[NodeId]) -> impl Iterator<Item = Cut> + use<'_> {
    nodes.iter().flat_map(move |&from| {
        nodes.iter().filter(move |&&to| to != from).map(move |&to| Cut { from, to })
    })
}

/// The nodes' names: `n1 n4`.
pub(super) fn names(nodes: &[NodeId]) -> String {
    nodes.iter().map(NodeId::to_string).collect::<Vec<_>>().join(" ")
}

fn halves(nodes: &[NodeId], rng: &mut Rng) -> (String, Vec<NodeId>, Vec<Cut>) {
    let minority = some(nodes.len() / 2, nodes, rng);
    let others: Vec<NodeId> =
        nodes.iter().copied().filter(|node| !minority.contains(node)).collect();
    let what = format!("halves: {} | {}", names(&minority), names(&others));
    let apart = |cut: &Cut| minority.contains(&cut.from) != minority.contains(&cut.to);
    let cuts = pairs(nodes).filter(apart).collect();
    (what, minority, cuts)
}

fn alone(words: &str, node: Vec<NodeId>, nodes: &[NodeId]) -> (String, Vec<NodeId>, Vec<Cut>) {
    let touches = |cut: &Cut| node.contains(&cut.from) || node.contains(&cut.to);
    let cuts = pairs(nodes).filter(touches).collect();
    (format!("{words}: {}", names(&node)), node, cuts)
}

/// The nodes in a random ring; each reaches only its nearest neighbours, just enough for a
/// majority with itself. No two see the same majority (Jepsen's shape of that name).
fn majority_ring(nodes: &[NodeId], rng: &mut Rng) -> (String, Vec<NodeId>, Vec<Cut>) {
    let mut ring = nodes.to_vec();
    rng.shuffle(&mut ring);
    let count = ring.len();
    let reach = (count / 2).div_ceil(2);
    let place = |node: NodeId| ring.iter().position(|other| *other == node).unwrap_or(0);
    let far = |cut: &Cut| {
        let apart = place(cut.from).abs_diff(place(cut.to));
        apart.min(count - apart) > reach
    };
    let cuts = pairs(nodes).filter(far).collect();
    (format!("majority ring: {}", names(&ring)), nodes.to_vec(), cuts)
}

fn bridge(nodes: &[NodeId], rng: &mut Rng) -> (String, Vec<NodeId>, Vec<Cut>) {
    let mut mixed = nodes.to_vec();
    rng.shuffle(&mut mixed);
    let (middle, rest) = mixed.split_first().expect("a cluster has nodes");
    let (left, right) = rest.split_at(rest.len() / 2);
    let apart = |cut: &Cut| {
        let across = |a: &[NodeId], b: &[NodeId]| a.contains(&cut.from) && b.contains(&cut.to);
        across(left, right) || across(right, left)
    };
    let cuts = pairs(nodes).filter(apart).collect();
    let what = format!("bridge: {} | {middle} | {}", names(left), names(right));
    (what, vec![*middle], cuts)
}

fn one_way(nodes: &[NodeId], rng: &mut Rng) -> (String, Vec<NodeId>, Vec<Cut>) {
    let mute = some(1, nodes, rng);
    let cuts = pairs(nodes).filter(|cut| mute.contains(&cut.from)).collect();
    (format!("one-way: nobody hears {}", names(&mute)), mute, cuts)
}
