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
//! they go on until it is spent as well. If no configuration survives, no linearization exists.
//! That it *hides* during these very moves is never tried: to hide right before a move is to take
//! effect and then to move, and the move can wait.
//!
//! As slots are reused, the size of a configuration depends on how many operations are pending, never
//! on how long the history is. An operation of unknown outcome is pooled (see `pool`), or, if it is
//! one of a kind and its result is asked for, it has a slot until nobody asks any more: it is
//! satisfied from the start and never returns.
//!
//! Which moves are worth making is the business of `moves`. A configuration that has satisfied as
//! much, spent as little, and used as few of the pooled operations as another in the same state can
//! do all that the other can, which is dropped.

use std::collections::VecDeque;

use super::config::Config;
use super::demand::Demand;
use super::limits::{Limits, Meter, Stop, room};
use super::mask::Mask;
use super::pending::{Deadline, NEVER, Pending};
use super::pool::{OVERDRAWN, Pool};
use super::seen::Seen;
use super::space::{Code, Make, Need, Space, StateId};
use crate::model::Model;

/// The room that lists of configurations have at first: few need more, and to grow step by step takes
/// longer than a short search.
const ROOM: usize = 16;

/// What it costs to expand a configuration, per word of a mask, and to look at one that may return.
const EXPANSION: usize = 64;
const RETURN: usize = 8;

/// What a search keeps that does not follow every configuration. Those that took the fewest moves
/// and used the fewest pooled operations are kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Beam {
    /// How many configurations.
    pub(crate) width: usize,
    /// Pooled operations are used only if fewer survive without.
    pub(crate) enough: usize,
    /// Whether it may drop what matters; if not it stops before.
    pub(crate) drops: bool,
}

/// The state of a search between two events.
pub(crate) struct Search<'b, const W: usize> {
    pub(super) limits: Limits<'b>,
    pub(super) pending: Pending<W>,
    pub(super) pool: Pool,
    pub(super) demand: Demand,
    pub(crate) frontier: Vec<Config<W>>,
    pub(super) work: VecDeque<Config<W>>,
    /// What has used more pooled operations than the rest of `work`, and waits until that is done.
    pub(super) waiting: Vec<Config<W>>,
    /// What may use one more pooled operation, once `work` is done.
    pub(super) borrowers: Vec<Config<W>>,
    /// Those of whom it is the turn.
    pub(super) lent: Vec<Config<W>>,
    pub(super) next: Vec<Config<W>>,
    pub(super) seen: Seen<W>,
    /// The slots of operations that never return.
    pub(super) unknown: Vec<usize>,
    /// How many slots those may take.
    room: usize,
    /// How many configurations to keep, if not all that matter.
    pub(super) beam: Option<Beam>,
    /// Whether a configuration that matters was dropped.
    pub(crate) lossy: bool,
    pub(super) meter: Meter,
    /// Whether a configuration was left out because of what is asked for later.
    pub(crate) foresaw: bool,
    /// States that were left, or not made, though somebody still needs them.
    pub(crate) stranded: Vec<StateId>,
}

impl<'b, const W: usize> Search<'b, W> {
    /// A search that begins in the given state; `open` operations that return need slots at once.
    pub(crate) fn new(
        initial: StateId,
        demand: Demand,
        exact: bool,
        open: usize,
        limits: Limits<'b>,
    ) -> Self {
        let mut frontier = Vec::with_capacity(ROOM);
        frontier.push(Config::start(initial));
        Search {
            limits,
            pending: Pending::new(),
            pool: Pool::new(exact),
            demand,
            frontier,
            work: VecDeque::with_capacity(ROOM),
            waiting: Vec::new(),
            borrowers: Vec::new(),
            lent: Vec::new(),
            next: Vec::with_capacity(ROOM),
            seen: Seen::default(),
            unknown: Vec::new(),
            room: W * 64 - open,
            beam: None,
            lossy: false,
            meter: Meter::default(),
            foresaw: false,
            stranded: Vec::new(),
        }
    }

    /// From now on follows only some of the configurations.
    pub(crate) fn narrow(&mut self, beam: Beam) {
        self.beam = Some(beam);
    }

    /// From now on follows all of them, if they are no more than this.
    pub(super) fn widen(&mut self, most: usize) {
        self.beam = None;
        self.limits.configurations = self.limits.configurations.min(most);
    }

