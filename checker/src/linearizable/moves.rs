//! Which pending operations to let take effect, while one of them — the *goal* — is about to return.
//!
//! Any order of any of them would be right; these rules leave out what cannot matter. Each says why.
//! All but the first need to know every action's hint and the whole history ([`Demand::is_known`]).
//!
//! * **Equal operations**: of interchangeable ones take that which returns first.
//! * **Stranding**: nobody leaves a state that an operation still has to find, if nothing is left to
//!   make it again; nor lets its last maker return unseen.
//! * **Visits**: a reset to a state is worth a move only if it is the goal, or makes what the goal
//!   needs, or if something unsatisfied would be satisfied there. Otherwise the next thing to
//!   happen is another reset, before which it could as well have been hidden.
//! * **Aims** (of a search that does not follow everything, where models are asked): of the pooled operations
//!   only the first is used that leads nearer to the state that the goal has to find
//!   ([`Model::distance`]); the next ones are used from there.
//! * **Free visits**: if all that ask for a state are pending reads, and some pending reset makes it,
//!   then whenever any reset takes effect that state can be visited right before, which satisfies
//!   the reads and costs nothing: nobody asks for it afterwards. (Not while anyone has to find
//!   *anything but* some state: such a one could have used that reset as well. And where a cas is
//!   pending the next move may not be a reset: there the visit is also tried as a move.)
//!
//! [`Demand::is_known`]: super::demand::Demand::is_known

use super::config::Config;
use super::mask::Mask;
use super::search::Search;
use super::space::{Code, Make, Need, Space, StateId, Steps};
use crate::model::Model;

