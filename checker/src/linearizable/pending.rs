//! The operations that are pending, in reusable slots.

use super::mask::Mask;
use super::space::{Code, Make, Need, Renamed, StateId};

/// When an operation returns: its place among the moments; never, if its outcome is unknown.
pub(crate) type Deadline = u32;

/// A return that lies in an unknown future.
pub(crate) const UNTOLD: Deadline = 0;

/// An operation that never returns.
pub(crate) const NEVER: Deadline = Deadline::MAX;

/// The slots that there is room for at first.
const ROOM: usize = 16;

/// What is pending.
#[derive(Clone, Debug)]
pub(crate) struct Pending<const W: usize> {
    /// The code and the deadline of each slot.
    slots: Vec<(Code, Deadline)>,
    /// The slots in use.
    pub(crate) all: Mask<W>,
    /// Legal anywhere.
    pub(crate) total: Mask<W>,
    /// May change the state.
    pub(crate) movers: Mask<W>,
}

impl<const W: usize> Pending<W> {
    pub(crate) fn new() -> Self {
        let (all, total, movers) = (Mask::EMPTY, Mask::EMPTY, Mask::EMPTY);
        Pending { slots: Vec::with_capacity(ROOM), all, total, movers }
    }

    /// Puts an operation in a slot.
    pub(crate) fn insert(&mut self, code: Code, deadline: Deadline) -> usize {
        let slot = self.all.first_missing();
        match self.slots.get_mut(slot) {
            Some(free) => *free = (code, deadline),
            None => self.slots.push((code, deadline)),
        }
        self.all.insert(slot);
        if code.is_total() {
            self.total.insert(slot);
        }
        if !code.is_observer() {
            self.movers.insert(slot);
        }
        slot
    }

    pub(crate) fn remove(&mut self, slot: usize) {
        self.all.remove(slot);
        self.total.remove(slot);
        self.movers.remove(slot);
    }

    /// The codes with their new numbers.
    pub(super) fn rename(&mut self, renamed: &Renamed) {
        for slot in self.all.iter() {
            self.slots[slot].0 = renamed.code(self.slots[slot].0);
        }
    }

    /// How many slots are in use.
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(crate) fn code(&self, slot: usize) -> Code {
        self.slots[slot].0
    }

    pub(crate) fn deadline(&self, slot: usize) -> Deadline {
        self.slots[slot].1
    }

    /// Whether one of the slots needs exactly this state.
    pub(crate) fn needs(&self, slots: Mask<W>, state: StateId) -> bool {
        slots.iter().any(|slot| self.code(slot).need == Need::Is(state))
    }

    /// The first of the slots that makes this state.
    pub(crate) fn maker(&self, slots: Mask<W>, state: StateId) -> Option<usize> {
        slots.iter().find(|slot| self.code(*slot).make == Make::To(state))
    }
}
