//! What to do where the kernel says no.

use super::namespaces::{Refusal, Step};
use nix::errno::Errno;
use std::fs;
use std::path::Path;

/// What lets the refused step pass, as far as this machine tells.
pub(super) fn of(refusal: Refusal) -> String {
    match refusal.step {
        Step::UserNamespace | Step::UserMapping => namespaces(refusal.error),
        Step::MountNamespace
        | Step::NetworkNamespace
        | Step::PidNamespace
        | Step::Tmpfs
        | Step::Link
        | Step::PacketSocket
            if refusal.error == Errno::EPERM || refusal.error == Errno::EACCES =>
        {
            namespaces(refusal.error)
        }
        Step::Tmpfs => "build the kernel with CONFIG_TMPFS, or use --data-dir".to_owned(),
        Step::Link => "load the kernel's module veth (modprobe veth)".to_owned(),
        Step::PacketSocket => "load the kernel's module af_packet".to_owned(),
        Step::MountNamespace | Step::NetworkNamespace | Step::PidNamespace => {
            "run on a kernel with namespaces, or raise the limits in /proc/sys/user".to_owned()
        }
    }
}

fn namespaces(error: Errno) -> String {
    let is = |name: &str, value: &str| sysctl(name).is_some_and(|found| found == value);
    let text = if is("kernel/apparmor_restrict_unprivileged_userns", "1") {
        "run as root, or `sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0`"
    } else if is("kernel/unprivileged_userns_clone", "0") {
        "run as root, or `sudo sysctl kernel.unprivileged_userns_clone=1`"
    } else if is("user/max_user_namespaces", "0") || error == Errno::ENOSPC {
        "run as root, or `sudo sysctl user.max_user_namespaces=10000`"
    } else if in_container() {
        "start the container with `--privileged`, or with `--cap-add SYS_ADMIN --cap-add NET_ADMIN \
         --security-opt apparmor=unconfined --security-opt seccomp=unconfined`"
    } else {
        "run as root, or allow unprivileged user namespaces"
    };
    text.to_owned()
}

pub(super) fn sysctl(name: &str) -> Option<String> {
    let text = fs::read_to_string(format!("/proc/sys/{name}")).ok()?;
    Some(text.trim().to_owned())
}

pub(super) fn in_container() -> bool {
    ["/.dockerenv", "/run/.containerenv"].iter().any(|file| Path::new(file).exists())
        || std::env::var_os("container").is_some()
}
