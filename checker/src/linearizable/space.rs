//! The states and actions of one partition, as small numbers.
//!
//! The search compares and copies states all the time, so each is interned once and is a number from
//! then on. An action whose [`Hint`] says it all becomes a *plain* code, which steps without asking
//! the model; any other is *opaque*, and its steps are remembered a (state, action) pair.

use rustc_hash::FxHashMap;

use super::interned::Interned;
use super::limits::room;
use crate::history::Value;
use crate::model::{CellAction, Grown, Growth, Hint, Makes, Model, Needs};

/// What it costs to let a model step, and for how many bytes of a state once more.
const STEP: usize = 16;
const COPIED: usize = 8;

/// A state's number.
pub(crate) type StateId = u32;

/// When an action can happen, by state number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Need {
    Any,
    Is(StateId),
    Not(StateId),
    Opaque,
}

/// What an action leads to, by state number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Make {
    Same,
    To(StateId),
    Opaque,
}

/// An action as the search sees it. Equal codes are interchangeable operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Code {
    pub(crate) need: Need,
    pub(crate) make: Make,
    /// The action to ask the model about, where the hint does not say everything.
    pub(crate) action: u32,
}

/// A plain code's action: there is nothing to ask.
pub(crate) const PLAIN: u32 = u32::MAX;

impl Code {
    /// Legal everywhere, and forgets where it came from: whatever stands right before it is unseen.
    pub(crate) fn is_reset(self) -> bool {
        matches!(self, Code { need: Need::Any, make: Make::To(_), .. })
    }

    /// Legal everywhere.
    pub(crate) fn is_total(self) -> bool {
        self.need == Need::Any
    }

    /// Never changes anything.
    pub(crate) fn is_observer(self) -> bool {
        self.make == Make::Same
    }

    /// Its hint says everything.
    pub(crate) fn is_plain(self) -> bool {
        self.action == PLAIN
    }

    /// Legal everywhere but in one state, and leads to another.
    pub(crate) fn is_guarded(self) -> bool {
        matches!(self, Code { need: Need::Not(_), make: Make::To(_), .. })
    }

    /// The state it needs.
    pub(crate) fn needed(self) -> Option<StateId> {
        match self.need {
            Need::Is(state) => Some(state),
            Need::Any | Need::Not(_) | Need::Opaque => None,
        }
    }

    /// The state it makes, if that is always the same.
    pub(crate) fn made(self) -> Option<StateId> {
        match self.make {
            Make::To(state) => Some(state),
            Make::Same | Make::Opaque => None,
        }
    }

    /// Says nothing at all.
    pub(crate) fn is_idle(self) -> bool {
        self.is_total() && self.is_observer()
    }
}

/// Where a step leads: none, one or several states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Steps {
    None,
    One(StateId),
    Many { start: u32, len: u32 },
}

/// The new numbers after [`Space::compact`].
pub(super) struct Renamed {
    states: Vec<u32>,
    actions: Vec<u32>,
}

impl Renamed {
    pub(super) fn state(&self, state: StateId) -> StateId {
        self.states[state as usize]
    }

    pub(super) fn code(&self, code: Code) -> Code {
        let need = match code.need {
            Need::Is(state) => Need::Is(self.state(state)),
            Need::Not(state) => Need::Not(self.state(state)),
            same @ (Need::Any | Need::Opaque) => same,
        };
        let make = match code.make {
            Make::To(state) => Make::To(self.state(state)),
            same @ (Make::Same | Make::Opaque) => same,
        };
        let action = self.actions.get(code.action as usize).copied().unwrap_or(PLAIN);
        Code { need, make, action }
    }
}

/// The interned states and actions of a partition.
pub(crate) struct Space<'m, M: Model> {
    model: &'m M,
    states: Interned<M::State>,
    actions: Interned<M::Action>,
    memo: FxHashMap<(StateId, u32), Steps>,
    several: Vec<StateId>,
    /// What the states that were stepped to hold elsewhere than in themselves, in bytes.
    heap: usize,
    /// What the model was asked for since somebody counted it, in steps of a few nanoseconds.
    work: usize,
}

impl<'m, M: Model> Space<'m, M> {
    pub(crate) fn new(model: &'m M) -> Space<'m, M> {
        Space {
            model,
            states: Interned::default(),
            actions: Interned::default(),
            memo: FxHashMap::default(),
            several: Vec::new(),
            heap: 0,
            work: 0,
        }
    }

    /// How many states have been met.
    pub(crate) fn states(&self) -> usize {
        self.states.len()
    }

    pub(crate) fn state(&self, id: StateId) -> &M::State {
        self.states.get(id)
    }

    pub(crate) fn intern(&mut self, state: M::State) -> StateId {
        self.states.intern(state)
    }

    pub(crate) fn encode(&mut self, action: M::Action) -> Code {
        let Hint { needs, makes } = self.model.hint(&action);
        let need = match needs {
            Needs::Any => Need::Any,
            Needs::Is(state) => Need::Is(self.intern(state)),
            Needs::Not(state) => Need::Not(self.intern(state)),
            Needs::Unsaid => Need::Opaque,
        };
        let make = match makes {
            Makes::Same => Make::Same,
            Makes::Is(state) => Make::To(self.intern(state)),
            Makes::Unsaid => Make::Opaque,
        };
        let plain = need != Need::Opaque && make != Make::Opaque;
        let action = if plain { PLAIN } else { self.actions.intern(action) };
        Code { need, make, action }
    }

    /// The action of a code that is not plain.
    pub(crate) fn action(&self, code: Code) -> Option<&M::Action> {
        (!code.is_plain()).then(|| self.actions.get(code.action))
    }

    /// Where the action leads from the state.
    #[inline]
    pub(crate) fn step(&mut self, state: StateId, code: Code) -> Steps {
        if !code.is_plain() {
            return self.ask(state, code.action);
        }
        let legal = match code.need {
            Need::Any | Need::Opaque => true,
            Need::Is(needed) => needed == state,
            Need::Not(refused) => refused != state,
        };
        match code.make {
            _ if !legal => Steps::None,
            Make::Same | Make::Opaque => Steps::One(state),
            Make::To(made) => Steps::One(made),
        }
    }

    /// How far it is from a state to another, if the model says so, and knows both: in a case that was
    /// resolved there is one that it does not.
    pub(super) fn distance(&self, from: StateId, to: StateId) -> Option<usize> {
        let known = from.max(to) < self.states() as StateId;
        known.then(|| self.model.distance(self.state(from), self.state(to))).flatten()
    }

    /// What the action does to an object that only grows, if it is one.
    pub(super) fn growth(&self, code: Code) -> Option<Growth<'_>> {
        self.model.as_growth(self.action(code)?)
    }

