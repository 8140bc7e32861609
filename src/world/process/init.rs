//! The first process of the PID namespace that all nodes live in.
//!
//! It does nothing but wait for its tester to die, and then dies too; the kernel kills everything
//! else in the namespace with it, however deep it forked. It learns of the death twice over: by a
//! signal, and by the end of a pipe whose other end nobody but the tester holds.

#![allow(unsafe_code, reason = "cloning a process has no safe interface")]

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::prctl::{set_name, set_pdeathsig};
use nix::sys::signal::{SigHandler, Signal, signal};
use nix::sys::wait::waitpid;
use nix::unistd::{Pid, chdir, pipe2, read, setsid};
use std::fs::File;
use std::os::fd::{AsRawFd, OwnedFd};

/// The tester's hold on the namespace: dropping it kills all that lives there.
#[derive(Debug)]
pub(super) struct Init {
    pid: Pid,
    leash: Option<OwnedFd>,
}

impl Init {
    /// Starts it in a new PID namespace. There must be no other thread.
    pub(super) fn start() -> Result<Init, Errno> {
        let (watch, leash) = pipe2(OFlag::O_CLOEXEC)?;
        let flags = libc::CLONE_NEWPID | libc::SIGCHLD;
        // SAFETY: without a new stack this is a fork; the only thread there is goes on in both.
        let pid = unsafe { libc::syscall(libc::SYS_clone, flags as libc::c_ulong, 0, 0, 0, 0) };
        match Errno::result(pid)? {
            0 => live(&watch),
            pid => Ok(Init { pid: Pid::from_raw(pid as i32), leash: Some(leash) }),
        }
    }

    /// Its process id as the tester sees it.
    pub(super) fn pid(&self) -> Pid {
        self.pid
    }

    /// The namespace itself.
    pub(super) fn namespace(&self) -> std::io::Result<OwnedFd> {
        File::open(format!("/proc/{}/ns/pid", self.pid)).map(OwnedFd::from)
    }
}

impl Drop for Init {
    fn drop(&mut self) {
        drop(self.leash.take());
        let _ = waitpid(self.pid, None);
    }
}

fn live(watch: &OwnedFd) -> ! {
    // Nothing here may fail the rest: one of signal and pipe is enough.
    let _ = set_pdeathsig(Signal::SIGKILL);
    let _ = set_name(c"chaos-init");
    let _ = setsid();
    let _ = chdir("/");
    reap_silently();
    close_all_but(watch);
    let mut nothing = [0u8; 1];
    while matches!(read(watch, &mut nothing), Ok(1) | Err(Errno::EINTR)) {}
    // SAFETY: ends this process at once, without the tester's exit handlers.
    unsafe { libc::_exit(0) }
}

/// Orphans become children of this process; the kernel shall bury them by itself.
fn reap_silently() {
    // SAFETY: no handler is installed, so none can misbehave.
    let _ = unsafe { signal(Signal::SIGCHLD, SigHandler::SigIgn) };
}

fn close_all_but(kept: &OwnedFd) {
    let kept = kept.as_raw_fd() as libc::c_uint;
    for (first, last) in [(0, kept.wrapping_sub(1)), (kept + 1, libc::c_uint::MAX)] {
        if first <= last && (first, kept) != (0, 0) {
            // SAFETY: this process is a copy that owns nothing but `kept`.
            unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) };
        }
    }
}
