//! Entering namespaces of our own, step by step, and rehearsing it.
//!
//! A step that is refused half-way would leave the tester in a twilight where not even loopback
//! works. So a child rehearses all of it first, down to a packet on a link, and tells how far it
//! came; only what a child could do is then done in earnest.

#![allow(unsafe_code, reason = "forking has no safe interface")]

use super::netns::Netns;
use super::packet::PacketSocket;
use super::rtnl::{End, LOOPBACK, Rtnl};
use super::sysctl;
use nix::errno::Errno;
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork, getgid, getuid};
use std::fs;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::path::Path;

/// What is asked of the kernel, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    UserNamespace,
    UserMapping,
    MountNamespace,
    NetworkNamespace,
    PidNamespace,
    Link,
    PacketSocket,
    Tmpfs,
}

/// Where the kernel said no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) step: Step,
    pub(super) error: Errno,
}

impl Step {
    pub(super) const ALL: [Step; 8] = [
        Step::UserNamespace,
        Step::UserMapping,
        Step::MountNamespace,
        Step::NetworkNamespace,
        Step::PidNamespace,
        Step::Link,
        Step::PacketSocket,
        Step::Tmpfs,
    ];

    /// What it is, in words.
    pub(super) fn name(self) -> &'static str {
        match self {
            Step::UserNamespace => "a user namespace",
            Step::UserMapping => "a user mapping",
            Step::MountNamespace => "a mount namespace",
            Step::NetworkNamespace => "a network namespace",
            Step::PidNamespace => "a PID namespace",
            Step::Link => "a veth link",
            Step::PacketSocket => "a packet socket",
            Step::Tmpfs => "a tmpfs",
        }
    }
}

/// Takes this process into namespaces of its own. There must be no other thread.
pub(super) fn enter() -> Result<(), Refusal> {
    if !is_privileged() {
        own_user_namespace()?;
    }
    at(Step::MountNamespace, own_mounts())?;
    at(Step::NetworkNamespace, own_network())
}

/// Tries everything in a child and tells what it could not do.
pub(super) fn rehearse() -> io::Result<Result<(), Refusal>> {
    let (mut read, mut write) = io::pipe()?;
    // SAFETY: the caller is the only thread, so the child may do whatever it could.
    match unsafe { fork() }? {
        ForkResult::Child => {
            let _ = write.write_all(&encode(everything()));
            // SAFETY: ends this process at once, without the tester's exit handlers.
            unsafe { libc::_exit(0) }
        }
        ForkResult::Parent { child } => {
            drop(write);
            let mut answer = Vec::new();
            read.read_to_end(&mut answer)?;
            waitpid(child, None)?;
            decode(&answer)
        }
    }
}

/// Whether this process may do all of it without a user namespace: CAP_NET_ADMIN, CAP_NET_RAW and
/// CAP_SYS_ADMIN, bits 12, 13 and 21.
pub(super) fn is_privileged() -> bool {
    const NEEDED: u64 = 1 << 12 | 1 << 13 | 1 << 21;
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let effective = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    let effective = effective.and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok());
    effective.is_some_and(|effective| effective & NEEDED == NEEDED)
}

/// A tmpfs that only this process and its children see.
pub(super) fn mount_tmpfs(target: &Path) -> Result<(), Errno> {
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    mount(Some("chaos"), target, Some("tmpfs"), flags, Some("mode=0700"))
}

fn everything() -> Result<(), Refusal> {
    enter()?;
    at(Step::PidNamespace, unshare(CloneFlags::CLONE_NEWPID).map_err(io::Error::from))?;
    at(Step::Link, try_link())?;
    at(Step::PacketSocket, PacketSocket::open().map(drop))?;
    // Over the one folder that is surely there, and that the child needs no more.
    at(Step::Tmpfs, mount_tmpfs(Path::new("/proc")).map_err(io::Error::from))
}

fn own_user_namespace() -> Result<(), Refusal> {
    let (user, group) = (getuid(), getgid());
    at(Step::UserNamespace, unshare(CloneFlags::CLONE_NEWUSER).map_err(io::Error::from))?;
    let map = || -> io::Result<()> {
        fs::write("/proc/self/setgroups", "deny")?;
        fs::write("/proc/self/uid_map", format!("0 {user} 1"))?;
        fs::write("/proc/self/gid_map", format!("0 {group} 1"))
    };
    at(Step::UserMapping, map())
}

/// What we mount nobody else sees; what the machine unmounts we do not hold on to.
fn own_mounts() -> io::Result<()> {
    unshare(CloneFlags::CLONE_NEWNS)?;
    let flags = MsFlags::MS_SLAVE | MsFlags::MS_REC;
    Ok(mount(None::<&str>, "/", None::<&str>, flags, None::<&str>)?)
}

/// The clients' network: nothing is in it yet but loopback.
fn own_network() -> io::Result<()> {
    Netns::create()?;
    sysctl::prepare();
    let mut rtnl = Rtnl::open()?;
    rtnl.up(LOOPBACK);
    rtnl.commit()?;
    sysctl::tune_tcp();
    Ok(())
}

fn try_link() -> io::Result<()> {
    let end = |name: &str, index| End {
        name: name.to_owned(),
        index,
        mac: [0x02, 0, 0, 0, 0, 0x01],
        mtu: 1_500,
    };
    let here = Netns::current()?;
    let mut rtnl = Rtnl::open()?;
    rtnl.veth(&end("a", 2), &end("b", 3), here.as_fd());
    rtnl.commit()
}

fn at(step: Step, result: io::Result<()>) -> Result<(), Refusal> {
    let errno = |error: io::Error| error.raw_os_error().map_or(Errno::EIO, Errno::from_raw);
    result.map_err(|error| Refusal { step, error: errno(error) })
}

/// Two bytes: the step's place and one more, or 0; the error's number fits the other.
fn encode(result: Result<(), Refusal>) -> [u8; 2] {
    match result {
        Ok(()) => [0, 0],
        Err(refusal) => [refusal.step as u8 + 1, refusal.error as i32 as u8],
    }
}

fn decode(answer: &[u8]) -> io::Result<Result<(), Refusal>> {
    match *answer {
        [0, _] => Ok(Ok(())),
        [step, error] if usize::from(step) <= Step::ALL.len() => Ok(Err(Refusal {
            step: Step::ALL[usize::from(step) - 1],
            error: Errno::from_raw(i32::from(error)),
        })),
        _ => Err(io::Error::other("the rehearsal died")),
    }
}

#[cfg(test)]
mod tests {
    use super::{Refusal, Step, decode, encode};
    use nix::errno::Errno;

    #[test]
    fn a_refusal_survives_the_way_from_the_child() {
        for step in Step::ALL {
            let refusal = Refusal { step, error: Errno::EPERM };
            assert_eq!(decode(&encode(Err(refusal))).unwrap(), Err(refusal));
        }
        assert_eq!(decode(&encode(Ok(()))).unwrap(), Ok(()));
        assert!(decode(&[]).is_err());
    }
}
