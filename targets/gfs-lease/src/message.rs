//! What nodes say to each other.

use chaos_node::{Nanos, NodeId, decode};
use serde::{Deserialize, Serialize};
use std::fmt;

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

/// Who takes mutations of the last chunk of a file.
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
    Stat {
        path: String,
    },
    /// Where the chunks of a file are.
    Locate {
        path: String,
    },
    /// Who takes appends to a file; a new chunk is there if this one, which is full, was the last:
    /// a file's number and a place in it.
    Lead {
        path: String,
        full: Option<(u64, u64)>,
    },
}

/// What it answers. A file is told by its number, which is never used twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Answer {
    /// The file was made; nothing if there was one.
    Created(Option<u64>),
    /// Whether there was one to delete.
    Deleted(bool),
    File(Option<u64>),
    Places {
        file: u64,
        places: Vec<Place>,
    },
    Lead(Lead),
}

/// A change of a chunk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Change {
    /// The record that was pushed for this job, framed.
    Record(Job),
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

/// How an append ended at the primary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Appended {
    /// All replicas have it at this offset of the chunk.
    At(u64),
    /// The chunk has no room.
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
    /// Keep these bytes and send them on to the rest.
    Push {
        job: Job,
        bytes: Vec<u8>,
        rest: Vec<NodeId>,
    },
    Pushed {
        job: Job,
    },
    /// To the primary: append what was pushed.
    Append {
        job: Job,
        chunk: Chunk,
        version: Version,
    },
    Appended {
        job: Job,
        chunk: Chunk,
        version: Version,
        outcome: Appended,
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
    /// Who has the chunk in this version at least (version 0: not at all) has it in that one now.
    Raise {
        chunk: Chunk,
        from: Version,
        to: Version,
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
}

impl Message {
    /// The message that the bytes are, if they are one.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Message> {
        decode(bytes).ok()
    }
}

impl fmt::Display for Chunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "c{}", self.0)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}", self.0)
    }
}

impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.node, self.number)
    }
}

/// Nodes in a row: `n2 n3`.
struct Row<'a>(&'a [NodeId]);

impl fmt::Display for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&names.join(" "))
    }
}

impl fmt::Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ask::Create { path, .. } => write!(f, "create {path}"),
            Ask::Delete { path, .. } => write!(f, "delete {path}"),
            Ask::Stat { path } => write!(f, "stat {path}"),
            Ask::Locate { path } => write!(f, "locate {path}"),
            Ask::Lead { path, full: None } => write!(f, "lead {path}"),
            Ask::Lead { path, full: Some((_, index)) } => {
                write!(f, "lead {path}, #{index} is full")
            }
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Answer::Created(file) => write!(f, "created {file:?}"),
            Answer::Deleted(was) => write!(f, "deleted {was}"),
            Answer::File(file) => write!(f, "file {file:?}"),
            Answer::Places { file, places } => {
                write!(f, "file {file}:")?;
                places.iter().try_for_each(|place| {
                    write!(f, " {}@{} [{}]", place.chunk, place.version, Row(&place.replicas))
                })
            }
            Answer::Lead(Lead { chunk, version, primary, replicas, .. }) => {
                write!(f, "{chunk}@{version} primary {primary} [{}]", Row(replicas))
            }
        }
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{} [{}]", self.chunk, self.version, Row(&self.replicas))
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Message::Ask { job, ask } => write!(f, "Ask {job} {ask}"),
            Message::Answer { job, answer } => write!(f, "Answer {job} {answer}"),
            Message::Push { job, rest, .. } => write!(f, "Push {job} [{}]", Row(rest)),
            Message::Pushed { job } => write!(f, "Pushed {job}"),
            Message::Append { job, chunk, version } => write!(f, "Append {job} {chunk}@{version}"),
            Message::Appended { job, chunk, outcome, .. } => {
                write!(f, "Appended {job} {chunk} {outcome:?}")
            }
            Message::Order(Order { chunk, version, serial, offset, change }) => {
                let what = match change {
                    Change::Record(job) => job.to_string(),
                    Change::Padding => "padding".to_owned(),
                };
                write!(f, "Order {chunk}@{version} #{} at {offset}: {what}", serial.0)
            }
            Message::Ordered { chunk, version, serial, applied } => {
                write!(f, "Ordered {chunk}@{version} #{} {applied}", serial.0)
            }
            Message::Read { job, chunk, version } => write!(f, "Read {job} {chunk}@{version}"),
            Message::Content { job, chunk, bytes } => {
                write!(f, "Content {job} {chunk} {} bytes", bytes.len())
            }
            Message::Heartbeat { reports, .. } => {
                write!(f, "Heartbeat")?;
                reports.iter().try_for_each(|r| write!(f, " {}@{}", r.chunk, r.version))
            }
            Message::Alive { grants, drop, .. } => {
                write!(f, "Alive")?;
                grants.iter().try_for_each(|grant| write!(f, " {grant}"))?;
                drop.iter().try_for_each(|(chunk, version)| write!(f, " drop {chunk}@{version}"))
            }
            Message::Raise { chunk, from, to } => write!(f, "Raise {chunk} {from} to {to}"),
            Message::Raised { chunk, version, .. } => write!(f, "Raised {chunk}@{version}"),
            Message::Grant { grant, .. } => write!(f, "Grant {grant}"),
            Message::Clone { chunk, version, source } => {
                write!(f, "Clone {chunk}@{version} from {source}")
            }
            Message::Cloned { chunk, version } => write!(f, "Cloned {chunk}@{version}"),
            Message::Fetch { chunk, version } => write!(f, "Fetch {chunk}@{version}"),
            Message::Copy { chunk, version, bytes } => {
                write!(f, "Copy {chunk}@{version} {} bytes", bytes.len())
            }
        }
    }
}
