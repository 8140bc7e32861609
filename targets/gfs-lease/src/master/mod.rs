//! The master: who has which chunk in which version, and who holds its lease.

mod lease;
mod namespace;
mod oplog;

use crate::message::{Answer, Ask, Chunk, Job, Lead, Message, Place, Version};
use crate::mutant::Mutant;
use crate::node::Out;
use crate::settings::Settings;
use chaos_node::{Nanos, NodeId};
use lease::{Lease, Work};
use namespace::Record;
use oplog::OpLog;
use std::collections::BTreeMap;

/// A chunkserver, as its last heartbeat told.
#[derive(Debug)]
pub(crate) struct ServerState {
    boot: u64,
    clock: Nanos,
    heard: Nanos,
    chunks: BTreeMap<Chunk, Version>,
}

/// The master.
#[derive(Debug)]
pub(crate) struct Master {
    settings: Settings,
    log: OpLog,
    servers: BTreeMap<NodeId, ServerState>,
    leases: BTreeMap<Chunk, Lease>,
    work: BTreeMap<Chunk, Work>,
    /// Leases of an earlier life may be valid until then.
    quiet: Nanos,
}

impl Master {
    pub(crate) fn new(settings: Settings) -> Master {
        Master {
            log: OpLog::new(&settings),
            servers: BTreeMap::new(),
            leases: BTreeMap::new(),
            work: BTreeMap::new(),
            quiet: Nanos::ZERO,
            settings,
        }
    }

    pub(crate) fn start(&mut self, out: &mut Out<'_, '_>) {
        self.log.recover(out.ctx);
        if out.boot > 1 {
            self.quiet = out.now() + self.settings.granted();
        }
    }

    pub(crate) fn hear(&mut self, out: &mut Out<'_, '_>, from: NodeId, message: Message) {
        match message {
            Message::Ask { job, ask } => {
                if let Some(answer) = self.answer(out, ask) {
                    out.send(from, Message::Answer { job: Job { ..job }, answer });
                }
            }
            Message::Heartbeat { stamp, reports } => self.on_heartbeat(out, from, stamp, &reports),
            Message::Raised { chunk, version, stamp } => {
                self.on_raised(out, from, (chunk, version), stamp);
            }
            Message::Cloned { chunk, version } => self.on_cloned(out, from, chunk, version),
            _ => out.ctx.note("message", format!("{from} took this node for a chunkserver")),
        }
    }

    /// The answer to a client, if there is one yet: it asks again.
    fn answer(&mut self, out: &mut Out<'_, '_>, ask: Ask) -> Option<Answer> {
        match ask {
            Ask::Create { path, session, sequence } => {
                self.once(out, &Record::Create { path, session, sequence }, session, sequence)
            }
            Ask::Delete { path, session, sequence } => {
                self.once(out, &Record::Delete { path, session, sequence }, session, sequence)
            }
            Ask::Stat { path } => Some(Answer::File(self.number(&path))),
            Ask::Locate { path } => Some(self.places(out.now(), &path)),
            Ask::Lead { path, full } => self.lead(out, &path, full),
        }
    }

    fn number(&self, path: &str) -> Option<u64> {
        self.log.namespace.files.get(path).map(|file| file.number)
    }

    /// Does an operation, once however often it is asked for.
    fn once(
        &mut self,
        out: &mut Out<'_, '_>,
        record: &Record,
        session: u64,
        sequence: u64,
    ) -> Option<Answer> {
        if let Some(before) = self.log.namespace.answered(session, sequence) {
            return before.cloned();
        }
        self.log.append(out.ctx, record);
        self.leases.retain(|chunk, _| self.log.namespace.chunks.contains_key(chunk));
        self.work.retain(|chunk, _| self.log.namespace.chunks.contains_key(chunk));
        self.log.namespace.answered(session, sequence)?.cloned()
    }

    /// Where the chunks of a file are.
    fn places(&self, now: Nanos, path: &str) -> Answer {
        let Some(file) = self.log.namespace.files.get(path) else {
            return Answer::File(None);
        };
        let place = |(index, chunk): (u64, &Chunk)| Place {
            index,
            chunk: *chunk,
            version: self.committed(*chunk),
            replicas: self.current(now, *chunk),
        };
        // Nobody has a chunk yet whose first version is not committed.
        let places = (0..).zip(&file.chunks).map(place).filter(|place| place.version > Version(0));
        Answer::Places { file: file.number, places: places.collect() }
    }

    /// Who takes appends to the file's last chunk; if nobody does, somebody will.
    fn lead(
        &mut self,
        out: &mut Out<'_, '_>,
        path: &str,
        full: Option<(u64, u64)>,
    ) -> Option<Answer> {
        let Some(file) = self.log.namespace.files.get(path) else {
            return Some(Answer::File(None));
        };
        let (number, chunks) = (file.number, file.chunks.len() as u64);
        if chunks == 0 || full == Some((number, chunks - 1)) {
            self.log.append(out.ctx, &Record::Extend { path: path.to_owned() });
        }
        let file = self.log.namespace.files.get(path)?;
        let (chunk, index) = (*file.chunks.last()?, file.chunks.len() as u64 - 1);
        let Some(lease) = self.lease(out.now(), chunk) else {
            self.renew(out, chunk);
            return None;
        };
        Some(Answer::Lead(Lead {
            file: number,
            index,
            chunk,
            version: lease.version,
            primary: lease.holder,
            replicas: lease.replicas.clone(),
        }))
    }

    fn committed(&self, chunk: Chunk) -> Version {
        self.log.namespace.chunks.get(&chunk).map(|v| v.committed).unwrap_or_default()
    }

    /// The chunkservers that were heard of lately.
    fn live(&self, now: Nanos) -> impl Iterator<Item = NodeId> {
        let since = now.saturating_sub(self.settings.patience + self.settings.heartbeat);
        self.servers.iter().filter(move |(_, s)| s.heard >= since).map(|(node, _)| *node)
    }

    /// The live chunkservers with a replica that is not stale.
    fn current(&self, now: Nanos, chunk: Chunk) -> Vec<NodeId> {
        let committed = self.committed(chunk);
        let current = |node: &NodeId| match self.version(*node, chunk) {
            Some(version) => version >= committed || self.settings.has(Mutant::StaleReplicaRead),
            None => false,
        };
        self.live(now).filter(current).collect()
    }

    fn version(&self, node: NodeId, chunk: Chunk) -> Option<Version> {
        self.servers.get(&node)?.chunks.get(&chunk).copied()
    }
}
