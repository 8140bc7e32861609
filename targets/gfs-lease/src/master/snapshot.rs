//! Snapshots (paper §3.4): a copy of a directory that takes no time, for its files share their
//! chunks with those that they copy.
//!
//! All leases of these chunks are revoked first, so that whoever wants to change one has to ask the
//! master, which gives the file a chunk of its own then (*copy-on-write*): each chunkserver copies it
//! from its own replica. Meanwhile the paths are locked, or new leases would be granted behind the
//! back of the snapshot. Only when no lease is left the snapshot is logged, in one record: that is
//! its instant.

use super::Master;
use super::namespace::Record;
use crate::message::{Answer, Chunk, Message};
use crate::mutant::Mutant;
use crate::node::Out;
use std::collections::BTreeSet;

/// A snapshot that waits for leases to be over.
#[derive(Debug)]
pub(super) struct Revoking {
    from: String,
    to: String,
    session: u64,
    sequence: u64,
    /// Chunks that may have a lease.
    leased: BTreeSet<Chunk>,
}

impl Master {
    /// Makes a snapshot; the answer is there when it is made.
    pub(super) fn snapshot(
        &mut self,
        out: &mut Out<'_, '_>,
        (from, to): (String, String),
        (session, sequence): (u64, u64),
    ) -> Option<Answer> {
        if let Some(before) = self.log.namespace.answered(session, sequence) {
            return before.cloned();
        }
        if self.locks.take(session, &[&from, &to]) {
            let leased: BTreeSet<Chunk> = match self.settings.has(Mutant::SnapshotKeepsLeases) {
                true => BTreeSet::new(),
                false => self.log.namespace.below(&from).collect(),
            };
            if !self.settings.has(Mutant::NoPathLocks) {
                self.work.retain(|chunk, _| !leased.contains(chunk));
            }
            self.revoking.push(Revoking { from, to, session, sequence, leased });
            self.revoke(out);
        }
        self.log.namespace.answered(session, sequence)?.cloned()
    }

    /// Whether a snapshot waits for the chunk's lease to be over, so that there may be no new one.
    pub(super) fn is_frozen(&self, chunk: Chunk) -> bool {
        let waits = |revoking: &Revoking| {
            self.log.namespace.below(&revoking.from).any(|below| below == chunk)
        };
        !self.settings.has(Mutant::NoPathLocks) && self.revoking.iter().any(waits)
    }

    /// Asks for the leases that snapshots wait for, and makes those that wait for none.
    pub(super) fn revoke(&mut self, out: &mut Out<'_, '_>) {
        let now = out.now();
        for mut revoking in std::mem::take(&mut self.revoking) {
            revoking.leased.retain(|chunk| now < self.quiet || self.lease(now, *chunk).is_some());
            for chunk in &revoking.leased {
                if let Some(lease) = self.leases.get(chunk) {
                    let (chunk, version) = (*chunk, lease.version);
                    out.send(lease.holder, Message::Revoke { chunk, version });
                }
            }
            match revoking.leased.is_empty() {
                false => self.revoking.push(revoking),
                true => {
                    let Revoking { from, to, session, sequence, .. } = revoking;
                    self.log.append(out.ctx, &Record::Snapshot { from, to, session, sequence });
                    self.locks.release(session);
                    self.forget();
                }
            }
        }
    }
}
