//! Who used how much CPU: a tester that outweighs its cluster tests itself.

use chaos_node::Nanos;
use nix::sys::resource::{Usage, UsageWho, getrusage};
use nix::sys::time::TimeVal;

/// CPU time since the start of the process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CpuTimes {
    /// Of the tester itself, switch included.
    pub tester: Nanos,
    /// Of all nodes that have ended.
    pub nodes: Nanos,
}

/// CPU time so far.
pub fn cpu_times() -> CpuTimes {
    CpuTimes { tester: of(UsageWho::RUSAGE_SELF), nodes: of(UsageWho::RUSAGE_CHILDREN) }
}

fn of(who: UsageWho) -> Nanos {
    let time = |usage: &Usage| nanos(usage.user_time()) + nanos(usage.system_time());
    getrusage(who).as_ref().map(time).unwrap_or_default()
}

fn nanos(time: TimeVal) -> Nanos {
    Nanos::from_secs(time.tv_sec() as u64) + Nanos::from_micros(time.tv_usec() as u64)
}
