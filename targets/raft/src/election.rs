//! Leader election (paper §5.2, §5.4.1), with PreVote (thesis §9.6) and CheckQuorum (§6.2).
//!
//! A node that hears no leader for a random time between one and two election timeouts asks first
//! whether a majority would vote for it. Only with a majority of yeses does it raise its term and
//! ask in earnest, so that a node that was cut off does not depose a leader by its mere return. A
//! node that hears a leader says no to the first question and does not hear the second at all
//! (§4.2.3). A candidate asks those that have not answered again with every heartbeat interval,
//! for a request or its answer may be lost.

use crate::leader::Leadership;
use crate::message::{Body, Message};
use crate::mutant::Mutant;
use crate::node::{ELECTION, HEARTBEAT, Heard, Patience, RaftNode, Role};
use crate::storage::Ballot;
use crate::types::{Entry, Position, Term};
use crate::votes::Votes;
use chaos_node::{Context, Nanos, NodeId, Observation};

impl RaftNode {
    /// Draws a new time to wait for a sign of life of a leader.
    pub(crate) fn wait_for_leader(&mut self, ctx: &mut Context<'_>) {
        let shortest = self.settings.election_timeout;
        let span = ctx.rng().time(shortest..=shortest * 2);
        self.patience = Patience { since: ctx.now(), span };
        ctx.arm(ELECTION, span);
    }

    pub(crate) fn on_election_timeout(&mut self, ctx: &mut Context<'_>) {
        match &self.role {
            Role::Leader(_) => self.look_for_majority(ctx),
            Role::Follower(_) | Role::PreCandidate(_) | Role::Candidate(_) => {
                // A sign of life moves `since`, not the timer: that would cost an action each.
                let waited = ctx.now().saturating_sub(self.patience.since);
                match self.patience.span.saturating_sub(waited) {
                    Nanos::ZERO => self.stand(ctx),
                    rest => ctx.arm(ELECTION, rest),
                }
            }
        }
    }

    fn look_for_majority(&mut self, ctx: &mut Context<'_>) {
        ctx.arm(ELECTION, self.settings.election_timeout);
        if !self.settings.check_quorum {
            return;
        }
        if let Some((leadership, _, quorum)) = self.leading()
            && !leadership.check_quorum(quorum)
        {
            ctx.note("election", "step down: no majority was heard".to_owned());
            self.become_follower(ctx, None);
        }
    }

    fn stand(&mut self, ctx: &mut Context<'_>) {
        self.wait_for_leader(ctx);
        if self.settings.pre_vote {
            ctx.note("election", format!("ask for pre-votes for term {}", self.term().next()));
            self.role = Role::PreCandidate(Votes::of(self.id));
        } else {
            self.become_candidate(ctx);
        }
        self.ask(ctx);
        self.count(ctx);
    }

    fn become_candidate(&mut self, ctx: &mut Context<'_>) {
        self.ballot = Ballot { term: self.term().next(), vote: Some(self.id) };
        self.role = Role::Candidate(Votes::of(self.id));
        self.tell_role(chaos_node::Role::Candidate);
        self.sync(ctx);
    }

    /// Asks those that have not answered for their votes.
    fn ask(&mut self, ctx: &mut Context<'_>) {
        let last = self.log.last().at;
        let (votes, body) = match &self.role {
            Role::PreCandidate(votes) => (votes, Body::PreVote { last }),
            Role::Candidate(votes) => (votes, Body::Vote { last }),
            Role::Follower(_) | Role::Leader(_) => return,
        };
        let message = Message { term: self.ballot.term, body };
        for peer in self.quorum.others(self.id).filter(|peer| !votes.answered(*peer)) {
            ctx.send(peer, &message);
        }
        ctx.arm(HEARTBEAT, self.settings.heartbeat);
    }

    pub(crate) fn on_heartbeat_timeout(&mut self, ctx: &mut Context<'_>) {
        match &self.role {
            Role::Leader(_) => self.beat(ctx),
            Role::PreCandidate(_) | Role::Candidate(_) => self.ask(ctx),
            Role::Follower(_) => {}
        }
    }

    /// Goes on to the next role if the votes suffice.
    fn count(&mut self, ctx: &mut Context<'_>) {
        match &self.role {
            Role::PreCandidate(votes) if votes.won(&self.quorum) => {
                self.become_candidate(ctx);
                self.wait_for_leader(ctx);
                self.ask(ctx);
                self.count(ctx);
            }
            Role::Candidate(votes) if votes.won(&self.quorum) => self.become_leader(ctx),
            Role::Follower(_) | Role::PreCandidate(_) | Role::Candidate(_) | Role::Leader(_) => {}
        }
    }

