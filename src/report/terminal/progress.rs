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
            let left = self.wanted.saturating_sub(self.done()) as f64 / rate;
            parts.push(format!("{rate:.1}/s, {} left", clock(left.ceil() as u64)));
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
            _ => Some(format!("running {seeds} +{more}")),
        }
    }
}

/// A time that is waited for, in whole seconds.
fn clock(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        _ => words::span(Nanos::from_secs(seconds)),
    }
}

#[cfg(test)]
mod tests {
    use super::Progress;
    use crate::report::sample;
    use std::time::Duration;

    #[test]
    fn says_what_there_is_to_know_within_the_width_of_a_terminal() {
        let runs = sample::campaign().runs;
        let mut progress = Progress::new(1000);
        assert_eq!(progress.line(Duration::ZERO), "0 valid, 0 invalid, 0 unknown");
        runs.iter().for_each(|run| progress.started(run.seed));
        runs[..4].iter().for_each(|run| progress.ended(run));
        let line = progress.line(Duration::from_secs(1));
        let wanted = "3 valid, 1 invalid, 0 unknown · 4.0/s, 4 min 9 s left · running 18 19 20 +1";
        assert_eq!(line, wanted);
    }
}
