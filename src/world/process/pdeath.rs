//! Children that die with their parent, where there is no PID namespace to see to it.

#![allow(unsafe_code, reason = "code between fork and exec is unsafe by nature")]

use nix::errno::Errno;
use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::Signal;
use nix::unistd::{Pid, getppid};
use std::os::unix::process::CommandExt;
use std::process::Command;

/// Has the kernel kill the child when the thread that starts it ends.
pub(super) fn die_with_parent(command: &mut Command) {
    let parent = Pid::this();
    let promise = move || {
        set_pdeathsig(Signal::SIGKILL)?;
        // A parent that died before the promise was made will not die again.
        if getppid() == parent { Ok(()) } else { Err(Errno::ESRCH.into()) }
    };
    // SAFETY: system calls alone, which are safe between fork and exec.
    unsafe { command.pre_exec(promise) };
}
