//! A campaign of any world: what it needs to know.

use super::order::{Order, Turn};
use super::throttle::Throttle;
use crate::event::{CampaignStart, RunRecord, Status};
use crate::execution::Execution;
use crate::workload::plan::Plan;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Where runs are kept.
pub trait Archive: Send + Sync {
    /// The folder that a run is to be kept in, below the campaign's; none if it is not worth it.
    fn folder(&self, plan: &Plan, status: Status) -> Option<PathBuf>;

    /// The folder that a shrunk run is to be kept in, below the campaign's.
    fn shrunk_folder(&self, original: &Path) -> PathBuf {
        original.join("shrunk")
    }

    /// Saves a run in its folder.
    ///
    /// # Errors
    /// If it cannot be written.
    fn save(&self, plan: &Plan, execution: &Execution, record: &RunRecord) -> io::Result<()>;

    /// The command that brings a run back.
    fn replay(&self, plan: &Plan, folder: Option<&Path>) -> String;
}

/// A campaign: its plans, and how they are run. One of a single workload is the plainest case.
pub struct Campaign<'a> {
    /// What is told at its start.
    pub start: CampaignStart,
    /// Which runs there are.
    pub order: Order,
    /// The records of those that were made before.
    pub earlier: Vec<RunRecord>,
    /// The plan of each run.
    pub plan: &'a (dyn Fn(Turn) -> Plan + Sync),
    /// How long runs may begin; as long as there are any where nothing is said.
    pub budget: Option<Duration>,
    /// How long a run may take before it is given up as unknown.
    pub run_timeout: Option<Duration>,
    /// How many runs may be under way at once.
    pub throttle: Throttle,
    /// Whether the first violation ends it.
    pub fail_fast: bool,
    /// How long the first failure of each kind is shrunk; not at all where there is no time.
    pub shrink: Option<Duration>,
    /// Where runs are kept.
    pub archive: Arc<dyn Archive>,
}

impl Campaign<'_> {
    /// Whether its end was reached before.
    pub(super) fn is_over(&self) -> bool {
        self.fail_fast && self.earlier.iter().any(|run| run.status == Status::Invalid)
    }

    /// Which of its runs this one is.
    pub(super) fn turn(&self, run: &RunRecord) -> Turn {
        let number = run.seed.wrapping_sub(self.start.seed);
        Turn { workload: self.start.position(&run.workload), number }
    }
}
