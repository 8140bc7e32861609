//! A campaign in the simulated world: each run on one thread, as many threads as are allowed.
//!
//! A run that fails or is kept is run once more before it is told, with its messages recorded, and
//! must come out the same to the last event: else the simulator or a node is not deterministic, and
//! the run could not be brought back.

use super::campaign::Campaign;
use super::job::{Ended, judge_and_retell, judge_into};
use super::ledger::{Finished, Ledger};
use super::queue::Queue;
use super::shrink::shrink_in_simulation;
use crate::event::{RunRecord, ShrunkRun, Sink};
use crate::targets::Targets;
use crate::workload::plan::{Plan, Size};
use crate::world::sim;
use signal_hook::consts::{SIGINT, SIGTERM};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// How long the user waits at most to be heard, however long a run takes.
const PATIENCE: Duration = Duration::from_millis(100);

/// So many kinds of failure are shrunk at the end of a campaign.
const MOST_SHRUNK: usize = 8;

/// Runs a campaign to its end, or to the user's.
///
/// # Errors
/// If the signals that end it cannot be listened to.
///
/// # Panics
/// If a run is not deterministic: a bug, either in the simulator or in a node that looks at
/// something besides its context.
pub fn in_simulation(
    campaign: &Campaign<'_>,
    targets: &Targets,
    sinks: &mut [Box<dyn Sink>],
) -> io::Result<Finished> {
    let interrupt = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, interrupt.clone())?;
    }
    let mut ledger = Ledger::new(campaign.start.clone(), sinks);
    let (stop, queue) = (AtomicBool::new(false), Queue::of(campaign));
    let (tell, told) = sync_channel(1024);
    thread::scope(|scope| {
        for _ in 0..campaign.throttle.allowed() {
            let (tell, queue, stop) = (tell.clone(), &queue, &stop);
            scope.spawn(move || work(campaign, targets, queue, stop, &tell));
        }
        drop(tell);
        gather(campaign, &mut ledger, &told, &interrupt);
        stop.store(true, Ordering::Relaxed);
        // Workers that still have something to tell must not wait for a listener.
        drop(told);
    });
    if let Some(limit) = campaign.shrink.filter(|_| !ledger.was_interrupted()) {
        shrink_all(campaign, targets, limit, &mut ledger, &interrupt);
    }
    Ok(ledger.finish())
}

/// Shrinks the first failure of each kind.
fn shrink_all(
    campaign: &Campaign<'_>,
    targets: &Targets,
    limit: Duration,
    ledger: &mut Ledger<'_>,
    interrupt: &AtomicBool,
) {
    for run in ledger.first_of_each_kind().iter().take(MOST_SHRUNK) {
        if interrupt.load(Ordering::Relaxed) {
            return ledger.interrupted();
        }
        ledger.shrinking(run);
        let (shrunk, unsaved) = shrink_one(run, campaign, targets, limit, interrupt);
        ledger.shrunk(shrunk, unsaved);
    }
}

fn shrink_one(
    run: &RunRecord,
    campaign: &Campaign<'_>,
    targets: &Targets,
    limit: Duration,
    interrupt: &AtomicBool,
) -> (ShrunkRun, Option<io::Error>) {
    let kind = run.kind.clone().unwrap_or_default();
    let plan = (campaign.plan)(campaign.turn(run));
    let began = Instant::now();
    let expired = || began.elapsed() > limit || interrupt.load(Ordering::Relaxed);
    let threads = campaign.throttle.allowed();
    let shrunk = shrink_in_simulation(&plan, &kind, threads, &expired, &mut |_: &Plan| {}, targets);
    let least = shrunk.plan;
    let archive = campaign.archive.as_ref();
    let folder = run.folder.as_deref().map(|folder| archive.shrunk_folder(folder));
    let ended = judge_into(&least, &sim::execute_recorded(&least, targets), archive, folder);
    let RunRecord { folder, replay, .. } = ended.record;
    let size = Size::of(&least);
    let (workload, seed) = (run.workload.clone(), run.seed);
    (ShrunkRun { workload, seed, kind, size, folder, replay }, ended.unsaved)
}

fn gather(
    campaign: &Campaign<'_>,
    ledger: &mut Ledger<'_>,
    told: &Receiver<Ended>,
    interrupt: &AtomicBool,
) {
    loop {
        match told.recv_timeout(PATIENCE) {
            Ok(ended) => {
                if ledger.ended(ended) && campaign.fail_fast {
                    return;
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        if interrupt.load(Ordering::Relaxed) {
            return ledger.interrupted();
        }
    }
}

fn work(
    campaign: &Campaign<'_>,
    targets: &Targets,
    queue: &Queue,
    stop: &AtomicBool,
    tell: &SyncSender<Ended>,
) {
    while !stop.load(Ordering::Relaxed) {
        let Some(turn) = queue.next() else { return };
        let ended = one(&(campaign.plan)(turn), campaign, targets);
        if tell.send(ended).is_err() {
            return;
        }
    }
}

fn one(plan: &Plan, campaign: &Campaign<'_>, targets: &Targets) -> Ended {
    let execution = sim::execute(plan, targets);
    judge_and_retell(plan, &execution, campaign.archive.as_ref(), |execution| {
        let again = sim::execute_recorded(plan, targets);
        let same = again.trace_hash == execution.trace_hash && again.history == execution.history;
        assert!(same, "seed {} does not come out the same twice", plan.seed);
        Some(again)
    })
}