    /// An operation is called that will return; gives its slot.
    pub(crate) fn call(&mut self, code: Code, deadline: Deadline) -> usize {
        self.demand.call(code, true);
        self.pending.insert(code, deadline)
    }

    /// An operation of unknown outcome is called; tells whether it was pooled.
    pub(crate) fn call_unknown(&mut self, code: Code, one_of_a_kind: bool) -> bool {
        self.demand.call(code, false);
        let pooled = !one_of_a_kind || self.unknown.len() >= self.room;
        if pooled {
            self.pool.call(code);
        } else if self.is_asked_for(code) {
            let slot = self.pending.insert(code, NEVER);
            self.unknown.push(slot);
            for config in &mut self.frontier {
                config.satisfied.insert(slot);
            }
        }
        pooled
    }

    /// Whether anything that has not returned needs the state that the action makes.
    pub(super) fn is_asked_for(&self, code: Code) -> bool {
        match code.make {
            Make::To(state) => {
                self.demand.needs(state) || self.pending.needs(self.pending.all, state)
            }
            Make::Same | Make::Opaque => true,
        }
    }

    /// The operation in the slot returns. On failure the frontier is as it was before, unless time is up.
    pub(crate) fn ret<M: Model>(
        &mut self,
        space: &mut Space<'_, M>,
        slot: usize,
    ) -> Result<(), Stop> {
        let code = self.pending.code(slot);
        let expanded = self.begin(space, slot).and_then(|()| self.expand(space, slot));
        if let Err(stop) = expanded.and_then(|()| self.keep_all()) {
            self.work.clear();
            self.waiting.clear();
            self.borrowers.clear();
            return Err(stop);
        }
        if self.next.is_empty() {
            return Err(Stop::Dead);
        }
        self.demand.ret(code);
        self.release(slot);
        std::mem::swap(&mut self.frontier, &mut self.next);
        self.forget_unasked(code);
        if self.frontier.len() > 1 { self.reduce() } else { Ok(()) }
    }

    /// Parts the frontier: those in which the operation may return as it is, and those that move on.
    fn begin<M: Model>(&mut self, space: &Space<'_, M>, slot: usize) -> Result<(), Stop> {
        self.next.clear();
        self.stranded.clear();
        for at in 0..self.frontier.len() {
            if self.meter.spend(RETURN) {
                self.look(space)?;
            }
            let config = self.frontier[at];
            let satisfied = config.satisfied.has(slot);
            if satisfied && !self.strands(&config, slot) {
                self.next.push(config);
            }
            if !satisfied || self.has_last_chance(&config, slot) {
                self.work.push_back(config);
            }
        }
        if !self.work.is_empty() {
            self.seen.clear();
            if !self.pool.kinds().is_empty() && self.beam.is_none() {
                self.waiting.extend(self.work.drain(..));
            }
        }
        Ok(())
    }

    fn expand<M: Model>(&mut self, space: &mut Space<'_, M>, goal: usize) -> Result<(), Stop> {
        let observer = self.pending.code(goal).is_observer();
        while let Some(mut config) = self.next_work(space, goal)? {
            self.check_limits(space)?;
            // Who does not follow everything does not ask what has been used to come here.
            if !self.seen.insert(config.identity(self.pool.exact && self.beam.is_none())) {
                self.lossy |= self.beam.is_some() && !self.pool.kinds().is_empty();
                continue;
            }
            let hidden = config.satisfied.has(goal);
            self.absorb(space, &mut config);
            let spent = config.spent.has(goal);
            let satisfied = config.satisfied.has(goal);
            if (spent || satisfied && !hidden) && !self.strands(&config, goal) {
                self.next.push(config);
            }
            if !(spent || satisfied && observer) {
                self.move_on(space, &config, goal);
                if !self.pool.kinds().is_empty() {
                    self.borrowers.push(config);
                }
            }
        }
        Ok(())
    }

    /// Who may not drop anything stops before it does.
    fn keep_all(&mut self) -> Result<(), Stop> {
        let Some(Beam { width, drops: false, .. }) = self.beam else { return Ok(()) };
        let drops = std::mem::take(&mut self.lossy) || self.next.len() > width;
        if drops { Err(Stop::Configurations) } else { Ok(()) }
    }

