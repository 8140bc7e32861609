//! A chunkserver: replicas, and what is pushed to it.

mod primary;
mod replica;
mod secondary;

use crate::message::{Chunk, Grant, Job, Message, Order, Report, Serial, Stamp, Version};
use crate::mutant::Mutant;
use crate::node::{MASTER, Out};
use crate::record::crc32;
use crate::settings::Settings;
use chaos_node::{LeaseFact, Nanos, NodeId, Observation};
use primary::Primary;
use replica::Replica;
use std::collections::BTreeMap;

/// So many pushed pieces are kept; of more, those of the oldest jobs go.
const PUSHED: usize = 256;

/// A replica with what a crash forgets.
#[derive(Debug)]
struct Kept {
    replica: Replica,
    /// When this life first had the version, by its own clock.
    since: Nanos,
    /// Orders whose turn has not come.
    early: BTreeMap<Serial, (NodeId, Order)>,
    primary: Option<Primary>,
    /// A lease of this version was given back.
    released: bool,
}

impl Kept {
    fn new(replica: Replica, since: Nanos) -> Kept {
        Kept { replica, since, early: BTreeMap::new(), primary: None, released: false }
    }
}

/// A chunkserver.
#[derive(Debug)]
pub(crate) struct Chunkserver {
    settings: Settings,
    chunks: BTreeMap<Chunk, Kept>,
    /// What the disk had that could not be understood when this life began.
    unread: Vec<Chunk>,
    /// What was pushed.
    pushed: BTreeMap<Job, Vec<u8>>,
}

impl Chunkserver {
    pub(crate) fn new(settings: Settings) -> Chunkserver {
        Chunkserver {
            settings,
            chunks: BTreeMap::new(),
            unread: Vec::new(),
            pushed: BTreeMap::new(),
        }
    }

    pub(crate) fn start(&mut self, out: &mut Out<'_, '_>) {
        self.unread = self.load(out, Replica::stored(out.ctx));
        self.beat(out);
    }

    /// Takes up what the disk has of these chunks; those of which it has nothing sound.
    fn load(&mut self, out: &Out<'_, '_>, chunks: Vec<Chunk>) -> Vec<Chunk> {
        let mut unread = Vec::new();
        for chunk in chunks {
            match Replica::load(out.ctx, chunk) {
                Some(replica) => {
                    self.chunks.entry(chunk).or_insert_with(|| Kept::new(replica, out.now()));
                }
                None => unread.push(chunk),
            }
        }
        unread
    }

    /// Reads once more what could not be understood at the start: a disk may have read it wrong.
    pub(crate) fn read_again(&mut self, out: &Out<'_, '_>) {
        let unread = std::mem::take(&mut self.unread);
        self.load(out, unread);
    }

    pub(crate) fn hear(&mut self, out: &mut Out<'_, '_>, from: NodeId, message: Message) {
        match message {
            Message::Push { job, bytes, rest } => self.on_push(out, job, bytes, rest),
            Message::Mutate { job, chunk, version, at } => {
                self.on_mutate(out, from, job, (chunk, version), at);
            }
            Message::Order(order) => self.on_order(out, from, order),
            Message::Ordered { chunk, version, serial, applied } => {
                self.on_ordered(out, from, (chunk, version), serial, applied);
            }
            Message::Read { job, chunk, version } => self.on_read(out, from, job, chunk, version),
            Message::Alive { stamp, grants, drop } => self.on_alive(out, stamp, grants, &drop),
            Message::Raise { chunk, from: least, to, origin } => {
                self.begin(out, chunk, least, origin);
                self.on_raise(out, chunk, least, to);
            }
            Message::Revoke { chunk, version } => self.on_revoke(out, chunk, version),
            Message::Grant { stamp, grant } => self.on_grant(out, stamp, grant),
            Message::Clone { chunk, version, source } => self.on_clone(out, chunk, version, source),
            Message::Fetch { chunk, version } => self.on_fetch(out, from, chunk, version),
            Message::Copy { chunk, version, bytes } => self.on_copy(out, chunk, version, bytes),
            _ => out.ctx.note("message", format!("{from} took this node for the master")),
        }
    }

