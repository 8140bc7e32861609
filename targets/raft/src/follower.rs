//! The receiving side of log replication (paper §5.3) and of snapshots (paper §7).
//!
//! A message can contradict what this node knows for certain: another leader in a term that it
//! leads itself, or another entry where it has a committed one. No correct cluster gets there. The
//! message is refused and the contradiction noted, so that a broken or hostile peer cannot make
//! this node break its own promises.

use crate::log::Log;
use crate::machine::Machine;
use crate::message::{Body, Conflict, Outcome, Round};
use crate::mutant::Mutant;
use crate::node::{Heard, RaftNode, Role, appended};
use crate::storage::Snapshot;
use crate::types::{Anchor, Bytes, Entry, Index, Position};
use chaos_node::{Context, NodeId, Observation};

impl RaftNode {
    pub(crate) fn on_append(
        &mut self,
        ctx: &mut Context<'_>,
        from: NodeId,
        prev: Position,
        entries: Vec<Entry>,
        commit: Index,
        round: Round,
    ) {
        let since = self.patience.since;
        if !self.follow(ctx, from) {
            return;
        }
        if entries.is_empty() && self.has(Mutant::HeartbeatKeepsTimer) {
            self.patience.since = since;
        }
        let skips_commit = entries.is_empty() && self.has(Mutant::HeartbeatSkipsCommit);
        let unchecked = entries.is_empty() && self.has(Mutant::HeartbeatSkipsPrevCheck);
        if !self.agrees_on(prev) && !unchecked {
            let outcome = Outcome::Conflict(self.conflict_at(prev.index));
            return self.promise(ctx, from, Body::AppendReply { round, outcome });
        }
        let verified = prev.index.plus(entries.len());
        if !self.store(ctx, prev.index, entries) {
            return ctx.note("contradiction", format!("{from} takes back what is committed"));
        }
        let outcome = Outcome::Matched(verified);
        self.promise(ctx, from, Body::AppendReply { round, outcome });
        if skips_commit {
            return;
        }
        let last = self.log.last_index();
        let cap = if self.has(Mutant::CommitNotCapped) { last } else { verified.min(last) };
        self.advance_commit(ctx, commit.min(cap));
    }

    /// Accepts the sender as the leader of this term.
    fn follow(&mut self, ctx: &mut Context<'_>, from: NodeId) -> bool {
        if matches!(self.role, Role::Leader(_)) {
            let term = self.term();
            ctx.note("contradiction", format!("{from} claims to lead term {term}, as I do"));
            return false;
        }
        self.become_follower(ctx, Some(Heard { leader: from, at: ctx.now() }));
        self.patience.since = ctx.now();
        true
    }

    /// Whether the log up to `prev` is the leader's. What the own snapshot holds is committed, and
    /// so in every leader's log.
    fn agrees_on(&self, prev: Position) -> bool {
        prev.index < self.log.anchor().at.index || self.log.holds(prev)
    }

    fn conflict_at(&self, prev: Index) -> Conflict {
        match self.log.term(prev) {
            None => Conflict { prev, term: None, first: self.log.last_index().next() },
            term @ Some(_) => Conflict { prev, term, first: self.log.first_of_term_at(prev) },
        }
    }

    /// Takes over the entries behind `prev` that are not there yet. Entries that are there stay
    /// there, and what follows them: the message may be older than what came after it.
    fn store(&mut self, ctx: &mut Context<'_>, prev: Index, mut entries: Vec<Entry>) -> bool {
        let known = self.known(prev, &entries);
        entries.drain(..known);
        let first = prev.plus(known).next();
        if entries.is_empty() {
            return true;
        }
        let before = self.log.term(first.previous());
        if first <= self.commit || before > entries.first().map(|entry| entry.term) {
            return false;
        }
        if first <= self.log.last_index() {
            let last = self.log.last().at;
            ctx.note("conflict", format!("drop the entries from {first} on, up to {last}"));
            self.log.truncate(first);
            self.storage.later(Observation::Truncated { from: first.0 });
        }
        self.storage.append(ctx, first, &entries);
        for entry in entries {
            let last = self.log.append(entry);
            self.storage.later(appended(last));
        }
        true
    }

    /// How many of the entries behind `prev` are in the log, or were before it was trimmed.
    fn known(&self, prev: Index, entries: &[Entry]) -> usize {
        let cuts_all = self.has(Mutant::TruncateOnStaleAppend);
        let is_known = |(offset, entry): &(usize, &Entry)| {
            let index = prev.plus(offset + 1);
            let held = self.log.term(index) == Some(entry.term);
            index <= self.log.anchor().at.index || held && !(cuts_all && index > self.commit)
        };
        entries.iter().enumerate().take_while(is_known).count()
    }

    pub(crate) fn on_install(
        &mut self,
        ctx: &mut Context<'_>,
        from: NodeId,
        last: Anchor,
        image: Bytes,
        round: Round,
    ) {
        if !self.follow(ctx, from) {
            return;
        }
        // A log that holds the snapshot's last entry is ahead of the snapshot, not behind it.
        let needed = last.at.index > self.commit && !self.log.holds(last.at);
        if needed || self.has(Mutant::StaleInstallSnapshot) {
            match Machine::from_image(&image.0) {
                Ok(machine) => self.install(ctx, Snapshot { last, image }, machine),
                Err(error) => {
                    return ctx.note("message", format!("drop a snapshot of {from}: {error}"));
                }
            }
        }
        let outcome = Outcome::Matched(last.at.index);
        self.promise(ctx, from, Body::AppendReply { round, outcome });
        self.advance_commit(ctx, last.at.index);
    }

    fn install(&mut self, ctx: &mut Context<'_>, snapshot: Snapshot, machine: Machine) {
        self.sync(ctx);
        let Anchor { at, digest } = snapshot.last;
        self.log = Log::behind(snapshot.last);
        self.storage.save_snapshot(ctx, &snapshot, &self.log);
        (self.snapshot, self.machine, self.commit) = (snapshot, machine, at.index);
        self.snapshot_due = Index(at.index.0 + self.settings.snapshot_every);
        ctx.note("snapshot", format!("install the snapshot up to {at}"));
        ctx.observe(Observation::Installed { index: at.index.0, term: at.term.0, digest });
    }
}
