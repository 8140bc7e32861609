//! What the holder of a lease does: it gives mutations their order (paper §3.1), and answers when
//! all replicas have applied them.
//!
//! It accepts nothing after the end of its lease by its own clock. What it accepted before may end
//! later: all replicas that apply it are still of its version. A secondary that is silent or
//! cannot apply an order ends the lease, for the ones behind it would have to wait for ever.

use super::Chunkserver;
use crate::message::{Change, Chunk, Grant, Job, Message, Order, Outcome, Serial, Stamp, Version};
use crate::mutant::Mutant;
use crate::node::Out;
use chaos_node::{LeaseFact, Nanos, NodeId, Observation};
use std::collections::{BTreeMap, BTreeSet};

/// A lease, and what is done under it.
#[derive(Debug)]
pub(super) struct Primary {
    until: Nanos,
    replicas: Vec<NodeId>,
    open: BTreeMap<Serial, Open>,
    /// Where the bytes of each job went.
    done: BTreeMap<Job, u64>,
}

/// A mutation that not all have applied.
#[derive(Debug)]
struct Open {
    order: Order,
    waits_for: BTreeSet<NodeId>,
    since: Nanos,
}

impl Chunkserver {
    /// Begins or extends a lease.
    pub(super) fn on_grant(&mut self, out: &mut Out<'_, '_>, stamp: Stamp, grant: Grant) {
        let until = stamp.clock + self.settings.held();
        let Some(kept) = self.chunks.get_mut(&grant.chunk) else { return };
        let old = stamp.boot != out.boot || until <= out.now();
        if old || kept.replica.version != grant.version || kept.released {
            return;
        }
        match &mut kept.primary {
            Some(primary) => primary.until = primary.until.max(until),
            none => {
                let (replicas, open, done) = (grant.replicas, BTreeMap::new(), BTreeMap::new());
                *none = Some(Primary { until, replicas, open, done });
            }
        }
        self.tell_lease(out, grant.chunk);
    }

    /// Tells of the leases that are valid.
    pub(super) fn tell_leases(&self, out: &mut Out<'_, '_>) {
        self.chunks.keys().for_each(|chunk| self.tell_lease(out, *chunk));
    }

    fn tell_lease(&self, out: &mut Out<'_, '_>, chunk: Chunk) {
        if let Some(kept) = self.chunks.get(&chunk)
            && let Some(primary) = kept.primary.as_ref().filter(|p| out.now() < p.until)
        {
            let (epoch, until) = (kept.replica.version.0, primary.until);
            out.ctx.observe(Observation::Lease(LeaseFact::Held {
                resource: chunk.0,
                epoch,
                until,
            }));
        }
    }

    pub(super) fn on_mutate(
        &mut self,
        out: &mut Out<'_, '_>,
        from: NodeId,
        job: Job,
        (chunk, version): (Chunk, Version),
        at: Option<u64>,
    ) {
        let answer = |outcome| Message::Mutated { job, chunk, version, outcome };
        let size = self.settings.chunk_size as u64;
        let careless =
            self.settings.has(Mutant::LeaseRevokeLate) || self.settings.has(Mutant::NoFencing);
        let Some(kept) = self.chunks.get_mut(&chunk) else {
            return out.send(from, answer(Outcome::Refused));
        };
        let (now, length, serial) =
            (out.now(), kept.replica.length(), Serial(kept.replica.serial.0 + 1));
        let matches = kept.replica.version == version;
        let primary = kept.primary.as_mut().filter(|p| matches && (now < p.until || careless));
        let (Some(primary), Some(bytes)) = (primary, self.pushed.get(&job)) else {
            return out.send(from, answer(Outcome::Refused));
        };
        if let Some(offset) = primary.done.get(&job) {
            return out.send(from, answer(Outcome::At(*offset)));
        }
        if primary.open.values().any(|open| open.order.change == Change::Data(job)) {
            return;
        }
        let offset = at.unwrap_or(length);
        let fits = offset.checked_add(bytes.len() as u64).is_some_and(|end| end <= size);
        let change = if fits { Change::Data(job) } else { Change::Padding };
        match at {
            Some(_) if !fits => return out.send(from, answer(Outcome::Refused)),
            None if !fits => out.send(from, answer(Outcome::Full)),
            Some(_) | None => {}
        }
        if fits || length < size {
            self.order(out, Order { chunk, version, serial, offset, change });
        }
    }

