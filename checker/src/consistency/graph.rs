//! What has to come before what.

use std::collections::VecDeque;

use super::reading::{Finds, Id, Reading};
use super::{Anomaly, Finding, Link, Relation};

/// Why one comes before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    Session,
    ReadBy,
    HiddenFrom(Id),
    Overwritten,
}

/// Nodes, and the edges that leave them.
#[derive(Debug)]
pub(super) struct Graph {
    after: Vec<Vec<(u32, Why)>>,
    pub(super) edges: usize,
}

impl Graph {
    pub(super) fn new(nodes: usize) -> Graph {
        Graph { after: vec![Vec::new(); nodes], edges: 0 }
    }

    /// What every session did, in its order, and who read from whom.
    pub(super) fn of(reading: &Reading<'_>) -> Graph {
        let mut graph = Graph::new(reading.deeds.len());
        for (id, deed) in reading.deeds.iter().enumerate() {
            if let Some(before) = deed.before {
                graph.add(before, id, Why::Session);
            }
            reading.shown(id).for_each(|write| graph.add(write, id, Why::ReadBy));
            // An append shows nothing, but in one order of everything it has found something.
            if let (None, Finds::From(source)) = (deed.chain, deed.finds) {
                graph.add(source, id, Why::ReadBy);
            }
        }
        graph
    }

    pub(super) fn add(&mut self, from: usize, to: usize, why: Why) {
        self.after[from].push((to as u32, why));
        self.edges += 1;
    }

    pub(super) fn after(&self, node: usize) -> &[(u32, Why)] {
        &self.after[node]
    }

    /// All nodes, each behind those before it; or, if there is none such order, a cycle.
    pub(super) fn order(&self) -> Result<Vec<usize>, Vec<(usize, Why)>> {
        let mut before = vec![0u32; self.after.len()];
        self.after.iter().flatten().for_each(|(to, _)| before[*to as usize] += 1);
        let mut order: Vec<usize> = (0..before.len()).filter(|node| before[*node] == 0).collect();
        let mut next = 0;
        while let Some(node) = order.get(next).copied() {
            next += 1;
            for (to, _) in &self.after[node] {
                before[*to as usize] -= 1;
                if before[*to as usize] == 0 {
                    order.push(*to as usize);
                }
            }
        }
        if order.len() == before.len() { Ok(order) } else { Err(self.cycle(&before)) }
    }

    /// A short cycle among the nodes that something is still before.
    fn cycle(&self, before: &[u32]) -> Vec<(usize, Why)> {
        let mut back = vec![usize::MAX; before.len()];
        for node in (0..before.len()).filter(|node| before[*node] > 0) {
            self.after[node].iter().for_each(|(to, _)| back[*to as usize] = node);
        }
        let mut start = before.iter().position(|count| *count > 0).unwrap_or(0);
        // After so many steps back it goes round in circles.
        for _ in 0..before.len() {
            start = back[start];
        }
        self.path(start, start)
    }

    /// The shortest way, of one edge at least: each node with why it comes before the next.
    fn path(&self, from: usize, to: usize) -> Vec<(usize, Why)> {
        let mut came: Vec<Option<(usize, Why)>> = vec![None; self.after.len()];
        let mut open = VecDeque::from([from]);
        while let Some(node) = open.pop_front().filter(|_| came[to].is_none()) {
            for (next, why) in &self.after[node] {
                if came[*next as usize].is_none() {
                    came[*next as usize] = Some((node, *why));
                    open.push_back(*next as usize);
                }
            }
        }
        let (mut path, mut at) = (Vec::new(), to);
        while let Some(link @ (node, _)) = came[at] {
            path.push(link);
            at = node;
            if node == from {
                break;
            }
        }
        path.reverse();
        path
    }
}

/// What refutes: deeds each of which comes before the next.
pub(super) fn refuted(reading: &Reading<'_>, cycle: &[(usize, Why)]) -> Finding {
    let operation = |node: usize| reading.deeds[node % reading.deeds.len()].operation;
    let relation = |why: Why| match why {
        Why::Session => Relation::Session,
        Why::ReadBy => Relation::ReadBy,
        Why::HiddenFrom(read) => Relation::HiddenFrom(Box::new(operation(read).clone())),
        Why::Overwritten => Relation::Overwritten,
    };
    let suspect = cycle.iter().find_map(|(node, why)| match why {
        Why::HiddenFrom(read) => Some(*read),
        Why::Overwritten => Some(*node),
        Why::Session | Why::ReadBy => None,
    });
    let suspect = operation(suspect.or(cycle.first().map(|link| link.0)).unwrap_or(0));
    let sentence = format!("no order explains what client {} did: {suspect}", suspect.process);
    let link = |(node, why): &(usize, Why)| Link {
        operation: operation(*node).clone(),
        relation: relation(*why),
    };
    Finding::Invalid(Box::new(Anomaly { sentence, cycle: cycle.iter().map(link).collect() }))
}
