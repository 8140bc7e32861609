//! What nodes say to each other.

mod words;

use crate::master::{Namespace, Record};
use chaos_node::{Nanos, NodeId, decode};
use serde::{Deserialize, Serialize};

/// A chunk's handle: never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Chunk(pub(crate) u64);

/// A chunk's version, raised before every grant of a lease; 0 before the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Version(pub(crate) u64);

/// The place of a mutation in the order that the primary gave: 1, 2, … within a version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Serial(pub(crate) u64);

/// The instant, by its own clock, of a node in the life that its start number tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Stamp {
    pub(crate) boot: u64,
    pub(crate) clock: Nanos,
}

/// An operation of a client that a node works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Job {
    pub(crate) node: NodeId,
    pub(crate) boot: u64,
    pub(crate) number: u64,
    /// Which chunk's part of it, where it takes several.
    pub(crate) part: u64,
}

/// What the master knows of one chunk that can be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    /// Which of the file's chunks it is.
    pub(crate) index: u64,
    pub(crate) chunk: Chunk,
    pub(crate) version: Version,
    pub(crate) replicas: Vec<NodeId>,
}

/// Who takes mutations of a chunk of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Lead {
    pub(crate) file: u64,
    /// Which of the file's chunks it is.
    pub(crate) index: u64,
    pub(crate) chunk: Chunk,
    pub(crate) version: Version,
    pub(crate) primary: NodeId,
    pub(crate) replicas: Vec<NodeId>,
}

/// What the master is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Ask {
    Create {
        path: String,
        session: u64,
        sequence: u64,
    },
    Delete {
        path: String,
        session: u64,
        sequence: u64,
    },
    /// Give a file another name, if nobody has that.
    Rename {
        from: String,
        to: String,
        session: u64,
        sequence: u64,
    },
    Stat {
        path: String,
    },
    /// Where the chunks of a file are.
    Locate {
        path: String,
    },
    /// Who takes mutations of a file.
    Lead {
        path: String,
        spot: Spot,
    },
    /// Copy all files of one directory to another, which has nothing else then.
    Snapshot {
        from: String,
        to: String,
        session: u64,
        sequence: u64,
    },
}

/// Of which of a file's chunks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Spot {
    /// The last; a new one is there if this one, which is full, was the last: a file's number and a
    /// place in it.
    End { full: Option<(u64, u64)> },
    /// This one; it is there from then on, and all before it.
    Index(u64),
}

/// What it answers. A file is told by its number, which is never used twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Answer {
    /// The file was made; nothing if there was one.
    Created(Option<u64>),
    /// Whether there was one to delete.
    Deleted(bool),
    /// Whether the file has the other name now.
    Renamed(bool),
    File(Option<u64>),
    Places {
        file: u64,
        /// Of which snapshot it is a part, and the number of the file that it copies.
        copy: Option<(u64, u64)>,
        places: Vec<Place>,
    },
    /// There is no such file in this snapshot.
    NotIn(u64),
    Lead(Lead),
    /// The snapshot's number.
    Snapshot(u64),
}

/// As of when the answer of a shadow master is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AsOf {
    /// The last record of the operation log that it has.
    pub(crate) position: u64,
    /// It has all records that were durable so long ago.
    pub(crate) age: Nanos,
}

/// A change of a chunk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Change {
    /// The bytes that were pushed for this job.
    Data(Job),
    /// Zeros up to the chunk's end.
    Padding,
}

/// What the primary has all replicas do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) chunk: Chunk,
    pub(crate) version: Version,
    pub(crate) serial: Serial,
    pub(crate) offset: u64,
    pub(crate) change: Change,
}

/// How a mutation ended at the primary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Outcome {
    /// All replicas have it at this offset of the chunk.
    At(u64),
    /// The chunk has no room for the record.
    Full,
    /// Not here, or not by all.
    Refused,
}

/// A replica as its chunkserver reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Report {
    pub(crate) chunk: Chunk,
    pub(crate) version: Version,
    /// Whether a lease of this version was given back.
    pub(crate) released: bool,
}

/// A lease.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Grant {
    pub(crate) chunk: Chunk,
    pub(crate) version: Version,
    /// All replicas, the holder among them.
    pub(crate) replicas: Vec<NodeId>,
}

/// A message between nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Message {
    Ask {
        job: Job,
        ask: Ask,
    },
    Answer {
        job: Job,
        answer: Answer,
    },
    /// The same, by a shadow master.
    Shadowed {
        job: Job,
        as_of: AsOf,
        answer: Answer,
    },
    /// Keep these bytes and send them on to the rest.
    Push {
        job: Job,
        bytes: Vec<u8>,
        rest: Vec<NodeId>,
    },
    Pushed {
        job: Job,
    },
    /// To the primary: put there what was pushed, or append it.
    Mutate {
        job: Job,
        chunk: Chunk,
        version: Version,
        at: Option<u64>,
    },
    Mutated {
        job: Job,
        chunk: Chunk,
        version: Version,
        outcome: Outcome,
    },
    Order(Order),
    Ordered {
        chunk: Chunk,
        version: Version,
        serial: Serial,
        applied: bool,
    },
    Read {
        job: Job,
        chunk: Chunk,
        version: Version,
    },
    Content {
        job: Job,
        chunk: Chunk,
        bytes: Vec<u8>,
    },
    Heartbeat {
        stamp: Stamp,
        reports: Vec<Report>,
    },
    /// To a heartbeat: these leases go on, these replicas are stale or of nobody.
    Alive {
        stamp: Stamp,
        grants: Vec<Grant>,
        drop: Vec<(Chunk, Version)>,
    },
    /// Who has the chunk in this version at least (version 0: not at all) has it in that one now. Who
    /// does not have it copies it from its own replica of another, if that is of such a version.
    Raise {
        chunk: Chunk,
        from: Version,
        to: Version,
        origin: Option<(Chunk, Version)>,
    },
    Raised {
        chunk: Chunk,
        version: Version,
        stamp: Stamp,
    },
    Grant {
        stamp: Stamp,
        grant: Grant,
    },
    /// The lease is over, whatever was granted.
    Revoke {
        chunk: Chunk,
        version: Version,
    },
    /// To a chunkserver without a good replica: get one from there.
    Clone {
        chunk: Chunk,
        version: Version,
        source: NodeId,
    },
    Cloned {
        chunk: Chunk,
        version: Version,
    },
    Fetch {
        chunk: Chunk,
        version: Version,
    },
    Copy {
        chunk: Chunk,
        version: Version,
        bytes: Vec<u8>,
    },
    /// From a shadow master: what is in the operation log behind this record?
    Follow {
        stamp: Stamp,
        after: u64,
    },
    /// The records behind that one; with a stamp, all that were durable when it was answered.
    Log {
        stamp: Option<Stamp>,
        after: u64,
        records: Vec<Record>,
    },
    /// The state behind this record, for a shadow master that is too far behind.
    Image {
        stamp: Stamp,
        last: u64,
        namespace: Namespace,
    },
}

impl Message {
    /// The message that the bytes are, if they are one.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Message> {
        decode(bytes).ok()
    }
}
