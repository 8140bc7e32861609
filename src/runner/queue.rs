//! The runs that are still to be made, and until when.

use super::campaign::Campaign;
use super::order::Turn;
use std::iter::Fuse;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Hands out turns, each once, until there are no more or the time is over.
pub(super) struct Queue {
    turns: Mutex<Fuse<Box<dyn Iterator<Item = Turn> + Send>>>,
    deadline: Option<Instant>,
}

impl Queue {
    /// The time begins now.
    pub(super) fn of(campaign: &Campaign<'_>) -> Queue {
        let turns: Box<dyn Iterator<Item = Turn> + Send> = match campaign.is_over() {
            true => Box::new(std::iter::empty()),
            false => campaign.order.turns(),
        };
        let turns = Mutex::new(turns.fuse());
        // What no clock can tell is never over.
        let deadline = campaign.budget.and_then(|budget| Instant::now().checked_add(budget));
        Queue { turns, deadline }
    }

    pub(super) fn next(&self) -> Option<Turn> {
        if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return None;
        }
        self.turns.lock().unwrap_or_else(PoisonError::into_inner).next()
    }
}
