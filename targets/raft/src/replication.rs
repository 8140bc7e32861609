//! The sending side of log replication (paper §5.3, §5.4.2).

use crate::message::{Outcome, Round};
use crate::mutant::Mutant;
use crate::node::{HEARTBEAT, RaftNode, appended};
use crate::types::{Entry, Index};
use chaos_node::{Context, NodeId};

impl RaftNode {
    /// Appends an entry to the leader's own log and sends it at once; the own disk follows when
    /// the call ends.
    pub(crate) fn append_own(&mut self, ctx: &mut Context<'_>, entry: Entry) -> Index {
        let index = self.log.last_index().next();
        self.storage.append(ctx, index, std::slice::from_ref(&entry));
        let last = self.log.append(entry);
        self.storage.later(appended(last));
        if let Some((leadership, view, _)) = self.leading() {
            leadership.replicate(ctx, view);
        }
        index
    }

    pub(crate) fn beat(&mut self, ctx: &mut Context<'_>) {
        ctx.arm(HEARTBEAT, self.settings.beat());
        if let Some((leadership, view, _)) = self.leading() {
            leadership.beat(ctx, view);
        }
    }

    pub(crate) fn on_append_reply(
        &mut self,
        ctx: &mut Context<'_>,
        from: NodeId,
        round: Round,
        outcome: Outcome,
    ) {
        let now = ctx.now();
        let Some((leadership, view, _)) = self.leading() else { return };
        let newest = leadership.round();
        let Some(peer) = leadership.peer(from) else { return };
        peer.answered(now, round);
        match outcome {
            Outcome::Matched(index) if index > view.log.last_index() => return,
            Outcome::Matched(index) => peer.on_matched(index, now, view.settings),
            Outcome::Conflict(conflict) => peer.on_conflict(conflict, view.log, view.settings),
        }
        peer.replicate(ctx, view, newest);
        self.commit_replicated(ctx);
        self.answer_reads(ctx);
    }

    /// Commits what a majority has, if the last of it is of the leader's own term. Entries of
    /// older terms are committed with it, never by being counted (paper §5.4.2, figure 8).
    pub(crate) fn commit_replicated(&mut self, ctx: &mut Context<'_>) {
        let Some((leadership, view, quorum)) = self.leading() else { return };
        let end = view.log.last_index();
        let Some(index) = leadership.replicated(quorum, view.commit, end) else { return };
        let of_own_term = view.log.term(index) == Some(view.term);
        if of_own_term || view.settings.has(Mutant::CommitOldTerm) {
            self.advance_commit(ctx, index);
        }
    }
}
