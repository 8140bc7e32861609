//! Where nodes keep their files: in memory that only we see, or on a disk of the user's choice.

use super::arena::ArenaOptions;
use super::error::ArenaError;
use super::namespaces::mount_tmpfs;
use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use nix::mount::{MntFlags, umount2};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// The folder above all nodes' folders.
#[derive(Debug)]
pub(super) struct Store {
    root: PathBuf,
    mounted: bool,
    _lock: Option<Flock<File>>,
}

impl Store {
    /// `private`: whether our mounts are ours alone, so that the scratch folder can be a tmpfs.
    pub(super) fn open(options: &ArenaOptions, private: bool) -> Result<Store, ArenaError> {
        let root = options.data_dir.as_ref().unwrap_or(&options.scratch);
        let what = || format!("use {} for the nodes' files", root.display());
        fs::create_dir_all(root).map_err(ArenaError::system(what()))?;
        let root = fs::canonicalize(root).map_err(ArenaError::system(what()))?;
        let mounted = private && options.data_dir.is_none();
        if mounted {
            let mount = mount_tmpfs(&root).map_err(io::Error::from);
            mount.map_err(ArenaError::system(format!("mount a tmpfs on {}", root.display())))?;
        }
        let lock = options.data_dir.is_some().then(|| lock(&root)).transpose()?;
        Ok(Store { root, mounted, _lock: lock })
    }

    /// A node's folder.
    pub(super) fn folder(&self, slot: u8, node: u16) -> PathBuf {
        self.slot(slot).join(format!("n{node}"))
    }

    /// Makes all folders of a slot, empty.
    pub(super) fn prepare(&self, slot: u8, nodes: u16) -> io::Result<()> {
        self.wipe(slot)?;
        (1..=nodes).try_for_each(|node| fs::create_dir_all(self.folder(slot, node)))
    }

    /// Takes all files of a slot away.
    pub(super) fn wipe(&self, slot: u8) -> io::Result<()> {
        match fs::remove_dir_all(self.slot(slot)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn slot(&self, slot: u8) -> PathBuf {
        self.root.join(format!("chaos-cluster-{slot}"))
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        if self.mounted {
            let _ = umount2(&self.root, MntFlags::MNT_DETACH);
            let _ = fs::remove_dir(&self.root);
        }
    }
}

/// Two testers must not share a folder; the kernel lifts the lock when its holder dies.
fn lock(folder: &Path) -> Result<Flock<File>, ArenaError> {
    let file =
        File::open(folder).map_err(ArenaError::system(format!("open {}", folder.display())))?;
    Flock::lock(file, FlockArg::LockExclusiveNonblock).map_err(|(_, error)| match error {
        Errno::EWOULDBLOCK => ArenaError::Busy(folder.to_owned()),
        error => {
            ArenaError::System { what: format!("lock {}", folder.display()), source: error.into() }
        }
    })
}
