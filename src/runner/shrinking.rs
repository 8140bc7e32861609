//! The end of a campaign: the first failure of each kind is shrunk.

use super::campaign::Campaign;
use super::job::judge_into;
use super::ledger::Ledger;
use super::shrink::Bench;
use crate::event::{RunRecord, ShrunkRun};
use crate::workload::plan::Size;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The bench of a workload, by its number.
pub(super) type Benches<'a> = &'a dyn Fn(usize) -> Box<dyn Bench + 'a>;

/// Shrinks the first failure of each kind, of as many kinds as are worth the time that it takes, if
/// there is time for that.
pub(super) fn shrink_all(
    campaign: &Campaign<'_>,
    most_kinds: usize,
    bench: Benches<'_>,
    ledger: &mut Ledger<'_>,
    interrupt: &AtomicBool,
) {
    let Some(limit) = campaign.shrink.filter(|_| !ledger.was_interrupted()) else { return };
    for run in ledger.first_of_each_kind().iter().take(most_kinds) {
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
    bench: Benches<'_>,
    limit: Duration,
    interrupt: &AtomicBool,
) -> (ShrunkRun, Option<io::Error>) {
    let kind = run.kind.clone().unwrap_or_default();
    let turn = campaign.turn(run);
    let (plan, bench) = ((campaign.plan)(turn), bench(turn.workload));
    let began = Instant::now();
    let expired = || began.elapsed() > limit || interrupt.load(Ordering::Relaxed);
    let (shrunk, replays) = bench.shrink(&plan, &kind, &expired, &mut |_| {});
    let least = shrunk.plan;
    let archive = campaign.archive.as_ref();
    let folder = run.folder.as_deref().map(|folder| archive.shrunk_folder(folder));
    let ended = judge_into(&least, &bench.show(&least, &kind), archive, folder);
    let RunRecord { folder, replay, .. } = ended.record;
    let size = Size::of(&least);
    let (workload, seed) = (run.workload.clone(), run.seed);
    (ShrunkRun { workload, seed, kind, size, replays, folder, replay }, ended.unsaved)
}
