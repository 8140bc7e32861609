//! The operation log (paper §2.6.3): durable before anybody is answered, and cut short by
//! checkpoints.
//!
//! Each record has a number and a checksum. A checkpoint says which record it holds the state
//! behind, so that a crash between writing it and cutting the log repeats nothing.

use super::namespace::{Namespace, Record};
use crate::message::{Message, Stamp};
use crate::mutant::Mutant;
use crate::record::crc32;
use crate::settings::Settings;
use chaos_node::{Context, NodeId, decode, encode};
use std::collections::VecDeque;

const LOG: &str = "oplog";
const CHECKPOINT: &str = "checkpoint";
/// A checkpoint is made when the log holds so many records.
const RECORDS: u64 = 64;
/// So many records are kept for shadow masters; who lacks more gets the whole state.
const RECENT: usize = 64;
const HEADER: usize = 8;

/// The operation log, and the state that it leads to.
#[derive(Debug)]
pub(crate) struct OpLog {
    pub(crate) namespace: Namespace,
    /// The last record's number.
    last: u64,
    /// That of the last one in the checkpoint.
    checkpoint: u64,
    late: bool,
    /// What is not written yet.
    unwritten: Vec<u8>,
    /// The last record that is durable.
    durable: u64,
    /// The last records, for shadow masters.
    recent: VecDeque<Record>,
    shadows: Vec<NodeId>,
    hasty: bool,
}

impl OpLog {
    pub(crate) fn new(settings: &Settings) -> OpLog {
        OpLog {
            namespace: Namespace::default(),
            last: 0,
            checkpoint: 0,
            late: settings.has(Mutant::OpLogAfterReply),
            unwritten: Vec::new(),
            durable: 0,
            recent: VecDeque::new(),
            shadows: settings.shadows.clone(),
            hasty: settings.has(Mutant::ShadowServesUnsyncedLog),
        }
    }

    /// Reads what is on the disk; the torn end of the log was promised to nobody.
    pub(crate) fn recover(&mut self, ctx: &mut Context<'_>) {
        if let Some(bytes) = ctx.disk().read(CHECKPOINT) {
            let (_, payload) = first(&bytes).expect("the checkpoint is damaged");
            let (last, namespace) = decode(payload).expect("the checkpoint is damaged");
            (self.last, self.checkpoint, self.namespace) = (last, last, namespace);
        }
        let bytes = ctx.disk().read(LOG).unwrap_or_default();
        let mut at = 0;
        while let Some((length, payload)) = first(&bytes[at..]) {
            let (number, record): (u64, Record) = decode(payload).expect("the log is damaged");
            if number == self.last + 1 {
                self.apply(&record);
            }
            at += length;
        }
        if at < bytes.len() {
            ctx.truncate(LOG, at as u64);
            ctx.sync();
        }
        self.durable = self.last;
    }

    fn apply(&mut self, record: &Record) {
        self.namespace.apply(record);
        self.last += 1;
        self.recent.push_back(record.clone());
        if self.recent.len() > RECENT {
            self.recent.pop_front();
        }
    }

    /// Does what the record says, and makes it durable.
    pub(crate) fn append(&mut self, ctx: &mut Context<'_>, record: &Record) {
        self.apply(record);
        self.unwritten.extend(framed(&encode(&(self.last, record))));
        if self.hasty {
            self.tell(ctx, record);
        }
        if !self.late {
            self.flush(ctx);
        }
        if !self.hasty && self.durable == self.last {
            self.tell(ctx, record);
        }
    }

    /// Makes durable what is not yet.
    pub(crate) fn flush(&mut self, ctx: &mut Context<'_>) {
        if self.unwritten.is_empty() {
            return;
        }
        ctx.append(LOG, std::mem::take(&mut self.unwritten));
        ctx.sync();
        self.durable = self.last;
        if self.last - self.checkpoint >= RECORDS {
            ctx.write("checkpoint.new", framed(&encode(&(self.last, &self.namespace))));
            ctx.rename("checkpoint.new", CHECKPOINT);
            ctx.sync();
            ctx.truncate(LOG, 0);
            ctx.sync();
            self.checkpoint = self.last;
        }
    }

    /// Tells shadow masters of the last record.
    fn tell(&self, ctx: &mut Context<'_>, record: &Record) {
        for shadow in &self.shadows {
            let (after, records) = (self.last - 1, vec![record.clone()]);
            ctx.send(*shadow, &Message::Log { stamp: None, after, records });
        }
    }

    /// What a shadow master lacks that has all up to this record: nothing that is not durable, for
    /// it would tell of what never was.
    pub(super) fn behind(&self, stamp: Stamp, after: u64) -> Option<Message> {
        if self.durable < self.last {
            return None;
        }
        let known = usize::try_from(self.last.saturating_sub(after)).unwrap_or(usize::MAX);
        Some(match self.recent.len().checked_sub(known) {
            Some(skip) => {
                let records = self.recent.iter().skip(skip).cloned().collect();
                Message::Log { stamp: Some(stamp), after, records }
            }
            None => Message::Image { stamp, last: self.last, namespace: self.namespace.clone() },
        })
    }
}

fn framed(payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a record is smaller than 4 GiB");
    let mut bytes = length.to_le_bytes().to_vec();
    bytes.extend_from_slice(&crc32(payload).to_le_bytes());
    bytes.extend_from_slice(payload);
    bytes
}

/// The first record, if it is whole: its length with its header, and its payload.
fn first(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let [l0, l1, l2, l3, c0, c1, c2, c3] = *bytes.first_chunk::<HEADER>()?;
    let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
    let payload = bytes.get(HEADER..HEADER.checked_add(length)?)?;
    let whole = crc32(payload) == u32::from_le_bytes([c0, c1, c2, c3]);
    whole.then_some((HEADER + length, payload))
}
