//! What the master must not forget: files, their chunks and the chunks' versions. It changes by
//! records of the operation log alone.

use crate::message::{Answer, Chunk, Version};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// So many sessions are remembered; of more, the oldest are forgotten.
const SESSIONS: usize = 512;

/// A file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct File {
    pub(crate) number: u64,
    pub(crate) chunks: Vec<Chunk>,
    /// Of which snapshot it is a part, and the number of the file that it copies.
    pub(crate) copy: Option<(u64, u64)>,
}

/// The versions of a chunk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Versions {
    /// The last one that chunkservers were told of.
    pub(crate) issued: Version,
    /// The last one that all who count as replicas are known to have: who has an older one is
    /// stale.
    pub(crate) committed: Version,
    /// As a copy of which chunk it begins, until its first version is committed.
    origin: Option<Chunk>,
}

/// A record of the operation log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Record {
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
    /// The file has another name, if nobody had that.
    Rename {
        from: String,
        to: String,
        session: u64,
        sequence: u64,
    },
    /// The file has one chunk more.
    Extend {
        path: String,
    },
    /// The files of one directory are copied to another, which has nothing else then.
    Snapshot {
        from: String,
        to: String,
        session: u64,
        sequence: u64,
    },
    /// The file has a copy of its own of one of its chunks.
    Fork {
        path: String,
        index: u64,
    },
    /// The chunk's next version is told to chunkservers.
    Issue {
        chunk: Chunk,
    },
    /// All replicas have this version.
    Commit {
        chunk: Chunk,
        version: Version,
    },
}

/// The namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Namespace {
    last_file: u64,
    last_chunk: u64,
    last_snapshot: u64,
    /// The snapshots there are, by their directories.
    snapshots: BTreeMap<String, u64>,
    pub(crate) files: BTreeMap<String, File>,
    pub(crate) chunks: BTreeMap<Chunk, Versions>,
    /// The last operation of each session, and its answer.
    sessions: BTreeMap<u64, (u64, Answer)>,
}

impl Namespace {
    /// The answer to an operation that was done before, or of a session that has gone on since.
    pub(crate) fn answered(&self, session: u64, sequence: u64) -> Option<Option<&Answer>> {
        let (last, answer) = self.sessions.get(&session)?;
        (*last >= sequence).then(|| (*last == sequence).then_some(answer))
    }

    pub(crate) fn apply(&mut self, record: &Record) {
        match record {
            Record::Create { path, session, sequence } => {
                let answer = self.create(path);
                self.remember(*session, *sequence, answer);
            }
            Record::Delete { path, session, sequence } => {
                let answer = self.delete(path);
                self.remember(*session, *sequence, answer);
            }
            Record::Rename { from, to, session, sequence } => {
                let answer = self.rename(from, to);
                self.remember(*session, *sequence, answer);
            }
            Record::Extend { path } => self.extend(path),
            Record::Snapshot { from, to, session, sequence } => {
                let answer = self.snapshot(from, to);
                self.remember(*session, *sequence, answer);
            }
            Record::Fork { path, index } => self.fork(path, *index),
            Record::Issue { chunk } => {
                if let Some(versions) = self.chunks.get_mut(chunk) {
                    versions.issued.0 += 1;
                }
            }
            Record::Commit { chunk, version } => {
                if let Some(versions) = self.chunks.get_mut(chunk) {
                    versions.committed = *version;
                    // What it began as may be of no more use to anybody.
                    if versions.origin.take().is_some() {
                        self.clean();
                    }
                }
            }
        }
    }

    fn create(&mut self, path: &str) -> Answer {
        if self.files.contains_key(path) {
            return Answer::Created(None);
        }
        self.last_file += 1;
        let file = File { number: self.last_file, ..File::default() };
        self.files.insert(path.to_owned(), file);
        Answer::Created(Some(self.last_file))
    }

    /// The chunks' replicas are garbage from now on (paper §4.4).
    fn delete(&mut self, path: &str) -> Answer {
        let file = self.files.remove(path);
        self.clean();
        Answer::Deleted(file.is_some())
    }

