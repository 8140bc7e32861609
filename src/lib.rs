//! `chaos` finds the bugs that distributed systems hide until production.
//!
//! The straight line, each step a module (see `docs/ARCHITECTURE.md`):
//!
//! ```text
//! YAML ─load→ Workload ─plan(seed)→ Plan ─execute(world)→ Execution ─check→ Verdict ─report→ files
//! ```

pub mod check;
#[allow(clippy::disallowed_methods, reason = "an edge: it reads the user's files")]
mod cli;
pub mod client;
mod clock;
pub mod event;
pub mod execution;
pub mod generator;
#[allow(clippy::disallowed_methods, reason = "an edge: it runs nodes on sockets, clocks and files")]
pub mod host;
pub mod nemesis;
pub mod network;
pub mod regression;
#[allow(clippy::disallowed_methods, reason = "an edge: it writes files and to the terminal")]
pub mod report;
#[allow(clippy::disallowed_methods, reason = "an edge: it drives campaigns by the clock")]
pub mod runner;
#[allow(clippy::disallowed_methods, reason = "an edge: it serves files on a socket")]
pub mod serve;
pub mod targets;
pub mod workload;
#[allow(clippy::disallowed_methods, reason = "an edge: it runs clusters of real processes")]
pub mod world;

pub use cli::{ExitCode, main};
