//! What the user wrote, and what a seed makes of it.

pub mod fault;
pub mod plan;
