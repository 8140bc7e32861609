//! What a node keeps on its disk.
//!
//! | file       | holds                                                        | changes by             |
//! | ---------- | ------------------------------------------------------------ | ---------------------- |
//! | `vote`     | currentTerm and votedFor: one record a change, the last counts | appending            |
//! | `log`      | one record an entry                                          | appending              |
//! | `snapshot` | one record: the state machine and where it stands            | writing aside, renaming |
//!
//! The log file is never cut while the node runs. An entry that takes the place of a conflicting
//! one is simply appended, and a reader takes a record of an index that was there before as the
//! end of all that stood from that index on. So a conflict, too, is a single append: before the
//! crash the old log, after it the new one, torn in between a prefix of the new one.
//!
//! A snapshot and the log that is trimmed for it change in two renames. In between there is the
//! new snapshot and the old, longer log, which means the same. The other order would leave a hole.
//!
//! Nothing is promised before it is durable. [`Storage::sync`] comes before every answer and at
//! the end of every call, and costs nothing where nothing was written. What the node tells of
//! itself waits until then as well ([`Storage::later`]): an entry *is* appended once it is
//! durable. A leader alone sends in front of its own sync, for it takes part in the majority like
//! any other node, once its disk has the entry (thesis §10.2.1).

use crate::log::Log;
use crate::mutant::Mutant;
use crate::records;
use crate::types::{Anchor, Bytes, Entry, Index, Term};
use chaos_node::{Context, NodeId, Observation, encode};
use serde::{Deserialize, Serialize};

pub(crate) const VOTE: &str = "vote";
pub(crate) const LOG: &str = "log";
pub(crate) const SNAPSHOT: &str = "snapshot";
const VOTE_ASIDE: &str = "vote.new";
const LOG_ASIDE: &str = "log.new";
const SNAPSHOT_ASIDE: &str = "snapshot.new";

/// How long the file of votes may grow until it is written anew.
const VOTE_FILE_LIMIT: u64 = 16 * 1024;

/// The paper's currentTerm and votedFor: one thing, for half of it is worse than none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ballot {
    pub(crate) term: Term,
    pub(crate) vote: Option<NodeId>,
}

/// A record of the log file.
#[derive(Serialize, Deserialize)]
pub(crate) struct LogRecord {
    pub(crate) index: Index,
    pub(crate) entry: Entry,
}

/// The state machine as it stood behind an entry.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Snapshot {
    pub(crate) last: Anchor,
    pub(crate) image: Bytes,
}

/// A file that only grows, and how much of it is durable.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Growing {
    length: u64,
    durable: u64,
}

impl Growing {
    pub(crate) fn durable(length: usize) -> Growing {
        Growing { length: length as u64, durable: length as u64 }
    }

    fn is_dirty(self) -> bool {
        self.length > self.durable
    }
}

/// The writing side of the disk.
#[derive(Debug)]
pub(crate) struct Storage {
    mutant: Option<Mutant>,
    ballot: Ballot,
    votes: Growing,
    log: Growing,
    facts: Vec<Observation>,
}

impl Storage {
    pub(crate) fn new(
        mutant: Option<Mutant>,
        ballot: Ballot,
        votes: Growing,
        log: Growing,
    ) -> Storage {
        Storage { mutant, ballot, votes, log, facts: Vec::new() }
    }

    /// Appends entries to the log file, the first of them at `first`. Not durable yet.
    pub(crate) fn append(&mut self, ctx: &mut Context<'_>, first: Index, entries: &[Entry]) {
        let mut bytes = Vec::with_capacity(entries.iter().map(record_size).sum());
        for (offset, entry) in entries.iter().enumerate() {
            write_entry(&mut bytes, self.log.durable, first.plus(offset), entry);
        }
        self.log.length += bytes.len() as u64;
        ctx.append(LOG, bytes);
    }

    /// Tells a fact once all that was written before is durable.
    pub(crate) fn later(&mut self, fact: Observation) {
        self.facts.push(fact);
    }

