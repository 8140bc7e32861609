//! A node's own clock, which runs beside true time, fast or slow, and may leap ahead.

use chaos_node::Nanos;

const MILLION: u128 = 1_000_000;

/// A clock that never goes back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    /// When, in true time, it was last set right or wrong.
    since: Nanos,
    /// What it showed then.
    shown: Nanos,
    /// Own nanoseconds in a million true ones.
    rate: u64,
}

impl Clock {
    /// A clock that shows zero at the true time `origin` and runs `ppm` millionths fast (or slow)
    /// from then on.
    ///
    /// # Panics
    /// If it would stand or go back: `ppm` is above -1 000 000.
    pub(crate) fn new(origin: Nanos, ppm: i32) -> Clock {
        Clock { since: origin, shown: Nanos::ZERO, rate: rate(ppm) }
    }

    /// What the clock shows at a true time.
    pub(crate) fn at(&self, time: Nanos) -> Nanos {
        let elapsed = u128::from(time.saturating_sub(self.since).0);
        self.shown + narrow(elapsed * u128::from(self.rate) / MILLION)
    }

    /// The first true time at which the clock shows `own`, or more.
    pub(crate) fn when(&self, own: Nanos) -> Nanos {
        let left = u128::from(own.saturating_sub(self.shown).0);
        self.since + narrow((left * MILLION).div_ceil(u128::from(self.rate)))
    }

    /// From now on it runs `ppm` millionths fast (or slow).
    ///
    /// # Panics
    /// If it would stand or go back.
    pub(crate) fn run(&mut self, now: Nanos, ppm: i32) {
        *self = Clock { since: now, shown: self.at(now), rate: rate(ppm) };
    }

    /// It leaps ahead.
    pub(crate) fn leap(&mut self, now: Nanos, by: Nanos) {
        *self = Clock { since: now, shown: self.at(now) + by, rate: self.rate };
    }
}

fn rate(ppm: i32) -> u64 {
    let rate = u64::try_from(1_000_000 + i64::from(ppm)).unwrap_or(0);
    assert!(rate > 0, "a clock of {ppm} ppm stands");
    rate
}

fn narrow(nanos: u128) -> Nanos {
    Nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::Clock;
    use chaos_node::Nanos;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn is_never_early_and_never_goes_back(
            origin in 0..u64::MAX / 2, own in 0..u64::MAX / 8, ppm in -500_000..500_000i32,
        ) {
            let clock = Clock::new(Nanos(origin), ppm);
            let when = clock.when(Nanos(own));
            prop_assert!(clock.at(when) >= Nanos(own));
            prop_assert!(own == 0 || clock.at(Nanos(when.0 - 1)) < Nanos(own));
        }

        #[test]
        fn keeps_its_rate(ppm in -500_000..500_000i64, secs in 0..1_000_000i64) {
            let clock = Clock::new(Nanos(5), i32::try_from(ppm).unwrap());
            let shown = clock.at(Nanos(5) + Nanos::from_secs(secs as u64));
            prop_assert_eq!(shown.0 as i64, secs * 1_000 * (1_000_000 + ppm));
        }

        #[test]
        fn goes_on_from_where_it_is(
            turns in prop::collection::vec((0..1_000_000_000u64, -900_000..900_000i32), 1..20),
            by in 0..1_000_000_000u64,
        ) {
            let (mut clock, mut now) = (Clock::new(Nanos::ZERO, 0), Nanos::ZERO);
            for (wait, ppm) in turns {
                now += Nanos(wait);
                let shown = clock.at(now);
                clock.run(now, ppm);
                prop_assert_eq!(clock.at(now), shown);
                clock.leap(now, Nanos(by));
                prop_assert_eq!(clock.at(now), shown + Nanos(by));
            }
        }
    }
}
