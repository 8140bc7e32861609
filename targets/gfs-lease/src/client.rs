//! What a node does for the clients that ask it: the paper's client library.
//!
//! An operation goes from stage to stage; what its stage asks for is said again until it is
//! answered or the time is over. Nothing is cached from one operation to the next.

use crate::message::{Answer, Appended, Ask, Chunk, Job, Lead, Message, Place};
use crate::node::{MASTER, Out};
use crate::record;
use crate::settings::Settings;
use chaos_node::{Nanos, NodeId, Op, Reply, Request, Ticket, Value};
use std::collections::{BTreeMap, BTreeSet};

/// What a client wants, as far as it is known how to go on.
#[derive(Debug)]
enum Stage {
    /// The master is asked.
    Asks(Ask),
    /// The record goes to all replicas.
    Pushes { lead: Lead, waits_for: BTreeSet<NodeId> },
    /// The primary is asked to append it.
    Appends(Lead),
    /// The chunks are read, each from one of its replicas.
    Reads { file: u64, places: Vec<Place>, got: BTreeMap<Chunk, Vec<u8>> },
}

#[derive(Debug)]
struct Pending {
    ticket: Ticket,
    path: String,
    stage: Stage,
    since: Nanos,
    /// The record to append, framed; for other operations nothing.
    record: Option<Vec<u8>>,
    /// Whether it changes nothing, so that it is no matter if it is given up.
    harmless: bool,
}

/// The clients' operations that are under way.
#[derive(Debug)]
pub(crate) struct Clients {
    settings: Settings,
    last: u64,
    pending: BTreeMap<u64, Pending>,
}

impl Clients {
    pub(crate) fn new(settings: Settings) -> Clients {
        Clients { settings, last: 0, pending: BTreeMap::new() }
    }

    pub(crate) fn request(&mut self, out: &mut Out<'_, '_>, ticket: Ticket, request: Request) {
        let Request { session, sequence, op } = request;
        let (stage, path) = match first_stage(&op, session, sequence) {
            Ok(begun) => begun,
            Err(reason) => return out.ctx.reply(ticket, Reply::Fail(reason)),
        };
        let record = match (op.f.as_str(), op.value.as_text()) {
            ("append", Some(text)) => match record::frame(text.as_bytes()) {
                Some(framed) if framed.len() <= self.settings.chunk_size => Some(framed),
                Some(_) | None => {
                    let reason = format!("a record has {} bytes at most", record::MOST);
                    return out.ctx.reply(ticket, Reply::Fail(reason));
                }
            },
            _ => None,
        };
        self.last += 1;
        let harmless = matches!(op.f.as_str(), "read" | "stat");
        let pending = Pending { ticket, path, stage, since: out.now(), record, harmless };
        self.pending.insert(self.last, pending);
        self.drive(out, self.last, false);
    }

    /// Says what the operation's stage asks for, `again` perhaps.
    fn drive(&self, out: &mut Out<'_, '_>, number: u64, again: bool) {
        let job = Job { node: out.ctx.id(), boot: out.boot, number };
        let Some(pending) = self.pending.get(&number) else { return };
        match &pending.stage {
            Stage::Asks(ask) => out.send(MASTER, Message::Ask { job, ask: ask.clone() }),
            // Who does not have it by now may be behind one that is gone.
            Stage::Pushes { waits_for, .. } if again => {
                for node in waits_for {
                    let (bytes, rest) = (pending.record.clone().unwrap_or_default(), Vec::new());
                    out.send(*node, Message::Push { job, bytes, rest });
                }
            }
            Stage::Pushes { lead, .. } => {
                let mut chain = chain(job.node, &lead.replicas);
                let next = chain.remove(0);
                let bytes = pending.record.clone().unwrap_or_default();
                out.send(next, Message::Push { job, bytes, rest: chain });
            }
            Stage::Appends(Lead { chunk, version, primary, .. }) => {
                out.send(*primary, Message::Append { job, chunk: *chunk, version: *version });
            }
            Stage::Reads { places, got, .. } => {
                for place in places.iter().filter(|place| !got.contains_key(&place.chunk)) {
                    if let Some(replica) = out.ctx.rng().pick(&place.replicas).copied() {
                        let (chunk, version) = (place.chunk, place.version);
                        out.send(replica, Message::Read { job, chunk, version });
                    }
                }
            }
        }
    }

