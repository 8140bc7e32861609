//! The definition of linearizability, executed: try every order. Shares no code with the checker.

use std::collections::BTreeMap;

use chaos_checker::{Model, Operation, Outcome};

/// Whether some order of the operations (all that are `ok`, any of those that are `info`) respects
/// real time and the model.
pub fn linearizable<M: Model>(model: &M, operations: &[Operation]) -> bool {
    let known = operations.iter().filter(|operation| operation.outcome != Outcome::Fail);
    let mut parts: BTreeMap<_, Vec<&Operation>> = BTreeMap::new();
    known
        .for_each(|operation| parts.entry(model.partition(operation)).or_default().push(operation));
    parts.into_values().all(|part| one_object(model, &part))
}

fn one_object<M: Model>(model: &M, known: &[&Operation]) -> bool {
    let actions: Vec<M::Action> =
        known.iter().map(|operation| model.action(operation).expect("in the model")).collect();
    extend(model, known, &actions, 0, &model.initial())
}

fn extend<M: Model>(
    model: &M,
    operations: &[&Operation],
    actions: &[M::Action],
    done: u64,
    state: &M::State,
) -> bool {
    let open = |at: usize| done >> at & 1 == 0;
    let must = |at: usize| open(at) && operations[at].outcome == Outcome::Ok;
    if !(0..operations.len()).any(must) {
        return true;
    }
    // Only what was called before every outstanding return may come next.
    let deadline = (0..operations.len())
        .filter(|at| must(*at))
        .filter_map(|at| operations[at].complete_index)
        .min();
    (0..operations.len())
        .filter(|at| open(*at) && Some(operations[*at].invoke_index) < deadline)
        .any(|at| {
            let next = model.step(state, &actions[at]);
            next.iter().any(|next| extend(model, operations, actions, done | 1 << at, next))
        })
}
