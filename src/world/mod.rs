//! The worlds that can execute a plan.

pub mod process;
