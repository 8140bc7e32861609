//! Elections: who is asked, who wins, whom a node follows.

use crate::leader::Leadership;
use crate::message::Message;
use crate::node::{BEAT, BullyNode, PATIENCE, Role};
use crate::settings::Variant;
use crate::table::Table;
use chaos_node::{Context, NodeId};
use std::collections::BTreeSet;

impl BullyNode {
    /// The leader is missing: holds an election, or first asks whether others miss it too.
    pub(crate) fn stand(&mut self, ctx: &mut Context<'_>) {
        match self.settings.asks_first() {
            true => self.check(ctx),
            false => self.elect(ctx),
        }
    }

    fn check(&mut self, ctx: &mut Context<'_>) {
        self.round += 1;
        let round = self.round;
        self.role = Role::Checking { round, missing: BTreeSet::from([self.id]) };
        self.broadcast(ctx, &Message::Ask { round });
        ctx.arm(PATIENCE, self.settings.answer_timeout);
        self.count_missing(ctx);
    }

    pub(crate) fn on_ask(&mut self, ctx: &mut Context<'_>, from: NodeId, round: u64) {
        let leader = self.leader.filter(|leader| {
            *leader == self.id || ctx.now().saturating_sub(self.heard) < self.settings.patience
        });
        ctx.send(from, &Message::Hears { round, leader });
    }

    pub(crate) fn on_hears(
        &mut self,
        ctx: &mut Context<'_>,
        from: NodeId,
        asked: u64,
        leader: Option<NodeId>,
    ) {
        // That the asker itself led before it died is old news.
        let gone = leader.is_none_or(|leader| leader == self.id);
        if let Role::Checking { round, missing } = &mut self.role
            && *round == asked
            && gone
        {
            missing.insert(from);
            self.count_missing(ctx);
        }
    }

    fn count_missing(&mut self, ctx: &mut Context<'_>) {
        if let Role::Checking { missing, .. } = &self.role
            && missing.len() > self.nodes.len() / 2
        {
            self.elect(ctx);
        }
    }

    fn elect(&mut self, ctx: &mut Context<'_>) {
        self.leader = None;
        self.role = Role::Electing;
        let higher: Vec<NodeId> = self.others().filter(|node| *node > self.id).collect();
        ctx.note("election", format!("{} higher nodes are asked", higher.len()));
        if higher.is_empty() {
            return self.win(ctx);
        }
        self.tell(ctx);
        higher.into_iter().for_each(|node| ctx.send(node, &Message::Election));
        ctx.arm(PATIENCE, self.settings.answer_timeout);
    }

    pub(crate) fn on_election(&mut self, ctx: &mut Context<'_>, from: NodeId) {
        if from > self.id {
            return;
        }
        ctx.send(from, &Message::Answer);
        match &self.role {
            Role::Leader(leadership) => {
                let (epoch, table) = (leadership.epoch, self.saved.table.clone());
                ctx.send(from, &Message::Coordinator { epoch, table });
            }
            // Who hears a leader that it must not bully away has no election to hold.
            Role::Follower => self.stand(ctx),
            Role::Checking { .. } | Role::Electing | Role::Waiting | Role::Claiming { .. } => {}
        }
    }

    pub(crate) fn on_answer(&mut self, ctx: &mut Context<'_>) {
        if let Role::Electing | Role::Claiming { .. } = self.role {
            self.role = Role::Waiting;
            self.be_patient(ctx);
        }
    }

    /// No higher node has answered.
    fn win(&mut self, ctx: &mut Context<'_>) {
        self.saved.epoch += 1;
        self.saved.promised = Some(self.id);
        self.save(ctx);
        let best = self.saved.table.clone();
        self.role = Role::Claiming { promised: BTreeSet::from([self.id]), best };
        if self.settings.variant == Variant::Quorum {
            self.tell(ctx);
            self.broadcast(ctx, &Message::Claim { epoch: self.saved.epoch });
            ctx.arm(PATIENCE, self.settings.answer_timeout);
        }
        self.count_promises(ctx);
    }

    pub(crate) fn on_claim(&mut self, ctx: &mut Context<'_>, from: NodeId, epoch: u64) {
        if from < self.id {
            return self.on_election(ctx, from);
        }
        let again = epoch == self.saved.epoch && self.saved.promised == Some(from);
        if epoch <= self.saved.epoch && !again {
            return ctx.send(from, &Message::Refuse { epoch: self.saved.epoch });
        }
        if !again {
            self.saved.epoch = epoch;
            self.saved.promised = Some(from);
            self.save(ctx);
            self.follow(ctx, None);
            self.be_patient(ctx);
        }
        ctx.send(from, &Message::Promise { epoch, table: self.saved.table.clone() });
    }

    pub(crate) fn on_promise(
        &mut self,
        ctx: &mut Context<'_>,
        from: NodeId,
        epoch: u64,
        table: Table,
    ) {
        let current = epoch == self.saved.epoch;
        if let Role::Claiming { promised, best } = &mut self.role
            && current
        {
            promised.insert(from);
            if !best.is_at_least(&table) {
                *best = table;
            }
            self.count_promises(ctx);
        }
    }

