//! Children that die with their parent, where there is no PID namespace to see to it.

#![allow(unsafe_code, reason = "code between fork and exec is unsafe by nature")]

use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::Signal;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// Has the kernel kill the child when the thread that starts it ends.
pub(super) fn die_with_parent(command: &mut Command) {
    // SAFETY: a single system call, which is safe between fork and exec.
    unsafe { command.pre_exec(|| Ok(set_pdeathsig(Signal::SIGKILL)?)) };
}
