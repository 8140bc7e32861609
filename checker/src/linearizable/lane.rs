//! One object's operations while they happen: a window of events, and the search behind it.
//!
//! The search of a whole history looks ahead to tell what cannot matter. Here there is only a window,
//! and in it operations that are still open, of which nobody knows yet what they will have found.
//! So the search follows at a distance: up to the *cut*, the call of the first operation that is
//! open. What is open, or not called yet, takes effect after the cut. All that it can find there is
//! a state that some operation has left behind, and an operation that was followed by a completed blind
//! write before the cut has left none: only the states of the others may be *asked for later*.
//!
//! Between two windows all that nothing refers to any more is forgotten: states, actions, and of
//! the operations of unknown outcome those that every configuration has used. A blind write of
//! unknown outcome that nobody asks for sleeps until somebody does: it may take effect right before.

use std::collections::{BTreeMap, VecDeque};

use super::check::Budget;
use super::demand::Demand;
use super::limits::{Limits, Stop};
use super::pending::UNTOLD;
use super::search::Search;
use super::space::{Code, Make, Need, Space, StateId};
use crate::history::{Operation, Outcome};
use crate::model::{Model, NotInModel};

/// Words of a mask: how many operations can be pending is 64 times as much.
const WORDS: usize = 2;

/// How many operations of one object may be open at once.
pub(super) const MOST_OPEN: usize = 64 * WORDS;

/// So many states more than were needed last time are worth a cleaning.
const FORGOTTEN: usize = 4096;

/// What became of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// Nobody knows yet.
    Open,
    /// It returns in the window.
    Returns,
    /// Its outcome is unknown for good.
    Never,
    /// It is of no interest, or not any more.
    Gone,
}

#[derive(Clone, Copy, Debug)]
struct Op {
    code: Code,
    fate: Fate,
    /// When it returns, counted in the lane's moments.
    returns: u64,
    slot: usize,
    /// The place of its call among all events.
    event: u64,
}

/// Why a lane goes no further.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Halt {
    /// No linearization survives the return of the operation that was called at this event.
    Refuted(u64),
    /// The search gave up.
    Gave(Stop),
    /// Too many are open.
    Crowded,
    /// The model does not have an operation.
    NotInModel(NotInModel),
}

/// One object.
pub(super) struct Lane<'m, M: Model> {
    model: &'m M,
    space: Space<'m, M>,
    search: Search<'m, WORDS>,
    /// The operations that are open, in the order of their calls.
    open: Vec<(u64, Operation)>,
    /// The operations from number `first` on; those before are gone.
    ops: VecDeque<Op>,
    first: u64,
    /// How many the search has seen called.
    called: u64,
    /// The moments the search has not passed: an operation's number, doubled, plus one for a return.
    moments: VecDeque<u64>,
    passed: u64,
    /// Blind writes of unknown outcome that nobody asks for, by the state they make.
    asleep: BTreeMap<StateId, u32>,
    /// How many moments make the next window.
    next: usize,
    window: usize,
    /// How many states were needed when it was last cleaned.
    states: usize,
}

