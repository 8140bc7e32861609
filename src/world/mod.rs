//! The worlds that can execute a plan.

pub mod process;
pub mod sim;
