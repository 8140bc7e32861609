//! The process of a node.
use chaos_node::Nanos;
use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::ExitStatus;

/// How to start a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeCommand {
    /// The program, by its absolute path.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<OsString>,
    /// Its whole environment.
    pub env: Vec<(OsString, OsString)>,
}

/// Whether a signal found anyone alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signalled {
    /// The node was running and has it.
    Alive,
    /// The node had stopped by itself before.
    Dead,
}

/// A node's process and its whole process group. Dropping it kills them.
#[derive(Debug)]
pub struct NodeProcess {}

impl NodeProcess {
    /// Its process id, as the tester sees it.
    pub fn id(&self) -> u32 {
        todo!()
    }
    /// Kills the whole process group (SIGKILL) and waits until the node is gone.
    pub fn kill(&mut self) -> Signalled {
        todo!()
    }
    /// Makes the whole process group stand still (SIGSTOP).
    pub fn pause(&mut self) -> Signalled {
        todo!()
    }
    /// Lets it go on (SIGCONT).
    pub fn resume(&mut self) -> Signalled {
        todo!()
    }
    /// How it ended, if it has.
    ///
    /// # Errors
    /// Never in practice: the kernel knows its children.
    pub fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        todo!()
    }
    /// The reading end of its standard output, non-blocking; once.
    pub fn take_stdout(&mut self) -> Option<OwnedFd> {
        todo!()
    }
    /// The last 64 KiB of its standard error so far.
    pub fn stderr(&self) -> Vec<u8> {
        todo!()
    }
    /// CPU time that it used so far.
    pub fn cpu(&self) -> Nanos {
        todo!()
    }
}
