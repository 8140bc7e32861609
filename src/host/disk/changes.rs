//! Changes to files that have not happened yet, and how files look behind them.

use std::collections::BTreeSet;
use std::vec;

/// A change to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// The file holds exactly these bytes.
    Write { file: String, bytes: Vec<u8> },
    /// These bytes are at its end.
    Append { file: String, bytes: Vec<u8> },
    /// It is no longer than this.
    Truncate { file: String, len: u64 },
    /// It has another name; the file of that name is gone. The old name exists.
    Rename { from: String, to: String },
}

/// Changes in order.
#[derive(Debug, Default)]
pub(super) struct Changes {
    list: Vec<Change>,
}

/// Where the content of a file comes from, and the first change that may add to it.
enum Origin<'a> {
    /// From nothing: a file that had this name was renamed away.
    Nothing { name: &'a str, from: usize },
    /// From the real file of this name, before all changes.
    Real { name: &'a str },
    /// From a write to this name.
    Written { name: &'a str, bytes: &'a [u8], from: usize },
}

impl Changes {
    /// Adds a change. What is added to the end of one write stays one write.
    pub(super) fn push(&mut self, change: Change) {
        if let Change::Append { file: to, bytes: more } = &change
            && let Some(Change::Write { file, bytes } | Change::Append { file, bytes }) =
                self.list.last_mut()
            && file == to
        {
            bytes.extend_from_slice(more);
        } else {
            self.list.push(change);
        }
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// All changes, which are then no longer here.
    pub(super) fn take(&mut self) -> vec::Drain<'_, Change> {
        self.list.drain(..)
    }

    /// The file behind all changes, given the real files.
    pub(super) fn content<E>(
        &self,
        file: &str,
        real: impl Fn(&str) -> Result<Option<Vec<u8>>, E>,
    ) -> Result<Option<Vec<u8>>, E> {
        Ok(match self.origin(file) {
            Origin::Nothing { name, from } => replay(&self.list[from..], name, None),
            Origin::Real { name } => replay(&self.list, name, real(name)?),
            Origin::Written { name, bytes, from } => {
                replay(&self.list[from..], name, Some(bytes.to_vec()))
            }
        })
    }

    /// Whether the file exists behind all changes, given which real files do.
    pub(super) fn exists<E>(
        &self,
        file: &str,
        real: impl Fn(&str) -> Result<bool, E>,
    ) -> Result<bool, E> {
        let empty = |name: &str| Ok(real(name)?.then(Vec::new));
        Ok(self.content(file, empty)?.is_some())
    }

    /// The names of all files behind all changes, given the real ones, in order.
    pub(super) fn names(&self, mut names: BTreeSet<String>) -> Vec<String> {
        for change in &self.list {
            match change {
                Change::Write { file, .. } | Change::Append { file, .. } => {
                    names.insert(file.clone());
                }
                Change::Rename { from, to } => {
                    names.remove(from);
                    names.insert(to.clone());
                }
                Change::Truncate { .. } => {}
            }
        }
        names.into_iter().collect()
    }

    fn origin<'a>(&'a self, file: &'a str) -> Origin<'a> {
        let mut name = file;
        for (at, change) in self.list.iter().enumerate().rev() {
            let from = at + 1;
            match change {
                Change::Rename { from, to } if to == name => name = from,
                Change::Rename { from: old, .. } if old == name => {
                    return Origin::Nothing { name, from };
                }
                Change::Write { file, bytes } if file == name => {
                    return Origin::Written { name, bytes, from };
                }
                Change::Rename { .. }
                | Change::Write { .. }
                | Change::Append { .. }
                | Change::Truncate { .. } => {}
            }
        }
        Origin::Real { name }
    }
}

/// Carries out what the changes do to the one file that has this name before them.
fn replay(changes: &[Change], name: &str, content: Option<Vec<u8>>) -> Option<Vec<u8>> {
    let (mut name, mut content) = (name, content);
    for change in changes {
        match change {
            Change::Append { file, bytes } if file == name => {
                content.get_or_insert_default().extend_from_slice(bytes);
            }
            Change::Truncate { file, len } if file == name => {
                if let Some(bytes) = &mut content {
                    bytes.truncate(usize::try_from(*len).unwrap_or(usize::MAX));
                }
            }
            Change::Rename { from, to } if from == name => name = to,
            Change::Append { .. }
            | Change::Truncate { .. }
            | Change::Rename { .. }
            | Change::Write { .. } => {}
        }
    }
    content
}