impl<'m, M: Model> Lane<'m, M> {
    pub(super) fn new(model: &'m M, budget: &Budget<'m>, window: usize) -> Lane<'m, M> {
        let mut space = Space::new(model);
        let initial = space.intern(model.initial());
        let limits = Limits {
            configurations: budget.configurations,
            bytes: budget.bytes,
            expired: budget.expired,
        };
        Lane {
            model,
            space,
            search: Search::new(initial, Demand::unknown(), true, 0, limits),
            open: Vec::new(),
            called: 0,
            ops: VecDeque::new(),
            first: 0,
            moments: VecDeque::new(),
            passed: 0,
            asleep: BTreeMap::new(),
            next: window,
            window,
            states: 1,
        }
    }

    /// An operation is called; gives its number.
    pub(super) fn call(&mut self, operation: Operation) -> u64 {
        let (number, event) = (self.first + self.ops.len() as u64, operation.invoke_index);
        self.ops.push_back(Op { code: NOTHING, fate: Fate::Open, returns: 0, slot: 0, event });
        self.moments.push_back(number << 1);
        self.open.push((number, operation));
        number
    }

    /// The call of an operation that is open.
    pub(super) fn opened(&self, number: u64) -> Option<&Operation> {
        let at = self.open.binary_search_by_key(&number, |(number, _)| *number).ok()?;
        Some(&self.open[at].1)
    }

    /// An operation that was open has ended, as `end` notes in it.
    pub(super) fn complete(
        &mut self,
        number: u64,
        end: impl FnOnce(&mut Operation),
    ) -> Result<(), Halt> {
        let place = self.open.binary_search_by_key(&number, |(number, _)| *number);
        let Ok(place) = place else { return Ok(()) };
        let (_, mut operation) = self.open.remove(place);
        end(&mut operation);
        let at = (number - self.first) as usize;
        if operation.outcome == Outcome::Fail {
            self.ops[at].fate = Fate::Gone;
            return Ok(());
        }
        let code = self.encode(&operation)?;
        let returns = self.passed + self.moments.len() as u64;
        let fate = match operation.outcome {
            _ if code.is_idle() => Fate::Gone,
            Outcome::Ok => Fate::Returns,
            Outcome::Fail | Outcome::Info => Fate::Never,
        };
        self.ops[at] = Op { code, fate, returns, slot: 0, event: operation.invoke_index };
        if fate == Fate::Returns {
            self.moments.push_back(number << 1 | 1);
        }
        if self.moments.len() < self.next {
            return Ok(());
        }
        if self.bytes() > self.search.limits.bytes {
            return Err(Halt::Gave(Stop::Bytes));
        }
        self.advance(false)
    }

    /// The run is over: what is open stays unknown.
    pub(super) fn finish(&mut self) -> Result<(), Halt> {
        for (number, operation) in std::mem::take(&mut self.open) {
            let code = self.encode(&operation)?;
            let fate = if code.is_idle() { Fate::Gone } else { Fate::Never };
            let op = &mut self.ops[(number - self.first) as usize];
            (op.code, op.fate) = (code, fate);
        }
        self.advance(true)
    }

    /// Whether a linearization of all that was passed is certain.
    pub(super) fn is_honest(&self) -> bool {
        self.search.is_honest()
    }

    /// About how much memory is held apart from the search's: what waits behind the cut, and the states.
    fn bytes(&self) -> usize {
        let open = self.open.len() * size_of::<(u64, Operation)>();
        let asleep = self.asleep.len() * 3 * size_of::<(StateId, u32)>();
        let waiting = self.ops.capacity() * size_of::<Op>() + self.moments.capacity() * 8;
        self.space.bytes() + waiting + open + asleep
    }

    /// How many states are held.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.space.states()
    }

    fn encode(&mut self, operation: &Operation) -> Result<Code, Halt> {
        let action = self.model.action(operation).map_err(Halt::NotInModel)?;
        Ok(self.space.encode(action))
    }

    /// Lets the search pass all moments up to the cut.
    fn advance(&mut self, over: bool) -> Result<(), Halt> {
        let is_open = |moment: &u64| moment & 1 == 0 && self.op(*moment).fate == Fate::Open;
        let cut = self.moments.iter().position(is_open).unwrap_or(self.moments.len());
        self.settle();
        self.search.demand = self.demand(cut, over)?;
        self.wake();
        for _ in 0..cut {
            self.pass()?;
        }
        self.next = self.window.max(2 * self.moments.len());
        Ok(())
    }

    /// What the window asks for, and what may be asked for later.
    fn demand(&mut self, cut: usize, over: bool) -> Result<Demand, Halt> {
        let mut makers = Vec::with_capacity(self.open.len());
        for (_, operation) in &self.open {
            let action = self.model.action(operation).map_err(Halt::NotInModel)?;
            makers.push(self.space.encode(action));
        }
        let mut demand = Demand::empty(self.space.states());
        makers.iter().for_each(|code| demand.expect_maker(*code));
        for op in self.waiting() {
            demand.expect(op.code, op.fate == Fate::Returns);
        }
        for slot in self.search.pending.all.iter() {
            demand.expect_return(self.search.pending.code(slot));
        }
        for kind in self.search.pool.kinds() {
            demand.expect_exit(self.search.pool.code(kind));
        }
        if !over && demand.is_known() {
            self.left_behind(cut).into_iter().for_each(|state| demand.expect_later(state));
        }
        Ok(demand)
    }

    fn op(&self, moment: u64) -> &Op {
        &self.ops[((moment >> 1) - self.first) as usize]
    }

    /// The operations whose calls the search has not passed, and whose fate is known.
    fn waiting(&self) -> impl Iterator<Item = &Op> {
        let calls = self.moments.iter().filter(|moment| *moment & 1 == 0);
        let ops = calls.map(|call| self.op(*call));
        ops.filter(|op| matches!(op.fate, Fate::Returns | Fate::Never))
    }

    /// The states that may stand after the cut.
    fn left_behind(&self, cut: usize) -> Vec<StateId> {
        let end = self.passed + cut as u64;
        let mut last_reset = 0;
        for (moment, at) in self.moments.iter().zip(self.passed..end) {
            let op = self.op(*moment);
            let resets = moment & 1 == 0 && op.fate == Fate::Returns && op.code.is_reset();
            if resets && op.returns < end {
                last_reset = at;
            }
        }
        let before = |op: &&Op| op.fate == Fate::Returns && op.returns < last_reset;
        let waiting = self.waiting().filter(|op| !before(op)).map(|op| op.code);
        let pending = &self.search.pending;
        let codes = waiting.chain(pending.all.iter().map(|slot| pending.code(slot)));
        let mut states: Vec<StateId> = codes.filter_map(Code::made).collect();
        states.extend(self.search.frontier.iter().map(|config| config.state));
        states
    }

    fn pass(&mut self) -> Result<(), Halt> {
        let Some(moment) = self.moments.pop_front() else { return Ok(()) };
        self.passed += 1;
        let number = moment >> 1;
        let at = (number - self.first) as usize;
        let op = self.ops[at];
        if moment & 1 == 1 {
            self.ret(op)?;
            self.ops[at].fate = Fate::Gone;
        } else if op.fate == Fate::Returns {
            if self.search.pending.len() == MOST_OPEN {
                return Err(Halt::Crowded);
            }
            let deadline = u32::try_from(op.returns).unwrap_or(UNTOLD);
            self.ops[at].slot = self.search.call(op.code, deadline);
        } else if op.fate == Fate::Never {
            self.call_unknown(op.code);
            self.ops[at].fate = Fate::Gone;
        }
        if moment & 1 == 0 {
            self.called = number + 1;
        }
        let gone = |op: &Op| op.fate == Fate::Gone;
        while self.first < self.called && self.ops.front().is_some_and(gone) {
            self.ops.pop_front();
            self.first += 1;
        }
        Ok(())
    }

    /// Where all operations of unknown outcome cannot be followed exactly they are lent without limit.
    fn ret(&mut self, op: Op) -> Result<(), Halt> {
        let mut result = self.search.ret(&mut self.space, op.slot);
        let lends = !self.search.pool.kinds().is_empty() && self.search.demand.is_known();
        if matches!(result, Err(Stop::Configurations | Stop::Bytes)) && lends {
            self.search.pool.exact = false;
            result = self.search.ret(&mut self.space, op.slot);
        }
        result.map_err(|stop| match stop {
            Stop::Dead => Halt::Refuted(op.event),
            gave => Halt::Gave(gave),
        })
    }

    fn call_unknown(&mut self, code: Code) {
        match code.made() {
            Some(state)
                if self.may_sleep() && code.is_reset() && !self.search.is_asked_for(code) =>
            {
                self.search.demand.call(code, false);
                *self.asleep.entry(state).or_default() += 1;
            }
            _ => {
                self.search.call_unknown(code, false);
            }
        }
    }

    /// Whether a blind write matters to those alone who ask for its state.
    fn may_sleep(&self) -> bool {
        let demand = &self.search.demand;
        demand.is_known() && demand.others == 0 && !demand.has_exits()
    }

    /// Wakes what is asked for in the window.
    fn wake(&mut self) {
        let woken: Vec<(StateId, u32)> = match self.may_sleep() {
            false => std::mem::take(&mut self.asleep).into_iter().collect(),
            true => {
                let asked: Vec<StateId> =
                    self.waiting().filter_map(|op| op.code.needed()).collect();
                let asked = asked.into_iter();
                asked
                    .filter_map(|state| self.asleep.remove(&state).map(|many| (state, many)))
                    .collect()
            }
        };
        for (state, many) in woken {
            (0..many)
                .for_each(|_| self.search.pool.call(Code { make: Make::To(state), ..NOTHING }));
        }
    }

    /// Forgets what nothing refers to any more.
    fn settle(&mut self) {
        let search = &mut self.search;
        let pending = &search.pending;
        let may_sleep = |code: Code| {
            code.is_plain()
                && code.is_reset()
                && code.made().is_some_and(|state| !pending.needs(pending.all, state))
        };
        let asleep = search.pool.settle(&mut search.frontier, may_sleep);
        for (code, many) in asleep {
            if let Some(state) = code.made() {
                *self.asleep.entry(state).or_default() += many;
            }
        }
        if self.space.states() > 2 * self.states + FORGOTTEN {
            self.compact();
        }
    }

    fn compact(&mut self) {
        let search = &mut self.search;
        let states = search.frontier.iter().map(|config| config.state);
        let states = states.chain(self.asleep.keys().copied());
        let codes = self.ops.iter().map(|op| op.code);
        let codes = codes.chain(search.pending.all.iter().map(|slot| search.pending.code(slot)));
        let codes = codes.chain(search.pool.kinds().map(|kind| search.pool.code(kind)));
        let renamed = self.space.compact(states, codes);
        self.ops.iter_mut().for_each(|op| op.code = renamed.code(op.code));
        search.pending.rename(&renamed);
        search.pool.rename(&renamed);
        search.frontier.iter_mut().for_each(|config| config.state = renamed.state(config.state));
        let asleep = std::mem::take(&mut self.asleep).into_iter();
        self.asleep = asleep.map(|(state, many)| (renamed.state(state), many)).collect();
        self.states = self.space.states();
    }
}

/// An operation of which nothing is known.
const NOTHING: Code = Code { need: Need::Any, make: Make::Same, action: super::space::PLAIN };
