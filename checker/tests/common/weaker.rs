//! Sequential consistency and the session guarantees, executed by their definitions: try every order
//! and every view. Shares no code with the checker. Registers that hold nil at first, and values that
//! are written once; a text that is put or appended is one letter.

use std::collections::BTreeMap;

use chaos_checker::{Consistency, Operation, Outcome, Value};

/// Whether the operations are as promised.
pub fn holds(level: Consistency, operations: &[Operation]) -> bool {
    let known = operations.iter().filter(|operation| operation.outcome != Outcome::Fail);
    let says =
        |at: &&Operation| !matches!(at.f.as_str(), "read" | "get") || at.outcome == Outcome::Ok;
    let all: Vec<&Operation> = known.filter(says).collect();
    let doubtful: Vec<usize> =
        (0..all.len()).filter(|at| all[*at].outcome == Outcome::Info).collect();
    (0..1u32 << doubtful.len()).any(|chosen| {
        let dropped = |at: usize| {
            doubtful.iter().position(|other| *other == at).is_some_and(|bit| chosen >> bit & 1 == 0)
        };
        let happened: Vec<&Operation> =
            (0..all.len()).filter(|at| !dropped(*at)).map(|at| all[at]).collect();
        match level {
            Consistency::Sequential => extend(&happened, 0, &BTreeMap::new()),
            _ => some_order(level, &happened, &mut Vec::new()),
        }
    })
}

/// Whether the first surely comes before the second in their session.
fn session(operations: &[&Operation], first: usize, second: usize) -> bool {
    let (one, other) = (operations[first], operations[second]);
    one.process == other.process && first < second && one.outcome == Outcome::Ok
}

/// What an operation found, if it tells, and what it wrote.
fn deed(operation: &Operation) -> (Option<&Value>, Option<&Value>) {
    match operation.f.as_str() {
        "read" | "get" => (Some(&operation.output), None),
        "write" | "put" | "append" => (None, Some(&operation.input)),
        _ => operation.input.as_pair().map_or((None, None), |(from, to)| (Some(from), Some(to))),
    }
}

/// What a write makes of what was there.
fn made(write: &Operation, before: &Value) -> Value {
    match (deed(write).1, before) {
        (Some(Value::Text(more)), Value::Text(text)) if write.f == "append" => {
            Value::from(format!("{}{}", text.as_str(), more.as_str()))
        }
        (wrote, _) => wrote.unwrap_or(before).clone(),
    }
}

/// Whether who finds the value has found what was written.
fn shows(found: &Value, wrote: &Value) -> bool {
    match (found, wrote) {
        (Value::Text(found), Value::Text(wrote)) => found.as_str().contains(wrote.as_str()),
        _ => found == wrote,
    }
}

type State = BTreeMap<Option<Value>, Value>;

fn extend(operations: &[&Operation], done: u64, state: &State) -> bool {
    let open = |at: usize| done >> at & 1 == 0;
    if !(0..operations.len()).any(open) {
        return true;
    }
    (0..operations.len()).filter(|at| open(*at)).any(|at| {
        let key = &operations[at].key;
        let (found, wrote) = deed(operations[at]);
        let first =
            (0..operations.len()).all(|other| !open(other) || !session(operations, other, at));
        let held = state.get(key).unwrap_or(&Value::Nil);
        if !first || found.is_some_and(|found| found != held) {
            return false;
        }
        let mut next = state.clone();
        wrote.map(|_| next.insert(key.clone(), made(operations[at], held)));
        extend(operations, done | 1 << at, &next)
    })
}

fn some_order(level: Consistency, operations: &[&Operation], order: &mut Vec<usize>) -> bool {
    let writes = |at: &usize| deed(operations[*at]).1.is_some();
    let left: Vec<usize> =
        (0..operations.len()).filter(writes).filter(|at| !order.contains(at)).collect();
    if left.is_empty() {
        return explains(level, operations, order);
    }
    left.into_iter().any(|write| {
        order.push(write);
        let found = some_order(level, operations, order);
        order.pop();
        found
    })
}

/// Whether with this order of the writes every read has a view.
fn explains(level: Consistency, operations: &[&Operation], order: &[usize]) -> bool {
    use Consistency as C;
    let place = |write: usize| order.iter().position(|other| *other == write);
    let sources = |read: usize| {
        let found = deed(operations[read]).0;
        let shown = move |write: &usize| {
            operations[*write].key == operations[read].key
                && found.zip(deed(operations[*write]).1).is_some_and(|(f, wrote)| shows(f, wrote))
        };
        order.iter().copied().filter(shown)
    };
    // What must be in every view that has a write, and before it.
    let mut needs: Vec<(usize, usize)> = Vec::new();
    for write in order.iter().copied() {
        for other in 0..operations.len() {
            let before = session(operations, other, write);
            if before && place(other).is_some() && matches!(level, C::Causal | C::MonotonicWrites) {
                needs.push((other, write));
            }
            let read =
                (before || other == write) && matches!(level, C::Causal | C::WritesFollowReads);
            needs.extend(sources(other).filter(|_| read).map(|source| (source, write)));
        }
    }
    if needs.iter().any(|(first, second)| place(*first) >= place(*second)) {
        return false;
    }
    let reads = (0..operations.len()).filter(|at| deed(operations[*at]).0.is_some());
    let fits = |read: usize| {
        (0..1u32 << order.len()).any(|view| {
            let sees = |write: usize| place(write).is_some_and(|bit| view >> bit & 1 == 1);
            let closed = needs.iter().all(|(first, second)| !sees(*second) || sees(*first));
            let seen = order.iter().copied();
            let seen = seen.filter(|at| sees(*at) && operations[*at].key == operations[read].key);
            let value = seen.fold(Value::Nil, |value, at| made(operations[at], &value));
            let session = (0..operations.len()).filter(|at| session(operations, *at, read));
            closed
                && deed(operations[read]).0 == Some(&value)
                && session.into_iter().all(|before| {
                    let own = matches!(level, C::Causal | C::ReadYourWrites)
                        && place(before).is_some()
                        && !sees(before);
                    let seen =
                        level != C::ReadYourWrites && sources(before).any(|source| !sees(source));
                    !own && !seen
                })
        })
    };
    reads.into_iter().all(fits)
}
