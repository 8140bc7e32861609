//! The kernel's settings for the network namespace that the calling thread is in.

use std::fs;

/// No IPv6: its chatter would only cost time.
const BEFORE_DEVICES: [(&str, &str); 2] =
    [("ipv6/conf/all/disable_ipv6", "1"), ("ipv6/conf/default/disable_ipv6", "1")];

/// What TCP knows from the last run must not shape the next, and recovery must not hide behind
/// its back-off: after a long cut it tries again at least every second, where the kernel can.
const TCP: [(&str, &str); 3] = [
    ("ipv4/tcp_rto_max_ms", "1000"),
    ("ipv4/tcp_no_metrics_save", "1"),
    ("ipv4/tcp_syn_linear_timeouts", "30"),
];

/// To be called before there are devices.
pub(super) fn prepare() {
    apply(&BEFORE_DEVICES);
}

/// Tunes TCP for clusters under faults.
pub(super) fn tune_tcp() {
    apply(&TCP);
}

/// A kernel that lacks a setting, or a container that forbids it, works with its default.
fn apply(settings: &[(&str, &str)]) {
    for (name, value) in settings {
        let _ = fs::write(format!("/proc/sys/net/{name}"), value);
    }
}
