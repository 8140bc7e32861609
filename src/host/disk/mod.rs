//! The node's disk: a folder, and in front of it the changes that are not synced yet.
//!
//! Those live in the process's own memory. A SIGKILL therefore loses exactly what was not synced,
//! as a power cut would. At a sync they are carried out on the real files, in order, and forced to
//! the disk. A kill in the middle of that leaves some of the changes, in order, the last one
//! perhaps torn — which is what a power cut may leave of un-synced writes too.
//!
//! When the real disk fails, the host stops at once: it cannot know what is durable any more.

mod changes;
mod folder;

use super::HostError;
use changes::{Change, Changes};
use chaos_node::Disk;
use folder::Folder;
use std::io::{self, Write};
use std::path::Path;

/// The files of the hosted node.
#[derive(Debug)]
pub(super) struct HostDisk {
    folder: Folder,
    changes: Changes,
}

impl HostDisk {
    /// The disk in this folder, as the last run left it.
    pub(super) fn open(path: &Path) -> Result<HostDisk, HostError> {
        Ok(HostDisk { folder: Folder::open(path)?, changes: Changes::default() })
    }

    /// See [`chaos_node::Action::Write`].
    pub(super) fn write(&mut self, file: String, bytes: Vec<u8>) {
        self.changes.push(Change::Write { file: checked(file), bytes });
    }

    /// See [`chaos_node::Action::Append`].
    pub(super) fn append(&mut self, file: String, bytes: Vec<u8>) {
        self.changes.push(Change::Append { file: checked(file), bytes });
    }

    /// See [`chaos_node::Action::Truncate`].
    pub(super) fn truncate(&mut self, file: String, len: u64) {
        self.changes.push(Change::Truncate { file: checked(file), len });
    }

    /// See [`chaos_node::Action::Rename`]. Renaming a file that does not exist changes nothing.
    pub(super) fn rename(&mut self, from: String, to: String) -> Result<(), HostError> {
        let (from, to) = (checked(from), checked(to));
        if from != to && self.changes.exists(&from, |file| self.folder.exists(file))? {
            self.changes.push(Change::Rename { from, to });
        }
        Ok(())
    }

    /// Whether all changes are durable.
    pub(super) fn is_synced(&self) -> bool {
        self.changes.is_empty()
    }

    /// Makes all changes durable.
    pub(super) fn sync(&mut self) -> Result<(), HostError> {
        self.folder.carry_out(self.changes.take())
    }
}

impl Disk for HostDisk {
    fn read(&self, file: &str) -> Option<Vec<u8>> {
        assert_valid(file);
        or_stop(self.changes.content(file, |file| self.folder.read(file)))
    }

    fn files(&self) -> Vec<String> {
        or_stop(self.folder.files().map(|names| self.changes.names(names)))
    }
}

/// A node cannot be told that its disk failed, so the process ends inside the node's call.
fn or_stop<T>(result: Result<T, HostError>) -> T {
    result.unwrap_or_else(|error| {
        let _ = writeln!(io::stderr(), "{error}");
        std::process::exit(error.exit_code().into())
    })
}

fn checked(file: String) -> String {
    assert_valid(&file);
    file
}

/// A bad name is a bug of the node, and is reported as one.
fn assert_valid(file: &str) {
    assert!(is_valid(file), "`{file}` is no file name: expected letters, digits, `.`, `_` and `-`");
}

fn is_valid(file: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    !matches!(file, "" | "." | "..") && file.len() < 200 && file.bytes().all(plain)
}

#[cfg(test)]
mod tests;