    pub(crate) fn hear(&mut self, out: &mut Out<'_, '_>, from: NodeId, message: Message) {
        let (Message::Answer { job, .. }
        | Message::Pushed { job }
        | Message::Appended { job, .. }
        | Message::Content { job, .. }) = &message
        else {
            return;
        };
        let number = job.number;
        if job.boot != out.boot || job.node != out.ctx.id() {
            return;
        }
        let Some(pending) = self.pending.get_mut(&number) else { return };
        let ask = Stage::Asks(pending.lead(None));
        let stage = std::mem::replace(&mut pending.stage, ask);
        match pending.after(stage, from, message) {
            Next::Stay(stage) => pending.stage = stage,
            Next::Go(stage) => {
                pending.stage = stage;
                self.drive(out, number, false);
            }
            Next::Reply(reply) => {
                out.ctx.reply(pending.ticket, reply);
                self.pending.remove(&number);
            }
        }
    }

    /// Goes on with what was not answered, and gives up what took too long.
    pub(crate) fn retry(&mut self, out: &mut Out<'_, '_>) {
        let then = out.now().saturating_sub(self.settings.timeout);
        let late = |pending: &Pending| pending.since < then;
        self.pending.retain(|_, pending| {
            if late(pending) {
                let reply = match pending.harmless {
                    true => Reply::Redirect(None),
                    false => Reply::Info("no answer in time".to_owned()),
                };
                out.ctx.reply(pending.ticket, reply);
            }
            !late(pending)
        });
        for pending in self.pending.values_mut() {
            let asks = Stage::Asks(pending.lead(None));
            let patience = pending.since < out.now().saturating_sub(self.settings.patience);
            match &pending.stage {
                Stage::Reads { .. } => {
                    pending.stage = Stage::Asks(Ask::Locate { path: pending.path.clone() });
                }
                // The primary finds out whether a replica is gone.
                Stage::Pushes { lead, waits_for }
                    if patience && !waits_for.contains(&lead.primary) =>
                {
                    pending.stage = Stage::Appends(lead.clone());
                }
                // Or it is gone itself.
                Stage::Pushes { .. } | Stage::Appends(_) if out.ctx.rng().chance(200_000) => {
                    pending.stage = asks;
                }
                Stage::Asks(_) | Stage::Pushes { .. } | Stage::Appends(_) => {}
            }
        }
        let numbers: Vec<u64> = self.pending.keys().copied().collect();
        numbers.into_iter().for_each(|number| self.drive(out, number, true));
    }
}

/// How an operation goes on.
enum Next {
    Stay(Stage),
    Go(Stage),
    Reply(Reply),
}

impl Pending {
    fn lead(&self, full: Option<(u64, u64)>) -> Ask {
        Ask::Lead { path: self.path.clone(), full }
    }

    fn after(&self, stage: Stage, from: NodeId, message: Message) -> Next {
        match (stage, message) {
            (Stage::Asks(ask), Message::Answer { answer, .. }) => self.answered(ask, answer),
            (Stage::Pushes { lead, mut waits_for }, Message::Pushed { .. }) => {
                waits_for.remove(&from);
                match waits_for.is_empty() {
                    true => Next::Go(Stage::Appends(lead)),
                    false => Next::Stay(Stage::Pushes { lead, waits_for }),
                }
            }
            (Stage::Appends(lead), Message::Appended { chunk, version, outcome, .. })
                if (chunk, version) == (lead.chunk, lead.version) =>
            {
                self.appended(&lead, outcome)
            }
            (Stage::Reads { file, places, mut got }, Message::Content { chunk, bytes, .. }) => {
                if places.iter().any(|place| place.chunk == chunk) {
                    got.insert(chunk, bytes);
                }
                match got.len() == places.len() {
                    true => Next::Reply(content(file, &places, &got)),
                    false => Next::Stay(Stage::Reads { file, places, got }),
                }
            }
            (stage, _) => Next::Stay(stage),
        }
    }

