//! Linearizability: could the operations have happened one at a time, each at some instant between
//! its call and its return? (Herlihy & Wing, *Linearizability: a correctness condition for concurrent
//! objects*, 1990)
//!
//! [`check`] answers for a whole history, on as many threads as the budget has. [`partitions`] splits it
//! into independent objects first, so that a caller may give each a budget. How it is done stands in `search`.
//! [`Online`] takes events one by one, holds no more than it needs, and tells of the first violation.

mod attempts;
mod bookmark;
mod case;
mod check;
mod clues;
mod collection;
mod config;
mod demand;
mod element;
mod excerpt;
mod explain;
mod glance;
mod growth;
mod guess;
mod interned;
mod kind;
mod lane;
mod limits;
mod mask;
mod minimise;
mod moves;
mod online;
mod partition;
mod pending;
mod pool;
mod possible;
mod reasons;
mod refuted;
mod resolve;
mod retell;
mod rooted;
mod run;
mod search;
mod seen;
mod space;
mod spread;
mod table;
mod traits;
mod turns;
mod unknown;
mod usage;
mod verdict;
mod violation;
mod walk;
mod witness;

pub use check::{Budget, check};
pub use kind::{FollowError, Kind, UnknownModel};
pub use online::{Online, OnlineError, Refuted, Standing};
pub use partition::{Partition, partitions};
pub use retell::{Attempt, Placed, Retold};
pub use traits::Traits;
pub use verdict::{Reason, Unknown, Valid, Verdict};
pub(crate) use violation::Told;
pub use violation::{Producer, Violation, WhyOut};
