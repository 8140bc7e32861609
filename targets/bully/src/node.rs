//! The node: what it is, what it keeps, and where what happens to it goes.

use crate::leader::Leadership;
use crate::message::Message;
use crate::settings::Settings;
use crate::table::Table;
use chaos_node::{
    Context, Nanos, Node, NodeConfig, NodeId, Observation, Request, Ticket, Timer, decode, encode,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Runs out when the node must do something about the leader, or about its election.
pub(crate) const PATIENCE: Timer = Timer(0);
/// Runs out when a leader makes itself heard.
pub(crate) const BEAT: Timer = Timer(1);

const STATE: &str = "state";
const STATE_NEW: &str = "state.new";

/// What a node must not forget.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Saved {
    /// The latest epoch it knows of; in `quorum`, the latest that it promised to somebody.
    pub(crate) epoch: u64,
    /// To whom.
    pub(crate) promised: Option<NodeId>,
    pub(crate) table: Table,
}

/// What a node does about the leader.
#[derive(Debug)]
pub(crate) enum Role {
    /// It follows one, or waits for one.
    Follower,
    /// It asks who else misses the leader (`precheck`).
    Checking { round: u64, missing: BTreeSet<NodeId> },
    /// It waits for an answer from a higher node.
    Electing,
    /// It had one, and waits for the word of a leader.
    Waiting,
    /// It has won, and waits for promises (`quorum`).
    Claiming { promised: BTreeSet<NodeId>, best: Table },
    /// It leads the epoch.
    Leader(Leadership),
}

/// A node.
pub(crate) struct BullyNode {
    pub(crate) id: NodeId,
    pub(crate) nodes: Vec<NodeId>,
    pub(crate) settings: Settings,
    pub(crate) saved: Saved,
    pub(crate) role: Role,
    /// Whom it follows, itself perhaps.
    pub(crate) leader: Option<NodeId>,
    /// When it last heard of that one.
    pub(crate) heard: Nanos,
    pub(crate) round: u64,
    told: Option<(chaos_node::Role, u64)>,
    told_leader: Option<Option<NodeId>>,
}

impl BullyNode {
    pub(crate) fn new(config: &NodeConfig, settings: Settings) -> BullyNode {
        BullyNode {
            id: config.id,
            nodes: config.nodes.clone(),
            settings,
            saved: Saved::default(),
            role: Role::Follower,
            leader: None,
            heard: Nanos::ZERO,
            round: 0,
            told: None,
            told_leader: None,
        }
    }

    /// Whether so many nodes, itself among them, are enough.
    pub(crate) fn is_enough(&self, count: usize) -> bool {
        !self.settings.has_quorum() || count > self.nodes.len() / 2
    }

    pub(crate) fn others(&self) -> impl Iterator<Item = NodeId> + use<> {
        let own = self.id;
        self.nodes.clone().into_iter().filter(move |node| *node != own)
    }

    pub(crate) fn broadcast(&self, ctx: &mut Context<'_>, message: &Message) {
        self.others().for_each(|node| ctx.send(node, message));
    }

    /// Makes what it must not forget durable. One file takes the place of the other at once.
    pub(crate) fn save(&self, ctx: &mut Context<'_>) {
        ctx.write(STATE_NEW, encode(&self.saved));
        ctx.rename(STATE_NEW, STATE);
        ctx.sync();
    }

    /// Tells what it is and whom it follows, if that is news.
    pub(crate) fn tell(&mut self, ctx: &mut Context<'_>) {
        let role = match self.role {
            Role::Follower | Role::Checking { .. } => chaos_node::Role::Follower,
            Role::Electing | Role::Waiting | Role::Claiming { .. } => chaos_node::Role::Candidate,
            Role::Leader(_) => chaos_node::Role::Leader,
        };
        let epoch = self.epoch();
        if self.told.replace((role, epoch)) != Some((role, epoch)) {
            ctx.observe_role(role, epoch);
        }
        if self.told_leader.replace(self.leader) != Some(self.leader) {
            ctx.observe(Observation::Follows { leader: self.leader, term: epoch });
        }
    }

    /// The epoch that it leads, or else the latest it knows of.
    pub(crate) fn epoch(&self) -> u64 {
        match &self.role {
            Role::Leader(leadership) => leadership.epoch,
            _ => self.saved.epoch,
        }
    }
}

impl Node for BullyNode {
    fn start(&mut self, ctx: &mut Context<'_>) {
        if let Some(bytes) = ctx.disk().read(STATE) {
            // Who has lost a promise must not make another.
            self.saved = decode(&bytes).expect("the file `state` is damaged");
        }
        self.tell(ctx);
        self.stand(ctx);
        self.tell(ctx);
    }

    fn receive(&mut self, ctx: &mut Context<'_>, from: NodeId, message: &[u8]) {
        let Some(message) = Message::parse(message) else {
            return ctx.note("message", format!("{from} sent what is no message"));
        };
        match message {
            Message::Election => self.on_election(ctx, from),
            Message::Answer => self.on_answer(ctx),
            Message::Coordinator { epoch, table } => self.on_coordinator(ctx, from, epoch, table),
            Message::Kept { epoch, version } => self.on_kept(ctx, from, epoch, version),
            Message::Ask { round } => self.on_ask(ctx, from, round),
            Message::Hears { round, leader } => self.on_hears(ctx, from, round, leader),
            Message::Claim { epoch } => self.on_claim(ctx, from, epoch),
            Message::Promise { epoch, table } => self.on_promise(ctx, from, epoch, table),
            Message::Refuse { epoch } => self.on_refuse(ctx, epoch),
        }
        self.tell(ctx);
    }

    fn timeout(&mut self, ctx: &mut Context<'_>, timer: Timer) {
        match timer {
            PATIENCE => self.on_patience(ctx),
            _ => self.on_beat(ctx),
        }
        self.tell(ctx);
    }

    fn request(&mut self, ctx: &mut Context<'_>, ticket: Ticket, request: Request) {
        self.on_request(ctx, ticket, &request);
        self.tell(ctx);
    }
}
