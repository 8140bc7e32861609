//! The process of a node: how to start it, and what can be done to it.

use super::child::{Child, Ended};
use super::drain::{Drain, Tail, set_nonblocking};
use super::netns::Netns;
use super::orphans::Orphans;
use chaos_node::Nanos;
use nix::sys::signal::Signal;
use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How to start a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeCommand {
    /// The program, by its absolute path.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<OsString>,
    /// Its whole environment: nothing of the tester's own is in it unless it is put here.
    pub env: Vec<(OsString, OsString)>,
}

/// Whether a signal found anyone alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signalled {
    /// The node was running.
    Alive,
    /// The node had ended before.
    Dead,
}

/// A node's process with its whole process group. Dropping it kills them all.
#[derive(Debug)]
pub struct NodeProcess {
    id: u32,
    body: Arc<Body>,
    stdout: Option<OwnedFd>,
}

/// What the arena keeps of a process, to end it with the run.
#[derive(Debug)]
pub(super) struct Body {
    child: Mutex<Child>,
    stderr: Arc<Tail>,
    orphans: Option<(Arc<Orphans>, Arc<Netns>)>,
}

impl NodeProcess {
    /// Its process id, as the tester sees it.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Kills the whole process group (SIGKILL) and waits for the node's end.
    pub fn kill(&self) -> Signalled {
        self.body.kill()
    }

    /// Makes the whole process group stand still (SIGSTOP).
    pub fn pause(&self) -> Signalled {
        self.body.signal(Signal::SIGSTOP)
    }

    /// Lets the whole process group go on (SIGCONT).
    pub fn resume(&self) -> Signalled {
        self.body.signal(Signal::SIGCONT)
    }

    /// How it ended, if it has.
    pub fn try_wait(&self) -> Option<ExitStatus> {
        let mut child = self.body.child();
        child.has_ended();
        child.ended().map(|ended| ended.status)
    }

    /// The reading end of its standard output, non-blocking; only once.
    pub fn take_stdout(&mut self) -> Option<OwnedFd> {
        self.stdout.take()
    }

    /// The last of its standard error so far, at most 64 KiB.
    pub fn stderr(&self) -> Vec<u8> {
        self.body.stderr.kept()
    }

    /// CPU time that it used so far: to 10 ms while it lives, exact once it has ended.
    pub fn cpu(&self) -> Nanos {
        self.body.child().cpu()
    }

    pub(super) fn body(&self) -> Arc<Body> {
        self.body.clone()
    }
}

impl Drop for NodeProcess {
    fn drop(&mut self) {
        self.body.kill();
    }
}

impl Body {
    /// Kills the group, waits for the node's end, and kills what had left the group.
    pub(super) fn kill(&self) -> Signalled {
        let mut child = self.child();
        let before = child.ended();
        let Ended { status, .. } = child.kill();
        drop(child);
        if let Some((orphans, home)) = &self.orphans {
            orphans.kill_in(home);
        }
        let by_us = status.signal() == Some(Signal::SIGKILL as i32);
        if before.is_none() && by_us { Signalled::Alive } else { Signalled::Dead }
    }

    /// Sends SIGKILL without waiting for the end.
    pub(super) fn strike(&self) {
        self.child().signal(Signal::SIGKILL);
    }

    fn signal(&self, signal: Signal) -> Signalled {
        if self.child().signal(signal) { Signalled::Alive } else { Signalled::Dead }
    }

    fn child(&self) -> MutexGuard<'_, Child> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts the program, in the namespaces that the calling thread gives to its children.
pub(super) fn start(
    command: &NodeCommand,
    folder: &Path,
    drain: &Drain,
    orphans: Option<(Arc<Orphans>, Arc<Netns>)>,
) -> io::Result<NodeProcess> {
    let mut builder = Command::new(&command.program);
    builder.args(&command.args).env_clear().envs(command.env.iter().cloned());
    builder.current_dir(folder).process_group(0);
    builder.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    if orphans.is_none() {
        super::pdeath::die_with_parent(&mut builder);
    }
    let mut child = builder.spawn()?;
    let leader = Child::new(child.id());
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let pipe = |pipe: Option<OwnedFd>| pipe.ok_or_else(|| io::Error::other("a pipe is missing"));
    let stdout = pipe(stdout.map(OwnedFd::from))?;
    set_nonblocking(&stdout)?;
    let stderr = drain.follow(pipe(stderr.map(OwnedFd::from))?)?;
    let body = Arc::new(Body { child: Mutex::new(leader), stderr, orphans });
    Ok(NodeProcess { id: child.id(), body, stdout: Some(stdout) })
}
