//! Clients (paper §8, thesis chapter 6).
//!
//! A leader takes commands and reads; any other node knows better who leads, or does not know. A
//! client waits for an *entry*, index and term, not for an index: another leader's entry may come
//! to stand there. A leader that loses its leadership says of every command it has appended that
//! it may yet be done, and of every read that it is not: so clients know what they know.

use crate::kv::Function;
use crate::leader::Leadership;
use crate::mutant::Mutant;
use crate::node::{RaftNode, Role, Waiter};
use crate::types::{Bytes, Entry, Position};
use chaos_node::{Context, NodeId, Reply, Request, Ticket, Value, encode};

/// The largest command, in bytes.
const COMMAND_BYTES: usize = 1 << 20;

impl RaftNode {
    pub(crate) fn on_request(&mut self, ctx: &mut Context<'_>, ticket: Ticket, request: Request) {
        let function = match Function::of(&request.op) {
            Ok(function) => function,
            Err(unknown) => return ctx.reply(ticket, unknown),
        };
        if !matches!(self.role, Role::Leader(_)) {
            return ctx.reply(ticket, Reply::Redirect(self.known_leader()));
        }
        match function {
            Function::Get => self.read(ctx, ticket, request.op.key),
            Function::Put | Function::Append | Function::Cas | Function::Delete => {
                self.propose(ctx, ticket, &request);
            }
        }
    }

    fn known_leader(&self) -> Option<NodeId> {
        match &self.role {
            Role::Follower(heard) => heard.map(|heard| heard.leader),
            Role::PreCandidate(_) | Role::Candidate(_) | Role::Leader(_) => None,
        }
    }

    fn propose(&mut self, ctx: &mut Context<'_>, ticket: Ticket, request: &Request) {
        let answered = match self.has(Mutant::DedupeByClient) {
            true => self.machine.last_answer(request.session),
            false => self.machine.answered(request),
        };
        if let Some(reply) = answered
            && !self.has(Mutant::NoDedupe)
        {
            return ctx.reply(ticket, reply);
        }
        let command = encode(request);
        if command.len() > COMMAND_BYTES {
            let text = format!("a command of {} bytes is too large", command.len());
            return ctx.reply(ticket, Reply::Fail(text));
        }
        let term = self.term();
        let index = self.append_own(ctx, Entry { term, command: Bytes(command.into()) });
        if self.has(Mutant::AnswerBeforeCommit) && request.op.f == "put" {
            return ctx.reply(ticket, Reply::Ok(Value::Nil));
        }
        self.waiters.insert(index, Waiter { term, ticket });
    }

    fn read(&mut self, ctx: &mut Context<'_>, ticket: Ticket, key: Value) {
        if self.has(Mutant::DeposedLeaderRead) || self.has_sloppy_lease(ctx) {
            return ctx.reply(ticket, Reply::Ok(self.machine.get(&key)));
        }
        if let Some((leadership, view, quorum)) = self.leading() {
            leadership.read(ctx, view, quorum, (ticket, key));
            self.answer_reads(ctx);
        }
    }

    fn has_sloppy_lease(&mut self, ctx: &Context<'_>) -> bool {
        if !self.has(Mutant::LeaseReadDrift) || !self.has_committed_in_term() {
            return false;
        }
        let (lease, now) = (self.settings.election_timeout, ctx.now());
        self.leading().is_some_and(|(leadership, _, quorum)| {
            leadership.heard_majority_within(lease, now, quorum)
        })
    }

    /// Whether an entry of this term is committed, and with it all that was committed before.
    fn has_committed_in_term(&self) -> bool {
        self.log.term(self.commit) == Some(self.term())
    }

    /// Answers the reads whose round a majority has answered.
    pub(crate) fn answer_reads(&mut self, ctx: &mut Context<'_>) {
        if !self.has_committed_in_term() && !self.has(Mutant::NoNoop) {
            return;
        }
        let Some((leadership, view, quorum)) = self.leading() else { return };
        for read in leadership.confirmed_reads(ctx, view, quorum) {
            ctx.reply(read.ticket, Reply::Ok(self.machine.get(&read.key)));
        }
    }

    /// Answers the client that waits for an entry, now that it is applied.
    pub(crate) fn wake(&mut self, ctx: &mut Context<'_>, at: Position, reply: Option<Reply>) {
        let Some(waiter) = self.waiters.remove(&at.index) else { return };
        let own = waiter.term == at.term || self.has(Mutant::WakeByIndex);
        match reply {
            Some(reply) if own => ctx.reply(waiter.ticket, reply),
            Some(_) | None => ctx.reply(waiter.ticket, lost()),
        }
    }

    /// Answers all clients that wait for a leader that is none any more.
    pub(crate) fn disappoint(&mut self, ctx: &mut Context<'_>, leadership: Leadership) {
        let leader = self.known_leader();
        for read in leadership.into_reads() {
            ctx.reply(read.ticket, Reply::Redirect(leader));
        }
        if self.has(Mutant::WakeByIndex) {
            return;
        }
        for waiter in std::mem::take(&mut self.waiters).into_values() {
            ctx.reply(waiter.ticket, lost());
        }
    }
}

fn lost() -> Reply {
    Reply::Info("the leader lost its leadership before the entry was committed".to_owned())
}
