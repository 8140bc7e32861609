//! What the tests run nodes in.
//!
//! [`Host`] is one node with its disk and timers; [`safety`] checks what nodes tell; [`sim`] runs
//! a whole cluster under faults, from one seed.

#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(dead_code, reason = "no test uses all of it")]

pub(crate) mod clients;
pub(crate) mod host;
pub(crate) mod safety;
pub(crate) mod sim;

pub(crate) use host::{Effect, Host};
