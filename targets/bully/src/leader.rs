//! What a leader does: it makes itself heard, keeps the table on the others, and steps down when it
//! no longer hears more than half (`quorum`).

use crate::message::Message;
use crate::node::{BEAT, BullyNode, Role};
use chaos_node::{Context, Nanos, NodeId, Reply, Ticket};
use std::collections::BTreeMap;

/// The reign of a leader.
#[derive(Debug)]
pub(crate) struct Leadership {
    pub(crate) epoch: u64,
    since: Nanos,
    /// The version of the table that each other node keeps, and when it last said so.
    kept: BTreeMap<NodeId, (u64, Nanos)>,
    /// Who waits for a version to be kept by enough nodes.
    pub(crate) waiting: Vec<Waiter>,
}

/// A client that waits.
#[derive(Debug)]
pub(crate) struct Waiter {
    pub(crate) version: u64,
    pub(crate) ticket: Ticket,
    pub(crate) reply: Reply,
    /// Whether its operation may have changed something.
    pub(crate) changes: bool,
}

impl Leadership {
    pub(crate) fn new(epoch: u64, now: Nanos) -> Leadership {
        Leadership { epoch, since: now, kept: BTreeMap::new(), waiting: Vec::new() }
    }

    /// How many nodes keep this version, the leader among them.
    fn keepers(&self, version: u64) -> usize {
        1 + self.kept.values().filter(|(kept, _)| *kept >= version).count()
    }

    /// How many nodes were heard since then, the leader among them.
    fn heard_since(&self, then: Nanos) -> usize {
        1 + self.kept.values().filter(|(_, at)| *at >= then).count()
    }
}

impl BullyNode {
    /// Says to all that it leads, with the table.
    pub(crate) fn say(&mut self, ctx: &mut Context<'_>) {
        if let Role::Leader(leadership) = &self.role {
            let (epoch, table) = (leadership.epoch, self.saved.table.clone());
            self.broadcast(ctx, &Message::Coordinator { epoch, table });
        }
    }

    pub(crate) fn on_beat(&mut self, ctx: &mut Context<'_>) {
        let Role::Leader(leadership) = &self.role else { return };
        let then = ctx.now().saturating_sub(self.settings.patience * 2);
        if leadership.since < then && !self.is_enough(leadership.heard_since(then)) {
            ctx.note("leader", "too few are heard".to_owned());
            self.follow(ctx, None);
            return self.be_patient(ctx);
        }
        self.say(ctx);
        ctx.arm(BEAT, self.settings.heartbeat);
    }

    pub(crate) fn on_kept(
        &mut self,
        ctx: &mut Context<'_>,
        from: NodeId,
        epoch: u64,
        version: u64,
    ) {
        if let Role::Leader(leadership) = &mut self.role
            && leadership.epoch == epoch
        {
            let (kept, at) = leadership.kept.entry(from).or_insert((version, ctx.now()));
            *kept = version.max(*kept);
            *at = ctx.now();
            self.answer(ctx);
        }
    }

    /// Answers those whose version enough nodes keep.
    pub(crate) fn answer(&mut self, ctx: &mut Context<'_>) {
        let Role::Leader(leadership) = &mut self.role else { return };
        let waiting = std::mem::take(&mut leadership.waiting);
        let Role::Leader(leadership) = &self.role else { return };
        let kept = |waiter: &Waiter| self.is_enough(leadership.keepers(waiter.version));
        let (done, left): (Vec<_>, Vec<_>) = waiting.into_iter().partition(kept);
        for waiter in done {
            ctx.reply(waiter.ticket, waiter.reply);
        }
        if let Role::Leader(leadership) = &mut self.role {
            leadership.waiting = left;
        }
    }

    /// Answers all that waited for a leader that is none any more.
    pub(crate) fn disappoint(&self, ctx: &mut Context<'_>, leadership: Leadership) {
        for waiter in leadership.waiting {
            let reply = match waiter.changes {
                true => Reply::Info("leadership was lost".to_owned()),
                false => Reply::Redirect(self.leader),
            };
            ctx.reply(waiter.ticket, reply);
        }
    }
}
