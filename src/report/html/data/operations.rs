//! The table of operations.

use super::columns::{Column, Rising};
use super::micros;
use super::phrases::{Phrases, Texts};
use crate::report::html::story::{Operation, Outcome, bare};
use crate::report::text;
use chaos_node::OperationId;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// More keys, kinds or nodes than this have no names of their own.
const NAMES: usize = 20_000;

#[derive(Default, Serialize)]
pub(super) struct Operations {
    pub(super) rows: usize,
    pub(super) call: Rising,
    /// How long it took, plus one; 0 for one that never ended.
    pub(super) took: Column,
    pub(super) process: Column,
    /// The lane of the client, which goes on under a new process number after an unknown outcome.
    lane: Column,
    f: Column,
    /// Plus one; 0 for none.
    key: Column,
    /// Who answered, plus one; 0 if nobody did.
    node: Column,
    /// 0 ok, 1 fail, 2 info.
    outcome: Column,
    pub(super) text: Texts,
    /// Of those that the violation is about, the rows.
    guilty: Vec<usize>,
    fs: Names,
    keys: Names,
    nodes: Names,
}

/// Words that come again and again.
#[derive(Default, Serialize)]
struct Names {
    all: Vec<String>,
    #[serde(skip)]
    places: BTreeMap<String, u64>,
}

impl Names {
    /// The place of a name, from 1.
    fn place(&mut self, name: &str) -> u64 {
        let name = text::shortened(&text::one_line(name), 60).into_owned();
        if let Some(place) = self.places.get(&name) {
            return *place;
        }
        let name = if self.all.len() < NAMES { name } else { "…".to_owned() };
        if !self.places.contains_key(&name) {
            self.all.push(name.clone());
        }
        let next = self.all.len() as u64;
        *self.places.entry(name).or_insert(next)
    }
}

/// The operations in order of their calls. Processes that share a lane are `stride` apart.
pub(super) fn pack(
    operations: &[Operation],
    guilty: &BTreeSet<u64>,
    stride: u64,
    phrases: &mut Phrases,
) -> Operations {
    let sorted = in_order(operations);
    let mut table = Operations { rows: sorted.len(), ..Operations::default() };
    for (row, op) in sorted.into_iter().enumerate() {
        table.push(op, stride, phrases);
        if guilty.contains(&op.index) {
            table.guilty.push(row);
        }
    }
    table
}

/// The rows of the operations by what messages call them: the process is the session, and its
/// operations are counted.
pub(super) fn rows(operations: &[Operation]) -> BTreeMap<OperationId, usize> {
    let mut sequences: BTreeMap<u64, u64> = BTreeMap::new();
    let ids = in_order(operations).into_iter().map(|op| {
        let sequence = sequences.entry(op.process).or_default();
        *sequence += 1;
        OperationId { session: op.process, sequence: *sequence }
    });
    ids.zip(0..).collect()
}

fn in_order(operations: &[Operation]) -> Vec<&Operation> {
    let mut sorted: Vec<&Operation> = operations.iter().collect();
    sorted.sort_by_key(|op| op.call);
    sorted
}

impl Operations {
    fn push(&mut self, op: &Operation, stride: u64, phrases: &mut Phrases) {
        self.call.push(micros(op.call));
        let took = op.ret.map_or(0, |ret| micros(ret).saturating_sub(micros(op.call)) + 1);
        self.took.push(took);
        self.process.push(op.process);
        self.lane.push(op.process % stride.max(1));
        self.f.push(self.fs.place(&op.f));
        self.key.push(op.key.as_ref().map_or(0, |key| self.keys.place(&bare(key))));
        self.node.push(op.node.as_ref().map_or(0, |node| self.nodes.place(node)));
        self.outcome.push(match op.outcome {
            Outcome::Ok => 0,
            Outcome::Fail => 1,
            Outcome::Info => 2,
        });
        let why = op.error.as_ref().map_or(String::new(), |error| format!(": {error}"));
        self.text.push(phrases, &format!("{}{why}", op.told()), true);
    }
}
