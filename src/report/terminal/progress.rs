//! How far a campaign is.

use crate::event::RunRecord;
use crate::report::tally::Tally;
use crate::report::words;
use chaos_node::Nanos;
use std::collections::BTreeSet;
use std::time::Duration;

/// How far a campaign is.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress {
    wanted: u64,
    tally: Tally,
    running: BTreeSet<u64>,
}

impl Progress {
    pub(super) fn new(wanted: u64) -> Progress {
        Progress { wanted, ..Progress::default() }
    }

    pub(super) fn started(&mut self, seed: u64) {
        self.running.insert(seed);
    }

    pub(super) fn ended(&mut self, run: &RunRecord) {
        self.running.remove(&run.seed);
        self.tally.add(run);
    }

    pub(super) fn done(&self) -> u64 {
        self.tally.runs()
    }

    pub(super) fn wanted(&self) -> u64 {
        self.wanted
    }

    /// Everything but the numbers of runs done and wanted.
    pub(super) fn line(&self, elapsed: Duration) -> String {
        let Tally { valid, invalid, unknown, .. } = self.tally;
        let mut parts = vec![format!("{valid} valid, {invalid} invalid, {unknown} unknown")];
        let rate = self.done() as f64 / elapsed.as_secs_f64().max(1e-3);
        if self.done() > 0 {
            parts.push(format!("{rate:.1} runs/s"));
            let left = self.wanted.saturating_sub(self.done()) as f64 / rate;
            parts.push(format!("{} left", words::span(Nanos::from_secs(left.ceil() as u64))));
        }
        parts.extend(self.under_way());
        parts.join(" · ")
    }

    /// The seeds of the runs that are under way: the oldest first, for one that hangs is among
    /// them.
    fn under_way(&self) -> Option<String> {
        const SHOWN: usize = 3;
        let seeds: Vec<_> = self.running.iter().take(SHOWN).map(u64::to_string).collect();
        let more = self.running.len() - seeds.len();
        let seeds = seeds.join(" ");
        match (self.running.len(), more) {
            (0, _) => None,
            (_, 0) => Some(format!("running {seeds}")),
            _ => Some(format!("running {seeds} and {more} more")),
        }
    }
}