    fn become_leader(&mut self, ctx: &mut Context<'_>) {
        let last = self.log.last_index();
        self.role = Role::Leader(Leadership::new(self.quorum.others(self.id), last));
        self.tell_role(chaos_node::Role::Leader);
        self.sync(ctx);
        ctx.arm(ELECTION, self.settings.election_timeout);
        ctx.arm(HEARTBEAT, self.settings.heartbeat);
        if self.has(Mutant::NoNoop) {
            self.beat(ctx);
        } else {
            self.append_own(ctx, Entry::noop(self.term()));
        }
    }

    /// Whether the node hears a leader, or leads, and so has no ear for candidates.
    pub(crate) fn ignores_candidates(&self, now: Nanos) -> bool {
        self.settings.check_quorum && self.hears_leader(now)
    }

    fn hears_leader(&self, now: Nanos) -> bool {
        match &self.role {
            Role::Leader(_) => true,
            Role::Follower(Some(heard)) => {
                now.saturating_sub(heard.at) < self.settings.election_timeout
            }
            Role::Follower(None) | Role::PreCandidate(_) | Role::Candidate(_) => false,
        }
    }

    pub(crate) fn on_pre_vote(
        &mut self,
        ctx: &mut Context<'_>,
        from: NodeId,
        term: Term,
        last: Position,
    ) {
        self.tempt_patience(ctx);
        let granted =
            term >= self.term() && self.is_up_to_date(last) && !self.hears_leader(ctx.now());
        self.promise(ctx, from, Body::PreVoteReply { campaign: term.next(), granted });
    }

    pub(crate) fn on_pre_vote_reply(
        &mut self,
        ctx: &mut Context<'_>,
        from: NodeId,
        campaign: Term,
        granted: bool,
    ) {
        let current = campaign == self.term().next();
        if let Role::PreCandidate(votes) = &mut self.role
            && (current || self.settings.has(Mutant::StaleTermReply))
        {
            votes.count(from, granted, &self.settings);
            self.count(ctx);
        }
    }

    pub(crate) fn on_vote(
        &mut self,
        ctx: &mut Context<'_>,
        from: NodeId,
        term: Term,
        last: Position,
    ) {
        self.tempt_patience(ctx);
        let granted = term == self.term() && self.has_vote_for(from) && self.is_up_to_date(last);
        if granted {
            ctx.note("vote", format!("vote for {from} in term {term}"));
            self.ballot.vote = Some(from);
            if let Role::PreCandidate(_) = self.role {
                self.become_follower(ctx, None);
            }
            self.patience.since = ctx.now();
        }
        self.promise(ctx, from, Body::VoteReply { granted });
    }

    fn has_vote_for(&self, candidate: NodeId) -> bool {
        match self.ballot.vote {
            None => true,
            Some(_) if self.has(Mutant::DoubleVote) => matches!(self.role, Role::Follower(_)),
            Some(chosen) => chosen == candidate && !self.has(Mutant::NoRegrant),
        }
    }

    fn is_up_to_date(&self, last: Position) -> bool {
        let own = self.log.last().at;
        if self.has(Mutant::LengthOnlyUpToDate) {
            return last.index >= own.index;
        }
        last >= own
    }

    fn tempt_patience(&mut self, ctx: &Context<'_>) {
        if self.has(Mutant::ResetTimerAlways) {
            self.patience.since = ctx.now();
        }
    }

    pub(crate) fn on_vote_reply(&mut self, ctx: &mut Context<'_>, from: NodeId, granted: bool) {
        if let Role::Candidate(votes) = &mut self.role {
            votes.count(from, granted, &self.settings);
            self.count(ctx);
        }
    }

    /// Enters a later term, as a follower of nobody yet.
    pub(crate) fn enter_term(&mut self, ctx: &mut Context<'_>, term: Term) {
        assert!(term > self.term(), "a term is entered once");
        self.ballot = Ballot { term, vote: None };
        self.become_follower(ctx, None);
        self.tell_role(chaos_node::Role::Follower);
    }

    /// Follows a leader of the current term, or nobody yet.
    pub(crate) fn become_follower(&mut self, ctx: &mut Context<'_>, leader: Option<Heard>) {
        let before = std::mem::replace(&mut self.role, Role::Follower(leader));
        match before {
            Role::Follower(_) => return,
            Role::PreCandidate(_) => {}
            Role::Candidate(_) => self.tell_role(chaos_node::Role::Follower),
            Role::Leader(leadership) => {
                self.tell_role(chaos_node::Role::Follower);
                self.disappoint(ctx, leadership);
            }
        }
        ctx.disarm(HEARTBEAT);
        self.wait_for_leader(ctx);
    }

    fn tell_role(&mut self, role: chaos_node::Role) {
        let term = self.term();
        if self.told != (role, term) {
            self.told = (role, term);
            self.storage.later(Observation::Role { role, term: term.0 });
        }
    }
}
