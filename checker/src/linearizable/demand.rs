//! What the rest of the history will ask for.
//!
//! With the whole history at hand the search need not try what cannot matter. This counts, for every
//! state, the operations *not yet called* that need it or make it, and who is still to ask for
//! "anything but this". The counts only ever fall, so what is wanted by nobody stays so.
//!
//! It takes hints that say everything: in a partition with an opaque action nothing is known, and
//! [`Demand::is_known`] says so. Nor is it where an action is possible in all states but one and leads
//! to another: before such a one a reset can be of use to nobody in particular.
//!
//! Where only a window of the history is at hand, what lies beyond may ask for any state that an
//! operation can still leave there ([`Demand::expect_later`]). Nobody may be *stranded* for such a
//! state, but neither may it be taken for one that nobody asks for.

use super::partition::Step;
use super::space::{Code, Make, Need, StateId};

/// Counts of what is still to come.
#[derive(Clone, Debug, Default)]
pub(crate) struct Demand {
    known: bool,
    /// By state.
    counts: Vec<Counts>,
    /// Operations not yet returned that must find anything but some state.
    pub(crate) others: u32,
    any_exit: bool,
    /// States that may be asked for beyond the window, where the history is longer.
    later: Vec<bool>,
}

/// What is still to come that has to do with a state.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    /// Uncalled operations that must happen in this state.
    needed: u32,
    /// Uncalled operations that make this state.
    made: u32,
    /// Pooled operations, called or not, that may leave this state if they happen.
    exits: u32,
}

impl Demand {
    /// Nothing is known about the future.
    pub(crate) fn unknown() -> Demand {
        Demand::default()
    }

    /// The demand of a whole history, of which nothing has been called.
    pub(crate) fn of<'s>(steps: impl Iterator<Item = &'s Step>, states: usize) -> Demand {
        let mut demand = Demand::empty(states);
        for step in steps {
            demand.expect(step.code, step.returns());
        }
        demand
    }

    /// Nothing is asked for.
    pub(super) fn empty(states: usize) -> Demand {
        Demand {
            known: true,
            counts: vec![Counts::default(); states],
            others: 0,
            any_exit: false,
            later: Vec::new(),
        }
    }

    /// An operation is still to be called.
    pub(super) fn expect(&mut self, code: Code, returns: bool) {
        match code.need {
            Need::Is(state) if returns => self.counts[state as usize].needed += 1,
            Need::Is(_) => self.expect_exit(code),
            Need::Not(_) if returns => self.others += 1,
            Need::Any | Need::Not(_) | Need::Opaque => {}
        }
        self.expect_maker(code);
    }

    /// Something that may make its state will be called.
    pub(super) fn expect_maker(&mut self, code: Code) {
        self.known &= code.is_plain() && !code.is_guarded();
        if let Make::To(state) = code.make {
            self.counts[state as usize].made += 1;
        }
    }

    /// A pooled operation may leave the state it needs.
    pub(super) fn expect_exit(&mut self, code: Code) {
        self.known &= code.is_plain() && !code.is_guarded();
        if let Need::Is(state) = code.need {
            self.counts[state as usize].exits += 1;
            self.any_exit = true;
        }
    }

    /// An operation that has been called will return.
    pub(super) fn expect_return(&mut self, code: Code) {
        self.known &= code.is_plain() && !code.is_guarded();
        if let Need::Not(_) = code.need {
            self.others += 1;
        }
    }

    /// The state that an operation makes may be asked for beyond the window.
    pub(super) fn expect_later(&mut self, state: StateId) {
        self.later.resize(self.counts.len(), false);
        self.later[state as usize] = true;
    }

    /// An operation is called.
    pub(crate) fn call(&mut self, code: Code, returns: bool) {
        if !self.known {
            return;
        }
        if let (Need::Is(state), true) = (code.need, returns) {
            self.counts[state as usize].needed -= 1;
        }
        if let Make::To(state) = code.make {
            self.counts[state as usize].made -= 1;
        }
    }

    /// An operation returns.
    pub(crate) fn ret(&mut self, code: Code) {
        if let (Need::Not(_), true) = (code.need, self.known) {
            self.others -= 1;
        }
    }

    /// A call has not happened yet after all.
    pub(crate) fn take_back_call(&mut self, code: Code, returns: bool) {
        if !self.known {
            return;
        }
        if let (Need::Is(state), true) = (code.need, returns) {
            self.counts[state as usize].needed += 1;
        }
        if let Make::To(state) = code.make {
            self.counts[state as usize].made += 1;
        }
    }

    /// A return has not happened yet after all.
    pub(crate) fn take_back_return(&mut self, code: Code) {
        if let (Need::Not(_), true) = (code.need, self.known) {
            self.others += 1;
        }
    }

    /// Whether the counts mean anything.
    pub(crate) fn is_known(&self) -> bool {
        self.known
    }

    /// Whether an uncalled operation must find this state.
    pub(crate) fn needs(&self, state: StateId) -> bool {
        self.counts[state as usize].needed > 0
    }

    /// Whether an operation that is pooled, not yet called or not even known may be in want of it.
    pub(crate) fn asks(&self, state: StateId) -> bool {
        let later = self.later.get(state as usize).copied().unwrap_or_default();
        later || self.needs(state) || self.exits(state)
    }

    /// Whether an uncalled operation makes this state.
    pub(crate) fn makes(&self, state: StateId) -> bool {
        self.counts[state as usize].made > 0
    }

    /// Whether a pooled operation may leave this state.
    pub(crate) fn exits(&self, state: StateId) -> bool {
        self.counts[state as usize].exits > 0
    }

    /// Whether a pooled operation may leave any state.
    pub(crate) fn has_exits(&self) -> bool {
        self.any_exit
    }
}
