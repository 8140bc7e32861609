//! The end of a campaign: the first failure of each kind is shrunk.

use super::campaign::Campaign;
use super::job::judge_into;
use super::ledger::Ledger;
use crate::event::{Replays, RunRecord, ShrunkRun};
use crate::execution::Execution;
use crate::workload::plan::{Plan, Size};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// A world in which plans can be shrunk.
pub(super) trait Bench {
    /// How many kinds of failure are worth the time that shrinking takes here.
    fn most_kinds(&self) -> usize;

    /// A smaller plan that shows this kind of violation, and how often, where that varies. The
    /// workload's number says which program it is for.
    fn shrink(
        &self,
        workload: usize,
        plan: &Plan,
        kind: &str,
        expired: &(dyn Fn() -> bool + Sync),
    ) -> (Plan, Option<Replays>);

    /// An execution of the plan, to be shown; one with this kind of violation if it can be had.
    fn show(&self, workload: usize, plan: &Plan, kind: &str) -> Execution;
}

/// Shrinks the first failure of each kind, if there is time for that.
pub(super) fn shrink_all(
    campaign: &Campaign<'_>,
    bench: &dyn Bench,
    ledger: &mut Ledger<'_>,
    interrupt: &AtomicBool,
) {
    let Some(limit) = campaign.shrink.filter(|_| !ledger.was_interrupted()) else { return };
    for run in ledger.first_of_each_kind().iter().take(bench.most_kinds()) {
        ledger.shrinking(run);
        let (shrunk, unsaved) = shrink_one(run, campaign, bench, limit, interrupt);
        ledger.shrunk(shrunk, unsaved);
        if interrupt.load(Ordering::Relaxed) {
            return ledger.interrupted();
        }
    }
}

fn shrink_one(
    run: &RunRecord,
    campaign: &Campaign<'_>,
    bench: &dyn Bench,
    limit: Duration,
    interrupt: &AtomicBool,
) -> (ShrunkRun, Option<io::Error>) {
    let kind = run.kind.clone().unwrap_or_default();
    let turn = campaign.turn(run);
    let plan = (campaign.plan)(turn);
    let began = Instant::now();
    let expired = || began.elapsed() > limit || interrupt.load(Ordering::Relaxed);
    let (least, replays) = bench.shrink(turn.workload, &plan, &kind, &expired);
    let archive = campaign.archive.as_ref();
    let folder = run.folder.as_deref().map(|folder| archive.shrunk_folder(folder));
    let shown = bench.show(turn.workload, &least, &kind);
    let ended = judge_into(&least, &shown, archive, folder);
    let RunRecord { folder, replay, .. } = ended.record;
    let size = Size::of(&least);
    let (workload, seed) = (run.workload.clone(), run.seed);
    (ShrunkRun { workload, seed, kind, size, replays, folder, replay }, ended.unsaved)
}
