//! What is committed is applied at once, and now and then a snapshot is taken (paper §5.3, §7).

use crate::machine::Machine;
use crate::mutant::Mutant;
use crate::node::RaftNode;
use crate::storage::Snapshot;
use crate::types::{Anchor, Bytes, Entry, Index};
use chaos_node::{Context, Observation, Reply, decode};

/// A state that encodes to more than this is not made a snapshot of: a snapshot has to fit into
/// one message. The log then goes on growing.
const IMAGE_BYTES: usize = 1 << 26;

impl RaftNode {
    /// Commits and applies the entries up to `to`.
    pub(crate) fn advance_commit(&mut self, ctx: &mut Context<'_>, to: Index) {
        assert!(to <= self.log.last_index(), "an entry is there before it is committed");
        if to <= self.commit {
            return;
        }
        let first = self.commit.next();
        self.commit = to;
        ctx.observe(Observation::Committed { index: to.0, term: self.term().0 });
        for index in first.0..=to.0 {
            self.apply(ctx, Index(index));
        }
        self.answer_reads(ctx);
        self.snapshot_if_due(ctx);
    }

    fn apply(&mut self, ctx: &mut Context<'_>, index: Index) {
        let entry = self.log.entry(index).expect("what was not applied yet is in the log");
        let reply = execute(&mut self.machine, entry, self.settings.has(Mutant::NoDedupe));
        let Anchor { at, digest } = self.log.anchor_at(index).expect("it is in the log");
        ctx.observe(Observation::Applied { index: index.0, term: at.term.0, digest });
        self.wake(ctx, at, reply);
    }

    fn snapshot_if_due(&mut self, ctx: &mut Context<'_>) {
        if self.commit < self.snapshot_due {
            return;
        }
        self.snapshot_due = Index(self.commit.0 + self.settings.snapshot_every);
        let image = if self.has(Mutant::DedupeNotInSnapshot) {
            self.machine.image_without_sessions()
        } else {
            self.machine.image()
        };
        if image.len() > IMAGE_BYTES {
            return ctx.note("snapshot", format!("none taken: {} bytes are too many", image.len()));
        }
        self.sync(ctx);
        let last = self.log.anchor_at(self.commit).expect("what was applied is in the log");
        self.snapshot = Snapshot { last, image: Bytes(image.into()) };
        self.trim_log(ctx);
    }

    /// Drops the entries that the snapshot holds, but for a few: a follower that is a little
    /// behind shall not need all of the state.
    fn trim_log(&mut self, ctx: &mut Context<'_>) {
        let before = self.log.anchor().at.index;
        let kept = Index(self.commit.0.saturating_sub(self.settings.keep_entries));
        let to = if self.has(Mutant::LogNotTrimmed) { before } else { kept.max(before) };
        self.log.compact(to);
        self.storage.save_snapshot(ctx, &self.snapshot, &self.log);
        ctx.note("snapshot", format!("take a snapshot up to {}", self.snapshot.last.at));
        if to > before {
            ctx.observe(Observation::Compacted { index: to.0 });
        }
    }
}

/// Does what an entry says. A command that no node could have proposed does nothing.
fn execute(machine: &mut Machine, entry: &Entry, again: bool) -> Option<Reply> {
    if entry.is_noop() {
        return None;
    }
    match decode(&entry.command.0) {
        Ok(request) if again => Some(machine.apply_again(request)),
        Ok(request) => Some(machine.apply(request)),
        Err(error) => Some(Reply::Fail(error.to_string())),
    }
}
