//! Client operations as a pure stream: what clients will do, decided before anything runs.
//!
//! Operations are spread over the duration with random gaps and dealt to the clients in turn. Each
//! written value is unique in its run, so that a value read tells which operation wrote it.

use crate::workload::Workload;
use crate::workload::plan::{ClientPlan, PlannedOperation};
use chaos_node::{Argument, Nanos, NodeId, Op, Operation, Rng, Value};
use std::collections::BTreeMap;

/// How often a client asks a random node first instead of the one that answered last, in
/// millionths: enough to visit nodes that others have left for good reasons.
const WANDER: u32 = 150_000;

/// What each client does in a run, drawn from `rng`.
pub fn operations(workload: &Workload, rng: &mut Rng) -> Vec<ClientPlan> {
    let mut values = Values::default();
    let mut clients = vec![ClientPlan { operations: Vec::new() }; usize::from(workload.clients)];
    if clients.is_empty() {
        return clients;
    }
    let mut at = Nanos::ZERO;
    for turn in 0.. {
        at += rng.time(Nanos::ZERO..=workload.every * 2);
        if at >= workload.duration {
            break;
        }
        let (op, operation) = values.draw(workload, rng);
        let once = operation.once;
        let first = (operation.anywhere || rng.chance(WANDER))
            .then(|| NodeId(rng.within(1..=u64::from(workload.nodes)) as u16));
        let client = turn % clients.len();
        clients[client].operations.push(PlannedOperation { at, op, first, stays: false, once });
    }
    clients
}

/// The keys of a workload: `k1`, `k2`, …
pub fn keys(workload: &Workload) -> Vec<Value> {
    (1..=workload.keys).map(key).collect()
}

fn key(number: u16) -> Value {
    Value::Text(format!("k{number}"))
}

/// Remembers what was planned to be written, so that a `cas` has a fair chance to find it.
#[derive(Default)]
struct Values {
    written: i64,
    last: BTreeMap<u16, Value>,
}

impl Values {
    /// An operation, and what kind it is of.
    fn draw(&mut self, workload: &Workload, rng: &mut Rng) -> (Op, &'static Operation) {
        let number = rng.within(1..=u64::from(workload.keys)) as u16;
        let operation = weighted(&workload.operations, rng);
        let value = match operation.argument {
            Argument::Nothing => Value::Nil,
            Argument::Removal => {
                self.last.remove(&number);
                Value::Nil
            }
            Argument::Value => self.write(number),
            Argument::Piece => Value::Text(format!("{},", self.next())),
            Argument::Region(most) => {
                let (offset, times) = (rng.within(0..=most), rng.within(1..=12));
                let text = format!("{},", self.next()).repeat(times as usize);
                Value::List(vec![Value::Int(offset as i64), Value::Text(text)])
            }
            Argument::Swap => {
                let from = self.last.get(&number).cloned().unwrap_or_default();
                Value::List(vec![from, self.write(number)])
            }
            Argument::Key => {
                let other = rng.within(1..=u64::from(workload.keys)) as u16;
                if let Some(held) = self.last.remove(&number) {
                    self.last.insert(other, held);
                }
                key(other)
            }
        };
        (Op { f: operation.f.to_owned(), key: key(number), value }, operation)
    }

    fn write(&mut self, number: u16) -> Value {
        let value = Value::Text(self.next().to_string());
        self.last.insert(number, value.clone());
        value
    }

    fn next(&mut self) -> i64 {
        self.written += 1;
        self.written
    }
}

/// One of the operations, each as often as its weight says.
fn weighted(mix: &[(&'static Operation, u32)], rng: &mut Rng) -> &'static Operation {
    let total: u64 = mix.iter().map(|(_, weight)| u64::from(*weight)).sum();
    let mut left = rng.below(total);
    for (operation, weight) in mix {
        match left.checked_sub(u64::from(*weight)) {
            None => return operation,
            Some(rest) => left = rest,
        }
    }
    unreachable!("a draw below the total weight lies within one of the weights")
}
