//! What is searched: a state to begin in, operations, and the order of their calls and returns.
//!
//! A partition holds the case of a whole object; smaller cases are cut from it for a counterexample.

use rustc_hash::FxHashMap;

use super::config::Config;
use super::partition::Step;
use super::pending::{Deadline, NEVER};
use super::pool::Pool;
use super::space::{Code, StateId};
use crate::history::Moment;

/// Something to search.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) initial: StateId,
    pub(super) steps: Vec<Step>,
    /// Calls and returns, with operations numbered as in `steps`.
    pub(super) moments: Vec<Moment>,
}

/// When a step is called and returns, as places among the moments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) call: u32,
    pub(super) ret: Deadline,
}

/// A moment at which there was only one possibility.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    /// How many moments had passed.
    pub(super) moment: usize,
    pub(super) state: StateId,
    /// The pending operations that need nothing more, in order.
    pub(super) satisfied: Vec<usize>,
    /// The operations whose effect is used up, in order: of these, and of those whose outcome is unknown.
    pub(super) spent: Vec<usize>,
}

impl Cut {
    /// The beginning.
    pub(super) fn start(state: StateId) -> Cut {
        Cut { moment: 0, state, satisfied: Vec::new(), spent: Vec::new() }
    }

    /// The cut that a configuration stands for; `slots` tells each step's slot, and the pool how many
    /// operations of unknown outcome it has used.
    pub(super) fn of<const W: usize>(
        case: &Case,
        moment: usize,
        config: &Config<W>,
        slots: &[u16],
        pool: &Pool,
    ) -> Cut {
        let calls = case.moments[..moment].iter().filter(|moment| !moment.is_return());
        let pending = calls.map(|call| call.operation()).filter(|step| {
            let deadline = case.steps[*step].deadline;
            deadline != NEVER && deadline as usize >= moment
        });
        let (mut satisfied, mut spent) =
            (Vec::new(), case.first_unknown(moment, pool.used(config.usage)));
        for step in pending {
            let slot = slots[step] as usize;
            if config.satisfied.has(slot) {
                satisfied.push(step);
            }
            if config.spent.has(slot) {
                spent.push(step);
            }
        }
        spent.sort_unstable();
        Cut { moment, state: config.state, satisfied, spent }
    }
}

impl Case {
    /// The first so many steps of each code whose outcome is unknown, called before the moment.
    fn first_unknown(&self, moment: usize, many: impl Iterator<Item = (Code, u32)>) -> Vec<usize> {
        let mut left: FxHashMap<Code, u32> = many.collect();
        if left.is_empty() {
            return Vec::new();
        }
        let calls = self.moments[..moment].iter().filter(|moment| !moment.is_return());
        let mut is_first = |step: &usize| {
            let step = &self.steps[*step];
            let left = left.get_mut(&step.code).filter(|left| **left > 0 && !step.returns());
            left.map(|left| *left -= 1).is_some()
        };
        calls.map(|call| call.operation()).filter(|step| is_first(step)).collect()
    }

    /// Nothing yet, with room for some operations.
    pub(super) fn new(initial: StateId, room: usize) -> Case {
        let (steps, moments) = (Vec::with_capacity(room), Vec::with_capacity(2 * room));
        Case { initial, steps, moments }
    }

    /// What is left after the cut, up to and including the moment `last`.
    ///
    /// What was satisfied may now happen at any time or never, and so may what was unknown, if the cut
    /// does not say that it is used up. That makes this case no harder to linearize than the whole:
    /// if it has no linearization, there is none that goes through the cut.
    pub(super) fn tail(&self, cut: &Cut, last: usize) -> Case {
        let mut tail = Case::new(cut.state, self.steps.len().min(last + 1));
        let mut places = vec![u32::MAX; self.steps.len()];
        for (at, moment) in self.moments[..=last].iter().enumerate() {
            let number = moment.operation();
            if moment.is_return() {
                if places[number] != u32::MAX && at >= cut.moment {
                    tail.close(places[number] as usize);
                }
            } else if let Some(step) = self.after(cut, at, number) {
                places[number] = tail.open(step);
            }
        }
        tail
    }

    /// What a step is after the cut, if anything.
    fn after(&self, cut: &Cut, called: usize, number: usize) -> Option<Step> {
        let step = self.steps[number];
        if called >= cut.moment {
            return Some(Step { deadline: NEVER, satisfied: false, ..step });
        }
        let gone = step.returns() && (step.deadline as usize) < cut.moment;
        let satisfied = cut.satisfied.binary_search(&number).is_ok();
        let used = cut.spent.binary_search(&number).is_ok() || satisfied && step.code.is_observer();
        (!gone && !used).then_some(Step { deadline: NEVER, satisfied, ..step })
    }

    /// A step is called; gives its place.
    pub(super) fn open(&mut self, step: Step) -> u32 {
        let place = self.steps.len();
        self.moments.push(Moment::call(place));
        self.steps.push(step);
        place as u32
    }

    /// The step in the place returns.
    pub(super) fn close(&mut self, place: usize) {
        if !self.steps[place].satisfied {
            self.steps[place].deadline = self.moments.len() as u32;
            self.moments.push(Moment::ret(place));
        }
    }

    /// The case without some of its steps.
    pub(super) fn without(&self, dropped: impl Fn(usize) -> bool) -> Case {
        self.part(self.moments.len().saturating_sub(1), dropped)
    }

    /// The case up to and including the moment `last`, without some of its steps.
    pub(super) fn part(&self, last: usize, dropped: impl Fn(usize) -> bool) -> Case {
        let mut less = Case::new(self.initial, self.steps.len().min(last + 1));
        let mut places = vec![u32::MAX; self.steps.len()];
        for moment in self.moments.iter().take(last + 1) {
            let number = moment.operation();
            if dropped(number) {
                continue;
            }
            if moment.is_return() {
                less.close(places[number] as usize);
            } else {
                places[number] = less.open(Step { deadline: NEVER, ..self.steps[number] });
            }
        }
        less
    }

    /// The step whose return is the last moment.
    pub(super) fn culprit(&self) -> Option<usize> {
        self.moments.last().filter(|last| last.is_return()).map(|last| last.operation())
    }

    /// How many operations that return are open at once, at most.
    pub(super) fn concurrency(&self) -> usize {
        let (mut open, mut most) = (0usize, 0);
        for moment in &self.moments {
            if moment.is_return() {
                open -= 1;
            } else if self.steps[moment.operation()].returns() {
                open += 1;
                most = most.max(open);
            }
        }
        most
    }

    /// When each step is called and returns.
    pub(super) fn spans(&self) -> Vec<Span> {
        let steps = self.steps.iter();
        let mut spans: Vec<Span> = steps.map(|step| Span { call: 0, ret: step.deadline }).collect();
        for (at, call) in (0..).zip(&self.moments).filter(|(_, moment)| !moment.is_return()) {
            spans[call.operation()].call = at;
        }
        spans
    }

    /// Whether every action's hint says everything, and nothing out of the ordinary.
    pub(super) fn is_plain(&self) -> bool {
        self.steps.iter().all(|step| step.code.is_plain() && !step.code.is_guarded())
    }
}
