//! A campaign on real processes: one thread drives all clusters, others judge what came of them.

use super::campaign::{Archive, Campaign};
use super::job::{Ended, judge, stillborn};
use super::ledger::{Finished, Ledger};
use super::queue::Queue;
use super::shrink::{Bench, Clusters};
use super::shrinking::shrink_all;
use crate::event::Sink;
use crate::workload::plan::Plan;
use crate::world::process::Arenas;
use crate::world::process::execute::{Program, execute};
use signal_hook::consts::{SIGINT, SIGTERM};
use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::{JoinError, JoinSet, LocalSet};

/// So many kinds of failure are shrunk: a trial takes as long as the run.
const MOST_KINDS: usize = 3;

/// How long checks may go on whose verdict nobody waits for, after an interruption.
const LEFTOVERS: Duration = Duration::from_secs(1);

/// Runs a campaign to its end, or to the user's; each workload has its program.
///
/// # Errors
/// If there is no runtime to be had, or the signals that end it cannot be listened to.
pub fn on_processes(
    mut campaign: Campaign<'_>,
    arenas: &Arenas,
    programs: &[Program],
    sinks: &mut [Box<dyn Sink>],
) -> io::Result<Finished> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let local = LocalSet::new();
    let interrupt = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, interrupt.clone())?;
    }
    let mut ledger = Ledger::new(&campaign, sinks);
    let running = run_all(&mut campaign, arenas, programs, &mut ledger);
    local.block_on(&runtime, running)?;
    let clusters = |workload: usize| -> Box<dyn Bench + '_> {
        let (runtime, local, program) = (&runtime, &local, &programs[workload]);
        let throttle = RefCell::new(campaign.throttle.clone());
        Box::new(Clusters { runtime, local, arenas, program, throttle })
    };
    shrink_all(&campaign, MOST_KINDS, &clusters, &mut ledger, &interrupt);
    // What still holds an arena lets go of it now, and its files go.
    drop(local);
    runtime.shutdown_timeout(LEFTOVERS);
    Ok(ledger.finish())
}

async fn run_all(
    campaign: &mut Campaign<'_>,
    arenas: &Arenas,
    programs: &[Program],
    ledger: &mut Ledger<'_>,
) -> io::Result<()> {
    let mut signals = [signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?];
    let (queue, mut running) = (Queue::of(campaign), JoinSet::new());
    loop {
        while running.len() < campaign.throttle.allowed() {
            let Some(turn) = queue.next() else { break };
            let plan = (campaign.plan)(turn);
            ledger.started(&plan);
            let (arenas, program) = (arenas.clone(), programs[turn.workload].clone());
            let (archive, limit) = (campaign.archive.clone(), campaign.run_timeout);
            running.spawn_local(one(plan, arenas, program, archive, limit));
        }
        tokio::select! {
            ended = running.join_next() => match ended {
                None => break,
                Some(ended) => {
                    let ended = whole(ended);
                    campaign.throttle.ended(ended.lag);
                    if ledger.ended(ended) && campaign.fail_fast {
                        break;
                    }
                }
            },
            () = interrupted(&mut signals) => {
                ledger.interrupted();
                break;
            }
        }
    }
    // Giving the runs up ends their clusters.
    running.shutdown().await;
    Ok(())
}

async fn interrupted(signals: &mut [Signal; 2]) {
    let [interrupt, terminate] = signals;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

async fn one(
    plan: Plan,
    arenas: Arenas,
    program: Program,
    archive: Arc<dyn Archive>,
    limit: Option<Duration>,
) -> Ended {
    let plan = Rc::new(plan);
    let executed = execute(plan.clone(), &arenas, &program, limit).await;
    let plan = Plan::clone(&plan);
    let judged = tokio::task::spawn_blocking(move || match executed {
        Ok(execution) => judge(&plan, &execution, archive.as_ref()),
        Err(error) => stillborn(&plan, error.to_string(), archive.as_ref()),
    });
    whole(judged.await)
}

/// A panic in the tester is a bug, and must not look like anything else.
fn whole<T>(result: Result<T, JoinError>) -> T {
    result.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
}
