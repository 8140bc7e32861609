//! The host as its users meet it: real processes, driven through their sockets, files and signals.
//!
//! The hosted node is `examples/host_probe.rs`, which does what its clients tell it.

#![allow(clippy::disallowed_methods, reason = "these tests start processes and talk to them")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod clients;
mod disk;
mod exits;
mod measure;
mod peers;
mod support;
