//! What a leader knows of one follower: the paper's nextIndex and matchIndex, and how to send.
//!
//! A follower is in one of three flows. *Probe*: the leader does not know where their logs agree,
//! and sends one entry at a time. *Replicate*: it knows, and sends ahead without waiting
//! for answers, up to a bound; nextIndex then is a hope. *Snapshot*: what the follower needs was
//! dropped, and a snapshot is under way.
//!
//! A message lost is found by the heartbeats: each says where the leader believes that the
//! follower's log ends, and a follower whose log ends earlier disagrees. So there is no timer for
//! a single message, and nothing is sent again before it is known to be missing.

use crate::log::Log;
use crate::message::{Body, Conflict, Message, Round};
use crate::mutant::Mutant;
use crate::settings::Settings;
use crate::storage::Snapshot;
use crate::types::{Entry, Index, Position, Term};
use chaos_node::{Context, Nanos, NodeId};
use std::borrow::Cow;
use std::collections::VecDeque;

/// The most bytes of commands in one AppendEntries, unless one command alone is larger.
const BATCH_BYTES: usize = 1 << 18;

/// What of the node a leader needs in order to send.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) term: Term,
    pub(crate) commit: Index,
    pub(crate) log: &'a Log,
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) settings: &'a Settings,
}

/// How a follower is sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Flow {
    Probe { waiting: bool },
    Replicate { inflight: VecDeque<Index> },
    Snapshot { last: Index, since: Nanos },
}

/// One follower, seen from its leader.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    pub(crate) id: NodeId,
    /// The paper's matchIndex.
    pub(crate) matched: Index,
    /// The latest round of heartbeats that it answered.
    pub(crate) round: Round,
    /// When it was last heard.
    pub(crate) heard: Option<Nanos>,
    /// Whether it was heard since the leader last looked for its majority.
    pub(crate) active: bool,
    /// The paper's nextIndex.
    next: Index,
    flow: Flow,
    sent: Option<Nanos>,
}

impl Peer {
    /// A follower of which nothing is known yet; `last` is the end of the leader's log.
    pub(crate) fn new(id: NodeId, last: Index) -> Peer {
        Peer {
            id,
            matched: Index::ZERO,
            round: Round::default(),
            heard: None,
            active: false,
            next: last.next(),
            flow: Flow::Probe { waiting: false },
            sent: None,
        }
    }

    /// Notes that the follower answered.
    pub(crate) fn answered(&mut self, now: Nanos, round: Round) {
        self.heard = Some(now);
        self.active = true;
        self.round = self.round.max(round);
    }

    /// Whether the follower was sent something within `span`.
    pub(crate) fn sent_within(&self, span: Nanos, now: Nanos) -> bool {
        self.sent.is_some_and(|at| now.saturating_sub(at) < span)
    }

    /// Sends what the follower lacks, as far as its flow allows.
    pub(crate) fn replicate(&mut self, ctx: &mut Context<'_>, view: View<'_>, round: Round) {
        let mut whole = view.settings.has(Mutant::SendWholeLog);
        loop {
            if self.next <= view.log.anchor().at.index {
                return self.install(ctx, view, round);
            }
            if self.next > view.log.last_index() || !self.may_send(view.settings) {
                return;
            }
            if std::mem::take(&mut whole) {
                self.next = view.log.anchor().at.index.next();
            }
            let batch = view.log.batch(self.next, self.batch_size(view.settings), BATCH_BYTES);
            let last = self.next.previous().plus(batch.len());
            self.append(ctx, view, round, batch);
            match &mut self.flow {
                Flow::Probe { waiting } => *waiting = true,
                Flow::Replicate { inflight } => {
                    inflight.push_back(last);
                    self.next = last.next();
                }
                Flow::Snapshot { .. } => unreachable!("nothing is sent beside a snapshot"),
            }
        }
    }

    /// A probe carries one entry: it may well be refused.
    fn batch_size(&self, settings: &Settings) -> usize {
        match &self.flow {
            Flow::Probe { .. } => 1,
            Flow::Replicate { .. } | Flow::Snapshot { .. } => settings.max_batch,
        }
    }