    /// Tells the master that it is alive, and what it has.
    pub(crate) fn beat(&mut self, out: &mut Out<'_, '_>) {
        let report = |(chunk, kept): (&Chunk, &Kept)| Report {
            chunk: *chunk,
            version: kept.replica.version,
            released: kept.released,
        };
        let reports: Vec<Report> = self.chunks.iter().map(report).collect();
        let stamp = Stamp { boot: out.boot, clock: out.now() };
        for shadow in &self.settings.shadows {
            out.send(*shadow, Message::Heartbeat { stamp, reports: reports.clone() });
        }
        out.send(MASTER, Message::Heartbeat { stamp, reports });
        self.tell_leases(out);
    }

    fn on_alive(
        &mut self,
        out: &mut Out<'_, '_>,
        stamp: Stamp,
        grants: Vec<Grant>,
        drop: &[(Chunk, Version)],
    ) {
        grants.into_iter().for_each(|grant| self.on_grant(out, stamp, grant));
        for (chunk, version) in drop {
            if self.chunks.get(chunk).is_some_and(|kept| kept.replica.version == *version) {
                self.lose(out, *chunk);
            }
        }
    }

    /// A replica is of no use any more.
    fn lose(&mut self, out: &mut Out<'_, '_>, chunk: Chunk) {
        self.give_back(out, chunk);
        self.chunks.remove(&chunk);
        Replica::erase(out.ctx, chunk);
    }

    /// Makes a chunk that is not here yet: an empty one, or one from the own replica of the chunk
    /// that it begins as, so that no data goes over the network (paper §3.4).
    fn begin(
        &mut self,
        out: &mut Out<'_, '_>,
        chunk: Chunk,
        least: Version,
        origin: Option<(Chunk, Version)>,
    ) {
        if self.chunks.contains_key(&chunk) {
            return;
        }
        let bytes = match origin {
            None if least == Version(0) => Vec::new(),
            None => return,
            Some((origin, least)) => {
                let good = |kept: &Kept| kept.replica.version >= least;
                if !self.chunks.get(&origin).is_some_and(good) || !self.is_sound(out, origin) {
                    return;
                }
                let Some(kept) = self.chunks.get(&origin) else { return };
                kept.replica.unverified().to_vec()
            }
        };
        let replica = Replica::new(Version(0), bytes, self.settings.block_size);
        self.chunks.insert(chunk, Kept::new(replica, out.now()));
    }

    fn on_raise(&mut self, out: &mut Out<'_, '_>, chunk: Chunk, least: Version, to: Version) {
        let now = out.now();
        let Some(kept) = self.chunks.get(&chunk) else { return };
        let version = kept.replica.version;
        if version < least || version > to || !self.is_sound(out, chunk) {
            return;
        }
        if version < to {
            self.give_back(out, chunk);
            let Some(kept) = self.chunks.get_mut(&chunk) else { return };
            kept.replica.raise(to);
            kept.replica.save(out.ctx, chunk);
            *kept = Kept::new(kept.replica.clone(), now);
            out.ctx
                .observe(Observation::Lease(LeaseFact::Fenced { resource: chunk.0, epoch: to.0 }));
        }
        let stamp = Stamp { boot: out.boot, clock: self.chunks[&chunk].since };
        out.send(MASTER, Message::Raised { chunk, version: to, stamp });
    }