    /// It keeps its number and its chunks.
    fn rename(&mut self, from: &str, to: &str) -> Answer {
        let file = if self.files.contains_key(to) { None } else { self.files.remove(from) };
        let was = file.is_some();
        self.files.extend(file.map(|file| (to.to_owned(), file)));
        Answer::Renamed(was)
    }

    /// Forgets the chunks that are of no file, nor begin another that is.
    fn clean(&mut self) {
        let used: BTreeSet<Chunk> =
            self.files.values().flat_map(|file| &file.chunks).copied().collect();
        let begins = |chunk: &Chunk| self.chunks.get(chunk).and_then(|versions| versions.origin);
        let origins: BTreeSet<Chunk> = used.iter().filter_map(begins).collect();
        self.chunks.retain(|chunk, _| used.contains(chunk) || origins.contains(chunk));
    }

    fn snapshot(&mut self, from: &str, to: &str) -> Answer {
        self.last_snapshot += 1;
        let snapshot = self.last_snapshot;
        self.files.retain(|path, _| !is_below(path, to));
        let source = self.files.iter().filter(|(path, _)| is_below(path, from));
        let source: Vec<(String, File)> = source.map(|(p, f)| (p.clone(), f.clone())).collect();
        for (path, file) in source {
            self.last_file += 1;
            let copy = Some((snapshot, file.number));
            let file = File { number: self.last_file, chunks: file.chunks, copy };
            self.files.insert(format!("{to}{}", &path[from.len()..]), file);
        }
        self.snapshots.insert(to.to_owned(), snapshot);
        self.clean();
        Answer::Snapshot(snapshot)
    }

    fn fork(&mut self, path: &str, index: u64) {
        let file = self.files.get_mut(path);
        let place = usize::try_from(index).unwrap_or(usize::MAX);
        let Some(place) = file.and_then(|file| file.chunks.get_mut(place)) else { return };
        self.last_chunk += 1;
        let (old, new) = (*place, Chunk(self.last_chunk));
        *place = new;
        // One that begins as a copy itself has nothing of its own yet; and of one without a version
        // nobody has anything.
        let written = self.written(old);
        let versions = self.chunks.get(&written).copied().unwrap_or_default();
        let origin = (versions.committed > Version(0)).then_some(written);
        self.chunks.insert(new, Versions { origin, ..Versions::default() });
        self.clean();
    }

    /// The chunk that has what this one shall have: itself, once there is a version of it.
    pub(crate) fn written(&self, chunk: Chunk) -> Chunk {
        self.chunks.get(&chunk).and_then(|versions| versions.origin).unwrap_or(chunk)
    }

    /// Whether several files have the chunk, or one begins as its copy.
    pub(crate) fn is_shared(&self, chunk: Chunk) -> bool {
        let files = self.files.values().filter(|file| file.chunks.contains(&chunk)).count();
        files > 1 || self.chunks.values().any(|versions| versions.origin == Some(chunk))
    }

    /// The chunks of all files in a directory.
    pub(crate) fn below(&self, directory: &str) -> impl Iterator<Item = Chunk> {
        let files = self.files.iter().filter(move |(path, _)| is_below(path, directory));
        files.flat_map(|(_, file)| &file.chunks).copied()
    }

    /// The snapshot that the path would be a part of.
    pub(crate) fn snapshot_of(&self, path: &str) -> Option<u64> {
        let holds = |(directory, _): &(&String, &u64)| is_below(path, directory);
        self.snapshots.iter().find(holds).map(|(_, snapshot)| *snapshot)
    }

    fn extend(&mut self, path: &str) {
        if let Some(file) = self.files.get_mut(path) {
            self.last_chunk += 1;
            let chunk = Chunk(self.last_chunk);
            file.chunks.push(chunk);
            self.chunks.insert(chunk, Versions::default());
        }
    }

    fn remember(&mut self, session: u64, sequence: u64, answer: Answer) {
        if self.sessions.get(&session).is_some_and(|(last, _)| *last > sequence) {
            return;
        }
        self.sessions.insert(session, (sequence, answer));
        if self.sessions.len() > SESSIONS {
            self.sessions.pop_first();
        }
    }
}

fn is_below(path: &str, directory: &str) -> bool {
    path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'))
}
