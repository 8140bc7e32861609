//! What a node finds on its disk when it starts.
//!
//! The three files were written at different times, and the crash may have fallen between any two
//! actions. What can be found, and what it means:
//!
//! * A torn last batch of `vote` or `log`: it was never promised, and is cut off.
//! * A log that holds the snapshot's last entry: the crash came before the log was trimmed, and
//!   what lies behind that entry goes on.
//! * A log that does not hold it: another node's snapshot was installed, and the crash came before
//!   the old log went. All of it is dropped.
//! * An entry of a later term than the saved one: log and term were written together and the crash
//!   kept the log alone. The node has promised nothing in that term yet, so the term is taken over.
//!
//! Anything else is not the trace of a crash but a disk that lost what it had promised to keep. A
//! node that went on might vote twice or forget what it acknowledged; it stops instead, with a
//! panic that says what is wrong.

use crate::log::Log;
use crate::mutant::Mutant;
use crate::records::{self, Scan};
use crate::storage::{Ballot, Growing, LOG, LogRecord, SNAPSHOT, Snapshot, Storage, VOTE};
use crate::types::{Anchor, Entry, Index, Position};
use chaos_node::{Context, Disk, decode};
use serde::de::DeserializeOwned;

/// The state of a node as its disk has it.
pub(crate) struct Restored {
    pub(crate) ballot: Ballot,
    pub(crate) snapshot: Snapshot,
    pub(crate) log: Log,
    pub(crate) storage: Storage,
}

/// Reads the disk, and repairs what the crash left torn.
pub(crate) fn restore(ctx: &mut Context<'_>, mutant: Option<Mutant>) -> Restored {
    let snapshot = read_snapshot(ctx.disk());
    let votes = read(ctx.disk(), VOTE);
    let saved = votes.records().last().unwrap_or_default();
    let file = read(ctx.disk(), LOG);
    let log = reconcile(&snapshot, found_log(file.records()), mutant);
    let ballot = at_least(saved, log.last().at);
    let votes = repair(ctx, VOTE, &votes, votes.intact);
    let kept = if log.last_index() == log.anchor().at.index { 0 } else { file.intact };
    let file = repair(ctx, LOG, &file, kept);
    Restored { ballot, snapshot, log, storage: Storage::new(mutant, saved, votes, file) }
}

/// A file's bytes and the records in them.
struct Found {
    name: &'static str,
    bytes: Vec<u8>,
    payloads: Vec<std::ops::Range<usize>>,
    intact: usize,
}

impl Found {
    fn records<T: DeserializeOwned>(&self) -> impl Iterator<Item = T> {
        self.payloads.iter().map(|range| {
            decode(&self.bytes[range.clone()]).unwrap_or_else(|error| {
                panic!("the file `{}` holds a record of another kind: {error}", self.name)
            })
        })
    }
}

fn read(disk: &dyn Disk, name: &'static str) -> Found {
    let bytes = disk.read(name).unwrap_or_default();
    match records::scan(&bytes) {
        Ok(Scan { payloads, intact }) => Found { name, bytes, payloads, intact },
        Err(damage) => panic!(
            "the file `{name}` is damaged at byte {}, in front of intact records: the disk lost \
             what was durable",
            damage.at
        ),
    }
}

fn read_snapshot(disk: &dyn Disk) -> Snapshot {
    let file = read(disk, SNAPSHOT);
    assert!(
        file.intact == file.bytes.len(),
        "the file `{SNAPSHOT}` is damaged: it was durable before it got its name"
    );
    file.records().next().unwrap_or_default()
}

/// Cuts a file down to what is kept of it.
fn repair(ctx: &mut Context<'_>, name: &str, file: &Found, kept: usize) -> Growing {
    if kept < file.bytes.len() {
        ctx.note("disk", format!("cut `{name}` from {} to {kept} bytes", file.bytes.len()));
        ctx.truncate(name, kept as u64);
        ctx.sync();
    }
    Growing::durable(kept)
}

fn at_least(saved: Ballot, last: Position) -> Ballot {
    if last.term > saved.term { Ballot { term: last.term, vote: None } } else { saved }
}

/// The entries in a log file, and the index of the first of them.
fn found_log(records: impl Iterator<Item = LogRecord>) -> (Index, Vec<Entry>) {
    let mut first = None;
    let mut entries: Vec<Entry> = Vec::new();
    for LogRecord { index, entry } in records {
        let start = *first.get_or_insert(index);
        assert!(
            start <= index && index <= start.plus(entries.len()),
            "the file `{LOG}` goes on at {index} behind {start} and {} entries",
            entries.len()
        );
        entries.truncate(index.since(start) as usize);
        entries.push(entry);
    }
    (first.unwrap_or(Index(1)), entries)
}

/// The log that a snapshot and a log file mean together.
fn reconcile(snapshot: &Snapshot, found: (Index, Vec<Entry>), mutant: Option<Mutant>) -> Log {
    let (first, entries) = found;
    let end = snapshot.last.at;
    if entries.is_empty() {
        return Log::behind(snapshot.last);
    }
    if first > end.index.next() && mutant == Some(Mutant::SnapshotNotAtomic) {
        let index = first.previous();
        return filled(Anchor { at: Position { index, ..end }, ..snapshot.last }, entries);
    }
    assert!(
        first <= end.index.next(),
        "the log begins at {first}, but the snapshot ends at {}: entries are missing",
        end.index
    );
    let covered = end.index.next().since(first) as usize;
    let continues = match covered.checked_sub(1) {
        None => true,
        Some(last) => entries.get(last).is_some_and(|entry| entry.term == end.term),
    };
    let rest = if continues { entries.into_iter().skip(covered).collect() } else { Vec::new() };
    filled(snapshot.last, rest)
}

fn filled(anchor: Anchor, entries: Vec<Entry>) -> Log {
    let mut log = Log::behind(anchor);
    for entry in entries {
        log.append(entry);
    }
    log
}
