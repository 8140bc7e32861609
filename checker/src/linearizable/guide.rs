//! Which moves are worth it where actions are opaque, such as appends: a guess's advice.
//!
//! The hint of an append does not say what it makes, so [`Demand`] knows nothing. But the model
//! can say where an append must have come from to lead to a given state ([`Model::sources`]). From the
//! states that operations need, the guide goes backwards over appends and swaps: those are the states
//! *on the way* to something, and each has a moment after which nobody can be in want of it.
//!
//! While an operation returns, others take effect only if that leads to a state on the way to what some
//! pending operation needs, or to where the returning one is of use. That leaves out moves that could
//! matter, so a search with a guide can only find, never refute.
//!
//! A state that is on the way to nothing any more, nor to what a failed comparison must not find, is as
//! good as any other such state: all are taken for one. This is exact.
//!
//! [`Demand`]: super::demand::Demand

use rustc_hash::{FxHashMap, FxHashSet};

use super::case::Case;
use super::pending::Deadline;
use super::space::{Code, Make, Need, Space, StateId};
use crate::model::Model;

/// No longer, at no time.
const NOT: Deadline = 0;

/// At most so many pairs of a state and an opaque action are looked at.
const MOST: usize = 1 << 22;

/// What is on the way to what.
#[derive(Clone, Debug, Default)]
pub(super) struct Guide {
    /// The moment that passes.
    pub(super) now: Deadline,
    /// Whether a move is worth it also for what is asked for later.
    pub(super) loose: bool,
    /// How long operations that return are in need of each state.
    needed: Vec<Deadline>,
    /// How long it is on the way to such a state, or is one.
    wanted: Vec<Deadline>,
    /// The same of what failed comparisons must not find.
    refused: Vec<Deadline>,
    /// How long it can still be made.
    made: Vec<Deadline>,
    /// How each state is reached by what needs, or depends on, the state before.
    back: FxHashMap<StateId, Vec<(Code, StateId)>>,
    /// What opaque actions lead to that is on the way to something.
    opaque: FxHashMap<Code, Vec<(StateId, StateId)>>,
    /// What stands for all states that nobody asks for.
    plain: Option<StateId>,
    /// The states worth a move now; none in particular if any is.
    worth: FxHashSet<StateId>,
    anything: bool,
    /// Whether it is worth a move to stay, for others to hide before it.
    shelter: bool,
}

impl Guide {
    /// The guide to a case; `None` if the model does not say enough, or it takes too much.
    pub(super) fn of<M: Model>(space: &mut Space<'_, M>, case: &Case) -> Option<Guide> {
        let mut guide = Guide::default();
        let codes = codes(case);
        guide.trace(space, &codes)?;
        guide.resize(space.states());
        let last: FxHashMap<Code, Deadline> = codes.iter().copied().collect();
        for step in case.steps.iter().filter(|step| step.returns()) {
            match step.code.need {
                Need::Is(state) => raise(&mut guide.needed, state, step.deadline),
                Need::Not(state) => raise(&mut guide.refused, state, step.deadline),
                Need::Any | Need::Opaque => false,
            };
        }
        guide.wanted = guide.needed.clone();
        spread(&mut guide.wanted, &guide.back, &last);
        spread(&mut guide.refused, &guide.back, &last);
        guide.note_makers(&codes, &last);
        let idle = |state: &StateId| guide.asked(*state) == NOT;
        guide.plain = (0..space.states() as StateId).find(idle);
        Some(guide)
    }

    /// Goes backwards from all states that are needed or refused.
    fn trace<M: Model>(
        &mut self,
        space: &mut Space<'_, M>,
        codes: &[(Code, Deadline)],
    ) -> Option<()> {
        let needs = codes.iter().filter_map(|(code, _)| match code.need {
            Need::Is(state) | Need::Not(state) => Some(state),
            Need::Any | Need::Opaque => None,
        });
        let mut open: Vec<StateId> = needs.collect();
        let opaque: Vec<Code> =
            codes.iter().map(|(code, _)| *code).filter(|code| !code.is_plain()).collect();
        let mut swaps: FxHashMap<StateId, Vec<(Code, StateId)>> = FxHashMap::default();
        for (code, _) in codes {
            if let (Need::Is(from), Make::To(to)) = (code.need, code.make) {
                swaps.entry(to).or_default().push((*code, from));
            }
        }
        while let Some(state) = open.pop() {
            if self.back.contains_key(&state) {
                continue;
            }
            if self.back.len() * opaque.len() > MOST {
                return None;
            }
            let mut ways = swaps.get(&state).cloned().unwrap_or_default();
            for code in &opaque {
                for source in space.sources(*code, state)? {
                    ways.push((*code, source));
                    self.opaque.entry(*code).or_default().push((source, state));
                }
            }
            open.extend(ways.iter().map(|(_, source)| *source));
            self.back.insert(state, ways);
        }
        Some(())
    }

