//! One rule of one directed link.

use super::{Cause, Effect, LinkParams, Ppm};
use chaos_node::{Nanos, Rng};

/// One rule of one directed link, with its stream of draws.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub(super) cause: Cause,
    action: Action,
}

#[derive(Clone, Debug)]
enum Action {
    Cut,
    Shape { params: LinkParams, rng: Rng },
}

/// How a message passes a rule.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Passage {
    /// How much later.
    pub(super) delay: Nanos,
    /// How much longer on top of that it is held back, if it is.
    pub(super) hold: Option<Nanos>,
    /// How far behind itself its copy comes, if there is one.
    pub(super) copy: Option<Nanos>,
}

impl Rule {
    pub(super) fn cut(fault: usize) -> Rule {
        Rule { cause: Cause::Fault(fault), action: Action::Cut }
    }

    pub(super) fn shape(cause: Cause, params: LinkParams, rng: Rng) -> Rule {
        Rule { cause, action: Action::Shape { params, rng } }
    }

    /// Decides about one message: how it passes, or nothing if it does not.
    pub(super) fn draw(&mut self) -> Option<Passage> {
        match &mut self.action {
            Action::Cut => None,
            Action::Shape { params, rng } => draw(params, rng),
        }
    }
}

fn draw(params: &LinkParams, rng: &mut Rng) -> Option<Passage> {
    if chance(params.loss, rng) {
        return None;
    }
    let delay = params.delay + up_to(params.jitter, rng);
    let hold = chance(params.reorder, rng).then(|| up_to(params.hold, rng));
    let copy = chance(params.duplicate, rng).then(|| up_to(params.jitter, rng));
    Some(Passage { delay, hold, copy })
}

fn chance(probability: Ppm, rng: &mut Rng) -> bool {
    probability.0 > 0 && rng.chance(probability.0)
}

fn up_to(most: Nanos, rng: &mut Rng) -> Nanos {
    if most == Nanos::ZERO { Nanos::ZERO } else { rng.time(Nanos::ZERO..=most) }
}

impl Passage {
    /// Past this rule and then the next: delays add, but one message has one copy at most.
    pub(super) fn then(self, next: Passage) -> Passage {
        let hold = match (self.hold, next.hold) {
            (Some(one), Some(other)) => Some(one + other),
            (one, other) => one.or(other),
        };
        Passage { delay: self.delay + next.delay, hold, copy: self.copy.or(next.copy) }
    }

    pub(super) fn effect(&self) -> Effect {
        Effect {
            dropped: 0,
            delayed: u64::from(self.delay > Nanos::ZERO),
            duplicated: u64::from(self.copy.is_some()),
            reordered: u64::from(self.hold.is_some()),
        }
    }
}
