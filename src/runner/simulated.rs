//! A campaign in the simulated world: each run on one thread, as many threads as are allowed.
//!
//! A run that fails or is kept is run once more before it is told, with its messages recorded, and
//! must come out the same to the last event: else the simulator or a node is not deterministic, and
//! the run could not be brought back.

use super::campaign::Campaign;
use super::job::{Ended, judge_and_retell, stillborn};
use super::ledger::{Finished, Ledger};
use super::queue::Queue;
use super::shrink::{Bench, Simulator};
use super::shrinking::shrink_all;
use crate::event::Sink;
use crate::execution::given_up;
use crate::targets::Targets;
use crate::workload::plan::Plan;
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

/// So many kinds of failure are shrunk.
const MOST_KINDS: usize = 8;

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
    let mut ledger = Ledger::new(campaign, sinks);
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
    let threads = campaign.throttle.allowed();
    let simulator = |_| -> Box<dyn Bench + '_> { Box::new(Simulator { threads, targets }) };
    shrink_all(campaign, MOST_KINDS, &simulator, &mut ledger, &interrupt);
    Ok(ledger.finish())
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
        let Some(ended) = one(&(campaign.plan)(turn), campaign, targets, stop) else { return };
        if tell.send(ended).is_err() {
            return;
        }
    }
}

/// Nothing if the campaign was stopped before the run was over.
fn one(
    plan: &Plan,
    campaign: &Campaign<'_>,
    targets: &Targets,
    stop: &AtomicBool,
) -> Option<Ended> {
    let (began, archive) = (Instant::now(), campaign.archive.as_ref());
    let late = || campaign.run_timeout.filter(|limit| began.elapsed() >= *limit);
    let stopped = || stop.load(Ordering::Relaxed) || late().is_some();
    let Some(execution) = sim::execute_unless(plan, targets, &stopped) else {
        let given_up = late().map(|limit| given_up(limit.into()));
        return given_up.map(|why| stillborn(plan, why, archive));
    };
    let ended = judge_and_retell(plan, &execution, archive, |execution| {
        let again = sim::execute_recorded(plan, targets);
        let same = again.trace_hash == execution.trace_hash && again.history == execution.history;
        assert!(same, "seed {} does not come out the same twice", plan.seed);
        Some(again)
    });
    Some(ended)
}