    fn resize(&mut self, states: usize) {
        for table in [&mut self.needed, &mut self.wanted, &mut self.refused, &mut self.made] {
            table.resize(states, NOT);
        }
    }

    fn note_makers(&mut self, codes: &[(Code, Deadline)], last: &FxHashMap<Code, Deadline>) {
        for (code, deadline) in codes {
            if let Make::To(state) = code.make {
                raise(&mut self.made, state, *deadline);
            }
        }
        for (code, ways) in &self.opaque {
            for (_, state) in ways {
                raise(&mut self.made, *state, last[code]);
            }
        }
    }

    /// How long anybody asks for the state, or asks that it be another.
    fn asked(&self, state: StateId) -> Deadline {
        at(&self.wanted, state).max(at(&self.refused, state))
    }

    /// Chooses what is worth a move until the goal returns.
    pub(super) fn aim(
        &mut self,
        goal: Code,
        pending: impl Iterator<Item = Code>,
        pooled: impl Iterator<Item = Code>,
    ) {
        let pending: Vec<Code> = pending.collect();
        self.anything = matches!(goal.need, Need::Not(_));
        self.shelter = goal.is_total();
        let needs = pending.iter().filter_map(|code| match code.need {
            Need::Is(state) => Some(state),
            Need::Any | Need::Not(_) | Need::Opaque => None,
        });
        let mut open: Vec<StateId> = needs.collect();
        let ways = self.opaque.get(&goal).into_iter().flatten();
        let of_use = ways.filter(|(_, to)| at(&self.wanted, *to) > self.now);
        open.extend(of_use.map(|(from, _)| *from));
        let there: FxHashSet<Code> = pending.into_iter().chain(pooled).collect();
        self.worth.clear();
        while let Some(state) = open.pop() {
            if self.worth.insert(state) {
                let ways = self.back.get(&state).into_iter().flatten();
                open.extend(ways.filter(|(code, _)| there.contains(code)).map(|(_, from)| *from));
            }
        }
    }

    /// Whether a move that is not due is worth it.
    pub(super) fn leads_to(&self, from: StateId, to: StateId) -> bool {
        let stays = self.shelter && from == to && at(&self.wanted, to) > self.now;
        let later = self.loose && at(&self.wanted, to) > self.now;
        self.anything || stays || later || self.worth.contains(&to)
    }

    /// Whether an operation can be of use in the state: by what it makes, or because it leaves what
    /// others must not find.
    pub(super) fn has_use(&self, state: StateId, code: Code) -> bool {
        match code.make {
            Make::Same => false,
            Make::To(_) | Make::Opaque if at(&self.refused, state) > self.now => true,
            Make::To(state) => at(&self.wanted, state) > self.now,
            Make::Opaque => {
                let ways = self.opaque.get(&code).into_iter().flatten();
                ways.into_iter().any(|(_, to)| at(&self.wanted, *to) > self.now)
            }
        }
    }

    /// Whether the state must be found again, and nothing is left to make it.
    pub(super) fn strands(&self, state: StateId) -> bool {
        at(&self.needed, state) > self.now && at(&self.made, state) < self.now
    }

    /// The state, or what stands for it if nobody asks for it any more.
    pub(super) fn plainest(&self, state: StateId) -> StateId {
        self.plain.filter(|_| self.asked(state) < self.now).unwrap_or(state)
    }
}

/// The different codes of a case and when the last of each returns.
fn codes(case: &Case) -> Vec<(Code, Deadline)> {
    let mut last: FxHashMap<Code, Deadline> = FxHashMap::default();
    for step in &case.steps {
        let deadline = last.entry(step.code).or_default();
        *deadline = step.deadline.max(*deadline);
    }
    let mut codes: Vec<(Code, Deadline)> = last.into_iter().collect();
    codes.sort_unstable();
    codes
}

/// What is on the way to a state is asked for as long as that is, and as there is a way.
fn spread(
    times: &mut [Deadline],
    back: &FxHashMap<StateId, Vec<(Code, StateId)>>,
    last: &FxHashMap<Code, Deadline>,
) {
    let mut open: Vec<StateId> = (0..times.len() as StateId).collect();
    while let Some(state) = open.pop() {
        for (code, from) in back.get(&state).into_iter().flatten() {
            if raise(times, *from, times[state as usize].min(last[code])) {
                open.push(*from);
            }
        }
    }
}

fn raise(times: &mut [Deadline], state: StateId, to: Deadline) -> bool {
    let time = &mut times[state as usize];
    let later = to > *time;
    *time = to.max(*time);
    later
}

/// States that were met later are on no way.
fn at(times: &[Deadline], state: StateId) -> Deadline {
    times.get(state as usize).copied().unwrap_or(NOT)
}
