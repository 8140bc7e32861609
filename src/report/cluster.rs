//! Failures that look alike: three hundred failing seeds may be three bugs.

use crate::check::Violation;
use crate::event::{RunRecord, ShrunkRun, Status};
use crate::workload::plan::Property;
use std::collections::BTreeMap;

/// Failures of one [kind](Violation::kind).
#[derive(Clone, Debug)]
pub(crate) struct Cluster<'a> {
    /// The property that does not hold.
    pub(crate) property: Property,
    /// The runs, in order of workload and seed, each with its violation.
    pub(crate) failures: Vec<(&'a RunRecord, &'a Violation)>,
}

impl<'a> Cluster<'a> {
    /// What the campaign shrank of it.
    pub(crate) fn shrunk<'b>(&self, all: &'b [ShrunkRun]) -> Option<&'b ShrunkRun> {
        let origin = |shrunk: &ShrunkRun, run: &RunRecord| {
            run.seed == shrunk.seed && run.workload == shrunk.workload
        };
        all.iter().find(|shrunk| self.failures.iter().any(|(run, _)| origin(shrunk, run)))
    }

    /// The run to look at: the first one that was kept, else the first.
    pub(crate) fn example(&self) -> (&'a RunRecord, &'a Violation) {
        let kept = self.failures.iter().find(|(run, _)| run.folder.is_some());
        *kept.unwrap_or(&self.failures[0])
    }
}

/// The failed runs by their first violation, the largest cluster first.
pub(crate) fn clusters(runs: &[RunRecord]) -> Vec<Cluster<'_>> {
    let mut by_kind: BTreeMap<String, Cluster<'_>> = BTreeMap::new();
    for run in runs {
        let Some(violation) = run.violation() else { continue };
        let property = violation.property;
        let new = || Cluster { property, failures: Vec::new() };
        by_kind.entry(violation.kind()).or_insert_with(new).failures.push((run, violation));
    }
    let mut clusters: Vec<_> = by_kind.into_values().collect();
    clusters.sort_by_key(|cluster| std::cmp::Reverse(cluster.failures.len()));
    clusters
}

/// The runs that could not be judged, by reason.
pub(crate) fn undecided(runs: &[RunRecord]) -> BTreeMap<&str, Vec<&RunRecord>> {
    let mut reasons: BTreeMap<&str, Vec<&RunRecord>> = BTreeMap::new();
    for run in runs.iter().filter(|run| run.status == Status::Unknown) {
        reasons.entry(run.unknown().unwrap_or("no reason given")).or_default().push(run);
    }
    reasons
}
