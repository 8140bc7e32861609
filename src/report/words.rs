//! The words that all reports share.

use super::text;
use crate::event::{CampaignEnd, Replays, RunRecord, ShrunkRun, Status};
use crate::regression::{Recurrence, Regression, Tried, World};
use chaos_node::{Nanos, Role};

/// A role, in a sentence.
pub(crate) fn role(role: Role) -> &'static str {
    match role {
        Role::Follower => "follower",
        Role::Candidate => "candidate",
        Role::Leader => "leader",
    }
}

/// A run's name: among several workloads, a seed alone says too little.
pub(crate) fn run(workload: &str, seed: u64, several: bool) -> String {
    match several {
        true => format!("{} seed {seed}", text::one_line(workload)),
        false => format!("seed {seed}"),
    }
}

/// A run's name in its campaign.
pub(crate) fn named(record: &RunRecord, end: &CampaignEnd) -> String {
    run(&record.workload, record.seed, end.start.workloads.len() > 1)
}

/// What a run came to, in a word.
pub(crate) fn status(status: Status) -> &'static str {
    match status {
        Status::Valid => "valid",
        Status::Unknown => "unknown",
        Status::Invalid => "invalid",
    }
}

/// What became of a failure that is remembered, in a few words.
pub(crate) fn recurrence(tried: &Tried, now: Recurrence) -> &'static str {
    match now {
        Recurrence::StillFails => "still fails",
        Recurrence::FailsOtherwise => "fails otherwise",
        Recurrence::Passes if tried.changed => "passes, but its seed makes another plan now",
        Recurrence::Passes => match tried.regression.world {
            World::Sim => "passes now",
            World::Processes => "passed this time",
        },
        Recurrence::Unknown => "was not judged",
        Recurrence::NotMade => "was not tried",
    }
}

/// Which failure is remembered, and since when.
pub(crate) fn remembered(tried: &Tried, end: &CampaignEnd) -> String {
    let Regression { workload, seed, commit, .. } = &tried.regression;
    let name = run(workload, *seed, end.start.workloads.len() > 1);
    match commit {
        Some(commit) => format!("{name} (found in {})", text::one_line(commit)),
        None => name,
    }
}

/// A moment of a run: `1.204 s`.
pub(crate) fn at(time: Nanos) -> String {
    format!("{:.3} s", time.as_secs_f64())
}

/// A span of time, as exact as one cares to know: `850 µs`, `12.3 ms`, `4.1 s`, `2 min 5 s`.
pub(crate) fn span(time: Nanos) -> String {
    match time.0 {
        0..1_000_000 => format!("{} µs", time.0 / 1_000),
        1_000_000..1_000_000_000 => format!("{:.1} ms", time.as_secs_f64() * 1e3),
        1_000_000_000..60_000_000_000 => format!("{:.1} s", time.as_secs_f64()),
        3_600_000_000_000.. => {
            format!("{} h {} min", time.0 / 3_600_000_000_000, time.0 / 60_000_000_000 % 60)
        }
        _ => format!("{} min {} s", time.0 / 60_000_000_000, time.0 / 1_000_000_000 % 60),
    }
}

/// What shrinking a failure came to.
pub(crate) fn shrunk(shrunk: &ShrunkRun) -> String {
    let size = shrunk.size;
    match shrunk.replays {
        None => format!("shrunk to {size}:"),
        Some(Replays { failed: 0, of }) => {
            format!("not shrunk, for it did not come back in {}:", count(of as u64, "replay"))
        }
        Some(Replays { failed, of }) => {
            let of = count(of as u64, "replay");
            format!("shrunk to {size}; it came back in {failed} of {of}:")
        }
    }
}

/// A number with its noun: `1 run`, `3 runs`.
pub(crate) fn count(number: u64, noun: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{} {noun}{s}", grouped(number))
}

/// A number with its thousands apart: `12,345`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::{at, count, grouped, span};
    use chaos_node::Nanos;

    #[test]
    fn numbers_and_times_read_well() {
        assert_eq!([grouped(7), grouped(1000), grouped(1_234_567)], ["7", "1,000", "1,234,567"]);
        assert_eq!([count(1, "run"), count(0, "run")], ["1 run", "0 runs"]);
        let spans = [850_000, 12_345_678, 4_100_000_000, 125_000_000_000, 3_720_000_000_000];
        let spans = spans.map(|nanos| span(Nanos(nanos)));
        assert_eq!(spans, ["850 µs", "12.3 ms", "4.1 s", "2 min 5 s", "1 h 2 min"]);
        assert_eq!(at(Nanos::from_millis(1204)), "1.204 s");
    }
}
