//! What a search may use, and how it keeps to that.
//!
//! Neither the clock nor the memory can be looked at all the time. So work is counted while it is done,
//! in steps of a few nanoseconds, wherever there is a loop that may be long: and every so much of it
//! both are looked at. What is counted is what containers have room for, not what is in them; and one
//! that is nearly full counts as if it had grown, for while it grows its old place is needed too.

use super::Budget;

/// Why a search stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// No configuration survives: there is no linearization.
    Dead,
    /// More configurations than allowed.
    Configurations,
    /// More memory than allowed.
    Bytes,
    /// The caller's time is up.
    Expired,
}

/// What the search may use.
#[derive(Clone, Copy)]
pub(crate) struct Limits<'b> {
    pub(crate) configurations: usize,
    pub(crate) bytes: usize,
    pub(crate) expired: &'b dyn Fn() -> bool,
}

impl<'b> Limits<'b> {
    /// What a caller's budget allows.
    pub(crate) fn of(budget: &Budget<'b>) -> Limits<'b> {
        let Budget { configurations, bytes, expired, threads: _ } = *budget;
        Limits { configurations, bytes, expired }
    }

    /// Whether the caller's time is up.
    pub(crate) fn is_expired(&self) -> bool {
        (self.expired)()
    }
}

/// Counts work.
#[derive(Debug, Default)]
pub(crate) struct Meter(usize);

impl Meter {
    /// Some ten microseconds of work.
    const OFTEN: usize = 4096;

    /// Notes work that is looked at later.
    pub(crate) fn note(&mut self, work: usize) {
        self.0 += work;
    }

    /// Notes work, in steps of a few nanoseconds; whether so much was done that it is time to look.
    pub(crate) fn spend(&mut self, work: usize) -> bool {
        self.0 += work;
        let much = self.0 >= Meter::OFTEN;
        if much {
            self.0 = 0;
        }
        much
    }
}

/// The memory of a container, with what it needs while it grows if that is soon.
pub(crate) fn room(len: usize, capacity: usize, size: usize) -> usize {
    const SOON: usize = 512;
    let grows = capacity - len.min(capacity) < SOON;
    size * if grows { 3 * capacity } else { capacity }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_time_to_look_now_and_then() {
        let mut meter = Meter::default();
        let looks = (0..10_000).filter(|_| meter.spend(64)).count();
        assert_eq!(looks, 10_000 * 64 / Meter::OFTEN);
    }

    #[test]
    fn what_is_nearly_full_counts_as_grown() {
        assert_eq!((room(1_000, 4_096, 8), room(4_000, 4_096, 8)), (8 * 4_096, 24 * 4_096));
    }
}
