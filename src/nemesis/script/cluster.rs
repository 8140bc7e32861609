//! What a script has seen of the cluster.

use crate::nemesis::Cut;
use chaos_node::{NodeId, Observation, Role};
use std::collections::{BTreeMap, BTreeSet};

/// What is known of a node.
#[derive(Clone, Debug)]
struct Seen {
    up: bool,
    role: Option<Role>,
    term: u64,
    applied: u64,
    /// The last entry of its snapshot, and of its log.
    first: u64,
    last: u64,
}

/// What is known of the cluster, as its nodes tell it and as the script has made it.
#[derive(Clone, Debug)]
pub(super) struct Cluster {
    seen: BTreeMap<NodeId, Seen>,
    cuts: BTreeMap<usize, Vec<Cut>>,
    committed: u64,
    term: u64,
    /// How often a node has become leader.
    pub(super) elections: u64,
}

impl Cluster {
    pub(super) fn new(nodes: &[NodeId]) -> Cluster {
        let new = Seen { up: true, role: None, term: 0, applied: 0, first: 0, last: 0 };
        Cluster {
            seen: nodes.iter().map(|node| (*node, new.clone())).collect(),
            cuts: BTreeMap::new(),
            committed: 0,
            term: 0,
            elections: 0,
        }
    }

    pub(super) fn observed(&mut self, node: NodeId, observation: &Observation) {
        let Some(seen) = self.seen.get_mut(&node) else { return };
        match observation {
            Observation::Role { role, term } => {
                self.elections += u64::from(*role == Role::Leader && seen.role != Some(*role));
                (seen.role, seen.term) = (Some(*role), *term);
                self.term = self.term.max(*term);
            }
            Observation::Restored { index, .. } | Observation::Installed { index, .. } => {
                (seen.applied, seen.first, seen.last) = (*index, *index, *index);
            }
            Observation::Appended { index, .. } => seen.last = *index,
            Observation::Truncated { from } => seen.last = from.saturating_sub(1),
            Observation::Compacted { index } => seen.first = *index,
            Observation::Committed { index, .. } => self.committed = self.committed.max(*index),
            Observation::Applied { index, .. } => {
                seen.applied = *index;
                self.committed = self.committed.max(*index);
            }
            Observation::Follows { .. } | Observation::Lease(_) | Observation::Note { .. } => {}
        }
    }

    pub(super) fn set_up(&mut self, node: NodeId, up: bool) {
        if let Some(seen) = self.seen.get_mut(&node) {
            // What it applied and kept it tells anew when it starts.
            *seen = Seen { up, role: None, term: seen.term, applied: 0, first: 0, last: 0 };
        }
    }

    pub(super) fn is_up(&self, node: NodeId) -> bool {
        self.seen.get(&node).is_some_and(|seen| seen.up)
    }

    pub(super) fn cut(&mut self, fault: usize, cuts: Vec<Cut>) {
        self.cuts.insert(fault, cuts);
    }

    pub(super) fn lift(&mut self, fault: usize) {
        self.cuts.remove(&fault);
    }

    /// The highest index that any node ever knew to be committed.
    pub(super) fn committed(&self) -> u64 {
        self.committed
    }

    /// The newest term of any node so far.
    pub(super) fn term(&self) -> u64 {
        self.term
    }

    pub(super) fn up(&self) -> BTreeSet<NodeId> {
        self.seen.keys().copied().filter(|node| self.is_up(*node)).collect()
    }

    pub(super) fn down(&self) -> BTreeSet<NodeId> {
        self.seen.keys().copied().filter(|node| !self.is_up(*node)).collect()
    }

    pub(super) fn majority(&self) -> usize {
        self.seen.len() / 2 + 1
    }

    /// Whether it is up, and it and a majority of nodes that are up reach each other.
    pub(super) fn has_majority(&self, node: NodeId) -> bool {
        let reached = self.up().into_iter().filter(|other| self.linked(node, *other)).count();
        self.is_up(node) && reached >= self.majority()
    }

    fn linked(&self, one: NodeId, other: NodeId) -> bool {
        let apart =
            |cut: &Cut| (cut.from, cut.to) == (one, other) || (cut.from, cut.to) == (other, one);
        !self.cuts.values().flatten().any(apart)
    }

    /// The leader that reaches a majority, none of which is in a newer term than it.
    pub(super) fn leader(&self) -> Option<NodeId> {
        let newest = |node: NodeId| {
            let reached = self.seen.iter().filter(|(other, _)| self.linked(node, **other));
            reached.filter(|(_, seen)| seen.up).all(|(_, seen)| seen.term <= self.seen[&node].term)
        };
        let leads = |node: &NodeId| self.leads(*node) && self.has_majority(*node) && newest(*node);
        let leaders = self.seen.keys().copied().filter(leads);
        leaders.max_by_key(|node| self.seen[node].term)
    }

    /// Whether it is up and takes itself for the leader.
    pub(super) fn leads(&self, node: NodeId) -> bool {
        self.seen.get(&node).is_some_and(|seen| seen.up && seen.role == Some(Role::Leader))
    }

    /// The nodes that are up and reach a majority, but have not applied all that is committed.
    pub(super) fn behind(&self) -> Vec<NodeId> {
        let late = |node: &NodeId| self.has_majority(*node) && self.applied(*node) < self.committed;
        self.seen.keys().copied().filter(late).collect()
    }

    pub(super) fn applied(&self, node: NodeId) -> u64 {
        self.seen.get(&node).map_or(0, |seen| seen.applied)
    }

    /// The node that is up and keeps most entries in its log, and how many.
    pub(super) fn longest_log(&self) -> Option<(u64, NodeId)> {
        let length = |(node, seen): (&NodeId, &Seen)| {
            seen.up.then_some((seen.last.saturating_sub(seen.first), *node))
        };
        self.seen.iter().filter_map(length).max()
    }

    /// The cluster in a few words: who is what, for those who wonder what was there instead.
    pub(super) fn in_words(&self) -> String {
        let node = |(node, seen): (&NodeId, &Seen)| {
            let role = match seen.role {
                _ if !seen.up => "down",
                None => "silent",
                Some(Role::Follower) => "follower",
                Some(Role::Candidate) => "candidate",
                Some(Role::Leader) => "leader",
            };
            format!("{node} {role} in term {}", seen.term)
        };
        self.seen.iter().map(node).collect::<Vec<_>>().join(", ")
    }
}