impl<const W: usize> Search<'_, W> {
    /// Lets each operation that is worth it take effect in the configuration.
    pub(super) fn move_on<M: Model>(
        &mut self,
        space: &mut Space<'_, M>,
        config: &Config<W>,
        goal: usize,
    ) {
        let movers = self.pending.movers.minus(&config.spent);
        for slot in movers.iter() {
            let code = self.pending.code(slot);
            let steps = space.step(config.state, code);
            let optional = code.is_reset() && slot != goal;
            if steps == Steps::None || self.is_idle_move(config, code, steps, goal, optional) {
                continue;
            }
            if self.has_better_equal(config, slot) {
                continue;
            }
            let mut moved = *config;
            moved.satisfied.insert(slot);
            moved.spent.insert(slot);
            self.push_moves(space, config, moved, code, steps, goal);
        }
    }

    /// Lets pooled operations take effect.
    pub(super) fn borrow<M: Model>(
        &mut self,
        space: &mut Space<'_, M>,
        config: &Config<W>,
        goal: usize,
    ) {
        let far = self.aim(goal).and_then(|aim| space.distance(config.state, aim));
        for kind in self.pool.kinds() {
            let code = self.pool.code(kind);
            let steps = space.step(config.state, code);
            if steps == Steps::None || self.is_idle_move(config, code, steps, goal, true) {
                continue;
            }
            let aims = !code.is_plain() && far.is_some();
            if aims && !self.leads_nearer(space, steps, far, goal) {
                self.lossy = true;
                continue;
            }
            if let Some(usage) = self.pool.take(config.usage, kind) {
                self.push_moves(space, config, Config { usage, ..*config }, code, steps, goal);
                if aims {
                    self.lossy = true;
                    break;
                }
            }
        }
    }

    /// The state that the goal has to find, for a search that may drop what does not lead there.
    fn aim(&self, goal: usize) -> Option<StateId> {
        let drops = self.beam.is_some_and(|beam| beam.drops);
        self.pending.code(goal).needed().filter(|_| drops)
    }

    /// Whether a step leads nearer to that state than so far.
    fn leads_nearer<M: Model>(
        &self,
        space: &Space<'_, M>,
        steps: Steps,
        far: Option<usize>,
        goal: usize,
    ) -> bool {
        match (steps, self.aim(goal)) {
            (Steps::One(next), Some(aim)) => space.distance(next, aim) < far,
            _ => true,
        }
    }

    fn push_moves<M: Model>(
        &mut self,
        space: &Space<'_, M>,
        from: &Config<W>,
        mut moved: Config<W>,
        code: Code,
        steps: Steps,
        goal: usize,
    ) {
        let leaves = steps != Steps::One(from.state);
        if leaves && self.demand.is_known() && self.leaves_stranded(from.state, &moved) {
            return;
        }
        if code.is_reset() {
            // What is legal anywhere can stand unseen right before a reset.
            moved.satisfied = moved.satisfied.union(&self.pending.total);
            self.visit(from.state, &mut moved, goal);
        }
        let stays = |state: StateId| state == from.state && !code.is_reset();
        for state in space.targets(steps).filter(|state| !stays(*state)) {
            let config = Config { state, ..moved };
            self.work.push_back(config);
        }
    }

    /// Whether the move leads nowhere, or nowhere that matters.
    fn is_idle_move(
        &self,
        config: &Config<W>,
        code: Code,
        steps: Steps,
        goal: usize,
        optional: bool,
    ) -> bool {
        if steps == Steps::One(config.state) {
            return !code.is_reset() || optional && !self.shelters(config);
        }
        match code.make {
            Make::To(state) if optional && self.demand.is_known() => {
                !self.is_worth_a_visit(config, state, goal)
            }
            Make::To(_) | Make::Same | Make::Opaque => false,
        }
    }

    /// Whether a reset that leaves the state as it is can be of use before the goal moves: something can
    /// hide before it, and what comes next is not a reset, before which it could hide as well.
    fn shelters(&self, config: &Config<W>) -> bool {
        let exposed = self.pending.total.minus(&config.satisfied) != Mask::EMPTY;
        let mut movers = self.pending.movers.minus(&config.spent).iter();
        exposed
            && (!self.demand.is_known()
                || self.demand.exits(config.state)
                || movers.any(|slot| {
                    let code = self.pending.code(slot);
                    !code.is_reset() && code.need == Need::Is(config.state)
                }))
    }

    /// Whether something is satisfied in the state that could not be satisfied for free.
    fn is_worth_a_visit(&self, config: &Config<W>, state: StateId, goal: usize) -> bool {
        let goal_code = self.pending.code(goal);
        if goal_code.need == Need::Is(state) {
            return true;
        }
        if self.demand.exits(state) {
            return true;
        }
        let unsatisfied = self.pending.all.minus(&config.satisfied);
        let free = self.moves_by_resets(config);
        unsatisfied.iter().any(|slot| match self.pending.code(slot).need {
            Need::Is(needed) => {
                needed == state && !(free && self.free_maker(config, slot, goal).is_some())
            }
            Need::Not(refused) => refused != state,
            Need::Any | Need::Opaque => false,
        })
    }

    /// Whether the next move can only be a reset, so that free visits will surely be made.
    fn moves_by_resets(&self, config: &Config<W>) -> bool {
        let mut movers = self.pending.movers.minus(&config.spent).iter();
        !self.demand.exits(config.state) && movers.all(|slot| self.pending.code(slot).is_reset())
    }

    /// Whether an equal operation is at least as good to use up.
    fn has_better_equal(&self, config: &Config<W>, slot: usize) -> bool {
        let code = self.pending.code(slot);
        let rank = |slot: usize| (self.pending.deadline(slot), slot);
        let movers = self.pending.movers.minus(&config.spent);
        movers.iter().any(|other| {
            other != slot
                && self.pending.code(other) == code
                && self.pending.deadline(other) != super::pending::UNTOLD
                && rank(other) < rank(slot)
                && (!config.satisfied.has(other) || config.satisfied.has(slot))
        })
    }

    /// Whether something must find the state, and nothing is left to make it.
    fn leaves_stranded(&mut self, state: StateId, moved: &Config<W>) -> bool {
        let unsatisfied = self.pending.all.minus(&moved.satisfied);
        let strands = (self.demand.needs(state) || self.pending.needs(unsatisfied, state))
            && !self.can_be_made(state, moved);
        if strands {
            self.foresaw = true;
            self.stranded.push(state);
        }
        strands
    }

    fn can_be_made(&self, state: StateId, config: &Config<W>) -> bool {
        let unspent = self.pending.movers.minus(&config.spent);
        self.demand.makes(state)
            || self.pending.maker(unspent, state).is_some()
            || self.pool.makes(state)
    }

    /// Whether the operation, if it returns now without effect, was the last to make what is needed.
    pub(super) fn strands(&mut self, config: &Config<W>, goal: usize) -> bool {
        let Make::To(state) = self.pending.code(goal).make else { return false };
        if !self.demand.is_known() || config.spent.has(goal) || state == config.state {
            return false;
        }
        let mut without = *config;
        without.spent.insert(goal);
        self.leaves_stranded(state, &without)
    }

    /// Whether an operation that may return as it is should also be tried in sight.
    pub(super) fn has_last_chance(&self, config: &Config<W>, goal: usize) -> bool {
        let code = self.pending.code(goal);
        if code.is_observer() || config.spent.has(goal) {
            return false;
        }
        match (code.need, code.make) {
            (Need::Is(from), Make::To(to)) if from == to => false,
            (Need::Any, Make::To(state)) if self.demand.is_known() => {
                self.demand.others > 0 || self.is_wanted(config, state, goal)
            }
            _ => true,
        }
    }

    /// Whether anyone may ask for the state, now or later.
    fn is_wanted(&self, config: &Config<W>, state: StateId, but: usize) -> bool {
        self.demand.asks(state) || self.pending.needs(self.unsatisfied(config, but), state)
    }

    /// Satisfies the pending reads of states that can be visited for free before a reset.
    fn visit(&self, from: StateId, moved: &mut Config<W>, goal: usize) {
        if !self.demand.is_known() || self.demand.others > 0 {
            return;
        }
        for slot in self.unsatisfied(moved, goal).iter() {
            let need = self.pending.code(slot).need;
            if need == Need::Is(from) || moved.satisfied.has(slot) {
                continue;
            }
            if let Some(maker) = self.free_maker(moved, slot, goal) {
                moved.spent.insert(maker);
                for equal in self.pending.all.iter() {
                    if self.pending.code(equal).need == need {
                        moved.satisfied.insert(equal);
                    }
                }
            }
        }
    }

    /// The pending reset by which a read's state can be visited for free, if it can.
    fn free_maker(&self, config: &Config<W>, read: usize, goal: usize) -> Option<usize> {
        let code = self.pending.code(read);
        let Need::Is(state) = code.need else { return None };
        if !code.is_observer() || read == goal || self.demand.others > 0 {
            return None;
        }
        if self.demand.asks(state) {
            return None;
        }
        let mut others = self.pending.all.iter();
        let only_reads = !others.any(|other| {
            let code = self.pending.code(other);
            code.need == Need::Is(state) && (other == goal || !code.is_observer())
        });
        let unspent = self.pending.movers.minus(&config.spent);
        let maker = self.pending.maker(unspent, state).filter(|_| only_reads)?;
        (maker != goal && self.pending.code(maker).is_reset()).then_some(maker)
    }

    /// The configuration with what cannot matter any more taken out, so that equals look equal:
    /// a hidden reset to a state that nobody asks for is as good as spent.
    pub(super) fn plainest(&self, mut config: Config<W>) -> Config<W> {
        if !self.demand.is_known() || self.demand.others > 0 {
            return config;
        }
        let unspent = self.pending.movers.minus(&config.spent);
        for slot in unspent.iter().filter(|slot| config.satisfied.has(*slot)) {
            let Make::To(state) = self.pending.code(slot).make else { continue };
            if !self.is_wanted(&config, state, slot) {
                config.spent.insert(slot);
            }
        }
        config
    }
}
