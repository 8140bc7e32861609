//! Processes that outlived their node by leaving its process group.
//!
//! A child of a node that began a session of its own is not in the node's group any more. When the
//! node dies it becomes a child of the namespace's first process, where it is found: that one has
//! no other children.

use super::netns::Netns;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;
use std::thread::sleep;
use std::time::Duration;

/// Where orphans are found.
#[derive(Debug)]
pub(super) struct Orphans {
    init: Pid,
}

/// Each round kills one generation; no program forks deeper than this in earnest.
const ROUNDS: usize = 200;

impl Orphans {
    pub(super) fn of(init: Pid) -> Orphans {
        Orphans { init }
    }

    /// Kills those that live in a network namespace, and their children, and so on.
    pub(super) fn kill_in(&self, home: &Netns) {
        for _ in 0..ROUNDS {
            let orphans: Vec<i32> = self.all().into_iter().filter(|pid| home.holds(*pid)).collect();
            if orphans.is_empty() {
                return;
            }
            for pid in orphans {
                let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
            }
            sleep(Duration::from_millis(1));
        }
    }

    /// None where the kernel does not tell.
    fn all(&self) -> Vec<i32> {
        let init = self.init;
        let children = fs::read_to_string(format!("/proc/{init}/task/{init}/children"));
        children.unwrap_or_default().split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
    }
}
