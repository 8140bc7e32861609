//! The sums over a campaign's runs.

use crate::event::{FaultCounts, OperationCounts, RunRecord, Status};
use chaos_node::Nanos;
use serde::Serialize;

/// The sums over some runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Tally {
    pub(crate) valid: u64,
    pub(crate) invalid: u64,
    pub(crate) unknown: u64,
    pub(crate) operations: OperationCounts,
    pub(crate) faults: FaultCounts,
    /// The mean of the time that a run's cluster ran.
    pub(crate) mean: Nanos,
    /// Its standard deviation.
    pub(crate) deviation: Nanos,
    /// The squares' sum about the mean, in seconds (Welford 1962).
    #[serde(skip)]
    squares: f64,
}

impl Tally {
    pub(crate) fn runs(&self) -> u64 {
        self.valid + self.invalid + self.unknown
    }

    pub(crate) fn add(&mut self, run: &RunRecord) {
        match run.status {
            Status::Valid => self.valid += 1,
            Status::Invalid => self.invalid += 1,
            Status::Unknown => self.unknown += 1,
        }
        self.operations.ok += run.operations.ok;
        self.operations.fail += run.operations.fail;
        self.operations.info += run.operations.info;
        self.faults.attempted += run.faults.attempted;
        self.faults.applied += run.faults.applied;
        self.faults.effective += run.faults.effective;
        self.time(run.cluster_time);
    }

    fn time(&mut self, time: Nanos) {
        let (runs, time, before) =
            (self.runs() as f64, time.as_secs_f64(), self.mean.as_secs_f64());
        let mean = before + (time - before) / runs;
        self.squares += (time - before) * (time - mean);
        self.mean = nanos(mean);
        self.deviation = match self.runs() {
            0 | 1 => Nanos::ZERO,
            _ => nanos((self.squares / (runs - 1.0)).sqrt()),
        };
    }
}

fn nanos(seconds: f64) -> Nanos {
    Nanos((seconds * 1e9).round() as u64)
}

impl<'a> FromIterator<&'a RunRecord> for Tally {
    fn from_iter<I: IntoIterator<Item = &'a RunRecord>>(runs: I) -> Tally {
        let mut tally = Tally::default();
        runs.into_iter().for_each(|run| tally.add(run));
        tally
    }
}

#[cfg(test)]
mod tests {
    use super::Tally;
    use crate::report::sample;
    use chaos_node::Nanos;

    #[test]
    fn sums_and_the_spread_of_run_times() {
        let mut runs = sample::campaign().runs;
        for (run, seconds) in runs.iter_mut().zip([2, 4, 4, 4, 5, 5, 7, 9]) {
            run.cluster_time = Nanos::from_secs(seconds);
        }
        let tally: Tally = runs.iter().collect();
        assert_eq!((tally.valid, tally.invalid, tally.unknown), (5, 2, 1));
        assert_eq!((tally.faults.attempted, tally.operations.info), (72, 56));
        assert_eq!(tally.mean, Nanos::from_secs(5));
        // 32 over 7, not over 8: the runs are a sample of what could be.
        assert_eq!(tally.deviation.as_millis(), 2138);
        let one: Tally = runs[..1].iter().collect();
        assert_eq!((one.mean, one.deviation), (Nanos::from_secs(2), Nanos::ZERO));
    }
}
