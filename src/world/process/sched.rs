//! The switch's place in the queue for a CPU.

#![allow(unsafe_code, reason = "a thread's priority has no safe interface")]

/// A little ahead of the nodes, where that is allowed: on a busy machine every frame would
/// otherwise wait for its turn behind a hundred processes.
pub(super) fn prefer_this_thread() {
    const AHEAD: libc::c_int = -10;
    // SAFETY: it changes nothing but this thread's own priority; where refused, nothing at all.
    unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, AHEAD) };
}
