//! What a node does for the clients that ask it: the paper's client library.
//!
//! An operation goes from stage to stage; what its stage asks for is said again until it is
//! answered or the time is over. Who takes the mutations of a chunk is remembered until that one
//! refuses (paper §3.1); nothing else is.

mod content;
mod course;
mod wish;

use crate::message::{Answer, AsOf, Ask, Chunk, Job, Lead, Message, Outcome, Place};
use crate::node::{MASTER, Out};
use crate::settings::Settings;
use chaos_node::{Nanos, NodeId, Reply, Request, Ticket, Value};
use content::{Form, number};
use course::{Next, pushes};
use std::collections::{BTreeMap, BTreeSet};
use wish::{Part, Wish, wish};

/// So many leads are remembered.
const LEADS: usize = 256;

/// What a client wants, as far as it is known how to go on.
#[derive(Debug)]
enum Stage {
    /// The master is asked.
    Asks(Ask),
    /// The data goes to all replicas.
    Pushes { lead: Lead, waits_for: BTreeSet<NodeId> },
    /// The primary is asked to apply it.
    Mutates(Lead),
    /// The chunks are read, each from one of its replicas.
    Reads { file: u64, copy: Option<(u64, u64)>, places: Vec<Place>, got: BTreeMap<Chunk, Vec<u8>> },
}

#[derive(Debug)]
struct Pending {
    ticket: Ticket,
    path: String,
    stage: Stage,
    since: Nanos,
    /// What shall be written, chunk by chunk; nothing by most operations.
    parts: Vec<Part>,
    /// How many of them are.
    done: usize,
    /// To which file they went.
    file: Option<u64>,
    /// Whether a primary was ever asked: then something may be there, whatever it answered.
    tried: bool,
    /// As what a file's content is told.
    form: Form,
    /// Whether it changes nothing, so that it is no matter if it is given up.
    harmless: bool,
    /// The master, or its shadow, which is asked.
    whom: NodeId,
    /// As of when the shadow's answer was.
    as_of: Option<AsOf>,
}

/// The clients' operations that are under way.
#[derive(Debug)]
pub(crate) struct Clients {
    settings: Settings,
    last: u64,
    pending: BTreeMap<u64, Pending>,
    /// Who takes the mutations of a file's end, or of one of its chunks.
    leads: BTreeMap<(String, Option<u64>), Lead>,
}

impl Clients {
    pub(crate) fn new(settings: Settings) -> Clients {
        Clients { settings, last: 0, pending: BTreeMap::new(), leads: BTreeMap::new() }
    }

    pub(crate) fn request(&mut self, out: &mut Out<'_, '_>, ticket: Ticket, request: &Request) {
        let Wish { path, ask, parts, form, harmless, shadow } = match wish(request, &self.settings)
        {
            Ok(wish) => wish,
            Err(reason) => return out.ctx.reply(ticket, Reply::Fail(reason)),
        };
        let whom = match shadow {
            true => out.ctx.rng().pick(&self.settings.shadows).copied(),
            false => Some(MASTER),
        };
        let Some(whom) = whom else {
            return out.ctx.reply(ticket, Reply::Fail("there is no shadow master".to_owned()));
        };
        self.last += 1;
        let pending = Pending {
            ticket,
            path,
            stage: Stage::Asks(ask),
            since: out.now(),
            parts,
            done: 0,
            file: None,
            tried: false,
            form,
            harmless,
            whom,
            as_of: None,
        };
        self.pending.insert(self.last, pending);
        self.shorten(self.last);
        self.drive(out, self.last, false);
    }

    /// Asks the primary that is known instead of the master, if one is.
    fn shorten(&mut self, number: u64) {
        let Some(pending) = self.pending.get_mut(&number) else { return };
        let Some(known) = pending.place().and_then(|place| self.leads.get(&place)) else { return };
        if pending.file.is_none_or(|file| file == known.file) {
            pending.stage = pushes(known.clone());
        }
    }

    /// Says what the operation's stage asks for, `again` perhaps.
    fn drive(&self, out: &mut Out<'_, '_>, number: u64, again: bool) {
        let Some(pending) = self.pending.get(&number) else { return };
        let job = Job { node: out.ctx.id(), boot: out.boot, number, part: pending.done as u64 };
        let part = pending.parts.get(pending.done);
        match &pending.stage {
            Stage::Asks(ask) => out.send(pending.whom, Message::Ask { job, ask: ask.clone() }),
            // Who does not have it by now may be behind one that is gone.
            Stage::Pushes { waits_for, .. } if again => {
                for node in waits_for {
                    let bytes = part.map(|part| part.bytes.clone()).unwrap_or_default();
                    out.send(*node, Message::Push { job, bytes, rest: Vec::new() });
                }
            }
            Stage::Pushes { lead, .. } => {
                let mut chain = chain(job.node, &lead.replicas);
                let next = chain.remove(0);
                let bytes = part.map(|part| part.bytes.clone()).unwrap_or_default();
                out.send(next, Message::Push { job, bytes, rest: chain });
            }
            Stage::Mutates(Lead { chunk, version, primary, .. }) => {
                let (chunk, version) = (*chunk, *version);
                let at = part.and_then(|part| part.at).map(|(_, at)| at);
                out.send(*primary, Message::Mutate { job, chunk, version, at });
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
        | Message::Shadowed { job, .. }
        | Message::Pushed { job }
        | Message::Mutated { job, .. }
        | Message::Content { job, .. }) = &message
        else {
            return;
        };
        let (number, part) = (job.number, job.part);
        if job.boot != out.boot || job.node != out.ctx.id() {
            return;
        }
        let Some(pending) = self.pending.get_mut(&number) else { return };
        if part != pending.done as u64 {
            return;
        }
        if let Message::Answer { answer: Answer::Lead(lead), .. } = &message
            && let Some(place) = pending.place()
            && (self.leads.len() < LEADS || self.leads.contains_key(&place))
        {
            self.leads.insert(place, lead.clone());
        }
        if let Message::Mutated { outcome: Outcome::Full | Outcome::Refused, .. } = &message
            && let Some(place) = pending.place()
        {
            self.leads.remove(&place);
        }
        let ask = Stage::Asks(pending.lead(None));
        let stage = std::mem::replace(&mut pending.stage, ask);
        match pending.after(&self.settings, stage, from, message) {
            Next::Stay(stage) => pending.stage = stage,
            Next::Go(stage) => {
                pending.stage = stage;
                self.drive(out, number, false);
            }
            Next::Reply(reply) => {
                out.ctx.reply(pending.ticket, shadowed(reply, pending.as_of));
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
                    pending.stage = Stage::Mutates(lead.clone());
                    pending.tried = true;
                }
                // Or it is gone itself.
                Stage::Pushes { .. } | Stage::Mutates(_) if out.ctx.rng().chance(200_000) => {
                    if let Some(place) = pending.place() {
                        self.leads.remove(&place);
                    }
                    pending.stage = asks;
                }
                Stage::Asks(_) | Stage::Pushes { .. } | Stage::Mutates(_) => {}
            }
        }
        let numbers: Vec<u64> = self.pending.keys().copied().collect();
        numbers.into_iter().for_each(|number| self.drive(out, number, true));
    }
}

/// What a shadow master told, with its record and how many milliseconds ago that was at most.
fn shadowed(reply: Reply, as_of: Option<AsOf>) -> Reply {
    match (reply, as_of) {
        (Reply::Ok(value), Some(AsOf { position, age })) => {
            let age = age.0.div_ceil(1_000_000);
            Reply::Ok(Value::List(vec![number(position), number(age), value]))
        }
        (reply, _) => reply,
    }
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
