//! The search: breadth-first, just-in-time linearization (Lowe, *Testing for linearizability*, 2017),
//! in one pass over the calls and returns of a partition.
//!
//! A [`Config`] is one way in which things may stand: the object's state, and for each *pending*
//! operation — called, not returned — two facts:
//! * **satisfied**: its return needs nothing more;
//! * **spent**: its effect has been used up.
//!
//! A new operation is neither. One that takes effect is both. And one that *may* stand somewhere
//! without being noticed is satisfied but not spent: it can return at no cost, or still take effect
//! later. That is the case when it may leave the state as it is (a matching read, a failed cas, a
//! write of the value that is there), or when it is legal anywhere and a *reset* (a blind write) takes
//! effect after its call: it hides right before it.
//!
//! Nothing happens until a return: then the configurations in which the operation is not satisfied
//! let pending operations take effect, one after another, just until it is. Where it is satisfied
//! but not spent it may return as it is; but this is also its last chance to take effect in sight, so
//! they go on until it is spent as well. If no configuration survives, no linearization exists. As slots are reused, the size of a configuration depends on
//! how many operations are pending, never on how long the history is.
//!
//! A configuration that has satisfied as much, spent as little, and used as few of the operations of
//! unknown outcome as another in the same state can do all that the other can, which is dropped.

use rustc_hash::FxHashSet;

use super::mask::Mask;
use super::pool::{Pool, UNUSED, UsageId};
use super::space::{Code, Space, StateId, Steps};
use crate::model::Model;

/// One way in which things may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Config<const W: usize> {
    pub(crate) state: StateId,
    pub(crate) usage: UsageId,
    pub(crate) satisfied: Mask<W>,
    pub(crate) spent: Mask<W>,
}

/// Why a search stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// No configuration survives: there is no linearization.
    Dead,
    /// More configurations than allowed.
    Configurations,
    /// The caller's time is up.
    Expired,
}

/// What the search may use.
#[derive(Clone, Copy)]
pub(crate) struct Limits<'b> {
    pub(crate) configurations: usize,
    pub(crate) expired: &'b dyn Fn() -> bool,
}

/// The state of a search between two events.
pub(crate) struct Search<'b, const W: usize> {
    limits: Limits<'b>,
    codes: Vec<Code>,
    free: Vec<usize>,
    pending: Mask<W>,
    /// The pending operations that are legal anywhere.
    total: Mask<W>,
    pool: Pool,
    pub(crate) frontier: Vec<Config<W>>,
    work: Vec<Config<W>>,
    next: Vec<Config<W>>,
    seen: FxHashSet<Config<W>>,
}

impl<'b, const W: usize> Search<'b, W> {
    pub(crate) fn new(initial: StateId, limits: Limits<'b>) -> Self {
        let (satisfied, spent) = (Mask::EMPTY, Mask::EMPTY);
        Search {
            limits,
            codes: Vec::new(),
            free: Vec::new(),
            pending: Mask::EMPTY,
            total: Mask::EMPTY,
            pool: Pool::default(),
            frontier: vec![Config { state: initial, usage: UNUSED, satisfied, spent }],
            work: Vec::new(),
            next: Vec::new(),
            seen: FxHashSet::default(),
        }
    }

