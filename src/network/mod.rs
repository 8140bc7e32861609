//! What a network does to messages: one model for the simulator and for the real switch.
//!
//! A network is a set of **directed links** between endpoints. A link carries an ordered list of
//! **rules**; each rule answers for each message *drop*, or *pass, and this much later*. The first
//! rule that does not pass wins, and delays add up. What a link does when nothing is wrong is its
//! first rule; every fault adds rules of its own, known by the fault's place in the plan, and takes
//! them all away when it ends.
//!
//! **Order.** A link is a pipe: its deliveries never overtake each other, however the jitter falls,
//! because TCP would take every overtaking for a loss and crawl. Only a message drawn for `reorder`
//! leaves the pipe: it waits up to `hold` longer, and what comes behind it passes.
//!
//! **Randomness.** Every rule of every directed link has a stream of its own, named after the link
//! and the fault. So the draws of one link are independent of the traffic on the others, and taking
//! a fault out of a plan changes no draw of the rest. A probability of zero draws nothing.
//!
//! Nothing here reads a clock or waits: the caller says what time it is and gets told when to
//! deliver.

mod fate;
mod links;
mod params;
mod rule;

pub use fate::{Cause, Effect, Endpoint, Fate, Sent, Totals};
pub use links::Links;
pub use params::{LinkParams, Ppm};
