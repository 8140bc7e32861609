//! One run: plan, execute, check, save, and its record.

use super::campaign::Archive;
use crate::check::check;
use crate::event::{FaultCounts, OperationCounts, RunRecord, Status};
use crate::execution::Execution;
use crate::workload::plan::Plan;
use chaos_checker::{Budget, EventType};
use chaos_node::Nanos;
use std::io;
use std::time::{Duration, Instant};

/// How long a run's checks may take before they give up and say so.
const LONGEST_CHECK: Duration = Duration::from_secs(60);

/// A run that is over.
pub(super) struct Ended {
    pub(super) record: RunRecord,
    /// How late the tester was at most.
    pub(super) lag: Nanos,
    pub(super) node_cpu: Nanos,
    /// Why its folder could not be written, if so.
    pub(super) unsaved: Option<io::Error>,
}

/// Judges an execution, and saves it if it is worth keeping. Takes long enough to be kept off the
/// thread that drives clusters.
pub(super) fn judge(plan: &Plan, execution: &Execution, archive: &dyn Archive) -> Ended {
    judge_and_retell(plan, execution, archive, |_| None)
}

/// The same, but a run that is kept or violates something is told once more, by `retell`, and if
/// that gives something it is what is saved.
pub(super) fn judge_and_retell(
    plan: &Plan,
    execution: &Execution,
    archive: &dyn Archive,
    retell: impl FnOnce(&Execution) -> Option<Execution>,
) -> Ended {
    let began = Instant::now();
    let expired = || began.elapsed() > LONGEST_CHECK;
    let outcomes = check(plan, execution, &Budget { expired: &expired, ..Budget::default() });
    let status = Status::of(&outcomes);
    let folder = archive.folder(plan.seed, status);
    let mut record = RunRecord {
        seed: plan.seed,
        status,
        operations: operations(execution),
        faults: faults(execution),
        cluster_time: execution.phases.end,
        trace_hash: execution.trace_hash,
        replay: archive.replay(plan, folder.as_deref()),
        folder,
        outcomes,
    };
    let worth = status == Status::Invalid || record.folder.is_some();
    let retold = worth.then(|| retell(execution)).flatten();
    let unsaved = match record.folder {
        Some(_) => archive.save(plan, retold.as_ref().unwrap_or(execution), &record).err(),
        None => None,
    };
    if unsaved.is_some() {
        record.folder = None;
        record.replay = archive.replay(plan, None);
    }
    Ended { record, lag: execution.lag, node_cpu: execution.node_cpu, unsaved }
}

/// A run whose cluster never came to be.
pub(super) fn stillborn(plan: &Plan, why: String, archive: &dyn Archive) -> Ended {
    let execution = Execution { trouble: Some(why), ..Execution::default() };
    judge(plan, &execution, archive)
}

fn operations(execution: &Execution) -> OperationCounts {
    let mut counts = OperationCounts::default();
    for event in &execution.history {
        match event.kind {
            EventType::Invoke => {}
            EventType::Ok => counts.ok += 1,
            EventType::Fail => counts.fail += 1,
            EventType::Info => counts.info += 1,
        }
    }
    counts
}

fn faults(execution: &Execution) -> FaultCounts {
    let count = |which: fn(&crate::execution::FaultRecord) -> bool| {
        execution.faults.iter().filter(|record| which(record)).count() as u64
    };
    FaultCounts {
        attempted: count(|_| true),
        applied: count(|record| record.applied.is_some()),
        effective: count(|record| record.effect.is_some()),
    }
}
