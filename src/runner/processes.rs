//! A campaign on real processes: one thread drives all clusters, others judge what came of them.

use super::campaign::{Archive, Campaign};
use super::job::{Ended, judge, stillborn};
use super::ledger::{Finished, Ledger};
use super::queue::Queue;
use crate::event::Sink;
use crate::workload::plan::Plan;
use crate::world::process::Arenas;
use crate::world::process::execute::{Program, execute};
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::{JoinError, JoinSet};

/// Runs a campaign to its end, or to the user's; each workload has its program. Must be called within a
/// [`tokio::task::LocalSet`].
///
/// # Errors
/// If the signals that end it cannot be listened to.
pub async fn on_processes(
    mut campaign: Campaign<'_>,
    arenas: &Arenas,
    programs: &[Program],
    sinks: &mut [Box<dyn Sink>],
) -> io::Result<Finished> {
    let mut signals = [signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?];
    let mut ledger = Ledger::new(campaign.start.clone(), sinks);
    let (queue, mut running) = (Queue::of(&campaign), JoinSet::new());
    loop {
        while running.len() < campaign.throttle.allowed() {
            let Some(turn) = queue.next() else { break };
            let plan = (campaign.plan)(turn);
            ledger.started(&plan);
            let (arenas, program) = (arenas.clone(), programs[turn.workload].clone());
            running.spawn_local(one(plan, arenas, program, campaign.archive.clone()));
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
    Ok(ledger.finish())
}

async fn interrupted(signals: &mut [Signal; 2]) {
    let [interrupt, terminate] = signals;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

async fn one(plan: Plan, arenas: Arenas, program: Program, archive: Arc<dyn Archive>) -> Ended {
    let plan = Rc::new(plan);
    let executed = execute(plan.clone(), &arenas, &program).await;
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
