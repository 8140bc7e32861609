//! Versions, leases and re-replication (paper §3.1, §4.3, §4.5).
//!
//! A chunk's version is *raised* before a lease of it is granted: the new one is logged, told to
//! all live replicas that are not stale, and committed when all who were told have said that they
//! have it; if one is silent the others get yet another one without it. A replica that has raised
//! takes no order of an older version (*fencing*), and the order of no version that it was not
//! raised to together with all others of its kind. So whoever has the committed version has all
//! that was acknowledged.
//!
//! Where replicas are missing, the version that was just raised gets no lease: nothing changes in
//! it, one replica is copied to another chunkserver, and the version is raised again, with it.
//!
//! The lease is over for the master when it must be over for its holder, whatever their clocks do
//! within their bound: it begins for the holder when it raised or sent the heartbeat that the grant
//! answers, for the master when it grants.

use super::{Master, ServerState};
use crate::message::{Chunk, Grant, Message, Report, Stamp, Version};
use crate::mutant::Mutant;
use crate::node::Out;
use chaos_node::{Nanos, NodeId};
use std::collections::{BTreeMap, BTreeSet};

use super::namespace::Record;

/// A lease that was granted.
#[derive(Debug)]
pub(crate) struct Lease {
    pub(crate) holder: NodeId,
    /// In which life of it.
    boot: u64,
    pub(crate) version: Version,
    pub(crate) replicas: Vec<NodeId>,
    until: Nanos,
}

/// What a chunk without a lease waits for.
#[derive(Debug)]
pub(crate) enum Work {
    /// That these have the version.
    Raising {
        version: Version,
        asked: BTreeSet<NodeId>,
        raised: BTreeMap<NodeId, Stamp>,
        since: Nanos,
        /// Whether a replica may be copied then.
        copies: bool,
    },
    /// That this one has a copy.
    Cloning { version: Version, replicas: BTreeSet<NodeId>, to: NodeId, since: Nanos },
}

impl Master {
    pub(super) fn lease(&self, now: Nanos, chunk: Chunk) -> Option<&Lease> {
        self.leases.get(&chunk).filter(|lease| now < lease.until)
    }

    /// Begins to grant a lease, unless there may be one.
    pub(super) fn renew(&mut self, out: &mut Out<'_, '_>, chunk: Chunk) {
        let now = out.now();
        let early = now < self.quiet && !self.settings.has(Mutant::LeaseOverlap);
        let early = early || self.is_frozen(chunk);
        if early || self.work.contains_key(&chunk) || self.lease(now, chunk).is_some() {
            return;
        }
        self.leases.remove(&chunk);
        let written = self.log.namespace.written(chunk);
        let replicas = match self.committed(written) {
            Version(0) => self.spread(now, chunk),
            _ if written != chunk => self.current(now, written).into_iter().collect(),
            _ => self.current(now, chunk).into_iter().collect(),
        };
        self.raise(out, chunk, replicas, true);
    }

    /// Where a new chunk goes: on so many live chunkservers, others for each.
    fn spread(&self, now: Nanos, chunk: Chunk) -> BTreeSet<NodeId> {
        let live: Vec<NodeId> = self.live(now).collect();
        let skip = usize::try_from(chunk.0).unwrap_or(0) % live.len().max(1);
        live.iter()
            .cycle()
            .skip(skip)
            .take(self.settings.replicas.min(live.len()))
            .copied()
            .collect()
    }

    fn raise(
        &mut self,
        out: &mut Out<'_, '_>,
        chunk: Chunk,
        asked: BTreeSet<NodeId>,
        copies: bool,
    ) {
        self.work.remove(&chunk);
        if asked.is_empty() || !self.log.namespace.chunks.contains_key(&chunk) {
            return;
        }
        self.log.append(out.ctx, &Record::Issue { chunk });
        let version = self.log.namespace.chunks[&chunk].issued;
        let (raised, since) = (BTreeMap::new(), out.now());
        self.work.insert(chunk, Work::Raising { version, asked, raised, since, copies });
        self.remind(out, chunk);
    }