    /// An operation is called; gives its slot.
    pub(crate) fn call(&mut self, code: Code) -> usize {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.codes.push(code);
            self.codes.len() - 1
        });
        self.codes[slot] = code;
        self.pending.insert(slot);
        if code.is_total() {
            self.total.insert(slot);
        }
        slot
    }

    /// An operation of unknown outcome is called.
    pub(crate) fn call_unknown(&mut self, code: Code) {
        self.pool.call(code);
    }

    /// The operation in the slot returns. On failure the frontier is as it was before.
    pub(crate) fn ret<M: Model>(
        &mut self,
        space: &mut Space<'_, M>,
        slot: usize,
    ) -> Result<(), Stop> {
        self.next.clear();
        self.seen.clear();
        let observer = self.codes[slot].is_observer();
        for config in &self.frontier {
            let satisfied = config.satisfied.has(slot);
            if satisfied {
                self.next.push(*config);
            }
            if !satisfied || !observer && !config.spent.has(slot) {
                self.work.push(*config);
            }
        }
        if !self.work.is_empty() {
            self.work.reverse();
            self.expand(space, slot)?;
        }
        if self.next.is_empty() {
            return Err(Stop::Dead);
        }
        self.release(slot);
        Ok(())
    }

    fn expand<M: Model>(&mut self, space: &mut Space<'_, M>, slot: usize) -> Result<(), Stop> {
        while let Some(mut config) = self.work.pop() {
            let may_return = config.satisfied.has(slot);
            self.absorb(space, &mut config);
            let satisfied = config.satisfied.has(slot);
            if satisfied && (!may_return || config.spent.has(slot)) {
                self.next.push(config);
            }
            if satisfied && (self.codes[slot].is_observer() || config.spent.has(slot)) {
                continue;
            }
            self.move_on(space, &config, slot);
            if self.seen.len() + self.next.len() > self.limits.configurations {
                self.work.clear();
                return Err(Stop::Configurations);
            }
            if (self.limits.expired)() {
                self.work.clear();
                return Err(Stop::Expired);
            }
        }
        Ok(())
    }

    /// Satisfies what may leave the state as it is.
    fn absorb<M: Model>(&self, space: &mut Space<'_, M>, config: &mut Config<W>) {
        for slot in self.pending.minus(&config.satisfied).iter() {
            if space.may_stay(config.state, self.codes[slot]) {
                config.satisfied.insert(slot);
            }
        }
    }

    /// Lets each operation that can change the state do so.
    fn move_on<M: Model>(&mut self, space: &mut Space<'_, M>, config: &Config<W>, goal: usize) {
        for slot in self.pending.minus(&config.spent).iter() {
            let code = self.codes[slot];
            let steps = space.step(config.state, code);
            let mut moved = *config;
            moved.satisfied.insert(slot);
            moved.spent.insert(slot);
            self.hide(&mut moved, code);
            self.push_moves(space, config, moved, steps, goal);
        }
        for kind in self.pool.kinds() {
            let code = self.pool.code(kind);
            let steps = space.step(config.state, code);
            if steps == Steps::None || steps == Steps::One(config.state) {
                continue;
            }
            if let Some(usage) = self.pool.take(config.usage, kind) {
                let mut moved = Config { usage, ..*config };
                self.hide(&mut moved, code);
                self.push_moves(space, config, moved, steps, goal);
            }
        }
    }

    /// What is legal anywhere can stand unseen right before a reset.
    fn hide(&self, moved: &mut Config<W>, code: Code) {
        if code.is_reset() {
            moved.satisfied = moved.satisfied.union(&self.total);
        }
    }

    fn push_moves<M: Model>(
        &mut self,
        space: &Space<'_, M>,
        from: &Config<W>,
        moved: Config<W>,
        steps: Steps,
        goal: usize,
    ) {
        for state in space.targets(steps).filter(|state| *state != from.state) {
            let config = Config { state, ..moved };
            if !self.seen.insert(config) {
                continue;
            }
            // Hidden just now: it may return here, and it may still go on to take effect in sight.
            let hidden = config.satisfied.has(goal) && !config.spent.has(goal);
            if hidden && !from.satisfied.has(goal) {
                self.next.push(config);
            }
            self.work.push(config);
        }
    }

    /// Frees the slot of an operation that has returned, and makes the survivors the frontier.
    fn release(&mut self, slot: usize) {
        for config in &mut self.next {
            config.satisfied.remove(slot);
            config.spent.remove(slot);
        }
        self.pending.remove(slot);
        self.total.remove(slot);
        self.free.push(slot);
        std::mem::swap(&mut self.frontier, &mut self.next);
        if self.frontier.len() > 1 {
            self.reduce();
        }
    }

    /// Drops every configuration that another one can stand in for.
    fn reduce(&mut self) {
        let (kept, pool) = (&mut self.next, &self.pool);
        kept.clear();
        for config in &self.frontier {
            if kept.iter().any(|other| dominates(pool, other, config)) {
                continue;
            }
            kept.retain(|other| !dominates(pool, config, other));
            kept.push(*config);
        }
        std::mem::swap(&mut self.frontier, &mut self.next);
    }
}

/// Whether the first configuration can do all that the second can.
fn dominates<const W: usize>(pool: &Pool, first: &Config<W>, second: &Config<W>) -> bool {
    first.state == second.state
        && first.satisfied.contains(&second.satisfied)
        && second.spent.contains(&first.spent)
        && pool.spares(first.usage, second.usage)
}
