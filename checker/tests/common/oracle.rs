//! The definition of linearizability, executed: try every order. Two orders of the same operations that
//! lead to the same state have the same ends, so of these only one is tried. Shares no code with the
//! checker.

use std::collections::BTreeMap;

use chaos_checker::{Model, Operation, Outcome};
use rustc_hash::FxHashSet;

/// Whether some order of the operations (all that are `ok`, any of those that are `info`) respects
/// real time and the model.
pub fn linearizable<M: Model>(model: &M, operations: &[Operation]) -> bool {
    let known = operations.iter().filter(|operation| operation.outcome != Outcome::Fail);
    let mut parts: BTreeMap<_, Vec<&Operation>> = BTreeMap::new();
    known
        .for_each(|operation| parts.entry(model.partition(operation)).or_default().push(operation));
    parts.into_values().all(|operations| {
        let action = |operation: &&Operation| model.action(operation).expect("in the model");
        let actions = operations.iter().map(action).collect();
        let mut orders = Orders { model, operations, actions, hopeless: FxHashSet::default() };
        orders.extend(0, model.initial())
    })
}

/// The orders of one object's operations.
struct Orders<'a, M: Model> {
    model: &'a M,
    operations: Vec<&'a Operation>,
    actions: Vec<M::Action>,
    /// What was done, and where that led, where it went on to no end.
    hopeless: FxHashSet<(u64, M::State)>,
}

impl<M: Model> Orders<'_, M> {
    /// Whether an order of what is not yet done goes on from here to the end.
    fn extend(&mut self, done: u64, state: M::State) -> bool {
        let open = |at: &usize| done >> at & 1 == 0;
        let outstanding = (0..self.operations.len()).filter(open);
        let outstanding = outstanding.filter(|at| self.operations[*at].outcome == Outcome::Ok);
        // Only what was called before every outstanding return may come next.
        let Some(deadline) = outstanding.map(|at| self.operations[at].complete_index).min() else {
            return true;
        };
        if self.hopeless.contains(&(done, state.clone())) {
            return false;
        }
        for at in (0..self.operations.len()).filter(open) {
            if Some(self.operations[at].invoke_index) < deadline {
                for next in self.model.step(&state, &self.actions[at]) {
                    if self.extend(done | 1 << at, next) {
                        return true;
                    }
                }
            }
        }
        self.hopeless.insert((done, state));
        false
    }
}
