//! True time, and the node's own clock that runs fast or slow beside it.

use chaos_node::Nanos;
use nix::time::{ClockId, clock_gettime};
use std::time::Duration;

const MILLION: u128 = 1_000_000;

/// The machine's monotonic clock: one for all processes of the machine, in every namespace.
///
/// # Panics
/// If the machine has none.
pub fn true_time() -> Nanos {
    let time = clock_gettime(ClockId::CLOCK_MONOTONIC).expect("every Linux has a monotonic clock");
    Duration::from(time).into()
}

/// The node's own clock. It starts at zero with the process and never goes back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    origin: Nanos,
    /// Own nanoseconds in a million true ones.
    rate: u64,
}

impl Clock {
    /// A clock that runs `ppm` millionths fast (or slow) from `origin` on.
    pub(super) fn new(origin: Nanos, ppm: i32) -> Clock {
        let rate = u64::try_from(1_000_000 + i64::from(ppm)).unwrap_or(0);
        assert!(rate > 0, "a clock of {ppm} ppm stands");
        Clock { origin, rate }
    }

    /// What the clock shows at a true time.
    pub(super) fn at(&self, time: Nanos) -> Nanos {
        let elapsed = u128::from(time.saturating_sub(self.origin).0);
        narrow(elapsed * u128::from(self.rate) / MILLION)
    }

    /// The first true time at which the clock shows `own`, or more.
    pub(super) fn when(&self, own: Nanos) -> Nanos {
        let elapsed = (u128::from(own.0) * MILLION).div_ceil(u128::from(self.rate));
        self.origin + narrow(elapsed)
    }
}

fn narrow(nanos: u128) -> Nanos {
    Nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::{Clock, true_time};
    use chaos_node::Nanos;
    use proptest::prelude::*;

    #[test]
    fn true_time_goes_on() {
        assert!(true_time() <= true_time());
        assert!(true_time() > Nanos::ZERO);
    }

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
    }
}
