//! The behaviour of a link, as numbers.

use chaos_node::Nanos;
use serde::{Deserialize, Serialize};

/// A probability in millionths: 0 is never, 1 000 000 always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ppm(pub u32);

/// What a link does to each message that it carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LinkParams {
    /// How long every message takes at least.
    pub delay: Nanos,
    /// How much longer it may take, all lengths alike; order is kept.
    pub jitter: Nanos,
    /// How likely it is lost.
    pub loss: Ppm,
    /// How likely it arrives twice.
    pub duplicate: Ppm,
    /// How likely it is held back, so that later ones overtake it.
    pub reorder: Ppm,
    /// How long a message that is held back waits at most on top of the rest.
    pub hold: Nanos,
}