    fn answered(&self, ask: Ask, answer: Answer) -> Next {
        match (&ask, answer) {
            (Ask::Create { .. }, Answer::Created(file)) => {
                Next::Reply(Reply::Ok(file.map_or(Value::Bool(false), number)))
            }
            (Ask::Delete { .. }, Answer::Deleted(was)) => Next::Reply(Reply::Ok(Value::Bool(was))),
            (Ask::Stat { .. }, Answer::File(file)) => {
                Next::Reply(Reply::Ok(file.map_or(Value::Nil, number)))
            }
            (Ask::Locate { .. }, Answer::File(None)) => Next::Reply(Reply::Ok(Value::Nil)),
            (Ask::Locate { .. }, Answer::Places { file, places }) if places.is_empty() => {
                Next::Reply(content(file, &places, &BTreeMap::new()))
            }
            (Ask::Locate { .. }, Answer::Places { file, places }) => {
                Next::Go(Stage::Reads { file, places, got: BTreeMap::new() })
            }
            (Ask::Lead { .. }, Answer::File(None)) => {
                Next::Reply(Reply::Fail("no such file".to_owned()))
            }
            (Ask::Lead { .. }, Answer::Lead(lead)) => {
                let waits_for = lead.replicas.iter().copied().collect();
                Next::Go(Stage::Pushes { lead, waits_for })
            }
            _ => Next::Stay(Stage::Asks(ask)),
        }
    }

    fn appended(&self, lead: &Lead, outcome: Appended) -> Next {
        match outcome {
            Appended::At(offset) => {
                let place = [lead.index, offset].map(number);
                let answer = [vec![number(lead.file)], place.to_vec()].concat();
                Next::Reply(Reply::Ok(Value::List(answer)))
            }
            Appended::Full => Next::Go(Stage::Asks(self.lead(Some((lead.file, lead.index))))),
            Appended::Refused => Next::Stay(Stage::Asks(self.lead(None))),
        }
    }
}

fn first_stage(op: &Op, session: u64, sequence: u64) -> Result<(Stage, String), String> {
    let Some(key) = op.key.as_text() else {
        return Err("the name of a file is a text".to_owned());
    };
    let path = key.to_owned();
    let ask = match op.f.as_str() {
        "create" => Ask::Create { path, session, sequence },
        "delete" => Ask::Delete { path, session, sequence },
        "stat" => Ask::Stat { path },
        "append" => Ask::Lead { path, full: None },
        "read" => Ask::Locate { path },
        f => return Err(format!("unknown function `{f}`")),
    };
    Ok((Stage::Asks(ask), key.to_owned()))
}

/// The way that data takes: always to the nearest that does not have it; nearness is told by the
/// nodes' numbers, as the paper tells it by addresses (§3.2).
fn chain(from: NodeId, replicas: &[NodeId]) -> Vec<NodeId> {
    let (mut at, mut left, mut chain) = (from, replicas.to_vec(), Vec::new());
    while let Some(next) = left.iter().copied().min_by_key(|node| node.0.abs_diff(at.0)) {
        left.retain(|node| *node != next);
        chain.push(next);
        at = next;
    }
    chain
}

/// A file's records: its number, and of each record the chunk's place, the offset and the text.
fn content(file: u64, places: &[Place], got: &BTreeMap<Chunk, Vec<u8>>) -> Reply {
    let mut records = Vec::new();
    for place in places {
        let bytes = got.get(&place.chunk).map(Vec::as_slice).unwrap_or_default();
        for (offset, text) in record::scan(bytes) {
            let text = Value::Text(String::from_utf8_lossy(text).into_owned());
            records.push(Value::List(vec![number(place.index), number(offset as u64), text]));
        }
    }
    Reply::Ok(Value::List(vec![number(file), Value::List(records)]))
}

fn number(number: u64) -> Value {
    Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
}