    pub(super) fn check_limits<M: Model>(&mut self, space: &mut Space<'_, M>) -> Result<(), Stop> {
        let waiting = self.work.len() + self.waiting.len() + self.borrowers.len();
        let configurations = self.seen.len() + waiting + self.next.len();
        if configurations > self.limits.configurations {
            return Err(Stop::Configurations);
        }
        if self.meter.spend(EXPANSION * W + space.take_work()) { self.look(space) } else { Ok(()) }
    }

    /// Looks at the memory and the clock.
    fn look<M: Model>(&self, space: &Space<'_, M>) -> Result<(), Stop> {
        if self.bytes() + space.bytes() > self.limits.bytes {
            return Err(Stop::Bytes);
        }
        if self.limits.is_expired() { Err(Stop::Expired) } else { Ok(()) }
    }

    /// How much memory the configurations and the pool take.
    fn bytes(&self) -> usize {
        let list =
            |list: &Vec<Config<W>>| room(list.len(), list.capacity(), size_of::<Config<W>>());
        let lists = [&self.frontier, &self.waiting, &self.borrowers, &self.lent, &self.next];
        let work = room(self.work.len(), self.work.capacity(), size_of::<Config<W>>());
        lists.into_iter().map(list).sum::<usize>() + work + self.seen.bytes() + self.pool.bytes()
    }

    /// Satisfies what may leave the state as it is.
    fn absorb<M: Model>(&self, space: &mut Space<'_, M>, config: &mut Config<W>) {
        for slot in self.pending.all.minus(&config.satisfied).iter() {
            if space.may_stay(config.state, self.pending.code(slot)) {
                config.satisfied.insert(slot);
            }
        }
    }

    /// Frees the slot of an operation, and what every survivor has to say about it.
    fn release(&mut self, slot: usize) {
        for config in &mut self.next {
            config.satisfied.remove(slot);
            config.spent.remove(slot);
        }
        self.pending.remove(slot);
    }

    /// Frees the slots of unknown operations whose result nobody will ask for any more.
    fn forget_unasked(&mut self, returned: Code) {
        let Need::Is(state) = returned.need else { return };
        if self.unknown.is_empty() || self.demand.needs(state) {
            return;
        }
        if self.pending.needs(self.pending.all, state) {
            return;
        }
        let makes = |search: &Self, slot: usize| search.pending.code(slot).make == Make::To(state);
        let (gone, kept) = self.unknown.iter().partition(|slot| makes(self, **slot));
        self.unknown = kept;
        let gone: Vec<usize> = gone;
        for slot in gone {
            for config in &mut self.frontier {
                config.satisfied.remove(slot);
                config.spent.remove(slot);
            }
            self.pending.remove(slot);
        }
    }

    /// Drops every configuration that another one can stand in for.
    fn reduce(&mut self) -> Result<(), Stop> {
        for at in 0..self.frontier.len() {
            self.frontier[at] = self.plainest(self.frontier[at]);
        }
        let (kept, pool) = (&mut self.next, &self.pool);
        kept.clear();
        for config in &self.frontier {
            if self.meter.spend(RETURN + kept.len()) && self.limits.is_expired() {
                return Err(Stop::Expired);
            }
            if kept.iter().any(|other| other.dominates(config, pool)) {
                continue;
            }
            kept.retain(|other| !config.dominates(other, pool));
            kept.push(*config);
        }
        std::mem::swap(&mut self.frontier, &mut self.next);
        if let Some(Beam { width, .. }) = self.beam
            && self.frontier.len() > width
        {
            self.lossy = true;
            let pool = &self.pool;
            self.frontier.sort_by_key(|config| pool.total(config.usage));
            self.frontier.truncate(width);
        }
        Ok(())
    }

    /// Whether a linearization was found that uses no unknown operation that was not called.
    pub(crate) fn is_honest(&self) -> bool {
        self.frontier.iter().any(|config| config.usage != OVERDRAWN)
    }

    /// The pending operations that are not satisfied, apart from one.
    pub(super) fn unsatisfied(&self, config: &Config<W>, but: usize) -> Mask<W> {
        let mut slots = self.pending.all.minus(&config.satisfied);
        slots.remove(but);
        slots
    }
}
