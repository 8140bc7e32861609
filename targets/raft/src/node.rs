//! A node: its state, its roles, and what each event does.
//!
//! Every call ends in [`RaftNode::finish`]: what was written is durable then, and what the node
//! tells of itself is told. Events are handled in the files beside this one: [`crate::election`],
//! [`crate::follower`], [`crate::replication`], [`crate::commit`] and
//! [`crate::client`].

use crate::leader::Leadership;
use crate::log::Log;
use crate::machine::Machine;
use crate::message::{Body, Message};
use crate::mutant::Mutant;
use crate::peer::View;
use crate::quorum::Quorum;
use crate::restore::{Restored, restore};
use crate::settings::Settings;
use crate::storage::{Ballot, Growing, Snapshot, Storage};
use crate::types::{Index, Term};
use crate::votes::Votes;
use chaos_node::{Context, Nanos, Node, NodeConfig, NodeId, Observation, Request, Ticket, Timer};
use std::collections::BTreeMap;

/// Runs out when a follower or candidate stands for election, and when a leader looks for its
/// majority.
pub(crate) const ELECTION: Timer = Timer(0);
/// Runs out when a leader sends heartbeats, and when a candidate asks again.
pub(crate) const HEARTBEAT: Timer = Timer(1);

/// The roles of the paper, and the thesis's pre-candidate (§9.6), who has not raised its term.
#[derive(Debug)]
pub(crate) enum Role {
    Follower(Option<Heard>),
    PreCandidate(Votes),
    Candidate(Votes),
    Leader(Leadership),
}

/// A leader that was heard of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heard {
    pub(crate) leader: NodeId,
    pub(crate) at: Nanos,
}

/// How long to wait for a sign of life of a leader, and since when.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Patience {
    pub(crate) since: Nanos,
    pub(crate) span: Nanos,
}

/// A client that waits for its entry.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Waiter {
    pub(crate) term: Term,
    pub(crate) ticket: Ticket,
}

/// One node.
pub(crate) struct RaftNode {
    pub(crate) id: NodeId,
    pub(crate) quorum: Quorum,
    pub(crate) settings: Settings,
    pub(crate) storage: Storage,
    // On the disk as well:
    pub(crate) ballot: Ballot,
    pub(crate) log: Log,
    pub(crate) snapshot: Snapshot,
    // In memory alone:
    pub(crate) role: Role,
    pub(crate) patience: Patience,
    /// The role and term that were told last.
    pub(crate) told: (chaos_node::Role, Term),
    /// The paper's commitIndex and lastApplied: what is committed is applied at once.
    pub(crate) commit: Index,
    pub(crate) machine: Machine,
    /// The commit index at which the next snapshot is taken.
    pub(crate) snapshot_due: Index,
    pub(crate) waiters: BTreeMap<Index, Waiter>,
}

impl RaftNode {
    pub(crate) fn new(config: &NodeConfig, settings: Settings) -> RaftNode {
        let storage = Storage::new(
            settings.mutant,
            Ballot::default(),
            Growing::default(),
            Growing::default(),
        );
        RaftNode {
            id: config.id,
            quorum: Quorum::new(config.nodes.clone()),
            settings,
            storage,
            ballot: Ballot::default(),
            log: Log::default(),
            snapshot: Snapshot::default(),
            role: Role::Follower(None),
            patience: Patience::default(),
            told: (chaos_node::Role::Follower, Term::default()),
            commit: Index::ZERO,
            machine: Machine::default(),
            snapshot_due: Index::ZERO,
            waiters: BTreeMap::new(),
        }
    }

    pub(crate) fn has(&self, mutant: Mutant) -> bool {
        self.settings.has(mutant)
    }

    pub(crate) fn term(&self) -> Term {
        self.ballot.term
    }

    /// Makes durable what was written, and only then tells and answers.
    pub(crate) fn sync(&mut self, ctx: &mut Context<'_>) {
        self.storage.sync(ctx, self.ballot);
    }

    /// The leader's state beside what it needs of the rest, if this node leads.
    pub(crate) fn leading(&mut self) -> Option<(&mut Leadership, View<'_>, &Quorum)> {
        let Role::Leader(leadership) = &mut self.role else { return None };
        let view = View {
            term: self.ballot.term,
            commit: self.commit,
            log: &self.log,
            snapshot: &self.snapshot,
            settings: &self.settings,
        };
        Some((leadership, view, &self.quorum))
    }

    /// Sends a message that promises something: all it rests on is durable first.
    pub(crate) fn promise(&mut self, ctx: &mut Context<'_>, to: NodeId, body: Body<'_>) {
        self.sync(ctx);
        ctx.send(to, &Message { term: self.term(), body });
    }

