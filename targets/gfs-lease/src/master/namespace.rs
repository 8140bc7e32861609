//! What the master must not forget: files, their chunks and the chunks' versions. It changes by
//! records of the operation log alone.

use crate::message::{Answer, Chunk, Version};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// So many sessions are remembered; of more, the oldest are forgotten.
const SESSIONS: usize = 512;

/// A file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct File {
    pub(crate) number: u64,
    pub(crate) chunks: Vec<Chunk>,
}

/// The versions of a chunk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Versions {
    /// The last one that chunkservers were told of.
    pub(crate) issued: Version,
    /// The last one that all who count as replicas are known to have: who has an older one is
    /// stale.
    pub(crate) committed: Version,
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
    /// The file has one chunk more.
    Extend {
        path: String,
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
            Record::Extend { path } => self.extend(path),
            Record::Issue { chunk } => {
                if let Some(versions) = self.chunks.get_mut(chunk) {
                    versions.issued.0 += 1;
                }
            }
            Record::Commit { chunk, version } => {
                if let Some(versions) = self.chunks.get_mut(chunk) {
                    versions.committed = *version;
                }
            }
        }
    }

    fn create(&mut self, path: &str) -> Answer {
        if self.files.contains_key(path) {
            return Answer::Created(None);
        }
        self.last_file += 1;
        let file = File { number: self.last_file, chunks: Vec::new() };
        self.files.insert(path.to_owned(), file);
        Answer::Created(Some(self.last_file))
    }

    /// The chunks' replicas are garbage from now on (paper §4.4).
    fn delete(&mut self, path: &str) -> Answer {
        let file = self.files.remove(path);
        for chunk in file.iter().flat_map(|file| &file.chunks) {
            self.chunks.remove(chunk);
        }
        Answer::Deleted(file.is_some())
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
        self.sessions.insert(session, (sequence, answer));
        if self.sessions.len() > SESSIONS {
            self.sessions.pop_first();
        }
    }
}
