//! A folder out of which nothing leads.
//!
//! A path is walked name by name from an open folder, and no name may be a link: whatever is made
//! or moved in between, the walk stays below. Names are those of real entries, so there is no `..`
//! among them ([`request`](super::request) refuses it).

use nix::dir::Dir;
use nix::fcntl::{OFlag, openat};
use nix::sys::stat::Mode;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// A folder that is open.
#[derive(Debug)]
pub(super) struct Root(OwnedFd);

/// What stands at the end of a path.
#[derive(Debug)]
pub(super) enum Entry {
    /// A file, and its length in bytes.
    File(File, u64),
    Folder(Root),
}

impl Root {
    /// The folder of this path, which may be a link: its owner named it.
    pub(super) fn open(folder: &Path) -> io::Result<Root> {
        let file = File::open(folder)?;
        match file.metadata()?.is_dir() {
            true => Ok(Root(file.into())),
            false => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    /// What lies at this path, if it is a file or a folder and not behind a link.
    pub(super) fn entry(&self, parts: &[OsString]) -> io::Result<Entry> {
        let mut at = self.0.try_clone()?;
        for part in parts {
            at = step(&at, part)?;
        }
        let file = File::from(at);
        let metadata = file.metadata()?;
        match (metadata.is_file(), metadata.is_dir()) {
            (true, _) => Ok(Entry::File(file, metadata.len())),
            (_, true) => Ok(Entry::Folder(Root(file.into()))),
            _ => Err(io::ErrorKind::InvalidInput.into()),
        }
    }

    /// A file that lies in this folder itself.
    pub(super) fn file(&self, name: &str) -> io::Result<File> {
        match self.entry(&[OsString::from(name)])? {
            Entry::File(file, _) => Ok(file),
            Entry::Folder(_) => Err(io::ErrorKind::IsADirectory.into()),
        }
    }

    /// The text of a small file, at most so many bytes.
    pub(super) fn text(&self, name: &str, most: u64) -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        self.file(name)?.take(most + 1).read_to_end(&mut text)?;
        match text.len() as u64 > most {
            true => Err(io::ErrorKind::FileTooLarge.into()),
            false => Ok(text),
        }
    }

    /// The names of what is in it, at most so many, in no order.
    pub(super) fn names(&self, most: usize) -> io::Result<Vec<OsString>> {
        // A descriptor of its own, for the place in the list belongs to it.
        let again = openat(&self.0, ".", OFlag::O_RDONLY | OFlag::O_CLOEXEC, Mode::empty())?;
        let mut folder = Dir::from_fd(again)?;
        let names = folder
            .iter()
            .filter_map(Result::ok)
            .map(|entry| OsStr::from_bytes(entry.file_name().to_bytes()).to_owned());
        Ok(names.filter(|name| name != "." && name != "..").take(most).collect())
    }
}

/// One name on. A pipe does not make it wait, and a terminal does not become ours.
fn step(at: &impl AsFd, part: &OsStr) -> io::Result<OwnedFd> {
    let flags = OFlag::O_RDONLY
        | OFlag::O_NOFOLLOW
        | OFlag::O_NONBLOCK
        | OFlag::O_NOCTTY
        | OFlag::O_CLOEXEC;
    Ok(openat(at, part, flags, Mode::empty())?)
}

#[cfg(test)]
mod tests {
    use super::{Entry, Root};
    use std::ffi::OsString;
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn no_link_is_followed_and_pipes_are_no_files() {
        let folder = tempfile::tempdir().unwrap();
        let (out, inside) = (folder.path().join("secret"), folder.path().join("site"));
        fs::create_dir_all(inside.join("a/b")).unwrap();
        fs::write(inside.join("a/b/file"), "in").unwrap();
        fs::write(&out, "out").unwrap();
        symlink(&out, inside.join("a/link")).unwrap();
        symlink(folder.path(), inside.join("up")).unwrap();
        symlink("a", inside.join("within")).unwrap();
        nix::unistd::mkfifo(&inside.join("pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        let root = Root::open(&inside).unwrap();
        let entry =
            |path: &str| root.entry(&path.split('/').map(OsString::from).collect::<Vec<_>>());
        assert!(matches!(entry("a/b/file"), Ok(Entry::File(_, 2))));
        assert!(matches!(entry("a/b"), Ok(Entry::Folder(_))));
        for path in ["a/link", "up", "up/secret", "within/b/file", "pipe", "a/b/file/x", "gone"] {
            assert!(entry(path).is_err(), "{path}");
        }
        let mut names = root.names(9).unwrap();
        names.sort();
        assert_eq!(names, ["a", "pipe", "up", "within"]);
        assert_eq!(root.names(2).unwrap().len(), 2);
        assert!(Root::open(&out).is_err());
    }
}