    /// Says again what a chunk's work waits for.
    fn remind(&self, out: &mut Out<'_, '_>, chunk: Chunk) {
        match self.work.get(&chunk) {
            Some(Work::Raising { version, asked, raised, .. }) => {
                let from = self.committed(chunk);
                let origin = Some(self.log.namespace.written(chunk)).filter(|o| *o != chunk);
                let origin = origin.map(|origin| (origin, self.committed(origin)));
                for node in asked.iter().filter(|node| !raised.contains_key(node)) {
                    out.send(*node, Message::Raise { chunk, from, to: *version, origin });
                }
            }
            Some(Work::Cloning { version, replicas, to, .. }) => {
                let sources: Vec<NodeId> = replicas.iter().copied().collect();
                if let Some(source) = out.ctx.rng().pick(&sources).copied() {
                    out.send(*to, Message::Clone { chunk, version: *version, source });
                }
            }
            None => {}
        }
    }

    pub(super) fn on_raised(
        &mut self,
        out: &mut Out<'_, '_>,
        from: NodeId,
        (chunk, told): (Chunk, Version),
        stamp: Stamp,
    ) {
        let Some(Work::Raising { version, asked, raised, copies, .. }) = self.work.get_mut(&chunk)
        else {
            return;
        };
        if *version != told || !asked.contains(&from) {
            return;
        }
        raised.insert(from, stamp);
        if raised.len() < asked.len() {
            return;
        }
        let (raised, copies) = (std::mem::take(raised), *copies);
        self.work.remove(&chunk);
        self.log.append(out.ctx, &Record::Commit { chunk, version: told });
        for node in raised.keys() {
            if let Some(server) = self.servers.get_mut(node) {
                server.chunks.insert(chunk, told);
            }
        }
        let replicas: BTreeSet<NodeId> = raised.keys().copied().collect();
        match self.spare(out.now(), &replicas).filter(|_| copies) {
            Some(to) => {
                let since = out.now();
                self.work.insert(chunk, Work::Cloning { version: told, replicas, to, since });
                self.remind(out, chunk);
                if self.settings.has(Mutant::RereplicateUnderLease) {
                    self.grant(out, chunk, told, &raised);
                }
            }
            None => self.grant(out, chunk, told, &raised),
        }
    }

    /// Who gets a replica more, if one is missing and somebody is there to have it.
    fn spare(&self, now: Nanos, replicas: &BTreeSet<NodeId>) -> Option<NodeId> {
        let missing = replicas.len() < self.settings.replicas;
        self.live(now).find(|node| missing && !replicas.contains(node))
    }

    fn grant(
        &mut self,
        out: &mut Out<'_, '_>,
        chunk: Chunk,
        version: Version,
        raised: &BTreeMap<NodeId, Stamp>,
    ) {
        let replicas: Vec<NodeId> = raised.keys().copied().collect();
        let Some(holder) = out.ctx.rng().pick(&replicas).copied() else { return };
        let stamp = raised[&holder];
        let until = out.now() + self.settings.granted();
        let lease = Lease { holder, boot: stamp.boot, version, replicas: replicas.clone(), until };
        self.leases.insert(chunk, lease);
        out.send(holder, Message::Grant { stamp, grant: Grant { chunk, version, replicas } });
    }

    pub(super) fn on_cloned(
        &mut self,
        out: &mut Out<'_, '_>,
        from: NodeId,
        chunk: Chunk,
        told: Version,
    ) {
        if let Some(Work::Cloning { version, replicas, to, .. }) = self.work.get(&chunk)
            && *version == told
            && *to == from
        {
            if self.settings.has(Mutant::RereplicateUnderLease) {
                self.work.remove(&chunk);
                return;
            }
            let mut replicas = replicas.clone();
            replicas.insert(from);
            self.raise(out, chunk, replicas, true);
        }
    }

    /// Notes what a chunkserver has, unless it has told more since.
    pub(super) fn note(
        &mut self,
        now: Nanos,
        from: NodeId,
        stamp: Stamp,
        reports: &[Report],
    ) -> bool {
        let chunks = reports.iter().map(|report| (report.chunk, report.version)).collect();
        let state = ServerState { boot: stamp.boot, clock: stamp.clock, heard: now, chunks };
        let newer = |known: &ServerState| (known.boot, known.clock) > (stamp.boot, stamp.clock);
        let overtaken = self.servers.get(&from).is_some_and(newer);
        if !overtaken {
            self.servers.insert(from, state);
        }
        !overtaken
    }

