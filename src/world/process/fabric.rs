//! What the switch and an arena share: the links of the cluster that runs, if one does.

use super::clock::monotonic;
use crate::network::{Endpoint, Fate, Links};
use chaos_node::Nanos;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The network of one slot, run after run.
#[derive(Debug, Default)]
pub(super) struct Fabric {
    run: Mutex<Option<Run>>,
    number: AtomicU64,
    overflows: AtomicU64,
}

/// The network of one run.
#[derive(Debug)]
pub(super) struct Run {
    links: Links,
    epoch: Nanos,
}

impl Fabric {
    /// Frames flow from now on, by these links; says when that is.
    pub(super) fn open(&self, links: Links) -> Nanos {
        let epoch = monotonic();
        self.overflows.store(0, Ordering::Relaxed);
        *self.lock() = Some(Run { links, epoch });
        epoch
    }

    /// No frame flows any more, not even one that is on its way.
    pub(super) fn close(&self) {
        *self.lock() = None;
        self.number.fetch_add(1, Ordering::Release);
    }

    /// The number of the run: what was held back in another one is stale.
    pub(super) fn number(&self) -> u64 {
        self.number.load(Ordering::Acquire)
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Option<Run>> {
        self.run.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Works on the links between two frames.
    ///
    /// # Panics
    /// If no cluster runs.
    pub(super) fn with_links<R>(&self, work: impl FnOnce(&mut Links, Nanos) -> R) -> R {
        let mut run = self.lock();
        let run = run.as_mut().expect("an arena's fabric is open");
        let now = monotonic().saturating_sub(run.epoch);
        work(&mut run.links, now)
    }

    /// Frames that the kernel or a full queue lost, against the rules.
    pub(super) fn overflows(&self) -> u64 {
        self.overflows.load(Ordering::Relaxed)
    }

    pub(super) fn overflowed(&self, frames: u64) {
        self.overflows.fetch_add(frames, Ordering::Relaxed);
    }
}

impl Run {
    /// Decides about a frame; times in and out are those of the monotonic clock.
    pub(super) fn judge(&mut self, from: Endpoint, to: Endpoint, now: Nanos) -> Fate {
        match self.links.judge(from, to, now.saturating_sub(self.epoch)) {
            Fate::Drop(cause) => Fate::Drop(cause),
            Fate::Deliver { at, copy } => {
                Fate::Deliver { at: self.epoch + at, copy: copy.map(|copy| self.epoch + copy) }
            }
        }
    }
}
