//! Client operations as a pure stream: what clients will do, decided before anything runs.
//!
//! Operations are spread over the duration with random gaps and dealt to the clients in turn. Each
//! written value is unique in its run, so that a value read tells which operation wrote it.

use crate::workload::Workload;
use crate::workload::plan::{ClientPlan, PlannedOperation};
use chaos_node::{Nanos, NodeId, Op, Rng, Value};
use std::collections::BTreeMap;

/// The operations there are, each with its weight where a workload says nothing.
pub const DEFAULT_MIX: [(&str, u32); 5] =
    [("get", 40), ("put", 25), ("append", 10), ("cas", 20), ("delete", 5)];

/// How often a client asks a random node first instead of the one that answered last, in
/// millionths: enough to visit nodes that others have left for good reasons.
const WANDER: u32 = 150_000;

/// What each client does in a run, drawn from `rng`.
pub fn operations(workload: &Workload, rng: &mut Rng) -> Vec<ClientPlan> {
    let mut values = Values::default();
    let mut clients = vec![ClientPlan { operations: Vec::new() }; usize::from(workload.clients)];
    let mut at = Nanos::ZERO;
    for turn in 0.. {
        at += rng.time(Nanos::ZERO..=workload.every * 2);
        if at >= workload.duration {
            break;
        }
        let op = values.draw(workload, rng);
        let first =
            rng.chance(WANDER).then(|| NodeId(rng.within(1..=u64::from(workload.nodes)) as u16));
        let client = turn % clients.len();
        clients[client].operations.push(PlannedOperation { at, op, first });
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
    fn draw(&mut self, workload: &Workload, rng: &mut Rng) -> Op {
        let number = rng.within(1..=u64::from(workload.keys)) as u16;
        let f = weighted(&workload.operations, rng);
        let value = match f {
            "put" => self.write(number),
            "append" => Value::Text(format!("{},", self.next())),
            "cas" => {
                let from = self.last.get(&number).cloned().unwrap_or_default();
                Value::List(vec![from, self.write(number)])
            }
            "delete" => {
                self.last.remove(&number);
                Value::Nil
            }
            _ => Value::Nil,
        };
        Op { f: f.to_owned(), key: key(number), value }
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

/// One of the names, each as often as its weight says.
fn weighted<'a>(mix: &'a [(String, u32)], rng: &mut Rng) -> &'a str {
    let total: u64 = mix.iter().map(|(_, weight)| u64::from(*weight)).sum();
    let mut left = rng.below(total);
    for (name, weight) in mix {
        match left.checked_sub(u64::from(*weight)) {
            None => return name,
            Some(rest) => left = rest,
        }
    }
    unreachable!("a draw below the total weight lies within one of the weights")
}
