//! True time.

use chaos_node::Nanos;
use nix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// The machine's monotonic clock: one for all processes of the machine, in every namespace.
///
/// # Panics
/// If the machine has none.
pub fn true_time() -> Nanos {
    let time = clock_gettime(ClockId::CLOCK_MONOTONIC).expect("every Linux has a monotonic clock");
    Duration::from(time).into()
}

#[cfg(test)]
mod tests {
    use super::true_time;
    use chaos_node::Nanos;

    #[test]
    fn true_time_goes_on() {
        assert!(true_time() <= true_time());
        assert!(true_time() > Nanos::ZERO);
    }
}
