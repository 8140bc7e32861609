//! What a node knows while it leads: its followers, and the reads that wait.
//!
//! **Reads** follow the thesis §6.4 (ReadIndex): a leader answers a read from its own state once
//! it knows that it still led after the read arrived. It knows so when a majority has answered a
//! round of heartbeats that began later. Rounds are numbered, every AppendEntries carries the
//! current number, and a read that arrives while a round is under way waits for the next one,
//! which serves all that came in between. The state is as new as the read needs as soon as an
//! entry of the leader's own term is committed, for then the leader has every commit of the terms
//! before; a node applies what is committed at once.
//!
//! **Commit index**: the followers learn it with the next AppendEntries, whatever that is for.
//! Nobody waits for a follower to apply, so a message of its own would serve nobody.

use crate::message::Round;
use crate::mutant::Mutant;
use crate::peer::{Peer, View};
use crate::quorum::Quorum;
use crate::types::Index;
use chaos_node::{Context, Nanos, NodeId, Ticket, Value};
use std::collections::VecDeque;

/// A read that waits for a round.
#[derive(Clone, Debug)]
pub(crate) struct Read {
    /// The first round that began behind its arrival.
    round: Round,
    pub(crate) ticket: Ticket,
    pub(crate) key: Value,
}

/// The volatile state of a leader (paper, figure 2).
#[derive(Clone, Debug)]
pub(crate) struct Leadership {
    pub(crate) peers: Vec<Peer>,
    /// The round that began last.
    round: Round,
    reads: VecDeque<Read>,
}

impl Leadership {
    pub(crate) fn new(peers: impl Iterator<Item = NodeId>, last: Index) -> Leadership {
        let peers = peers.map(|id| Peer::new(id, last)).collect();
        Leadership { peers, round: Round::default(), reads: VecDeque::new() }
    }

    pub(crate) fn peer(&mut self, id: NodeId) -> Option<&mut Peer> {
        self.peers.iter_mut().find(|peer| peer.id == id)
    }

    pub(crate) fn round(&self) -> Round {
        self.round
    }

    /// Sends what is new to every follower that can take it.
    pub(crate) fn replicate(&mut self, ctx: &mut Context<'_>, view: View<'_>) {
        if self.reads.back().is_some_and(|read| read.round > self.round) {
            self.round = self.round.next();
        }
        for peer in &mut self.peers {
            peer.replicate(ctx, view, self.round);
        }
    }

    /// The regular heartbeat. Whoever has just been sent something does without, unless reads
    /// wait: then their round may have been lost, and a new one begins.
    pub(crate) fn beat(&mut self, ctx: &mut Context<'_>, view: View<'_>) {
        if !self.reads.is_empty() {
            if !view.settings.has(Mutant::ReadIndexReuse) {
                self.round = self.round.next();
            }
            return self.send_round(ctx, view);
        }
        let (span, now) = (view.settings.beat() / 2, ctx.now());
        for peer in self.peers.iter_mut().filter(|peer| !peer.sent_within(span, now)) {
            peer.heartbeat(ctx, view, self.round);
        }
    }

    fn begin_round(&mut self, ctx: &mut Context<'_>, view: View<'_>) {
        self.round = self.round.next();
        self.send_round(ctx, view);
    }

    fn send_round(&mut self, ctx: &mut Context<'_>, view: View<'_>) {
        for peer in &mut self.peers {
            peer.heartbeat(ctx, view, self.round);
        }
    }

    /// Takes a read in, and begins its round unless another is under way.
    pub(crate) fn read(
        &mut self,
        ctx: &mut Context<'_>,
        view: View<'_>,
        quorum: &Quorum,
        (ticket, key): (Ticket, Value),
    ) {
        let under_way = !self.is_confirmed(self.round, quorum);
        let rides_along = under_way && view.settings.has(Mutant::ReadIndexReuse);
        let round = if rides_along { self.round } else { self.round.next() };
        self.reads.push_back(Read { round, ticket, key });
        if !under_way {
            self.begin_round(ctx, view);
        }
    }

    /// The reads that may be answered now. Where others wait for the next round, it begins.
    pub(crate) fn confirmed_reads(
        &mut self,
        ctx: &mut Context<'_>,
        view: View<'_>,
        quorum: &Quorum,
    ) -> Vec<Read> {
        let Some(first) = self.reads.front() else { return Vec::new() };
        if !self.is_confirmed(first.round.min(self.round), quorum) {
            return Vec::new();
        }
        let confirmed = self.confirmed(quorum);
        let ready = self.reads.iter().take_while(|read| read.round <= confirmed).count();
        let reads = self.reads.drain(..ready).collect();
        if confirmed == self.round && !self.reads.is_empty() {
            self.begin_round(ctx, view);
        }
        reads
    }

    /// Whether a majority answered this round or a later one. A leader answers its own at once.
    fn is_confirmed(&self, round: Round, quorum: &Quorum) -> bool {
        self.has_majority(quorum, |peer| peer.round >= round)
    }

    /// Whether this is so of a majority, this node among it.
    fn has_majority(&self, quorum: &Quorum, is_so: impl Fn(&Peer) -> bool) -> bool {
        quorum.reached(self.peers.iter().filter(|peer| is_so(peer)).count() + 1)
    }

    /// The latest round that a majority answered.
    fn confirmed(&self, quorum: &Quorum) -> Round {
        let rounds = self.peers.iter().map(|peer| peer.round.min(self.round));
        let rounds = rounds.chain([self.round]);
        quorum.reached_by_majority(&rounds)
    }

    /// The greatest index behind `known` that a majority has, this node among them up to `own`.
    pub(crate) fn replicated(&self, quorum: &Quorum, known: Index, own: Index) -> Option<Index> {
        if own <= known || !self.has_majority(quorum, |peer| peer.matched > known) {
            return None;
        }
        let matched = self.peers.iter().map(|peer| peer.matched).chain([own]);
        Some(quorum.reached_by_majority(&matched).min(own))
    }

    /// Whether a majority was heard since the last look (CheckQuorum, thesis §6.2).
    pub(crate) fn check_quorum(&mut self, quorum: &Quorum) -> bool {
        let heard = self.has_majority(quorum, |peer| peer.active);
        for peer in &mut self.peers {
            peer.active = false;
        }
        heard
    }

    /// Whether a majority was heard within `lease` before now.
    pub(crate) fn heard_majority_within(&self, lease: Nanos, now: Nanos, quorum: &Quorum) -> bool {
        let fresh = |at| now.saturating_sub(at) < lease;
        self.has_majority(quorum, |peer| peer.heard.is_some_and(fresh))
    }

    /// The reads that were not answered while this leadership lasted.
    pub(crate) fn into_reads(self) -> impl Iterator<Item = Read> {
        self.reads.into_iter()
    }
}
