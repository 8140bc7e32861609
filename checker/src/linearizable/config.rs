//! A configuration: one way in which things may stand.

use super::mask::Mask;
use super::pool::{OVERDRAWN, Pool, UsageId};
use super::space::StateId;

/// One way in which things may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Config<const W: usize> {
    pub(crate) state: StateId,
    /// How many operations of unknown outcome it has used of each kind.
    pub(crate) usage: UsageId,
    /// The pending operations whose return needs nothing more.
    pub(crate) satisfied: Mask<W>,
    /// The pending operations whose effect is used up.
    pub(crate) spent: Mask<W>,
}

impl<const W: usize> Config<W> {
    /// The beginning: nothing has happened.
    pub(crate) fn start(state: StateId) -> Self {
        Config { state, usage: super::pool::UNUSED, satisfied: Mask::EMPTY, spent: Mask::EMPTY }
    }

    /// Whether this configuration can do all that the other can.
    pub(crate) fn dominates(&self, other: &Self, pool: &Pool) -> bool {
        self.state == other.state
            && self.satisfied.contains(&other.satisfied)
            && other.spent.contains(&self.spent)
            && pool.spares(self.usage, other.usage)
    }

    /// What tells it apart while it is found again and again: its usage too in an exact search, but
    /// in an optimistic one only whether it is honest.
    pub(crate) fn identity(&self, exact: bool) -> Self {
        let honest = super::pool::UNUSED;
        let usage = if exact || self.usage == OVERDRAWN { self.usage } else { honest };
        Config { usage, ..*self }
    }
}
