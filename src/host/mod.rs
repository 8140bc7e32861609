//! Hosts one node as a real process: `chaos node <target> --config <json>`.

mod config;
mod error;
mod line;
mod observed;

pub use config::HostConfig;
pub use error::{HostError, PANICKED};
pub use line::{AnswerLine, RequestLine};
pub use observed::{Observed, PREFIX, READY};

use chaos_node::Target;

/// Runs the node until it is told to stop.
///
/// # Errors
/// See [`HostError`].
pub fn run(target: &dyn Target, config: HostConfig) -> Result<(), HostError> {
    let _node = target.node(&config.node)?;
    Ok(())
}
