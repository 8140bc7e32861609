//! How the tester talks to a system.
//!
//! [`Session`] is the pure half: whom to ask, when to give up, and what is known of the outcome.
//! [`Recorder`] writes down what the clients saw. The world does the talking.

mod recorder;
mod session;
mod value;

pub use recorder::Recorder;
pub use session::{Completion, Session, Todo};
pub use value::{to_checker, to_node};
