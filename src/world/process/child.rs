//! A child process and its process group, from the first signal to the last.
//!
//! A process id may be given to somebody else as soon as the process is reaped, so no signal is
//! ever sent after that; the whole group is killed while its dead leader still holds the number.

#![allow(unsafe_code, reason = "wait4, which tells the CPU time as well, has no safe interface")]

use chaos_node::Nanos;
use nix::errno::Errno;
use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::Pid;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

/// A child that leads a process group.
#[derive(Debug)]
pub(super) struct Child {
    pid: Pid,
    ended: Option<Ended>,
}

/// How it ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ended {
    pub(super) status: ExitStatus,
    /// CPU time of the process and of its own children that it waited for.
    pub(super) cpu: Nanos,
}

impl Child {
    pub(super) fn new(pid: u32) -> Child {
        Child { pid: Pid::from_raw(pid as i32), ended: None }
    }

    pub(super) fn ended(&self) -> Option<Ended> {
        self.ended
    }

    /// Signals the whole group; says no if the child has ended before.
    pub(super) fn signal(&mut self, signal: Signal) -> bool {
        if self.has_ended() {
            return false;
        }
        killpg(self.pid, signal).is_ok()
    }

    /// Whether it has ended; if so, the rest of its group has as well.
    pub(super) fn has_ended(&mut self) -> bool {
        if self.ended.is_none() && self.is_zombie() {
            self.kill();
        }
        self.ended.is_some()
    }

    /// Kills the whole group and waits for the end of the child.
    pub(super) fn kill(&mut self) -> Ended {
        if let Some(ended) = self.ended {
            return ended;
        }
        let _ = killpg(self.pid, Signal::SIGKILL);
        let ended = reap(self.pid);
        self.ended = Some(ended);
        ended
    }

    /// CPU time so far, to 10 ms while it lives.
    pub(super) fn cpu(&self) -> Nanos {
        self.ended.map_or_else(|| cpu_of(self.pid).unwrap_or_default(), |ended| ended.cpu)
    }

    fn is_zombie(&self) -> bool {
        let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
        !matches!(waitid(Id::Pid(self.pid), flags), Ok(WaitStatus::StillAlive))
    }
}

/// Waits for a child that has ended or is about to.
fn reap(pid: Pid) -> Ended {
    let mut status = 0;
    // SAFETY: plain data of C, for which zeros are valid.
    let mut usage = unsafe { std::mem::zeroed::<libc::rusage>() };
    loop {
        // SAFETY: both pointers are to live data of the right kind.
        let result = unsafe { libc::wait4(pid.as_raw(), &raw mut status, 0, &raw mut usage) };
        match Errno::result(result) {
            Err(Errno::EINTR) => {}
            // Somebody else reaped our child: there is no more to know.
            Err(_) | Ok(_) => break,
        }
    }
    let cpu = time(usage.ru_utime) + time(usage.ru_stime);
    Ended { status: ExitStatus::from_raw(status), cpu }
}

fn time(value: libc::timeval) -> Nanos {
    Nanos::from_secs(value.tv_sec as u64) + Nanos::from_micros(value.tv_usec as u64)
}

/// The user and system time of a living process: the 14th and 15th field of its `stat`, in ticks
/// of 10 ms; the second field, its name, may hold spaces and ends with the last parenthesis.
fn cpu_of(pid: Pid) -> Option<Nanos> {
    const TICK: Nanos = Nanos::from_millis(10);
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, after_name) = stat.rsplit_once(") ")?;
    let mut fields = after_name.split(' ').skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    Some(TICK * (ticks()? + ticks()?))
}
