//! The node's timers, by its own clock.

use chaos_node::{Nanos, Timer};
use std::collections::{BTreeMap, BTreeSet};

/// The timers that are armed. The same deadlines twice: by timer, and in order.
#[derive(Debug, Default)]
pub(super) struct Timers {
    deadlines: BTreeMap<Timer, Nanos>,
    queue: BTreeSet<(Nanos, Timer)>,
}

impl Timers {
    /// Arms a timer, or moves it.
    pub(super) fn arm(&mut self, timer: Timer, deadline: Nanos) {
        self.disarm(timer);
        self.deadlines.insert(timer, deadline);
        self.queue.insert((deadline, timer));
    }

    /// Forgets a timer.
    pub(super) fn disarm(&mut self, timer: Timer) {
        if let Some(deadline) = self.deadlines.remove(&timer) {
            self.queue.remove(&(deadline, timer));
        }
    }

    /// When the next timer runs out.
    pub(super) fn next(&self) -> Option<Nanos> {
        self.queue.first().map(|(deadline, _)| *deadline)
    }

    /// Takes the earliest timer that has run out, if one has.
    pub(super) fn take_due(&mut self, now: Nanos) -> Option<Timer> {
        let (deadline, timer) = *self.queue.first()?;
        if deadline > now {
            return None;
        }
        self.disarm(timer);
        Some(timer)
    }
}

#[cfg(test)]
mod tests {
    use super::Timers;
    use chaos_node::{Nanos, Timer};

    #[test]
    fn run_out_in_order_once() {
        let mut timers = Timers::default();
        timers.arm(Timer(1), Nanos(30));
        timers.arm(Timer(2), Nanos(10));
        timers.arm(Timer(3), Nanos(20));
        assert_eq!(timers.next(), Some(Nanos(10)));
        assert_eq!(timers.take_due(Nanos(9)), None);
        let due: Vec<_> = std::iter::from_fn(|| timers.take_due(Nanos(20))).collect();
        assert_eq!(due, [Timer(2), Timer(3)]);
        assert_eq!(timers.next(), Some(Nanos(30)));
    }

    #[test]
    fn move_when_armed_again_and_vanish_when_disarmed() {
        let mut timers = Timers::default();
        timers.arm(Timer(1), Nanos(10));
        timers.arm(Timer(1), Nanos(20));
        assert_eq!(timers.take_due(Nanos(10)), None);
        timers.disarm(Timer(1));
        timers.disarm(Timer(2));
        assert_eq!(timers.take_due(Nanos::MAX), None);
    }
}
