//! Runs campaigns: many runs of some workloads in turns ([`Order`]), each from a seed of its own.
//!
//! Runs are independent: a slow one holds up no other, and whatever happens to one is no more than
//! its own record. How many are under way at once adapts to the machine ([`Throttle`]), for a
//! machine that is too busy would make timeouts of its own. Runs are checked and saved on threads
//! beside the one that drives the clusters.

mod campaign;
mod coverage;
mod job;
mod ledger;
mod order;
mod processes;
mod queue;
#[cfg(test)]
mod scenarios;
pub mod shrink;
mod shrinking;
mod simulated;
mod throttle;

pub use campaign::{Archive, Campaign};
pub use ledger::Finished;
pub use order::{Order, Shard, Turn};
pub use processes::on_processes;
pub use simulated::in_simulation;
pub use throttle::Throttle;
