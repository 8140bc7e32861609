//! The loop of a campaign.

use super::job::{self, Ended};
use super::throttle::Throttle;
use crate::check::Outcome;
use crate::event::{CampaignEnd, CampaignEvent, CampaignStart, RunRecord, Sink, Status};
use crate::execution::Execution;
use crate::workload::plan::Plan;
use crate::world::process::Arenas;
use crate::world::process::execute::{Program, execute};
use chaos_node::Nanos;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::{JoinError, JoinSet};

/// Where runs are kept.
pub trait Archive: Send + Sync {
    /// Saves a run if it is worth keeping, and says where.
    ///
    /// # Errors
    /// If it cannot be written.
    fn save(
        &self,
        plan: &Plan,
        execution: &Execution,
        outcomes: &[Outcome],
        status: Status,
    ) -> io::Result<Option<PathBuf>>;

    /// The command that brings a run back.
    fn replay(&self, seed: u64, folder: Option<&Path>) -> String;
}

/// A campaign: its plans, and how they are run.
pub struct Campaign<'a> {
    /// What is told at its start.
    pub start: CampaignStart,
    /// The plan of each run, by its number from 0.
    pub plan: &'a dyn Fn(u64) -> Plan,
    /// How many runs may be under way at once.
    pub throttle: Throttle,
    /// Whether the first violation ends it.
    pub fail_fast: bool,
    /// The program that hosts nodes.
    pub program: Program,
    /// Where runs are kept.
    pub archive: Arc<dyn Archive>,
}

/// What a campaign comes to.
pub struct Finished {
    /// Its records.
    pub end: CampaignEnd,
    /// What could not be written; the records are whole all the same.
    pub unsaved: Vec<io::Error>,
}

/// Runs a campaign to its end, or to the user's.
///
/// # Errors
/// If the signals that end it cannot be listened to.
pub async fn run(
    campaign: Campaign<'_>,
    arenas: &Arenas,
    sinks: &mut [Box<dyn Sink>],
) -> io::Result<Finished> {
    let mut signals = [signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?];
    let mut state = State::new(campaign, sinks);
    state.tell(&CampaignEvent::Started(state.campaign.start.clone()));
    let mut running = JoinSet::new();
    loop {
        while let Some(number) = state.next(running.len()) {
            state.launch(number, arenas, &mut running);
        }
        if running.is_empty() {
            break;
        }
        tokio::select! {
            Some(ended) = running.join_next() => state.ended(ended),
            () = interrupted(&mut signals) => {
                state.interrupted = true;
                state.tell(&CampaignEvent::Interrupted);
                break;
            }
        }
        if state.enough() {
            break;
        }
    }
    // Giving the runs up ends their clusters.
    running.shutdown().await;
    Ok(state.finish())
}

async fn interrupted(signals: &mut [Signal; 2]) {
    let [interrupt, terminate] = signals;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

struct State<'a, 'b> {
    campaign: Campaign<'a>,
    sinks: &'b mut [Box<dyn Sink>],
    launched: u64,
    runs: Vec<RunRecord>,
    unsaved: Vec<io::Error>,
    node_cpu: Nanos,
    own_cpu: Nanos,
    began: Instant,
    interrupted: bool,
}

impl<'a, 'b> State<'a, 'b> {
    fn new(campaign: Campaign<'a>, sinks: &'b mut [Box<dyn Sink>]) -> State<'a, 'b> {
        State {
            campaign,
            sinks,
            launched: 0,
            runs: Vec::new(),
            unsaved: Vec::new(),
            node_cpu: Nanos::ZERO,
            own_cpu: cpu(),
            began: Instant::now(),
            interrupted: false,
        }
    }

    fn tell(&mut self, event: &CampaignEvent) {
        for sink in self.sinks.iter_mut() {
            if let Err(error) = sink.event(event) {
                self.unsaved.push(error);
            }
        }
    }

    /// The number of the next run, if one may begin now.
    fn next(&mut self, running: usize) -> Option<u64> {
        let room = running < self.campaign.throttle.allowed();
        (room && self.launched < self.campaign.start.runs).then(|| {
            self.launched += 1;
            self.launched - 1
        })
    }

    fn launch(&mut self, number: u64, arenas: &Arenas, running: &mut JoinSet<Ended>) {
        let plan = (self.campaign.plan)(number);
        self.tell(&CampaignEvent::RunStarted { seed: plan.seed });
        let (arenas, program) = (arenas.clone(), self.campaign.program.clone());
        let archive = self.campaign.archive.clone();
        running.spawn_local(one(plan, arenas, program, archive));
    }

    fn ended(&mut self, ended: Result<Ended, JoinError>) {
        let Ended { record, lag, node_cpu, unsaved } = match ended {
            Ok(ended) => ended,
            // A panic in the tester is a bug, and must not look like anything else.
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        };
        self.campaign.throttle.ended(lag);
        self.node_cpu += node_cpu;
        self.unsaved.extend(unsaved);
        self.runs.push(record.clone());
        self.tell(&CampaignEvent::RunEnded(Box::new(record)));
    }

    fn enough(&self) -> bool {
        let bad = |run: &RunRecord| job::is_bad(&run.outcomes);
        self.campaign.fail_fast && self.runs.last().is_some_and(bad)
    }

    fn finish(mut self) -> Finished {
        self.runs.sort_by_key(|run| run.seed);
        let end = CampaignEnd {
            start: self.campaign.start.clone(),
            runs: std::mem::take(&mut self.runs),
            interrupted: self.interrupted,
            elapsed: self.began.elapsed().into(),
            tester_cpu: cpu().saturating_sub(self.own_cpu),
            node_cpu: self.node_cpu,
        };
        self.tell(&CampaignEvent::Ended(Box::new(end.clone())));
        Finished { end, unsaved: self.unsaved }
    }
}

async fn one(plan: Plan, arenas: Arenas, program: Program, archive: Arc<dyn Archive>) -> Ended {
    let plan = Rc::new(plan);
    let executed = execute(plan.clone(), &arenas, &program).await;
    let plan = Plan::clone(&plan);
    let judged = tokio::task::spawn_blocking(move || match executed {
        Ok(execution) => job::judge(&plan, &execution, archive.as_ref()),
        Err(error) => job::stillborn(plan.seed, &error.to_string(), &plan, archive.as_ref()),
    });
    match judged.await {
        Ok(ended) => ended,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

/// The processor time that this process took so far, all its threads together.
fn cpu() -> Nanos {
    let usage = getrusage(UsageWho::RUSAGE_SELF).map(|usage| usage.user_time() + usage.system_time());
    let micros = usage.map_or(0, |time| time.num_microseconds());
    Nanos::from_micros(u64::try_from(micros).unwrap_or(0))
}
