//! The real files, and how changes become durable on them.

use super::changes::Change;
use crate::host::HostError;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Where a file's new content lies until it is complete. No node can name a file so.
const DRAFT: &str = "~draft";

/// More open files than this are closed again.
const OPEN: usize = 16;

/// A folder of files.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    itself: File,
    /// Files that stay open for appending, by name.
    pub(super) open: BTreeMap<String, File>,
    /// Those among them that have bytes which may not be on the disk yet.
    unsynced: BTreeSet<String>,
    /// Whether names have changed which may not be on the disk yet.
    renamed: bool,
}

impl Folder {
    /// Opens the folder and clears away what a crash left there of a write.
    pub(super) fn open(path: &Path) -> Result<Folder, HostError> {
        let path = path.to_path_buf();
        let itself = File::open(&path).map_err(|error| failure("open", &path, error))?;
        let (open, unsynced) = (BTreeMap::new(), BTreeSet::new());
        let folder = Folder { path, itself, open, unsynced, renamed: false };
        match fs::remove_file(folder.file(DRAFT)) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(failure("remove", &folder.file(DRAFT), error))
            }
            Ok(()) | Err(_) => Ok(folder),
        }
    }

    /// The whole file, or nothing if there is none.
    pub(super) fn read(&self, file: &str) -> Result<Option<Vec<u8>>, HostError> {
        match fs::read(self.file(file)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failure("read", &self.file(file), error)),
        }
    }

    /// Whether there is such a file.
    pub(super) fn exists(&self, file: &str) -> Result<bool, HostError> {
        self.file(file).try_exists().map_err(|error| failure("look at", &self.file(file), error))
    }

    /// The names of all files that a node can have.
    pub(super) fn files(&self) -> Result<BTreeSet<String>, HostError> {
        let failed = |error| failure("list", &self.path, error);
        let mut names = BTreeSet::new();
        for entry in fs::read_dir(&self.path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let is_file = entry.file_type().map_err(failed)?.is_file();
            names.extend(entry.file_name().into_string().ok().filter(|_| is_file));
        }
        names.retain(|name| super::is_valid(name));
        Ok(names)
    }

    /// Carries out the changes in order; when it returns, they are durable.
    pub(super) fn carry_out(
        &mut self,
        changes: impl Iterator<Item = Change>,
    ) -> Result<(), HostError> {
        for change in changes {
            match change {
                Change::Write { file, bytes } => self.write(&file, &bytes)?,
                Change::Append { file, bytes } => self.append(&file, &bytes)?,
                Change::Truncate { file, len } => self.truncate(&file, len)?,
                Change::Rename { from, to } => self.rename(&from, &to)?,
            }
        }
        self.sync()
    }

    /// A crash leaves the old content or the new one: many nodes rely on that, for few disks tear
    /// the small files that they keep so.
    fn write(&mut self, file: &str, bytes: &[u8]) -> Result<(), HostError> {
        self.close(file);
        let draft = self.file(DRAFT);
        let written = File::create(&draft).and_then(|mut new| {
            new.write_all(bytes)?;
            new.sync_data()
        });
        written.map_err(|error| failure("write", &self.file(file), error))?;
        self.move_file(&draft, file)
    }

    fn append(&mut self, file: &str, bytes: &[u8]) -> Result<(), HostError> {
        if self.opened(file)?.is_none() {
            self.create(file)?;
        }
        let path = self.file(file);
        let Some(opened) = self.open.get_mut(file) else { return Ok(()) };
        opened.write_all(bytes).map_err(|error| failure("append to", &path, error))?;
        self.unsynced.insert(file.to_owned());
        Ok(())
    }

    fn truncate(&mut self, file: &str, len: u64) -> Result<(), HostError> {
        let path = self.file(file);
        let Some(opened) = self.opened(file)? else { return Ok(()) };
        let shorter = |opened: &File| -> io::Result<bool> {
            let cuts = opened.metadata()?.len() > len;
            if cuts {
                opened.set_len(len)?;
            }
            Ok(cuts)
        };
        if shorter(opened).map_err(|error| failure("truncate", &path, error))? {
            self.unsynced.insert(file.to_owned());
        }
        Ok(())
    }

    /// The bytes must be on the disk before the name is: else a power cut could leave the new name
    /// on an empty file.
    fn rename(&mut self, from: &str, to: &str) -> Result<(), HostError> {
        self.sync_file(from)?;
        self.close(from);
        self.close(to);
        self.move_file(&self.file(from), to)
    }

    fn sync(&mut self) -> Result<(), HostError> {
        while let Some(file) = self.unsynced.first().cloned() {
            self.sync_file(&file)?;
        }
        if self.renamed {
            self.itself.sync_all().map_err(|error| failure("sync", &self.path, error))?;
            self.renamed = false;
        }
        Ok(())
    }

    fn sync_file(&mut self, file: &str) -> Result<(), HostError> {
        if self.unsynced.remove(file)
            && let Some(opened) = self.open.get(file)
        {
            opened.sync_data().map_err(|error| failure("sync", &self.file(file), error))?;
        }
        Ok(())
    }

    fn move_file(&mut self, from: &Path, to: &str) -> Result<(), HostError> {
        self.renamed = true;
        fs::rename(from, self.file(to)).map_err(|error| failure("rename to", &self.file(to), error))
    }

    /// The file, open for appending, if it exists.
    fn opened(&mut self, file: &str) -> Result<Option<&File>, HostError> {
        if !self.open.contains_key(file) {
            match OpenOptions::new().append(true).open(self.file(file)) {
                Ok(opened) => self.keep(file, opened)?,
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(failure("open", &self.file(file), error)),
            }
        }
        Ok(self.open.get(file))
    }

    fn create(&mut self, file: &str) -> Result<(), HostError> {
        let created = OpenOptions::new().append(true).create(true).open(self.file(file));
        let created = created.map_err(|error| failure("create", &self.file(file), error))?;
        self.renamed = true;
        self.keep(file, created)
    }

    fn keep(&mut self, file: &str, opened: File) -> Result<(), HostError> {
        if self.open.len() >= OPEN {
            self.sync()?;
            self.open.clear();
        }
        self.open.insert(file.to_owned(), opened);
        Ok(())
    }

    fn close(&mut self, file: &str) {
        self.open.remove(file);
        self.unsynced.remove(file);
    }

    fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

fn failure(verb: &'static str, path: &Path, source: io::Error) -> HostError {
    HostError::Disk { verb, path: path.to_path_buf(), source }
}
