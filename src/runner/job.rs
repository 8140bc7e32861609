//! One run: plan, execute, check, save, and its record.

use super::campaign::Archive;
use super::coverage::coverage;
use crate::check::{Outcome, Violation, check, foremost};
use crate::event::{FaultCounts, OperationCounts, RunRecord, Status};
use crate::execution::Execution;
use crate::workload::plan::Plan;
use chaos_checker::{Budget, EventType};
use chaos_node::Nanos;
use std::io;
use std::path::PathBuf;
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
    let outcomes = outcomes(plan, execution);
    let status = Status::of(&outcomes);
    let folder = archive.folder(plan, status);
    let worth = status == Status::Invalid || folder.is_some();
    let retold = worth.then(|| retell(execution)).flatten();
    saved(plan, retold.as_ref().unwrap_or(execution), outcomes, archive, folder)
}

/// Judges an execution, and saves it in this folder.
pub(super) fn judge_into(
    plan: &Plan,
    execution: &Execution,
    archive: &dyn Archive,
    folder: Option<PathBuf>,
) -> Ended {
    saved(plan, execution, outcomes(plan, execution), archive, folder)
}

fn outcomes(plan: &Plan, execution: &Execution) -> Vec<Outcome> {
    let began = Instant::now();
    let expired = || began.elapsed() > LONGEST_CHECK;
    check(plan, execution, &Budget { expired: &expired, ..Budget::default() })
}

fn saved(
    plan: &Plan,
    execution: &Execution,
    outcomes: Vec<Outcome>,
    archive: &dyn Archive,
    folder: Option<PathBuf>,
) -> Ended {
    let mut record = RunRecord {
        workload: plan.workload.clone(),
        seed: plan.seed,
        status: Status::of(&outcomes),
        operations: operations(execution),
        faults: faults(execution),
        coverage: coverage(execution),
        cluster_time: execution.phases.end,
        trace_hash: execution.trace_hash,
        replay: archive.replay(plan, folder.as_deref()),
        folder,
        kind: foremost(&outcomes).map(Violation::kind),
        plan: foremost(&outcomes).map(|_| plan.fingerprint()),
        outcomes,
    };
    let unsaved = match record.folder {
        Some(_) => archive.save(plan, execution, &record).err(),
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
