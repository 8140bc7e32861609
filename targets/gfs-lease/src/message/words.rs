//! Messages in words, for traces and golden scripts.

use super::{Answer, Ask, Change, Chunk, Grant, Job, Lead, Message, Order, Spot, Version};
use chaos_node::NodeId;
use std::fmt;

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
        write!(f, "{}.{}", self.node, self.number)?;
        match self.part {
            0 => Ok(()),
            part => write!(f, "/{part}"),
        }
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
            Ask::Rename { from, to, .. } => write!(f, "rename {from} {to}"),
            Ask::Stat { path } => write!(f, "stat {path}"),
            Ask::Locate { path } => write!(f, "locate {path}"),
            Ask::Lead { path, spot: Spot::End { full: None } } => write!(f, "lead {path}"),
            Ask::Lead { path, spot: Spot::End { full: Some((_, index)) } } => {
                write!(f, "lead {path}, #{index} is full")
            }
            Ask::Lead { path, spot: Spot::Index(index) } => write!(f, "lead {path} #{index}"),
            Ask::Snapshot { from, to, .. } => write!(f, "snapshot {from} {to}"),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Answer::Created(file) => write!(f, "created {file:?}"),
            Answer::Deleted(was) => write!(f, "deleted {was}"),
            Answer::Renamed(was) => write!(f, "renamed {was}"),
            Answer::File(file) => write!(f, "file {file:?}"),
            Answer::Places { file, places, .. } => {
                write!(f, "file {file}:")?;
                places.iter().try_for_each(|place| {
                    write!(f, " {}@{} [{}]", place.chunk, place.version, Row(&place.replicas))
                })
            }
            Answer::NotIn(snapshot) => write!(f, "not in snapshot {snapshot}"),
            Answer::Snapshot(snapshot) => write!(f, "snapshot {snapshot}"),
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
            Message::Shadowed { job, as_of, answer } => {
                write!(f, "Shadowed {job} as of record {}: {answer}", as_of.position)
            }
            Message::Push { job, rest, .. } => write!(f, "Push {job} [{}]", Row(rest)),
            Message::Pushed { job } => write!(f, "Pushed {job}"),
            Message::Mutate { job, chunk, version, at: None } => {
                write!(f, "Append {job} {chunk}@{version}")
            }
            Message::Mutate { job, chunk, version, at: Some(at) } => {
                write!(f, "Write {job} {chunk}@{version} at {at}")
            }
            Message::Mutated { job, chunk, outcome, .. } => {
                write!(f, "Mutated {job} {chunk} {outcome:?}")
            }
            Message::Order(Order { chunk, version, serial, offset, change }) => {
                let what = match change {
                    Change::Data(job) => job.to_string(),
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
            Message::Raise { chunk, to, origin: Some((origin, from)), .. } => {
                write!(f, "Raise {chunk} to {to}, a copy of {origin}@{from}")
            }
            Message::Raise { chunk, from, to, .. } => write!(f, "Raise {chunk} {from} to {to}"),
            Message::Revoke { chunk, version } => write!(f, "Revoke {chunk}@{version}"),
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
            Message::Follow { after, .. } => write!(f, "Follow behind {after}"),
            Message::Log { after, records, .. } => {
                write!(f, "Log behind {after}: {} records", records.len())
            }
            Message::Image { last, .. } => write!(f, "Image of record {last}"),
        }
    }
}
