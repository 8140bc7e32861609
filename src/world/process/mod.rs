//! The world of real processes.

mod arena;
mod command;
mod error;
pub mod execute;
mod ground;

pub use arena::{Addresses, Arena, ArenaOptions, Arenas};
pub use command::{NodeCommand, NodeProcess, Signalled};
pub use error::{ArenaError, GroundError};
pub use ground::{Finding, Footing, Ground, Isolation, diagnose, enter};
