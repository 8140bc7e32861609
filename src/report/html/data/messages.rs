//! The table of messages between nodes.

use super::columns::{Column, Rising};
use super::phrases::{Phrases, Texts};
use super::{micros, nearest};
use crate::execution::{self, Drop, MessageRecord};
use chaos_node::{Nanos, OperationId};
use serde::Serialize;
use std::collections::BTreeMap;

/// So many messages have a place.
const MOST: usize = 1_000_000;
/// So many bytes of texts are kept in full, before they are packed.
const WORDS: usize = 16 << 20;

#[derive(Default, Serialize)]
pub(super) struct Messages {
    pub(super) rows: usize,
    pub(super) sent: Rising,
    /// Of the sender and the receiver, counted from 0, as one number: sender × nodes + receiver.
    pub(super) link: Column,
    /// How long it was under way, plus one; 0 for one that never arrived.
    pub(super) took: Column,
    pub(super) text: Texts,
    /// The first row of which the numbers are told, and the first behind them of which they are not.
    pub(super) told: [usize; 2],
    again: Sparse,
    /// Why it was dropped: 0 lost by the link, else the number of the fault in the plan plus one.
    dropped: Sparse,
    overtaken: Rising,
    unheard: Rising,
    pub(super) carried: Carried,
    /// How many were sent that have no row.
    left_out: u64,
}

/// Which messages carry which operations; a message that carries several has a row for each.
#[derive(Default, Serialize)]
pub(super) struct Carried {
    pub(super) row: Rising,
    /// The operations' rows, each as its distance from the one before.
    pub(super) operation: Column,
    #[serde(skip)]
    last: i64,
}

/// Numbers that few rows have.
#[derive(Default, Serialize)]
struct Sparse {
    row: Rising,
    number: Column,
}

/// The messages in the order in which they were sent, with the words of those that are nearest to
/// the focus.
pub(super) fn pack(
    messages: &execution::Messages,
    nodes: u16,
    focus: Nanos,
    rows: &BTreeMap<OperationId, usize>,
    phrases: &mut Phrases,
) -> Messages {
    let known = |message: &&MessageRecord| {
        [message.from, message.to].iter().all(|node| (1..=nodes).contains(&node.0))
    };
    let mut all: Vec<&MessageRecord> = messages.sent.iter().filter(known).collect();
    all.sort_by_key(|message| message.time);
    let place = |all: &[&MessageRecord]| all.partition_point(|message| message.time <= focus);
    let kept = nearest(all.len(), place(&all), MOST, |_| 1);
    let left_out = messages.left_out + (messages.sent.len() - kept.len()) as u64;
    let all = &all[kept];
    let weight = |row: usize| all[row].text.as_ref().map_or(8, String::len);
    let told = nearest(all.len(), place(all), WORDS, weight);
    let mut table = Messages { rows: all.len(), left_out, ..Messages::default() };
    table.told = [told.start, told.end];
    for (row, message) in all.iter().enumerate() {
        table.push(row, message, nodes);
        for operation in message.carries.iter().filter_map(|id| rows.get(id)) {
            table.carried.push(row, *operation);
        }
        let told = told.contains(&row);
        match &message.text {
            Some(text) => table.text.push(phrases, text, told),
            None => table.text.push(phrases, &format!("{} bytes", message.size), told),
        }
    }
    table
}

impl Messages {
    fn push(&mut self, row: usize, message: &MessageRecord, nodes: u16) {
        let number = |node: chaos_node::NodeId| u64::from(node.0) - 1;
        let under_way = |at: &Nanos| micros(*at).saturating_sub(micros(message.time));
        self.sent.push(micros(message.time));
        self.link.push(number(message.from) * u64::from(nodes) + number(message.to));
        self.took.push(message.arrived.first().map_or(0, |at| under_way(at) + 1));
        for at in message.arrived.iter().skip(1) {
            self.again.push(row, under_way(at));
        }
        match message.dropped {
            Some(Drop::Loss) => self.dropped.push(row, 0),
            Some(Drop::Fault(fault)) => self.dropped.push(row, fault as u64 + 1),
            None => {}
        }
        if message.overtaken {
            self.overtaken.push(row as u64);
        }
        if message.unheard {
            self.unheard.push(row as u64);
        }
    }
}

impl Carried {
    fn push(&mut self, row: usize, operation: usize) {
        let operation = operation as i64;
        self.row.push(row as u64);
        self.operation.push_signed(operation - self.last);
        self.last = operation;
    }
}

impl Sparse {
    fn push(&mut self, row: usize, number: u64) {
        self.row.push(row as u64);
        self.number.push(number);
    }
}
