//! What a node is given with every call.

use crate::{
    Action, Disk, Nanos, NodeId, Observation, Reply, Rng, Ticket, Timer, encode, observation::Role,
};
use serde::Serialize;

/// A node's view of the world during one call, and the list of what it wants done.
pub struct Context<'a> {
    id: NodeId,
    nodes: &'a [NodeId],
    now: Nanos,
    rng: &'a mut Rng,
    disk: &'a dyn Disk,
    actions: &'a mut Vec<Action>,
}

impl<'a> Context<'a> {
    /// For those who run nodes. `now` is the node's own clock; `actions` receives what it gives.
    pub fn new(
        id: NodeId,
        nodes: &'a [NodeId],
        now: Nanos,
        rng: &'a mut Rng,
        disk: &'a dyn Disk,
        actions: &'a mut Vec<Action>,
    ) -> Context<'a> {
        Context { id, nodes, now, rng, disk, actions }
    }

    /// The node's own name.
    pub fn id(&self) -> NodeId {
        self.id
    }

    /// All nodes of the cluster, itself among them, in order.
    pub fn nodes(&self) -> &'a [NodeId] {
        self.nodes
    }

    /// All nodes of the cluster but itself, in order.
    pub fn peers(&self) -> impl Iterator<Item = NodeId> + use<'a> {
        let own = self.id;
        self.nodes.iter().copied().filter(move |node| *node != own)
    }

    /// The node's own clock: it never goes back, but it may run fast or slow, and says nothing
    /// about any other node's.
    pub fn now(&self) -> Nanos {
        self.now
    }

    /// The node's own random stream.
    pub fn rng(&mut self) -> &mut Rng {
        self.rng
    }

    /// The node's files, without what this call wants written.
    pub fn disk(&self) -> &dyn Disk {
        self.disk
    }

    /// See [`Action::Send`].
    pub fn send<M: Serialize>(&mut self, to: NodeId, message: &M) {
        self.actions.push(Action::Send { to, message: encode(message) });
    }

    /// See [`Action::Arm`].
    pub fn arm(&mut self, timer: Timer, after: Nanos) {
        self.actions.push(Action::Arm { timer, after });
    }

    /// See [`Action::Disarm`].
    pub fn disarm(&mut self, timer: Timer) {
        self.actions.push(Action::Disarm(timer));
    }

    /// See [`Action::Reply`].
    pub fn reply(&mut self, ticket: Ticket, reply: Reply) {
        self.actions.push(Action::Reply { ticket, reply });
    }

    /// See [`Action::Write`].
    pub fn write(&mut self, file: &str, bytes: Vec<u8>) {
        self.actions.push(Action::Write { file: file.to_owned(), bytes });
    }

    /// See [`Action::Append`].
    pub fn append(&mut self, file: &str, bytes: Vec<u8>) {
        self.actions.push(Action::Append { file: file.to_owned(), bytes });
    }

    /// See [`Action::Truncate`].
    pub fn truncate(&mut self, file: &str, len: u64) {
        self.actions.push(Action::Truncate { file: file.to_owned(), len });
    }

    /// See [`Action::Rename`].
    pub fn rename(&mut self, from: &str, to: &str) {
        self.actions.push(Action::Rename { from: from.to_owned(), to: to.to_owned() });
    }

    /// See [`Action::Sync`].
    pub fn sync(&mut self) {
        self.actions.push(Action::Sync);
    }

    /// See [`Action::Observe`].
    pub fn observe(&mut self, observation: Observation) {
        self.actions.push(Action::Observe(observation));
    }

    /// Observes the role that the node has from now on.
    pub fn observe_role(&mut self, role: Role, term: u64) {
        self.observe(Observation::Role { role, term });
    }

    /// Observes whom the node takes for the leader from now on.
    pub fn observe_leader(&mut self, leader: Option<NodeId>, term: u64) {
        self.observe(Observation::Follows { leader, term });
    }

    /// Puts a line into the node's log.
    pub fn note(&mut self, topic: &str, text: String) {
        self.observe(Observation::Note { topic: topic.to_owned(), text });
    }
}
