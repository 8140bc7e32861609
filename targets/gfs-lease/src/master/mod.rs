//! The master: who has which chunk in which version, and who holds its lease.

mod lease;
mod locks;
mod namespace;
mod oplog;
mod shadow;
mod snapshot;

use crate::message::{Answer, Ask, Chunk, Lead, Message, Place, Spot, Version};
use crate::mutant::Mutant;
use crate::node::Out;
use crate::settings::Settings;
use chaos_node::{Nanos, NodeId};
use lease::{Lease, Work};
use locks::{Locks, Mode};
pub(crate) use namespace::{Namespace, Record};
use oplog::OpLog;
pub(crate) use shadow::Shadow;
use snapshot::Revoking;
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
    locks: Locks,
    /// Snapshots that are under way.
    revoking: Vec<Revoking>,
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
            locks: Locks::default(),
            revoking: Vec::new(),
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
                    out.send(from, Message::Answer { job, answer });
                }
            }
            Message::Heartbeat { stamp, reports } => self.on_heartbeat(out, from, stamp, &reports),
            Message::Raised { chunk, version, stamp } => {
                self.on_raised(out, from, (chunk, version), stamp);
            }
            Message::Cloned { chunk, version } => self.on_cloned(out, from, chunk, version),
            Message::Follow { stamp, after } => {
                if let Some(message) = self.log.behind(stamp, after) {
                    out.send(from, message);
                }
            }
            _ => out.ctx.note("message", format!("{from} took this node for a chunkserver")),
        }
    }

    /// The answer to a client, if there is one yet: it asks again.
    fn answer(&mut self, out: &mut Out<'_, '_>, ask: Ask) -> Option<Answer> {
        if !self.may(&ask) {
            return None;
        }
        match ask {
            Ask::Create { path, session, sequence } => {
                self.once(out, &Record::Create { path, session, sequence }, session, sequence)
            }
            Ask::Delete { path, session, sequence } => {
                self.once(out, &Record::Delete { path, session, sequence }, session, sequence)
            }
            Ask::Rename { from, to, session, sequence } => {
                self.once(out, &Record::Rename { from, to, session, sequence }, session, sequence)
            }
            Ask::Stat { path } => Some(Answer::File(self.number(&path))),
            Ask::Locate { path } => Some(self.places(out.now(), &path)),
            Ask::Lead { path, spot } => self.lead(out, &path, spot),
            Ask::Snapshot { from, to, session, sequence } => {
                self.snapshot(out, (from, to), (session, sequence))
            }
        }
    }

    /// Whether the locks that it takes are free.
    fn may(&self, ask: &Ask) -> bool {
        let free = |path, mode| self.locks.is_free(path, mode);
        let free = match ask {
            Ask::Create { path, .. } | Ask::Delete { path, .. } => free(path, Mode::Write),
            Ask::Rename { from, to, .. } => free(from, Mode::Write) && free(to, Mode::Write),
            Ask::Stat { path } | Ask::Locate { path } | Ask::Lead { path, .. } => {
                free(path, Mode::Read)
            }
            Ask::Snapshot { .. } => true,
        };
        free || self.settings.has(Mutant::NoPathLocks)
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
        let careless = self.settings.has(Mutant::RenameNotOnce);
        let again = careless && matches!(record, Record::Rename { .. });
        if let Some(before) = self.log.namespace.answered(session, sequence).filter(|_| !again) {
            return before.cloned();
        }
        let path = if let Record::Delete { path, .. } = record { path } else { "" };
        let before = self.log.namespace.files.get(path).map(|file| file.chunks.clone());
        self.log.append(out.ctx, record);
        if self.settings.has(Mutant::GcCollectsLiveChunk) {
            let collected = before.unwrap_or_default();
            self.log.namespace.chunks.retain(|chunk, _| !collected.contains(chunk));
        }
        self.forget();
        self.log.namespace.answered(session, sequence)?.cloned()
    }

    /// Forgets what was going on with chunks that are of no file any more.
    fn forget(&mut self) {
        self.leases.retain(|chunk, _| self.log.namespace.chunks.contains_key(chunk));
        self.work.retain(|chunk, _| self.log.namespace.chunks.contains_key(chunk));
    }

    /// Where the chunks of a file are.
    fn places(&self, now: Nanos, path: &str) -> Answer {
        let Some(file) = self.log.namespace.files.get(path) else {
            let snapshot = self.log.namespace.snapshot_of(path);
            return snapshot.map_or(Answer::File(None), Answer::NotIn);
        };
        let place = |(index, chunk): (u64, &Chunk)| {
            let chunk = self.log.namespace.written(*chunk);
            let (version, replicas) = (self.committed(chunk), self.current(now, chunk));
            Place { index, chunk, version, replicas }
        };
        // Nobody has a chunk yet whose first version is not committed.
        let places = (0..).zip(&file.chunks).map(place).filter(|place| place.version > Version(0));
        Answer::Places { file: file.number, copy: file.copy, places: places.collect() }
    }

    /// Who takes mutations of the file's chunk; if nobody does, somebody will.
    fn lead(&mut self, out: &mut Out<'_, '_>, path: &str, spot: Spot) -> Option<Answer> {
        let Some(file) = self.log.namespace.files.get(path) else {
            return Some(Answer::File(None));
        };
        let (number, chunks) = (file.number, file.chunks.len() as u64);
        let index = match spot {
            Spot::Index(index) => index,
            Spot::End { full } if full == Some((number, chunks.saturating_sub(1))) => chunks,
            Spot::End { .. } => chunks.saturating_sub(1),
        };
        for _ in chunks..=index {
            self.log.append(out.ctx, &Record::Extend { path: path.to_owned() });
        }
        let chunk = self.own_chunk(out, path, index)?;
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

    /// The file's chunk, in a copy of its own if another file has the same (paper §3.4).
    fn own_chunk(&mut self, out: &mut Out<'_, '_>, path: &str, index: u64) -> Option<Chunk> {
        let place = usize::try_from(index).ok()?;
        let chunk = *self.log.namespace.files.get(path)?.chunks.get(place)?;
        if self.log.namespace.is_shared(chunk) && !self.settings.has(Mutant::SnapshotInPlace) {
            self.log.append(out.ctx, &Record::Fork { path: path.to_owned(), index });
        }
        self.log.namespace.files.get(path)?.chunks.get(place).copied()
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
