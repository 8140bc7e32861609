//! The switch's place in the queue for a CPU.

#![allow(unsafe_code, reason = "a thread's priority has no safe interface")]

use std::mem::{size_of, zeroed};

/// How long the switch works before somebody else has a turn, in nanoseconds: the least that the
/// kernel takes. Who asks for little is served soon.
const SLICE: u64 = 100_000;
const AHEAD: i32 = -10;

/// A little ahead of the nodes, as far as that is allowed: on a busy machine every frame would
/// otherwise wait for its turn behind a hundred processes.
pub(super) fn prefer_this_thread() {
    // SAFETY: it reads this thread's own priority.
    let same = unsafe { libc::getpriority(libc::PRIO_PROCESS, 0) };
    let _ = prefer(AHEAD) || prefer(same);
}

/// Says whether it was allowed.
fn prefer(nice: i32) -> bool {
    // SAFETY: plain data of C, for which zeros are valid.
    let mut wish = unsafe { zeroed::<libc::sched_attr>() };
    wish.size = size_of::<libc::sched_attr>() as u32;
    wish.sched_policy = libc::SCHED_OTHER as u32;
    wish.sched_nice = nice;
    wish.sched_runtime = SLICE;
    // SAFETY: it changes nothing but how this thread is scheduled; where refused, nothing at all.
    unsafe { libc::syscall(libc::SYS_sched_setattr, 0, &raw const wish, 0) == 0 }
}