    /// What the action does to one element of a set, if it is about one.
    pub(super) fn membership(&self, code: Code) -> Option<(&Value, CellAction)> {
        self.model.as_membership(self.action(code)?)
    }

    /// The elements of a state, if the object only grows.
    pub(super) fn grown(&self, state: StateId) -> Option<Grown<'_>> {
        self.model.grown(self.state(state))
    }

    /// All states from which the action leads to the state, if the model says so.
    pub(super) fn sources(&mut self, code: Code, state: StateId) -> Option<Vec<StateId>> {
        let sources = self.model.sources(self.action(code)?, self.state(state))?;
        Some(sources.into_iter().map(|source| self.intern(source)).collect())
    }

    /// The states of a step.
    pub(crate) fn targets(&self, steps: Steps) -> impl Iterator<Item = StateId> + use<'_, 'm, M> {
        let (one, many): (_, &[StateId]) = match steps {
            Steps::None => (None, &[]),
            Steps::One(state) => (Some(state), &[]),
            Steps::Many { start, len } => {
                (None, &self.several[start as usize..(start + len) as usize])
            }
        };
        one.into_iter().chain(many.iter().copied())
    }

    /// Whether the action may leave the state as it is.
    pub(crate) fn may_stay(&mut self, state: StateId, code: Code) -> bool {
        match self.step(state, code) {
            Steps::None => false,
            Steps::One(next) => next == state,
            many @ Steps::Many { .. } => self.targets(many).any(|next| next == state),
        }
    }

    /// Forgets all states and actions but the given ones, and numbers these anew.
    pub(super) fn compact(
        &mut self,
        states: impl Iterator<Item = StateId>,
        codes: impl Iterator<Item = Code>,
    ) -> Renamed {
        let old = std::mem::replace(self, Space::new(self.model));
        let mut renamed = Renamed {
            states: vec![u32::MAX; old.states.len()],
            actions: vec![u32::MAX; old.actions.len()],
        };
        let mut keep = |space: &mut Self, state: StateId| {
            renamed.states[state as usize] = space.intern(old.states.get(state).clone());
        };
        states.for_each(|state| keep(self, state));
        for code in codes {
            if let Need::Is(state) | Need::Not(state) = code.need {
                keep(self, state);
            }
            if let Make::To(state) = code.make {
                keep(self, state);
            }
            if let Some(action) = old.action(code) {
                renamed.actions[code.action as usize] = self.actions.intern(action.clone());
            }
        }
        renamed
    }

    /// The number of a state that was stepped to.
    fn reach(&mut self, state: M::State) -> StateId {
        let (known, heap) = (self.states(), self.model.heap(&state));
        self.work += STEP + heap / COPIED;
        let id = self.intern(state);
        if self.states() > known {
            self.heap += heap;
        }
        id
    }

    /// How much work the model was since this was asked last, as a meter counts it.
    pub(super) fn take_work(&mut self) -> usize {
        std::mem::take(&mut self.work)
    }

    /// How much memory the states and actions take.
    pub(super) fn bytes(&self) -> usize {
        const ENTRY: usize = size_of::<((StateId, u32), Steps)>() + 1;
        let memo = room(self.memo.len() / 7 * 8, self.memo.capacity() / 7 * 8, ENTRY);
        let several = room(self.several.len(), self.several.capacity(), size_of::<StateId>());
        self.states.bytes() + self.actions.bytes() + memo + several + self.heap
    }

    fn ask(&mut self, state: StateId, action: u32) -> Steps {
        if let Some(steps) = self.memo.get(&(state, action)) {
            return *steps;
        }
        let mut next = self.model.step(self.state(state), self.actions.get(action));
        let steps = match (next.pop(), next.is_empty()) {
            (None, _) => Steps::None,
            (Some(one), true) => Steps::One(self.reach(one)),
            (Some(last), false) => self.reach_all(next.into_iter().chain([last])),
        };
        self.memo.insert((state, action), steps);
        steps
    }

    fn reach_all(&mut self, next: impl Iterator<Item = M::State>) -> Steps {
        let mut ids: Vec<StateId> = next.map(|next| self.reach(next)).collect();
        ids.sort_unstable();
        ids.dedup();
        if let [one] = ids[..] {
            return Steps::One(one);
        }
        let start = self.several.len() as u32;
        self.several.extend(&ids);
        Steps::Many { start, len: ids.len() as u32 }
    }
}