    fn count_promises(&mut self, ctx: &mut Context<'_>) {
        if let Role::Claiming { promised, best } = &self.role
            && self.is_enough(promised.len())
        {
            self.saved.table = best.clone();
            self.lead(ctx);
        }
    }

    fn lead(&mut self, ctx: &mut Context<'_>) {
        let epoch = self.saved.epoch;
        self.saved.table.epoch = epoch;
        self.saved.table.version = 1;
        self.save(ctx);
        self.role = Role::Leader(Leadership::new(epoch, ctx.now()));
        self.leader = Some(self.id);
        ctx.disarm(PATIENCE);
        self.tell(ctx);
        self.say(ctx);
        ctx.arm(BEAT, self.settings.heartbeat);
    }

    /// A later epoch has begun somewhere.
    pub(crate) fn on_refuse(&mut self, ctx: &mut Context<'_>, epoch: u64) {
        if epoch <= self.epoch() || self.settings.variant == Variant::Plain {
            return;
        }
        if epoch > self.saved.epoch {
            self.saved.epoch = epoch;
            self.saved.promised = None;
            self.save(ctx);
        }
        match self.role {
            Role::Leader(_) => {
                self.follow(ctx, None);
                self.be_patient(ctx);
            }
            Role::Claiming { .. } => self.win(ctx),
            Role::Follower | Role::Checking { .. } | Role::Electing | Role::Waiting => {}
        }
    }

    /// A node says that it leads.
    pub(crate) fn on_coordinator(
        &mut self,
        ctx: &mut Context<'_>,
        from: NodeId,
        epoch: u64,
        table: Table,
    ) {
        if self.contests(from, epoch) {
            return self.object(ctx, from);
        }
        let lower = from < self.id && !self.settings.asks_first();
        if lower && self.settings.variant == Variant::Plain {
            if let Role::Follower = self.role {
                self.elect(ctx);
            }
            return;
        }
        let version = table.version;
        self.keep(ctx, from, epoch, table);
        ctx.send(from, &Message::Kept { epoch, version });
        self.heard = ctx.now();
        let quiet = matches!(self.role, Role::Follower) && self.leader.is_some();
        self.follow(ctx, Some(from));
        // The word of a lower node does not calm one that will bully it away.
        if !lower || !quiet {
            self.be_patient(ctx);
        }
    }

    /// Keeps what a leader said, durably.
    fn keep(&mut self, ctx: &mut Context<'_>, from: NodeId, epoch: u64, table: Table) {
        let (later, newer) = (epoch > self.saved.epoch, self.takes(from, &table));
        if later {
            self.saved.epoch = epoch;
            self.saved.promised = Some(from);
        }
        if newer {
            self.saved.table = table;
        }
        if later || newer {
            self.save(ctx);
        }
    }

    /// Whether the node knows better than one that says it leads.
    fn contests(&self, from: NodeId, epoch: u64) -> bool {
        let leads = matches!(self.role, Role::Leader(_));
        match self.settings.variant {
            Variant::Plain => leads && from < self.id,
            Variant::Precheck | Variant::Quorum => {
                let known = self.epoch();
                epoch < known || (epoch == known && leads && from < self.id)
            }
        }
    }

    fn object(&mut self, ctx: &mut Context<'_>, from: NodeId) {
        match &self.role {
            Role::Leader(leadership) => {
                let (epoch, table) = (leadership.epoch, self.saved.table.clone());
                ctx.send(from, &Message::Coordinator { epoch, table });
            }
            _ => ctx.send(from, &Message::Refuse { epoch: self.saved.epoch }),
        }
    }

    /// Whether a leader's table takes the place of the own one.
    fn takes(&self, from: NodeId, table: &Table) -> bool {
        match self.settings.variant {
            Variant::Plain if self.leader != Some(from) => *table != self.saved.table,
            _ => !self.saved.table.is_at_least(table),
        }
    }

    /// Follows a leader, or waits for one.
    pub(crate) fn follow(&mut self, ctx: &mut Context<'_>, leader: Option<NodeId>) {
        let before = std::mem::replace(&mut self.role, Role::Follower);
        self.leader = leader;
        if let Role::Leader(leadership) = before {
            ctx.disarm(BEAT);
            self.disappoint(ctx, leadership);
        }
    }

    pub(crate) fn be_patient(&mut self, ctx: &mut Context<'_>) {
        let patience = self.settings.patience;
        let wait = ctx.rng().time(patience..=patience * 2);
        ctx.arm(PATIENCE, wait);
    }

    pub(crate) fn on_patience(&mut self, ctx: &mut Context<'_>) {
        match self.role {
            Role::Follower | Role::Waiting => self.stand(ctx),
            Role::Checking { .. } => {
                self.role = Role::Follower;
                self.be_patient(ctx);
            }
            Role::Electing => self.win(ctx),
            Role::Claiming { .. } => self.elect(ctx),
            Role::Leader(_) => {}
        }
    }
}
