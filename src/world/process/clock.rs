//! True time: the clock that all processes on this machine share.

use chaos_node::Nanos;
use nix::time::{ClockId, clock_gettime};

/// Now, by CLOCK_MONOTONIC: the same in the tester and in every node.
pub fn monotonic() -> Nanos {
    let now = clock_gettime(ClockId::CLOCK_MONOTONIC).expect("every kernel has this clock");
    Nanos::from(std::time::Duration::from(now))
}
