//! Network namespaces: anonymous, held by a descriptor alone.

use nix::sched::{CloneFlags, setns, unshare};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::MetadataExt;

/// A network namespace. The kernel takes it down when nothing holds it any more.
#[derive(Debug)]
pub(super) struct Netns(File);

impl Netns {
    /// The one that the calling thread is in.
    pub(super) fn current() -> io::Result<Netns> {
        File::open("/proc/thread-self/ns/net").map(Netns)
    }

    /// A new one; the calling thread is in it from now on.
    pub(super) fn create() -> io::Result<Netns> {
        unshare(CloneFlags::CLONE_NEWNET)?;
        Netns::current()
    }

    /// Moves the calling thread into it.
    pub(super) fn enter(&self) -> io::Result<()> {
        Ok(setns(&self.0, CloneFlags::CLONE_NEWNET)?)
    }

    /// Whether a process is in it; no if there is no such process.
    pub(super) fn holds(&self, pid: i32) -> bool {
        let inode = |metadata: std::fs::Metadata| metadata.ino();
        let theirs = std::fs::metadata(format!("/proc/{pid}/ns/net")).map(inode);
        theirs.is_ok_and(|theirs| self.0.metadata().map(inode).is_ok_and(|ours| ours == theirs))
    }
}

impl AsFd for Netns {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl From<Netns> for OwnedFd {
    fn from(netns: Netns) -> OwnedFd {
        netns.0.into()
    }
}
