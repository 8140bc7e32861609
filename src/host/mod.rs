//! Hosts one node as a real process: `chaos node <target> --config <json>`.
//!
//! A node is a state machine that never touches the world ([`chaos_node`]). The host is the world
//! for it: sockets, files, timers and a clock, on one thread and one poll, with nothing going on
//! while nothing happens. What it promises:
//!
//! * **Order.** Actions take effect in the order in which the node gave them. What is to leave the
//!   process waits for the end of the turn, so that many small writes become one; what stands in
//!   front of a sync leaves before it, and what stands behind it leaves after it is durable.
//! * **A SIGKILL is a power cut.** Bytes that are not synced live in the process's own memory.
//! * **Peers.** One TCP connection for each pair of nodes, dialed by the smaller id, in frames
//!   ([`frame`]). While there is none, and beyond a bounded backlog, messages are lost: a node has
//!   to bear that. Connections that a cut has killed are noticed and dialed again on the host's own
//!   timers, so that a heal takes effect within half a second.
//! * **Clients.** One JSON object a line ([`RequestLine`], [`AnswerLine`]).
//! * **Observations.** One JSON object a line on standard output ([`Observed`]), written before
//!   anything that the same turn sends. Behind those of the start, one line says that the node
//!   serves ([`READY`]).
//! * **Strangers do no harm.** What arrives is bounded in size and number, and nonsense closes the
//!   connection that it came on, and no other.
//!
//! Timers run out up to a millisecond late, for that is as fine as the poll waits.
//!
//! The process ends
//!
//! | with exit code | when |
//! | --- | --- |
//! | 0 | SIGTERM asked it to: the step is finished and the disk synced; or nobody reads its output |
//! | 64 | the configuration is wrong |
//! | 69 | it cannot listen |
//! | 70 | the machine fails in another way |
//! | 74 | the disk fails: at once, for nothing is known about it any more |
//! | 101 | the node panics: at once, and what was not synced is lost |
//!
//! and by SIGKILL when its parent dies.

mod clock;
mod config;
mod disk;
mod error;
pub mod frame;
mod hosted;
mod line;
mod net;
mod observed;
mod output;
mod process;
mod timers;

pub use clock::true_time;
pub use config::HostConfig;
pub use error::{HostError, PANICKED};
pub use line::{AnswerLine, RequestLine};
pub use observed::{Observed, PREFIX, READY, SENT};

use chaos_node::Target;
use hosted::{Hosted, Turn};

/// Runs the node until SIGTERM.
///
/// This takes hold of the whole process, its panic hook and SIGTERM included, and belongs on the
/// main thread, before any other thread is started: one that does not block SIGTERM would get it.
///
/// # Errors
/// If the node cannot be started or the machine fails under it: see [`HostError::exit_code`].
pub fn run(target: &dyn Target, config: HostConfig) -> Result<(), HostError> {
    config.check()?;
    let node = target.node(&config.node)?;
    let mut hosted = Hosted::open(node, config)?;
    hosted.start()?;
    loop {
        match hosted.turn()? {
            Turn::On => {}
            Turn::Stop => return hosted.sync(),
            Turn::Orphaned => return Ok(()),
        }
    }
}
