//! The behaviour of a link, as numbers.

use chaos_node::Nanos;
use serde::{Deserialize, Serialize};
use std::fmt;

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

impl LinkParams {
    /// Whether messages pass as if there were no rule: at once, in order, each one once. How long
    /// the held back ones wait does not matter if none is.
    pub fn is_perfect(&self) -> bool {
        let LinkParams { delay, jitter, loss, duplicate, reorder, hold: _ } = *self;
        [delay, jitter] == [Nanos::ZERO; 2] && [loss, duplicate, reorder] == [Ppm(0); 3]
    }
}

impl fmt::Display for Ppm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = (self.0 / 10_000, self.0 % 10_000);
        let fraction = format!("{fraction:04}");
        match fraction.trim_end_matches('0') {
            "" => write!(f, "{whole}%"),
            digits => write!(f, "{whole}.{digits}%"),
        }
    }
}

impl fmt::Display for LinkParams {
    /// What is not nothing: `delay 5ms, loss 2%`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let times = [("delay", self.delay), ("jitter", self.jitter)];
        let shares =
            [("loss", self.loss), ("duplicate", self.duplicate), ("reorder", self.reorder)];
        let times = times.iter().filter(|(_, time)| *time > Nanos::ZERO);
        let shares = shares.iter().filter(|(_, share)| share.0 > 0);
        let words: Vec<String> = times
            .map(|(name, time)| format!("{name} {time}"))
            .chain(shares.map(|(name, share)| format!("{name} {share}")))
            .collect();
        f.write_str(if words.is_empty() { "perfect" } else { "" })?;
        f.write_str(&words.join(", "))
    }
}
