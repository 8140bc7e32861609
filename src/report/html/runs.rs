//! The table of a campaign's runs, which a script sorts and filters.
//!
//! It is of bounded length whatever the number of runs: those that failed or could not be judged,
//! the slowest, those that were kept, and an even sample of all others.

use super::index::{linked, name, several};
use crate::event::{CampaignEnd, RunRecord, Status};
use crate::report::{text, words};
use maud::{Markup, PreEscaped, html};
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// So many runs of each reason to be there are in the table.
const NOT_VALID: usize = 1_000;
const SLOWEST: usize = 100;
const KEPT: usize = 200;
const SAMPLE: usize = 200;

const SCRIPT: &str = include_str!("script/table.js");

/// The columns: what stands above, and whether it is sorted by number.
const COLUMNS: [(&str, bool); 8] = [
    ("seed", true),
    ("verdict", false),
    ("what", false),
    ("ok", true),
    ("fail", true),
    ("info", true),
    ("faults", true),
    ("took", true),
];

/// The table with its script.
pub(super) fn runs(end: &CampaignEnd) -> Markup {
    let chosen = chosen(&end.runs);
    html! {
        section #runs {
            h2 { "Runs" }
            p {
                @if chosen.len() < end.runs.len() {
                    (words::grouped(chosen.len() as u64)) " of "
                    (words::grouped(end.runs.len() as u64))
                    ": those that are not valid (at most " (words::grouped(NOT_VALID as u64))
                    "), the slowest, those that were kept, and a sample of the others. All are in "
                } @else { "All are in " }
                a href="runs.jsonl" { "runs.jsonl" } "."
            }
            @if !chosen.is_empty() {
                div.wide {
                    table #all {
                        thead {
                            tr {
                                @for (column, number) in COLUMNS {
                                    th.right[number] scope="col" { (column) }
                                }
                            }
                        }
                        tbody { @for run in chosen { (row(run, several(end))) } }
                    }
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
}

/// The runs of the table, in the campaign's order.
fn chosen(runs: &[RunRecord]) -> Vec<&RunRecord> {
    let mut places = BTreeSet::new();
    let mut some = |most: usize, which: &dyn Fn(&RunRecord) -> bool| {
        let found = runs.iter().enumerate().filter(|(_, run)| which(run));
        places.extend(found.map(|(place, _)| place).take(most));
    };
    some(NOT_VALID, &|run| run.status != Status::Valid);
    some(KEPT, &|run| run.status == Status::Valid && run.folder.is_some());
    let mut slowest: Vec<usize> = (0..runs.len()).collect();
    slowest.sort_by_key(|place| Reverse(runs[*place].cluster_time));
    places.extend(slowest.into_iter().take(SLOWEST));
    let valid = (0..runs.len()).filter(|place| runs[*place].status == Status::Valid);
    let step = (valid.clone().count() / SAMPLE).max(1);
    places.extend(valid.step_by(step).take(SAMPLE));
    places.into_iter().map(|place| &runs[place]).collect()
}

/// Cells that are shown in other words than they are sorted by say so.
fn row(run: &RunRecord, several: bool) -> Markup {
    let status = words::status(run.status);
    let what = match (run.violation(), run.unknown()) {
        (Some(violation), _) => format!("{}: {}", violation.property, violation.summary),
        (None, Some(reason)) => reason.to_owned(),
        (None, None) => String::new(),
    };
    html! {
        tr {
            td.right data-by=(run.seed) { (linked(run, &name(run, several))) }
            td { span class={ "badge " (status) } { (status) } }
            td.what { (text::shortened(&text::one_line(&what), 300)) }
            @for number in [run.operations.ok, run.operations.fail, run.operations.info] {
                td.right data-by=(number) { (words::grouped(number)) }
            }
            td.right data-by=(run.faults.effective) {
                (run.faults.effective) "/" (run.faults.attempted)
            }
            td.right data-by=(run.cluster_time.0) { (words::span(run.cluster_time)) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{KEPT, NOT_VALID, SAMPLE, SLOWEST, chosen};
    use crate::event::Status;
    use crate::report::sample;
    use chaos_node::Nanos;

    #[test]
    fn a_hundred_thousand_runs_leave_a_table_that_can_be_read() {
        let end = sample::campaign();
        let (valid, invalid) = (&end.runs[0], &end.runs[3]);
        let run = |seed: u64| {
            let mut run = if seed % 50 == 49 { invalid.clone() } else { valid.clone() };
            run.seed = seed;
            run
        };
        let mut runs: Vec<_> = (0..20_000).map(run).collect();
        runs[12_345].cluster_time = Nanos::from_secs(100);
        let all = chosen(&runs);
        assert!(all.len() <= NOT_VALID + SLOWEST + KEPT + SAMPLE, "{}", all.len());
        let invalid = all.iter().filter(|run| run.status == Status::Invalid).count();
        assert_eq!(invalid, 400, "every failure is there");
        assert!(all.iter().any(|run| run.seed == 12_345), "the slowest is there");
        let last = all.iter().rfind(|run| run.status == Status::Valid);
        assert!(last.is_some_and(|run| run.seed > 19_000), "the sample reaches to the end");
        assert_eq!(chosen(&end.runs).len(), 8, "few runs are all there");
    }
}
