//! What the machine has and lacks, for people.

use super::namespaces::{is_privileged, rehearse};
use super::remedy::{self, in_container};
use nix::sys::resource::{Resource, getrlimit};

/// One thing that the machine has or lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at: `user namespaces`.
    pub name: &'static str,
    /// Whether it is as it should be.
    pub ok: bool,
    /// What was found.
    pub detail: String,
    /// What to do, where it is not.
    pub remedy: Option<String>,
}

/// Looks at all that the world of real processes needs, changing nothing. Call it before any other
/// thread exists, for it tries namespaces in a child.
pub fn diagnose() -> Vec<Finding> {
    vec![user(), namespaces(), files(), processors(), tcp()]
}

fn user() -> Finding {
    let who = if is_privileged() { "all privileges needed" } else { "an ordinary user" };
    let place = if in_container() { ", in a container" } else { "" };
    good("user", format!("{who}{place}"))
}

fn namespaces() -> Finding {
    const NAME: &str = "namespaces";
    match rehearse() {
        Ok(Ok(())) => good(NAME, "user, mount, network and PID namespaces, tmpfs, veth, packets"),
        Ok(Err(refusal)) => Finding {
            name: NAME,
            ok: false,
            detail: format!(
                "{} is refused ({}); nodes would share the loopback device",
                refusal.step.name(),
                refusal.error.desc()
            ),
            remedy: Some(remedy::of(refusal)),
        },
        Err(error) => Finding { name: NAME, ok: false, detail: error.to_string(), remedy: None },
    }
}

/// A cluster of five takes 12 descriptors for its wires and pipes and some for its clients.
fn files() -> Finding {
    const NAME: &str = "open files";
    const ENOUGH: u64 = 4_096;
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap_or_default();
    let detail = format!("at most {hard}");
    if hard >= ENOUGH {
        return good(NAME, detail);
    }
    let remedy = Some(format!("`ulimit -Hn {ENOUGH}`, or run fewer clusters at once"));
    Finding { name: NAME, ok: false, detail, remedy }
}

fn processors() -> Finding {
    let count = std::thread::available_parallelism().map_or(1, usize::from);
    good("processors", count.to_string())
}

/// Without it a test is as sound, but a cluster may need longer to recover after a long cut.
fn tcp() -> Finding {
    let bounded = remedy::sysctl("net/ipv4/tcp_rto_max_ms").is_some();
    let detail = if bounded {
        "retries at least every second"
    } else {
        "backs off for up to two minutes after a cut (Linux 6.15 can bound that)"
    };
    good("tcp", detail)
}

fn good(name: &'static str, detail: impl Into<String>) -> Finding {
    Finding { name, ok: true, detail: detail.into(), remedy: None }
}
