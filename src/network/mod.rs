//! What a network does to messages: one model for the simulator and for the real switch.

mod params;

pub use params::{LinkParams, Ppm};
