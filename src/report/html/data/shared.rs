//! What many nodes have part in: who held which lease, and when there were elections.

use super::nodes::Span;
use crate::execution::Execution;
use crate::report::html::story::{OutageKind, Reign, outages};
use chaos_node::{LeaseFact, Nanos, NodeId, Observation, Role};
use std::collections::BTreeMap;

/// A lease as a node held it.
#[derive(Clone, Copy, Debug)]
pub(in crate::report::html) struct Held {
    pub(in crate::report::html) node: NodeId,
    pub(in crate::report::html) resource: u64,
    epoch: u64,
    pub(in crate::report::html) from: Nanos,
    pub(in crate::report::html) to: Nanos,
}

/// The leases that nodes held. The end of a lease is a time of its holder's own clock; on a page it
/// stands where that clock gets to if it goes on at the true rate.
pub(in crate::report::html) fn held(execution: &Execution, nodes: u16) -> Vec<Held> {
    let (mut open, mut done) = (BTreeMap::<(NodeId, u64), Held>::new(), Vec::new());
    for traced in execution.trace.iter().filter(|traced| (1..=nodes).contains(&traced.node.0)) {
        let (node, time) = (traced.node, traced.time);
        let Observation::Lease(fact) = &traced.observation else { continue };
        match *fact {
            LeaseFact::Held { resource, epoch, until } => {
                let to = time + until.saturating_sub(traced.clock);
                if let Some(held) = open.get_mut(&(node, resource))
                    && held.epoch == epoch
                    && held.to >= time
                {
                    held.to = to;
                    continue;
                }
                let held = Held { node, resource, epoch, from: time, to };
                let before = open.insert((node, resource), held);
                done.extend(before.map(|held| held.until(time)));
            }
            LeaseFact::Ended { resource, .. } => {
                let over = open.remove(&(node, resource));
                done.extend(over.map(|held| held.until(time)));
            }
            LeaseFact::Fenced { .. } | LeaseFact::Mutated { .. } => {}
        }
    }
    done.extend(open.into_values());
    for held in &mut done {
        let end = execution.phases.end.max(held.from);
        held.to = held.to.min(end).min(death(execution, held.node, held.from).unwrap_or(end));
    }
    done
}

impl Held {
    /// The same, over by then.
    fn until(self, time: Nanos) -> Held {
        Held { to: self.to.min(time), ..self }
    }

    /// It in words.
    pub(in crate::report::html) fn told(&self) -> String {
        format!("{} holds lease {}, epoch {}", self.node, self.resource, self.epoch)
    }
}

/// The leases as spans of the page's data.
pub(super) fn leases(execution: &Execution, nodes: u16) -> Vec<Span> {
    let span = |held: Held| Span {
        from: held.from,
        to: held.to,
        node: held.node,
        kind: 7,
        resource: held.resource,
        text: held.told(),
    };
    held(execution, nodes).into_iter().map(span).collect()
}

/// When a node next stopped for good: a pause does not take its leases away.
fn death(execution: &Execution, node: NodeId, after: Nanos) -> Option<Nanos> {
    let outages = outages(execution, node).into_iter();
    let deaths = outages.filter(|outage| outage.kind != OutageKind::Paused);
    deaths.map(|outage| outage.from).filter(|from| *from >= after).min()
}

/// When any node was a candidate, and who led then, from what all nodes were.
pub(super) fn elections(mut reigns: Vec<(NodeId, Reign)>) -> Vec<Span> {
    reigns.sort_by_key(|(node, reign)| (reign.from, *node));
    let mut spans: Vec<(Nanos, Nanos, u64)> = Vec::new();
    for (_, reign) in reigns.iter().filter(|(_, reign)| reign.role == Role::Candidate) {
        match spans.last_mut().filter(|(_, to, _)| *to >= reign.from) {
            Some((_, to, term)) => (*to, *term) = (reign.to.max(*to), reign.term.max(*term)),
            None => spans.push((reign.from, reign.to, reign.term)),
        }
    }
    let next: Vec<Nanos> =
        spans.iter().skip(1).map(|(from, ..)| *from).chain([Nanos::MAX]).collect();
    let span = |((from, to, term), next)| {
        let won = |(_, reign): &&(NodeId, Reign)| {
            reign.role == Role::Leader && from <= reign.from && reign.from < next
        };
        let text = match reigns.iter().find(won) {
            Some((node, reign)) => format!("election: {node} leads, term {}", reign.term),
            None => format!("election, term {term}: nobody leads"),
        };
        Span { from, to, node: NodeId(0), kind: 8, resource: 0, text }
    };
    spans.into_iter().zip(next).map(span).collect()
}