    /// Keeps bytes in memory and sends it on along the chain (paper §3.2).
    fn on_push(&mut self, out: &mut Out<'_, '_>, job: Job, bytes: Vec<u8>, mut rest: Vec<NodeId>) {
        if !rest.is_empty() {
            let next = rest.remove(0);
            out.send(next, Message::Push { job, bytes: bytes.clone(), rest });
        }
        self.pushed.insert(job, bytes);
        if self.pushed.len() > PUSHED {
            self.pushed.pop_first();
        }
        out.send(job.node, Message::Pushed { job });
    }

    /// Whether the replica's blocks are as they were written. If they are not, what the disk has
    /// takes their place; if that is no better, the replica is lost.
    fn is_sound(&mut self, out: &mut Out<'_, '_>, chunk: Chunk) -> bool {
        let block = self.settings.block_size;
        let Some(kept) = self.chunks.get_mut(&chunk) else { return false };
        if kept.replica.verified(block).is_some() || self.settings.has(Mutant::ChecksumIgnored) {
            return true;
        }
        let again = Replica::load(out.ctx, chunk).filter(|r| r.verified(block).is_some());
        match again {
            Some(replica) if replica.version == kept.replica.version => {
                out.ctx.note("checksum", format!("a block of {chunk} was read again"));
                kept.replica = replica;
                true
            }
            Some(_) | None => {
                out.ctx.note("checksum", format!("a block of {chunk} is corrupt"));
                self.lose(out, chunk);
                false
            }
        }
    }

    fn on_read(
        &mut self,
        out: &mut Out<'_, '_>,
        from: NodeId,
        job: Job,
        chunk: Chunk,
        version: Version,
    ) {
        let Some(kept) = self.chunks.get(&chunk) else { return };
        let stale = kept.replica.version < version;
        if (stale && !self.settings.has(Mutant::StaleReplicaRead)) || !self.is_sound(out, chunk) {
            return;
        }
        if let Some(kept) = self.chunks.get(&chunk) {
            let bytes = kept.replica.unverified().to_vec();
            out.send(from, Message::Content { job, chunk, bytes });
        }
    }

    fn on_clone(&mut self, out: &mut Out<'_, '_>, chunk: Chunk, version: Version, source: NodeId) {
        let careless = self.settings.has(Mutant::RereplicateFromStale);
        match self.chunks.get_mut(&chunk) {
            Some(kept) if kept.replica.version < version && careless => {
                kept.replica.raise(version);
                kept.replica.save(out.ctx, chunk);
                out.send(MASTER, Message::Cloned { chunk, version });
            }
            Some(kept) if kept.replica.version == version => {
                out.send(MASTER, Message::Cloned { chunk, version });
            }
            Some(kept) if kept.replica.version > version => {}
            Some(_) | None => out.send(source, Message::Fetch { chunk, version }),
        }
    }

    fn on_fetch(&mut self, out: &mut Out<'_, '_>, from: NodeId, chunk: Chunk, version: Version) {
        let has = |kept: &Kept| kept.replica.version == version;
        if self.chunks.get(&chunk).is_some_and(has)
            && self.is_sound(out, chunk)
            && let Some(kept) = self.chunks.get(&chunk)
        {
            let bytes = kept.replica.unverified().to_vec();
            out.send(from, Message::Copy { chunk, version, bytes });
        }
    }

    fn on_copy(&mut self, out: &mut Out<'_, '_>, chunk: Chunk, version: Version, bytes: Vec<u8>) {
        if self.chunks.get(&chunk).is_some_and(|kept| kept.replica.version >= version) {
            return;
        }
        self.give_back(out, chunk);
        out.ctx.note("clone", format!("{chunk}@{version}, #{:08x}", crc32(&bytes)));
        let replica = Replica::new(version, bytes, self.settings.block_size);
        replica.save(out.ctx, chunk);
        self.chunks.insert(chunk, Kept::new(replica, out.now()));
        out.ctx
            .observe(Observation::Lease(LeaseFact::Fenced { resource: chunk.0, epoch: version.0 }));
        out.send(MASTER, Message::Cloned { chunk, version });
    }
}
