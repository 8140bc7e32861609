//! Executes a plan on real processes.
//!
//! The phases of a run: start every node; wait until the cluster first serves; let clients work and
//! the nemesis strike for the plan's duration; take back every fault; read every key until the
//! cluster serves again or its time is over; end.
//!
//! Everything here runs on one thread as a handful of tasks that share a `Stage`. Giving the
//! whole future up at any moment is safe: the arena ends all that is in it.

mod clients;
mod connection;
mod faults;
mod nodes;
mod stage;

pub use nodes::Program;

use crate::client::{Completion, Session};
use crate::execution::{Execution, Traffic, given_up};
use crate::network::Links;
use crate::workload::plan::Plan;
use crate::world::process::{Arena, ArenaError, Arenas};
use chaos_checker::EventType;
use chaos_node::{Nanos, Rng};
use clients::Talker;
use stage::{PROBE, Stage};
use std::rc::Rc;
use std::time::Duration;
use tokio::task::JoinSet;

/// How long a cluster may take to serve for the first time.
const START: Nanos = Nanos::from_secs(10);
/// How often the tester looks whether it is late.
const GLANCE: Nanos = Nanos::from_millis(50);

/// Runs the plan's cluster in an arena of the pool. Must be called within a
/// [`tokio::task::LocalSet`]. What takes longer than the limit is given up: that is its trouble.
///
/// # Errors
/// If there is no arena to be had. All that goes wrong later is part of the execution.
pub async fn execute(
    plan: Rc<Plan>,
    arenas: &Arenas,
    program: &Program,
    limit: Option<Duration>,
) -> Result<Execution, ArenaError> {
    let links = Links::new(usize::from(plan.nodes) + 1, plan.network, plan.seed);
    let arena = arenas.acquire(links)?;
    let stage = Rc::new(Stage::new(plan, arena));
    tokio::select! {
        ended = run(&stage, program) => match ended {
            Ok(()) => {}
            Err(trouble) => stage.trouble(trouble),
        },
        limit = over(limit) => {
            faults::note(&stage);
            stage.trouble(given_up(limit.into()));
        }
        () = watch(&stage) => unreachable!("it looks on as long as there is a run"),
    }
    Ok(finish(&stage))
}

/// Waits until the time is over, if it ever is.
async fn over(limit: Option<Duration>) -> Duration {
    match limit {
        Some(limit) => {
            tokio::time::sleep(limit).await;
            limit
        }
        None => std::future::pending().await,
    }
}

/// Looks how late the tester is, whatever the run waits for meanwhile.
async fn watch(stage: &Stage) {
    loop {
        let next = stage.arena.now() + GLANCE;
        stage.look_at(next);
        stage.sleep_until(next).await;
    }
}

/// The phases, in order; an error is why the run cannot be judged.
async fn run(stage: &Rc<Stage>, program: &Program) -> Result<(), String> {
    nodes::start_all(stage, program).await?;
    if !first_service(stage).await {
        return Ok(());
    }
    stage.phase(|phases, now| phases.ready = Some(now));
    let mut clients = JoinSet::new();
    for index in 0..stage.plan.clients.len() {
        clients.spawn_local(clients::work(stage.clone(), index));
    }
    match stage.plan.script.is_empty() {
        true => faults::strike(stage, program).await?,
        false => faults::play(stage, program, &mut clients).await?,
    }
    stage.phase(|phases, now| phases.healed = Some(now));
    stage.sleep_until(stage.arena.now() + stage.plan.settle).await;
    let recovered = final_reads(stage).await;
    while let Some(ended) = clients.join_next().await {
        ended.map_err(|error| format!("a client of the tester failed: {error}"))?;
    }
    if recovered {
        stage.phase(|phases, now| phases.recovered = Some(now));
    }
    Ok(())
}

/// Waits until the cluster answers a read.
async fn first_service(stage: &Rc<Stage>) -> bool {
    let Some(key) = stage.plan.final_reads.first() else {
        return true;
    };
    let timeouts = stage.plan.timeouts;
    let rng = Rng::stream(stage.plan.seed, "probe");
    let mut session = Session::new(PROBE, stage.plan.nodes, timeouts, rng);
    let mut talker = Talker::new(stage.clone());
    while stage.arena.now() < START && !stage.crashed() {
        let done = talker.operation(&mut session, &stage.plan.read_of(key)).await;
        if done.kind == EventType::Ok {
            return true;
        }
    }
    false
}

/// Reads every key, each until it is answered; false if the time for recovery is over first.
async fn final_reads(stage: &Rc<Stage>) -> bool {
    let deadline = stage.arena.now() + stage.plan.recovery;
    let mut reader = clients::Worker::new(stage.clone(), stage.plan.clients.len());
    for key in &stage.plan.final_reads {
        while reader.operation(&stage.plan.read_of(key)).await.kind != EventType::Ok {
            if stage.arena.now() >= deadline {
                return false;
            }
        }
    }
    stage.arena.now() < deadline
}

/// Ends the cluster and gathers what happened.
fn finish(stage: &Stage) -> Execution {
    stage.phase(|phases, now| phases.end = now);
    let nodes = stage.end_nodes();
    let (faults, traffic) = arena_facts(stage, &stage.arena);
    stage.execution(nodes, faults, traffic)
}

fn arena_facts(stage: &Stage, arena: &Arena) -> (Vec<crate::execution::FaultRecord>, Traffic) {
    arena.with_links(|links, _| {
        let totals = links.totals();
        let traffic = Traffic {
            delivered: totals.delivered,
            dropped: totals.dropped,
            duplicated: totals.duplicated,
            reordered: totals.reordered,
        };
        (faults::with_effects(stage.take_faults(), links), traffic)
    })
}

/// How an operation of the tester's own ended.
type Done = Completion;
