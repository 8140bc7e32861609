//! A node.
use crate::settings::Settings;
use chaos_node::{Context, Node, NodeConfig, NodeId, Request, Ticket, Timer};

pub(crate) struct RaftNode;

impl RaftNode {
    pub(crate) fn new(_config: &NodeConfig, _settings: Settings) -> RaftNode {
        RaftNode
    }
}

impl Node for RaftNode {
    fn start(&mut self, _ctx: &mut Context<'_>) {}
    fn receive(&mut self, _ctx: &mut Context<'_>, _from: NodeId, _message: &[u8]) {}
    fn timeout(&mut self, _ctx: &mut Context<'_>, _timer: Timer) {}
    fn request(&mut self, _ctx: &mut Context<'_>, _ticket: Ticket, _request: Request) {}
}
