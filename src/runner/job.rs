//! One run: plan, execute, check, save, and its record.

use super::campaign::Archive;
use crate::check::{Outcome, check};
use crate::event::{FaultCounts, OperationCounts, RunRecord, Status};
use crate::execution::Execution;
use crate::workload::plan::Plan;
use chaos_checker::EventType;
use chaos_node::Nanos;
use std::io;

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
    let outcomes = check(plan, execution);
    let status = Status::of(&outcomes);
    let saved = archive.save(plan, execution, &outcomes, status);
    let (folder, unsaved) = match saved {
        Ok(folder) => (folder, None),
        Err(error) => (None, Some(error)),
    };
    let record = RunRecord {
        seed: plan.seed,
        status,
        operations: operations(execution),
        faults: faults(execution),
        cluster_time: execution.phases.end,
        replay: archive.replay(plan.seed, folder.as_deref()),
        folder,
        outcomes,
    };
    Ended { record, lag: execution.lag, node_cpu: execution.node_cpu, unsaved }
}

/// The record of a run that never came to be.
pub(super) fn stillborn(seed: u64, why: &str, plan: &Plan, archive: &dyn Archive) -> Ended {
    let execution = Execution { trouble: Some(why.to_owned()), ..Execution::default() };
    let mut ended = judge(plan, &execution, archive);
    ended.record.seed = seed;
    ended
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

/// What was found, for those who only want to know that.
pub(super) fn is_bad(outcomes: &[Outcome]) -> bool {
    Status::of(outcomes) == Status::Invalid
}
