//! How far a campaign is.

use super::table::Part;
use crate::event::{CampaignStart, RunRecord};
use crate::report::tally::Tally;
use crate::report::{text, words};
use chaos_node::Nanos;
use std::time::Duration;

/// How far a campaign is.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress {
    wanted: Option<u64>,
    /// How many were done before this began.
    before: u64,
    tally: Tally,
    parts: Vec<Part>,
    shrinking: Option<u64>,
}

impl Progress {
    pub(super) fn of(start: &CampaignStart) -> Progress {
        let parts = start.workloads.iter().map(|workload| Part::new(&workload.name)).collect();
        Progress { wanted: start.runs, parts, ..Progress::default() }
    }

    pub(super) fn started(&mut self, workload: &str, seed: u64) {
        self.parts(workload).for_each(|part| {
            part.running.insert(seed);
        });
    }

    pub(super) fn recalled(&mut self, run: &RunRecord) {
        self.before += 1;
        self.ended(run);
    }

    pub(super) fn ended(&mut self, run: &RunRecord) {
        self.parts(&run.workload).for_each(|part| part.ended(run));
        self.tally.add(run);
    }

    /// All runs are over, and a failure is being shrunk.
    pub(super) fn shrinking(&mut self, seed: u64) {
        self.parts.iter_mut().for_each(|part| part.running.clear());
        self.shrinking = Some(seed);
    }

    fn parts<'a>(&'a mut self, workload: &'a str) -> impl Iterator<Item = &'a mut Part> {
        self.parts.iter_mut().filter(move |part| part.name == workload)
    }

    /// The workloads, where there are several.
    pub(super) fn several(&self) -> Option<&[Part]> {
        (self.parts.len() > 1).then_some(&self.parts[..])
    }

    pub(super) fn done(&self) -> u64 {
        self.tally.runs()
    }

    /// How many runs are done, and of how many.
    pub(super) fn count(&self) -> String {
        let done = self.done();
        self.wanted.map_or_else(|| done.to_string(), |wanted| format!("{done}/{wanted}"))
    }

    /// Everything but the numbers of runs done and wanted.
    pub(super) fn line(&self, elapsed: Duration) -> String {
        let Tally { valid, invalid, unknown, .. } = self.tally;
        let mut parts = vec![format!("{valid} valid, {invalid} invalid, {unknown} unknown")];
        if let Some(seed) = self.shrinking {
            parts.push(format!("shrinking seed {seed}"));
            return parts.join(" · ");
        }
        let rate = (self.done() - self.before) as f64 / elapsed.as_secs_f64().max(1e-3);
        if self.done() > self.before {
            let left = |wanted: u64| wanted.saturating_sub(self.done()) as f64 / rate;
            let left =
                self.wanted.map(|wanted| format!(", {} left", clock(left(wanted).ceil() as u64)));
            parts.push(format!("{rate:.1}/s{}", left.unwrap_or_default()));
        }
        parts.extend(self.under_way());
        parts.join(" · ")
    }

    /// The seeds of the runs that are under way: the oldest first, for one that hangs is among
    /// them.
    fn under_way(&self) -> Option<String> {
        const SHOWN: usize = 3;
        let mut runs: Vec<(u64, &str)> = Vec::new();
        for part in &self.parts {
            runs.extend(part.running.iter().map(|seed| (*seed, part.name.as_str())));
        }
        runs.sort_unstable();
        let seeds = runs.iter().take(SHOWN).map(|(seed, workload)| match self.several() {
            None => seed.to_string(),
            Some(_) => format!("{} {seed}", text::one_line(workload)),
        });
        let seeds = seeds.collect::<Vec<_>>();
        let (more, between) =
            (runs.len() - seeds.len(), if self.several().is_some() { ", " } else { " " });
        let seeds = seeds.join(between);
        match (runs.len(), more) {
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
    use crate::event::CampaignEnd;
    use crate::report::sample;
    use std::time::Duration;

    #[test]
    fn says_what_there_is_to_know_within_the_width_of_a_terminal() {
        let CampaignEnd { mut start, runs, .. } = sample::campaign();
        start.runs = Some(1000);
        let mut progress = Progress::of(&start);
        assert_eq!(progress.line(Duration::ZERO), "0 valid, 0 invalid, 0 unknown");
        runs.iter().for_each(|run| progress.started(&run.workload, run.seed));
        runs[..4].iter().for_each(|run| progress.ended(run));
        let line = progress.line(Duration::from_secs(1));
        let wanted = "3 valid, 1 invalid, 0 unknown · 4.0/s, 4 min 9 s left · running 18 19 20 +1";
        assert_eq!(line, wanted);
        assert_eq!(progress.count(), "4/1000");
        progress.shrinking(17);
        let line = progress.line(Duration::from_secs(9));
        assert_eq!(line, "3 valid, 1 invalid, 0 unknown · shrinking seed 17");
    }
}
