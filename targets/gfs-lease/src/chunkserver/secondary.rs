//! What a replica's chunkserver does as a secondary: it applies what the primary orders, in that order.

use super::{Chunkserver, Kept};
use crate::message::{Change, Chunk, Message, Order, Serial};
use crate::mutant::Mutant;
use crate::node::Out;
use chaos_node::{Digest, LeaseFact, NodeId, Observation};

impl Chunkserver {
    /// A secondary applies what the primary orders, in the primary's order.
    pub(super) fn on_order(&mut self, out: &mut Out<'_, '_>, from: NodeId, order: Order) {
        let (chunk, serial) = (order.chunk, order.serial);
        let Some(kept) = self.chunks.get_mut(&chunk) else { return };
        let version = kept.replica.version;
        if order.version != version {
            if order.version < version && self.settings.has(Mutant::NoFencing) {
                self.obey(out, from, &order);
            }
            return;
        }
        if self.settings.has(Mutant::AppendOrderDiffers) {
            let again = kept.early.insert(serial, (from, order.clone())).is_some();
            match again {
                true => self.agree(out, from, &order),
                false => self.obey(out, from, &order),
            }
            return;
        }
        if serial <= kept.replica.serial {
            return self.agree(out, from, &order);
        }
        kept.early.insert(serial, (from, order));
        self.catch_up(out, chunk);
    }

    fn catch_up(&mut self, out: &mut Out<'_, '_>, chunk: Chunk) {
        while let Some(kept) = self.chunks.get_mut(&chunk) {
            let next = Serial(kept.replica.serial.0 + 1);
            let Some((from, order)) = kept.early.remove(&next) else { return };
            self.obey(out, from, &order);
            let reached = |kept: &Kept| kept.replica.serial == next;
            if !self.chunks.get(&chunk).is_some_and(reached) {
                return;
            }
        }
    }

    /// Says again that an order was applied.
    fn agree(&self, out: &mut Out<'_, '_>, from: NodeId, order: &Order) {
        let Order { chunk, version, serial, .. } = *order;
        out.send(from, Message::Ordered { chunk, version, serial, applied: true });
    }

    fn obey(&mut self, out: &mut Out<'_, '_>, from: NodeId, order: &Order) {
        let applied = self.apply(out, order);
        let Order { chunk, version, serial, .. } = *order;
        out.send(from, Message::Ordered { chunk, version, serial, applied });
    }

    /// Applies a mutation, durably; says whether it could.
    pub(super) fn apply(&mut self, out: &mut Out<'_, '_>, order: &Order) -> bool {
        let (size, block) = (self.settings.chunk_size, self.settings.block_size);
        let offset = usize::try_from(order.offset).unwrap_or(usize::MAX).min(size);
        let bytes = match &order.change {
            Change::Padding => vec![0; size - offset],
            Change::Data(job) => match self.pushed.get(job) {
                Some(bytes) if offset + bytes.len() <= size => bytes.clone(),
                Some(_) | None => return false,
            },
        };
        if !self.is_sound(out, order.chunk) {
            return false;
        }
        let at = out.now();
        let Some(kept) = self.chunks.get_mut(&order.chunk) else { return false };
        kept.replica.put(order.serial, offset, &bytes, block);
        kept.replica.save(out.ctx, order.chunk);
        out.ctx.observe(Observation::Lease(LeaseFact::Mutated {
            resource: order.chunk.0,
            epoch: order.version.0,
            serial: order.serial.0,
            digest: Digest::EMPTY.then(order.offset, &bytes),
            at,
        }));
        true
    }
}
