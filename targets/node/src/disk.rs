//! A node's disk, as the node sees it: a handful of named files of bytes.

use crate::Action;
use std::collections::BTreeMap;

/// The files of a node. Reading sees what all earlier calls of the node wrote, synced or not, and
/// nothing of the call in progress: its actions have not happened yet.
pub trait Disk {
    /// The whole file, or nothing if there is none.
    fn read(&self, file: &str) -> Option<Vec<u8>>;

    /// The names of all files, in order.
    fn files(&self) -> Vec<String>;
}

/// Files in memory: for tests, and the base of the disks of both worlds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryDisk {
    files: BTreeMap<String, Vec<u8>>,
}

impl MemoryDisk {
    /// A disk with these files on it.
    pub fn with_files(files: BTreeMap<String, Vec<u8>>) -> MemoryDisk {
        MemoryDisk { files }
    }

    /// Carries out an action that changes files; any other action changes nothing.
    pub fn apply(&mut self, action: &Action) {
        match action {
            Action::Write { file, bytes } => {
                self.files.insert(file.clone(), bytes.clone());
            }
            Action::Append { file, bytes } => self.append(file, bytes),
            Action::Truncate { file, len } => self.truncate(file, *len),
            Action::Rename { from, to } => {
                if let Some(bytes) = self.files.remove(from) {
                    self.files.insert(to.clone(), bytes);
                }
            }
            Action::Send { .. }
            | Action::Arm { .. }
            | Action::Disarm(_)
            | Action::Reply { .. }
            | Action::Sync
            | Action::Observe(_) => {}
        }
    }

    /// The file's bytes, to look at or to damage.
    pub fn file_mut(&mut self, file: &str) -> Option<&mut Vec<u8>> {
        self.files.get_mut(file)
    }

    fn append(&mut self, file: &str, bytes: &[u8]) {
        match self.files.get_mut(file) {
            Some(content) => content.extend_from_slice(bytes),
            None => _ = self.files.insert(file.to_owned(), bytes.to_vec()),
        }
    }

    fn truncate(&mut self, file: &str, len: u64) {
        if let Some(bytes) = self.files.get_mut(file) {
            bytes.truncate(usize::try_from(len).unwrap_or(usize::MAX));
        }
    }
}

impl Disk for MemoryDisk {
    fn read(&self, file: &str) -> Option<Vec<u8>> {
        self.files.get(file).cloned()
    }

    fn files(&self) -> Vec<String> {
        self.files.keys().cloned().collect()
    }
}
