//! A campaign of several workloads as a table, a workload a row, the worst first.

use super::paint::Paint;
use crate::event::{CampaignEnd, RunRecord};
use crate::report::tally::Tally;
use crate::report::{text, words};
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// The longest name that is shown whole.
const LONGEST_NAME: usize = 36;

/// A workload and what its runs have come to.
#[derive(Clone, Debug, Default)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) tally: Tally,
    /// The seeds of its runs that are under way.
    pub(super) running: BTreeSet<u64>,
}

impl Part {
    pub(super) fn new(name: &str) -> Part {
        Part { name: name.to_owned(), ..Part::default() }
    }

    pub(super) fn ended(&mut self, run: &RunRecord) {
        self.running.remove(&run.seed);
        self.tally.add(run);
    }
}

/// The workloads of a campaign that is over.
pub(super) fn parts(end: &CampaignEnd) -> Vec<Part> {
    let part = |name: &String| {
        let (name, tally) = (name.clone(), end.runs_of(name).collect());
        Part { name, tally, running: BTreeSet::new() }
    };
    end.start.workloads.iter().map(|workload| part(&workload.name)).collect()
}

/// The rows below their heading, at most so many lines in all.
pub(super) fn table(parts: &[Part], lines: usize, paint: Paint) -> Vec<String> {
    let mut sorted: Vec<&Part> = parts.iter().collect();
    sorted.sort_by_key(|part| Reverse((part.tally.invalid, part.tally.unknown)));
    let width = parts.iter().map(|part| name(part).chars().count()).max().unwrap_or(0).max(8);
    let under_way = parts.iter().any(|part| !part.running.is_empty());
    let current = if under_way { "  current" } else { "" };
    let heading = format!(
        "  {:<width$}  {:>8}  {:>7}  {:>7}  {:>18}{current}",
        "workload", "done", "failed", "unknown", "run time"
    );
    let shown = match lines.saturating_sub(1) {
        room if room >= sorted.len() => sorted.len(),
        room => room.saturating_sub(1),
    };
    let mut rows = vec![heading];
    rows.extend(sorted[..shown].iter().map(|part| row(part, width, paint)));
    if shown < sorted.len() {
        rows.push(format!("  and {} more", sorted.len() - shown));
    }
    rows
}

fn row(part: &Part, width: usize, paint: Paint) -> String {
    let Tally { invalid, unknown, mean, deviation, .. } = part.tally;
    let name = format!("{:<width$}", name(part));
    let name = match (invalid, unknown) {
        (0, 0) => name,
        (0, _) => paint.doubtful(&name),
        _ => paint.bad(&name),
    };
    let time = match part.tally.runs() {
        0 => "–".to_owned(),
        _ => format!("{} ± {}", words::span(mean), words::span(deviation)),
    };
    let done = words::grouped(part.tally.runs());
    let (invalid, unknown) = (words::grouped(invalid), words::grouped(unknown));
    let current = seeds(&part.running);
    format!("  {name}  {done:>8}  {invalid:>7}  {unknown:>7}  {time:>18}{current}")
}

fn name(part: &Part) -> String {
    text::shortened(&text::one_line(&part.name), LONGEST_NAME).into_owned()
}

/// The oldest first, for one that hangs is among them.
fn seeds(running: &BTreeSet<u64>) -> String {
    let first = running.first().map(|seed| format!("  {seed}")).unwrap_or_default();
    match running.len() {
        0 | 1 => first,
        all => format!("{first} +{}", all - 1),
    }
}

#[cfg(test)]
mod tests {
    use super::{Part, table};
    use crate::report::sample;
    use crate::report::terminal::paint::Paint;

    fn parts() -> Vec<Part> {
        let mut parts: Vec<Part> = ["calm", "doubtful", "broken", "new"].map(Part::new).into();
        let runs = sample::campaign().runs;
        parts[0].ended(&runs[0]);
        parts[1].ended(&runs[6]);
        runs.iter().for_each(|run| parts[2].ended(run));
        parts[2].running.extend([30, 31, 32]);
        parts
    }

    #[test]
    fn the_worst_come_first_and_the_others_stay_in_order() {
        let rows = table(&parts(), 100, Paint::none());
        let names: Vec<_> = rows.iter().map(|row| row.split_whitespace().next().unwrap()).collect();
        assert_eq!(names, ["workload", "broken", "doubtful", "calm", "new"]);
        assert!(rows[1].ends_with("  30 +2"), "{rows:#?}");
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let rows = table(&parts(), 4, Paint::none());
        assert_eq!((rows.len(), rows[3].as_str()), (4, "  and 2 more"));
    }
}