    fn may_send(&self, settings: &Settings) -> bool {
        match &self.flow {
            Flow::Probe { waiting } => !waiting,
            Flow::Replicate { inflight } => inflight.len() < settings.max_inflight,
            Flow::Snapshot { .. } => false,
        }
    }

    /// Sends an AppendEntries without entries.
    pub(crate) fn heartbeat(&mut self, ctx: &mut Context<'_>, view: View<'_>, round: Round) {
        self.append(ctx, view, round, &[]);
    }

    fn append(&mut self, ctx: &mut Context<'_>, view: View<'_>, round: Round, entries: &[Entry]) {
        self.sent = Some(ctx.now());
        let (prev, entries) = (self.prev(view.log), Cow::Borrowed(entries));
        let body = Body::Append { prev, entries, commit: view.commit, round };
        ctx.send(self.id, &Message { term: view.term, body });
    }

    /// The entry in front of the next one. Where the leader does not know it any more, the front
    /// of the log, on which all logs agree.
    fn prev(&self, log: &Log) -> Position {
        let index = self.next.previous();
        match (&self.flow, log.term(index)) {
            (Flow::Snapshot { .. }, _) | (_, None) => Position::default(),
            (Flow::Probe { .. } | Flow::Replicate { .. }, Some(term)) => Position { term, index },
        }
    }

    fn install(&mut self, ctx: &mut Context<'_>, view: View<'_>, round: Round) {
        let skipped = view.settings.has(Mutant::NoInstallSnapshot);
        if skipped || matches!(self.flow, Flow::Snapshot { .. }) {
            return;
        }
        let last = view.snapshot.last;
        self.sent = Some(ctx.now());
        self.flow = Flow::Snapshot { last: last.at.index, since: ctx.now() };
        ctx.note("snapshot", format!("send the snapshot up to {} to {}", last.at, self.id));
        let body = Body::Install { last, image: Cow::Borrowed(&view.snapshot.image), round };
        ctx.send(self.id, &Message { term: view.term, body });
    }

    /// The follower's log is the leader's up to `index`.
    pub(crate) fn on_matched(&mut self, index: Index, now: Nanos, settings: &Settings) {
        let from_next = settings.has(Mutant::MatchFromNext);
        let known = if from_next { self.next.previous() } else { index };
        self.matched = self.matched.max(known);
        match &mut self.flow {
            Flow::Probe { .. } if index.next() >= self.next => self.replicate_behind(index),
            Flow::Probe { .. } => {}
            Flow::Replicate { inflight } => {
                while inflight.front().is_some_and(|last| *last <= index) {
                    inflight.pop_front();
                }
                self.next = self.next.max(index.next());
            }
            Flow::Snapshot { last, .. } if index >= *last => self.replicate_behind(index),
            Flow::Snapshot { since, .. } => {
                if now.saturating_sub(*since) >= settings.election_timeout {
                    self.flow = Flow::Probe { waiting: false };
                }
            }
        }
    }

    fn replicate_behind(&mut self, index: Index) {
        self.next = index.next();
        self.flow = Flow::Replicate { inflight: VecDeque::new() };
    }

    /// The follower's log does not hold what should stand in front of the entries it was sent.
    pub(crate) fn on_conflict(&mut self, conflict: Conflict, log: &Log, settings: &Settings) {
        let expected = match &self.flow {
            Flow::Probe { .. } => conflict.prev.next() == self.next,
            Flow::Replicate { .. } => conflict.prev < self.next,
            Flow::Snapshot { .. } => false,
        };
        // What is matched stays matched: an answer that says otherwise was overtaken.
        if !expected || conflict.prev <= self.matched {
            return;
        }
        if settings.has(Mutant::NoBacktrack) {
            self.flow = Flow::Probe { waiting: true };
            return;
        }
        let shared = conflict.term.and_then(|term| log.last_of_term(term));
        let hint = match shared {
            Some(index) if index < conflict.prev => index.next(),
            Some(_) | None => conflict.first,
        };
        self.next = hint.clamp(self.matched.next(), conflict.prev);
        self.flow = Flow::Probe { waiting: false };
    }
}
