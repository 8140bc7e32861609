//! Locks on paths (paper §4.1): whoever changes what is at a path has a write lock on it, whoever
//! looks at it a read lock, and either has read locks on all directories above. There are no other
//! data of directories, so that files are made in one side by side.
//!
//! Most operations are one step of the master: they need not hold what they could have, only find
//! it free. A snapshot holds its locks while leases are revoked.

/// What a lock is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Read,
    Write,
}

/// The locks that are held.
#[derive(Debug, Default)]
pub(super) struct Locks(Vec<Held>);

#[derive(Debug)]
struct Held {
    owner: u64,
    path: String,
    mode: Mode,
}

impl Locks {
    /// Whether nobody holds what the lock of the path, with those above it, excludes.
    pub(super) fn is_free(&self, path: &str, mode: Mode) -> bool {
        whole(path, mode).all(|(path, mode)| {
            let excludes = |held: &Held| mode == Mode::Write || held.mode == Mode::Write;
            !self.0.iter().any(|held| held.path == path && excludes(held))
        })
    }

    /// Takes write locks of all the paths, with read locks above them, or of none.
    pub(super) fn take(&mut self, owner: u64, paths: &[&str]) -> bool {
        let free = paths.iter().all(|path| self.is_free(path, Mode::Write));
        for path in paths.iter().filter(|_| free) {
            let locks = whole(path, Mode::Write);
            self.0.extend(locks.map(|(path, mode)| Held { owner, path: path.to_owned(), mode }));
        }
        free
    }

    pub(super) fn release(&mut self, owner: u64) {
        self.0.retain(|held| held.owner != owner);
    }
}

/// The locks of a path: its own, and those of the directories above.
fn whole(path: &str, mode: Mode) -> impl Iterator<Item = (&str, Mode)> {
    let above = path.match_indices('/').map(|(at, _)| &path[..at]);
    above.filter(|path| !path.is_empty()).map(|path| (path, Mode::Read)).chain([(path, mode)])
}

#[cfg(test)]
mod tests {
    use super::{Locks, Mode};

    #[test]
    fn a_directory_that_is_written_excludes_what_is_below_and_not_what_is_beside() {
        let mut locks = Locks::default();
        assert!(locks.take(1, &["/home/user", "/save/user"]));
        for below in ["/home/user", "/home/user/foo", "/save/user/foo/bar"] {
            assert!(!locks.is_free(below, Mode::Read), "{below}");
        }
        for beside in ["/home/other", "/home/user2", "/home/users/foo"] {
            assert!(locks.is_free(beside, Mode::Write), "{beside}");
        }
        assert!(locks.is_free("/home", Mode::Read) && !locks.is_free("/home", Mode::Write));
        assert!(!locks.take(2, &["/save", "/other"]) && locks.is_free("/other", Mode::Write));
        locks.release(1);
        assert!(locks.is_free("/home/user", Mode::Write));
    }
}