    /// The master wants the lease back: what is under way is given up.
    pub(super) fn on_revoke(&mut self, out: &mut Out<'_, '_>, chunk: Chunk, version: Version) {
        if self.chunks.get(&chunk).is_some_and(|kept| kept.replica.version == version) {
            self.give_back(out, chunk);
            if let Some(kept) = self.chunks.get_mut(&chunk) {
                kept.released = true;
            }
            self.beat(out);
        }
    }

    /// Applies a mutation and has the secondaries do so.
    fn order(&mut self, out: &mut Out<'_, '_>, order: Order) {
        let own = out.ctx.id();
        if !self.apply(out, &order) {
            return self.give_back(out, order.chunk);
        }
        let since = out.now();
        let Some(primary) = self.primary(order.chunk) else { return };
        let waits_for: BTreeSet<NodeId> =
            primary.replicas.iter().copied().filter(|node| *node != own).collect();
        for node in &waits_for {
            out.send(*node, Message::Order(order.clone()));
        }
        let (chunk, serial) = (order.chunk, order.serial);
        primary.open.insert(serial, Open { order, waits_for, since });
        self.close(out, chunk, serial);
    }

    pub(super) fn on_ordered(
        &mut self,
        out: &mut Out<'_, '_>,
        from: NodeId,
        (chunk, version): (Chunk, Version),
        serial: Serial,
        applied: bool,
    ) {
        if self.chunks.get(&chunk).is_none_or(|kept| kept.replica.version != version) {
            return;
        }
        let Some(primary) = self.primary(chunk) else { return };
        match primary.open.get_mut(&serial) {
            Some(open) if applied => {
                open.waits_for.remove(&from);
                self.close(out, chunk, serial);
            }
            Some(_) => self.give_back(out, chunk),
            None => {}
        }
    }

    /// Answers for a mutation that all have applied.
    fn close(&mut self, out: &mut Out<'_, '_>, chunk: Chunk, serial: Serial) {
        let hasty = self.settings.has(Mutant::AckBeforeSecondaries);
        let Some(primary) = self.primary(chunk) else { return };
        let whole = |open: &Open| open.waits_for.is_empty();
        if !primary.open.get(&serial).is_some_and(|open| whole(open) || hasty) {
            return;
        }
        let Some(open) = primary.open.remove(&serial) else { return };
        if let Change::Data(job) = open.order.change {
            let Order { version, offset, .. } = open.order;
            primary.done.insert(job, offset);
            let outcome = Outcome::At(offset);
            out.send(job.node, Message::Mutated { job, chunk, version, outcome });
        }
    }

    fn primary(&mut self, chunk: Chunk) -> Option<&mut Primary> {
        self.chunks.get_mut(&chunk)?.primary.as_mut()
    }

    /// Gives the lease of a chunk back, if there is one.
    pub(super) fn give_back(&mut self, out: &mut Out<'_, '_>, chunk: Chunk) {
        let Some(kept) = self.chunks.get_mut(&chunk) else { return };
        let Some(primary) = kept.primary.take() else { return };
        kept.released = true;
        let version = kept.replica.version;
        out.ctx
            .observe(Observation::Lease(LeaseFact::Ended { resource: chunk.0, epoch: version.0 }));
        for open in primary.open.into_values() {
            if let Change::Data(job) = open.order.change {
                let outcome = Outcome::Refused;
                out.send(job.node, Message::Mutated { job, chunk, version, outcome });
            }
        }
    }

    /// Says orders again that were not answered, and gives leases back where that is in vain.
    pub(crate) fn retry(&mut self, out: &mut Out<'_, '_>) {
        let then = out.now().saturating_sub(self.settings.patience);
        let mut hopeless = Vec::new();
        for (chunk, kept) in &self.chunks {
            let Some(primary) = &kept.primary else { continue };
            if primary.open.values().any(|open| open.since < then) {
                hopeless.push(*chunk);
                continue;
            }
            for open in primary.open.values() {
                for node in &open.waits_for {
                    out.send(*node, Message::Order(open.order.clone()));
                }
            }
        }
        hopeless.into_iter().for_each(|chunk| self.give_back(out, chunk));
    }
}
