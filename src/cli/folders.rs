//! Where the runs of a campaign are kept.

use super::again::Again;
use super::args::WorldArgs;
use super::workloads::file_name;
use crate::event::{RunRecord, Status};
use crate::execution::Execution;
use crate::report;
use crate::runner::Archive;
use crate::workload::plan::Plan;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Keeps runs in folders below the campaign's.
pub(super) struct Folders {
    pub(super) out: PathBuf,
    /// Valid runs as well.
    pub(super) keep: bool,
    /// Where they ran, in words.
    pub(super) world: String,
    pub(super) options: WorldArgs,
    /// The command that makes a run of a workload again from its seed alone.
    pub(super) again: BTreeMap<String, Again>,
    /// How often each run has been kept.
    kept: Mutex<BTreeMap<PathBuf, u64>>,
}

impl Folders {
    pub(super) fn new(
        out: &Path,
        keep: bool,
        world: &str,
        options: &WorldArgs,
        again: BTreeMap<String, Again>,
    ) -> Folders {
        let (out, world, options) = (out.to_owned(), world.to_owned(), options.clone());
        Folders { out, keep, world, options, again, kept: Mutex::default() }
    }

    /// How often the run has been kept, with this time: a replay makes the same one again and
    /// again.
    fn time(&self, folder: &Path) -> u64 {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let times = kept.entry(folder.to_owned()).or_default();
        *times += 1;
        *times
    }

    /// Where a run is kept: several workloads have the same seeds.
    fn place(&self, plan: &Plan) -> PathBuf {
        let runs = Path::new("runs");
        match self.again.len() {
            0 | 1 => runs.join(plan.seed.to_string()),
            _ => runs.join(file_name(&plan.workload)).join(plan.seed.to_string()),
        }
    }
}

impl Archive for Folders {
    fn folder(&self, plan: &Plan, status: Status) -> Option<PathBuf> {
        (self.keep || status != Status::Valid).then(|| {
            let mut place = self.place(plan).into_os_string();
            match self.time(Path::new(&place)) {
                1 => {}
                time => place.push(format!("-{time}")),
            }
            place.into()
        })
    }

    fn save(&self, plan: &Plan, execution: &Execution, record: &RunRecord) -> io::Result<()> {
        let Some(folder) = &record.folder else {
            return Ok(());
        };
        let folder = self.out.join(folder);
        // A campaign that was killed may have left half of it.
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let RunRecord { outcomes, replay, .. } = record;
        let run = report::Run { plan, execution, outcomes, replay, world: &self.world };
        report::folder::write(&folder, &run).map_err(io::Error::other)
    }

    fn replay(&self, plan: &Plan, folder: Option<&Path>) -> String {
        match folder {
            Some(folder) => Again::replay(&self.out.join(folder)).world(&self.options).line(),
            None => {
                let again = self.again.get(&plan.workload).cloned().unwrap_or_default();
                again.seed(plan.seed).line()
            }
        }
    }
}
