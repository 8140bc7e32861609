//! The states that can be told from the others.
//!
//! They are found by going backwards ([`Model::sources`]) from what completed operations have found, or
//! found to be different. What an operation of unknown outcome needs counts only if it
//! leads to a relevant state. Two states that are not relevant are told apart by nothing: nobody has to find
//! or to miss either, an append leads from both to an irrelevant one, and all that leads from both to
//! the same state does so from both (they are bisimilar, in the sense of Park and Milner).
//!
//! [`Model::sources`]: crate::model::Model::sources

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::case::Case;
use super::super::limits::Limits;
use super::super::space::{Code, Make, Need, PLAIN, Space, StateId};
use crate::model::Model;

/// At most so many (state, append) pairs are looked at.
const EFFORT: usize = 400_000_000;

/// From where to where an append leads.
pub(super) type Transition = (StateId, StateId);

/// The states that can be told from the others.
pub(super) struct Relevant {
    states: FxHashSet<StateId>,
    /// The name of all the others.
    pub(super) elsewhere: StateId,
    /// How appends lead from one relevant state to another, by action.
    transitions: FxHashMap<u32, Vec<Transition>>,
}

impl Relevant {
    /// `None` if the model does not say enough, or it is too much.
    pub(super) fn of<M: Model>(
        space: &mut Space<'_, M>,
        case: &Case,
        limits: Limits<'_>,
    ) -> Option<Relevant> {
        let mut search = Backwards::of(case)?;
        search.run(space, limits)?;
        let Backwards { states, transitions, .. } = search;
        Some(Relevant { states, transitions, elsewhere: space.states() as StateId })
    }

    pub(super) fn name(&self, state: StateId) -> StateId {
        if self.states.contains(&state) { state } else { self.elsewhere }
    }

    pub(super) fn transitions(&self, append: Code) -> &[Transition] {
        self.transitions.get(&append.action).map_or(&[], Vec::as_slice)
    }

    /// The action as it looks when only relevant states have names.
    pub(super) fn rename(&self, code: Code) -> Code {
        match (code.need, code.make) {
            // Of unknown outcome, and of no use to anybody.
            (Need::Is(from), _) if !self.states.contains(&from) => {
                Code { need: Need::Any, make: Make::Same, action: PLAIN }
            }
            (_, Make::To(to)) => Code { make: Make::To(self.name(to)), ..code },
            (_, Make::Same | Make::Opaque) => code,
        }
    }
}

/// The search for what is relevant.
struct Backwards {
    states: FxHashSet<StateId>,
    todo: Vec<StateId>,
    appends: Vec<Code>,
    /// Where operations of unknown outcome lead, and where they can come from alone.
    detours: FxHashMap<StateId, Vec<StateId>>,
    transitions: FxHashMap<u32, Vec<Transition>>,
}

impl Backwards {
    /// Where it begins; `None` if an action is not understood.
    fn of(case: &Case) -> Option<Backwards> {
        let mut search = Backwards {
            states: FxHashSet::default(),
            todo: Vec::new(),
            appends: Vec::new(),
            detours: FxHashMap::default(),
            transitions: FxHashMap::default(),
        };
        for step in &case.steps {
            match (step.code.need, step.code.make) {
                (Need::Any, Make::Opaque) => search.append(step.code),
                (Need::Opaque, _) | (_, Make::Opaque) => return None,
                (Need::Is(from), Make::To(to)) if !step.returns() => {
                    search.detours.entry(to).or_default().push(from);
                }
                (Need::Is(_), Make::Same) if !step.returns() => {}
                (Need::Is(state) | Need::Not(state), _) => search.find(state),
                (Need::Any, _) => {}
            }
        }
        Some(search)
    }

    fn append(&mut self, code: Code) {
        if self.transitions.insert(code.action, Vec::new()).is_none() {
            self.appends.push(code);
        }
    }

    fn find(&mut self, state: StateId) {
        if self.states.insert(state) {
            self.todo.push(state);
        }
    }

    /// Goes on until nothing new is found.
    fn run<M: Model>(&mut self, space: &mut Space<'_, M>, limits: Limits<'_>) -> Option<()> {
        let mut effort = 0;
        while let Some(to) = self.todo.pop() {
            effort += self.appends.len();
            let dear = effort > EFFORT || space.bytes() > limits.bytes;
            if dear || limits.is_expired() {
                return None;
            }
            for from in self.detours.remove(&to).unwrap_or_default() {
                self.find(from);
            }
            for append in 0..self.appends.len() {
                let code = self.appends[append];
                for from in space.sources(code, to)? {
                    self.transitions.entry(code.action).or_default().push((from, to));
                    self.find(from);
                }
            }
        }
        Some(())
    }
}