    pub(super) fn on_heartbeat(
        &mut self,
        out: &mut Out<'_, '_>,
        from: NodeId,
        stamp: Stamp,
        reports: &[Report],
    ) {
        if !self.note(out.now(), from, stamp, reports) {
            return;
        }
        let given_back = |lease: &Lease, chunk: &Chunk| {
            let version = lease.version;
            stamp.boot > lease.boot
                || reports.contains(&Report { chunk: *chunk, version, released: true })
        };
        self.leases.retain(|chunk, lease| lease.holder != from || !given_back(lease, chunk));
        self.revoke(out);
        let grants = self.extend(out.now(), from);
        let stale = |report: &&Report| report.version < self.committed(report.chunk);
        let of_nobody = |report: &&Report| !self.log.namespace.chunks.contains_key(&report.chunk);
        let drop = reports.iter().filter(|report| stale(report) || of_nobody(report));
        let drop = match self.settings.has(Mutant::StaleReplicaRead) {
            true => Vec::new(),
            false => drop.map(|report| (report.chunk, report.version)).collect(),
        };
        out.send(from, Message::Alive { stamp, grants, drop });
    }

    /// Extends the leases of a holder that was heard of, but where replicas are dead or missing.
    fn extend(&mut self, now: Nanos, holder: NodeId) -> Vec<Grant> {
        let until = now + self.settings.granted();
        let live: BTreeSet<NodeId> = self.live(now).collect();
        let lacking = |lease: &Lease| {
            let replicas: BTreeSet<NodeId> = lease.replicas.iter().copied().collect();
            !replicas.is_subset(&live) || self.spare(now, &replicas).is_some()
        };
        let held = self.leases.iter().filter(|(_, lease)| lease.holder == holder);
        let goes_on: Vec<Chunk> = held
            .filter(|(chunk, lease)| {
                now < lease.until && !lacking(lease) && !self.is_frozen(**chunk)
            })
            .map(|(chunk, _)| *chunk)
            .collect();
        let mut grants = Vec::new();
        for chunk in goes_on {
            if let Some(lease) = self.leases.get_mut(&chunk) {
                lease.until = until;
                let (version, replicas) = (lease.version, lease.replicas.clone());
                grants.push(Grant { chunk, version, replicas });
            }
        }
        grants
    }

    /// Says again what was not answered, and goes on without whom it waited for in vain.
    pub(crate) fn retry(&mut self, out: &mut Out<'_, '_>) {
        self.revoke(out);
        let then = out.now().saturating_sub(self.settings.patience);
        let chunks: Vec<Chunk> = self.work.keys().copied().collect();
        for chunk in chunks {
            match &self.work[&chunk] {
                Work::Raising { raised, since, copies, .. } if *since < then => {
                    let (replicas, copies) = (raised.keys().copied().collect(), *copies);
                    self.raise(out, chunk, replicas, copies);
                }
                Work::Cloning { replicas, since, .. } if *since < then => {
                    let replicas = replicas.clone();
                    self.raise(out, chunk, replicas, false);
                }
                Work::Raising { .. } | Work::Cloning { .. } => self.remind(out, chunk),
            }
        }
    }

    /// Looks for a chunk that lacks replicas.
    pub(crate) fn beat(&mut self, out: &mut Out<'_, '_>) {
        self.log.flush(out.ctx);
        let now = out.now();
        let lacks = |chunk: &&Chunk| {
            let replicas: BTreeSet<NodeId> = self.current(now, **chunk).into_iter().collect();
            let idle = self.lease(now, **chunk).is_none() && !self.work.contains_key(chunk);
            idle && !replicas.is_empty() && self.spare(now, &replicas).is_some()
        };
        if let Some(chunk) = self.log.namespace.chunks.keys().find(lacks).copied() {
            self.renew(out, chunk);
        }
    }
}