    /// Makes durable what was written, and the term and vote if they changed.
    pub(crate) fn sync(&mut self, ctx: &mut Context<'_>, ballot: Ballot) {
        self.save_ballot(ctx, ballot);
        if self.must_sync() {
            ctx.sync();
            self.votes.durable = self.votes.length;
            self.log.durable = self.log.length;
        }
        for fact in self.facts.drain(..) {
            ctx.observe(fact);
        }
    }

    fn must_sync(&self) -> bool {
        if self.mutant == Some(Mutant::AckBeforeSync) {
            return self.votes.is_dirty();
        }
        self.log.is_dirty() || self.votes.is_dirty()
    }

    fn save_ballot(&mut self, ctx: &mut Context<'_>, ballot: Ballot) {
        if ballot == self.ballot || self.mutant == Some(Mutant::ForgetVote) {
            return;
        }
        self.ballot = ballot;
        if self.mutant == Some(Mutant::SplitVoteWrite) && ballot.vote.is_some() {
            self.write_ballot(ctx, Ballot { vote: None, ..ballot });
            ctx.sync();
            self.votes.durable = self.votes.length;
            self.write_ballot(ctx, ballot);
            self.votes.durable = self.votes.length;
        } else {
            self.write_ballot(ctx, ballot);
        }
    }

    fn write_ballot(&mut self, ctx: &mut Context<'_>, ballot: Ballot) {
        let mut bytes = Vec::new();
        if self.votes.length < VOTE_FILE_LIMIT {
            records::write(&mut bytes, self.votes.durable, &encode(&ballot));
            self.votes.length += bytes.len() as u64;
            return ctx.append(VOTE, bytes);
        }
        records::write(&mut bytes, 0, &encode(&ballot));
        self.votes = Growing { length: bytes.len() as u64, durable: 0 };
        ctx.write(VOTE_ASIDE, bytes);
        ctx.sync();
        ctx.rename(VOTE_ASIDE, VOTE);
    }

    /// Puts a snapshot, and the log that is trimmed for it, in the place of the old ones.
    pub(crate) fn save_snapshot(&mut self, ctx: &mut Context<'_>, snapshot: &Snapshot, log: &Log) {
        let bytes = log_file(log);
        self.log = Growing::durable(bytes.len());
        ctx.write(SNAPSHOT_ASIDE, snapshot_file(snapshot));
        ctx.write(LOG_ASIDE, bytes);
        ctx.sync();
        if self.mutant == Some(Mutant::SnapshotNotAtomic) {
            ctx.rename(LOG_ASIDE, LOG);
            ctx.sync();
            ctx.rename(SNAPSHOT_ASIDE, SNAPSHOT);
        } else {
            ctx.rename(SNAPSHOT_ASIDE, SNAPSHOT);
            ctx.sync();
            ctx.rename(LOG_ASIDE, LOG);
        }
        ctx.sync();
        self.votes.durable = self.votes.length;
    }
}

fn snapshot_file(snapshot: &Snapshot) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(snapshot.image.0.len() + 64);
    records::write(&mut bytes, 0, &encode(snapshot));
    bytes
}

/// Each record is a batch of its own here: the file is not seen before all of it is durable.
fn log_file(log: &Log) -> Vec<u8> {
    let first = log.anchor().at.index;
    let entries = log.behind_index(first);
    let mut bytes = Vec::with_capacity(entries.iter().map(record_size).sum());
    for (offset, entry) in entries.iter().enumerate() {
        let batch = bytes.len() as u64;
        write_entry(&mut bytes, batch, first.plus(offset + 1), entry);
    }
    bytes
}

fn write_entry(bytes: &mut Vec<u8>, batch: u64, index: Index, entry: &Entry) {
    let record = (index, entry);
    records::write(bytes, batch, &encode(&record));
}

fn record_size(entry: &Entry) -> usize {
    entry.command.0.len() + 40
}
