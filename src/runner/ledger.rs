//! What a campaign has come to so far, and those who are told.

use super::campaign::Campaign;
use super::job::Ended;
use crate::event::{CampaignEnd, CampaignEvent, CampaignStart, RunRecord, ShrunkRun, Sink, Status};
use crate::workload::plan::Plan;
use crate::world::process::cpu_times;
use chaos_node::Nanos;
use signal_hook::consts::{SIGINT, SIGTERM};
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// What a campaign comes to.
pub struct Finished {
    /// Its records.
    pub end: CampaignEnd,
    /// What could not be written; the records are whole all the same.
    pub unsaved: Vec<io::Error>,
}

/// What a campaign has come to so far.
pub(super) struct Ledger<'a> {
    start: CampaignStart,
    sinks: &'a mut [Box<dyn Sink>],
    runs: Vec<RunRecord>,
    unsaved: Vec<io::Error>,
    node_cpu: Nanos,
    own_cpu: Nanos,
    began: Instant,
    interrupted: bool,
    shrunk: Vec<ShrunkRun>,
}

impl<'a> Ledger<'a> {
    pub(super) fn new(campaign: &Campaign<'_>, sinks: &'a mut [Box<dyn Sink>]) -> Ledger<'a> {
        let start = campaign.start.clone();
        let mut ledger = Ledger {
            start: start.clone(),
            sinks,
            runs: Vec::new(),
            unsaved: Vec::new(),
            node_cpu: Nanos::ZERO,
            own_cpu: cpu_times().tester,
            began: Instant::now(),
            interrupted: false,
            shrunk: Vec::new(),
        };
        ledger.tell(&CampaignEvent::Started(start));
        for run in &campaign.earlier {
            ledger.runs.push(run.clone());
            ledger.tell(&CampaignEvent::Recalled(Box::new(run.clone())));
        }
        ledger
    }

    pub(super) fn started(&mut self, plan: &Plan) {
        let (workload, seed) = (plan.workload.clone(), plan.seed);
        self.tell(&CampaignEvent::RunStarted { workload, seed });
    }

    /// Takes a run in; true if it violates something.
    pub(super) fn ended(&mut self, ended: Ended) -> bool {
        let Ended { record, node_cpu, unsaved, lag: _ } = ended;
        let bad = record.status == Status::Invalid;
        self.node_cpu += node_cpu;
        self.unsaved.extend(unsaved);
        self.runs.push(record.clone());
        self.tell(&CampaignEvent::RunEnded(Box::new(record)));
        bad
    }

    /// The user wants it to stop; who asks a second time is not kept waiting for anything.
    pub(super) fn interrupted(&mut self) {
        self.interrupted = true;
        for signal in [SIGINT, SIGTERM] {
            let always = Arc::new(AtomicBool::new(true));
            // Where it cannot be had, the first one is still being obeyed.
            let _ = signal_hook::flag::register_conditional_shutdown(signal, 130, always);
        }
        self.tell(&CampaignEvent::Interrupted);
    }

    /// The first failure of each kind, by seed and workload.
    pub(super) fn first_of_each_kind(&self) -> Vec<RunRecord> {
        let mut first: BTreeMap<&str, &RunRecord> = BTreeMap::new();
        for run in &self.runs {
            let Some(kind) = &run.kind else { continue };
            let known = first.entry(kind).or_insert(run);
            if self.place(run) < self.place(known) {
                *known = run;
            }
        }
        let mut runs: Vec<RunRecord> = first.into_values().cloned().collect();
        runs.sort_by_key(|run| self.place(run));
        runs
    }

    fn place(&self, run: &RunRecord) -> (u64, usize) {
        (run.seed, self.start.position(&run.workload))
    }

    pub(super) fn was_interrupted(&self) -> bool {
        self.interrupted
    }

    pub(super) fn shrinking(&mut self, run: &RunRecord) {
        let (workload, seed) = (run.workload.clone(), run.seed);
        self.tell(&CampaignEvent::Shrinking { workload, seed });
    }

    /// A failure was shrunk, to this; and what kept it from being saved, if it was not.
    pub(super) fn shrunk(&mut self, run: ShrunkRun, unsaved: Option<io::Error>) {
        self.shrunk.push(run);
        self.unsaved.extend(unsaved);
    }

    pub(super) fn finish(mut self) -> Finished {
        let Ledger { start, runs, .. } = &mut self;
        runs.sort_by_cached_key(|run| (start.position(&run.workload), run.seed));
        let end = CampaignEnd {
            start: self.start.clone(),
            runs: std::mem::take(&mut self.runs),
            shrunk: std::mem::take(&mut self.shrunk),
            interrupted: self.interrupted,
            elapsed: self.began.elapsed().into(),
            tester_cpu: cpu_times().tester.saturating_sub(self.own_cpu),
            node_cpu: self.node_cpu,
        };
        self.tell(&CampaignEvent::Ended(Box::new(end.clone())));
        Finished { end, unsaved: self.unsaved }
    }

    fn tell(&mut self, event: &CampaignEvent) {
        for sink in self.sinks.iter_mut() {
            if let Err(error) = sink.event(event) {
                self.unsaved.push(error);
            }
        }
    }
}