    fn dispatch(&mut self, ctx: &mut Context<'_>, from: NodeId, message: Message<'static>) {
        let Message { term, body } = message;
        match body {
            Body::PreVote { last } => return self.on_pre_vote(ctx, from, term, last),
            Body::PreVoteReply { campaign, granted } if term <= self.term() => {
                return self.on_pre_vote_reply(ctx, from, campaign, granted);
            }
            Body::Vote { .. } if self.ignores_candidates(ctx.now()) => return,
            _ => {}
        }
        if term > self.term() {
            if matches!(self.role, Role::Leader(_)) && self.has(Mutant::NoStepDown) {
                return;
            }
            self.enter_term(ctx, term);
        }
        let stale = term < self.term();
        match body {
            Body::Vote { last } => self.on_vote(ctx, from, term, last),
            Body::Append { .. } | Body::Install { .. } if stale => {
                self.promise(ctx, from, Body::Outdated);
            }
            Body::Append { prev, entries, commit, round } => {
                self.on_append(ctx, from, prev, entries.into_owned(), commit, round);
            }
            Body::Install { last, image, round } => {
                self.on_install(ctx, from, last, image.into_owned(), round);
            }
            Body::VoteReply { .. } | Body::AppendReply { .. }
                if stale && !self.has(Mutant::StaleTermReply) => {}
            Body::VoteReply { granted } => self.on_vote_reply(ctx, from, granted),
            Body::AppendReply { round, outcome } => {
                self.on_append_reply(ctx, from, round, outcome);
            }
            Body::PreVote { .. } | Body::PreVoteReply { .. } | Body::Outdated => {}
        }
    }

    fn finish(&mut self, ctx: &mut Context<'_>) {
        self.sync(ctx);
        self.commit_replicated(ctx);
        assert!(self.commit <= self.log.last_index(), "what is committed is in the log");
        assert!(
            self.log.last().at.term <= self.term(),
            "no entry is of a later term than the node"
        );
    }
}

impl Node for RaftNode {
    fn start(&mut self, ctx: &mut Context<'_>) {
        let Restored { ballot, snapshot, log, storage } = restore(ctx, self.settings.mutant);
        self.machine = match Machine::from_image(&snapshot.image.0) {
            Ok(machine) => machine,
            Err(_) if snapshot.image.0.is_empty() => Machine::default(),
            Err(error) => panic!("the snapshot holds no state: {error}"),
        };
        self.commit = log.anchor().at.index;
        self.snapshot_due = Index(snapshot.last.at.index.0 + self.settings.snapshot_every);
        self.tell_restored(ctx, &log);
        (self.ballot, self.snapshot, self.log, self.storage) = (ballot, snapshot, log, storage);
        self.told = (chaos_node::Role::Follower, self.term());
        ctx.observe_role(chaos_node::Role::Follower, self.term().0);
        self.wait_for_leader(ctx);
        self.finish(ctx);
    }

    fn receive(&mut self, ctx: &mut Context<'_>, from: NodeId, message: &[u8]) {
        if from == self.id || !self.quorum.holds(from) {
            return ctx.note("message", format!("drop a message of {from}: no peer of mine"));
        }
        match Message::parse(message) {
            Ok(message) => self.dispatch(ctx, from, message),
            Err(error) => ctx.note("message", format!("drop a message of {from}: {error}")),
        }
        self.finish(ctx);
    }

    fn timeout(&mut self, ctx: &mut Context<'_>, timer: Timer) {
        match timer {
            ELECTION => self.on_election_timeout(ctx),
            HEARTBEAT => self.on_heartbeat_timeout(ctx),
            Timer(_) => {}
        }
        self.finish(ctx);
    }

    fn request(&mut self, ctx: &mut Context<'_>, ticket: Ticket, request: Request) {
        self.on_request(ctx, ticket, request);
        self.finish(ctx);
    }
}

impl RaftNode {
    fn tell_restored(&self, ctx: &mut Context<'_>, log: &Log) {
        let anchor = log.anchor();
        let (index, term) = (anchor.at.index, anchor.at.term);
        ctx.observe(Observation::Restored { index: index.0, term: term.0, digest: anchor.digest });
        for offset in 1..=log.last_index().since(index) {
            let entry = log.anchor_at(Index(index.0 + offset)).expect("it is in the log");
            ctx.observe(appended(entry));
        }
    }
}

/// The observation of an entry at the end of the log.
pub(crate) fn appended(entry: crate::types::Anchor) -> Observation {
    Observation::Appended { index: entry.at.index.0, term: entry.at.term.0, digest: entry.digest }
}
