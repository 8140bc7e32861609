//! Where mutants are looked for: in the simulator, or on real processes.

use super::super::exit::Failure;
use super::super::shrink::{judged, save, within, write};
use crate::check::{Violation, foremost};
use crate::event::Status;
use crate::runner::shrink::{Clusters, Oracle, Parallel};
use crate::targets::Targets;
use crate::workload::plan::{Plan, Size};
use chaos_node::Nanos;
use std::path::Path;
use std::time::{Duration, Instant};

/// Where a run is saved, and the command that brings it back from there.
pub(super) struct Saved<'a> {
    pub(super) folder: &'a Path,
    pub(super) replay: &'a str,
}

/// A world in which mutants are looked for.
pub(super) trait Bench {
    /// The first of so many plans that violates something: its number, and what it violates.
    fn first(
        &self,
        count: usize,
        plan: &(dyn Fn(usize) -> Plan + Sync),
    ) -> Option<(usize, Violation)>;

    /// Shrinks a plan that shows this kind of violation, for so long at most, and saves what it
    /// comes to.
    fn shrink(
        &self,
        plan: &Plan,
        kind: &str,
        limit: Nanos,
        saved: &Saved<'_>,
    ) -> Result<Size, Failure>;
}

/// The simulator, with so many runs at once.
pub(super) struct Simulator<'a> {
    pub(super) threads: usize,
    pub(super) targets: &'a Targets,
}

impl Bench for Simulator<'_> {
    fn first(
        &self,
        count: usize,
        plan: &(dyn Fn(usize) -> Plan + Sync),
    ) -> Option<(usize, Violation)> {
        let fails = |plan: &Plan| Status::of(&judged(plan, self.targets)) == Status::Invalid;
        let run = Parallel { threads: self.threads, fails }.first(count, plan, &|| false)?;
        let violation = foremost(&judged(&plan(run), self.targets)).cloned()?;
        Some((run, violation))
    }

    fn shrink(
        &self,
        plan: &Plan,
        kind: &str,
        limit: Nanos,
        saved: &Saved<'_>,
    ) -> Result<Size, Failure> {
        let least = within(plan, kind, limit, self.threads, &mut |_| {}, self.targets).plan;
        save(&least, saved.folder, saved.replay, self.targets)?;
        Ok(Size::of(&least))
    }
}

/// Real processes.
pub(super) struct Processes<'a> {
    pub(super) clusters: Clusters<'a>,
    /// How they are kept apart, in words.
    pub(super) world: String,
}

impl Bench for Processes<'_> {
    fn first(
        &self,
        count: usize,
        plan: &(dyn Fn(usize) -> Plan + Sync),
    ) -> Option<(usize, Violation)> {
        self.clusters.first(count, plan)
    }

    fn shrink(
        &self,
        plan: &Plan,
        kind: &str,
        limit: Nanos,
        saved: &Saved<'_>,
    ) -> Result<Size, Failure> {
        let (began, limit) = (Instant::now(), Duration::from(limit));
        let expired = || began.elapsed() > limit;
        let (least, _) = self.clusters.shrink(plan, kind, &expired, &mut |_| {});
        let execution = self.clusters.show(&least.plan, kind);
        write(&least.plan, &execution, saved.folder, saved.replay, &self.world)?;
        Ok(Size::of(&least.plan))
    }
}
