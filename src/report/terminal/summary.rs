//! The end of a campaign, as a text.

use super::paint::Paint;
use crate::event::{CampaignEnd, Expectation};
use crate::regression::Recurrence;
use crate::report::cluster::{Cluster, clusters, undecided};
use crate::report::tally::Tally;
use crate::report::{text, words};
use chaos_node::Nanos;
use std::fmt::Write;

/// So many kinds of failure are told of; the page of the campaign has all.
const SHOWN: usize = 8;

/// The end of a campaign: a table, what failed, and the command that brings it back.
pub(super) fn summary(end: &CampaignEnd, paint: Paint) -> String {
    let tally: Tally = end.runs.iter().collect();
    let mut out = String::new();
    let _ = writeln!(out, "\n{}\n", paint.bold(&heading(end, &tally)));
    if end.start.workloads.len() > 1 {
        let rows = super::table::table(&super::table::parts(end), usize::MAX, paint);
        let _ = writeln!(out, "{}\n", rows.join("\n"));
    }
    table(&mut out, &tally, end, paint);
    unknowns(&mut out, end, paint);
    regressions(&mut out, end, paint);
    let clusters = clusters(&end.runs);
    failures(&mut out, &clusters, end, paint);
    let _ = writeln!(out, "\nresults: {}", end.start.out.display());
    match clusters.first() {
        Some(cluster) => {
            let _ =
                writeln!(out, "\nbring it back:\n{}", text::one_line(&cluster.example().0.replay));
        }
        None => {
            let _ = writeln!(out, "{}", verdict(&tally, end, paint));
        }
    }
    expectations(&mut out, end, paint);
    out
}

fn expectations(out: &mut String, end: &CampaignEnd, paint: Paint) {
    for (workload, expectation) in end.expectations() {
        let runs = end.runs_of(&workload.name).count() as u64;
        let name = match end.start.workloads.len() {
            0 | 1 => String::new(),
            _ => format!("{}: ", text::one_line(&workload.name)),
        };
        let _ = writeln!(out, "\n{name}{}", expected(expectation, runs, paint));
    }
}

/// What became of the violation that the workload is there to show.
fn expected(expectation: Expectation, runs: u64, paint: Paint) -> String {
    let all = words::count(runs, "run");
    match expectation {
        Expectation::Met { property, runs } => {
            paint.good(&format!("as expected, {property} was violated: in {runs} of {all}"))
        }
        Expectation::Missed { property } => {
            paint.bad(&format!("{property} was expected to be violated, but was in none of {all}"))
        }
        Expectation::Other { property, runs } => paint.bad(&format!(
            "{property} was expected to be violated, but {runs} of {all} violated something else"
        )),
    }
}

fn heading(end: &CampaignEnd, tally: &Tally) -> String {
    let workload = text::one_line(&end.start.workload);
    let elapsed = words::span(end.elapsed);
    let runs = words::count(tally.runs(), "run");
    let of = match end.start.runs {
        Some(wanted) if wanted > tally.runs() => format!(" of {wanted}"),
        _ => String::new(),
    };
    match end.interrupted {
        true => format!("{workload}: interrupted after {elapsed}, {runs}{of}"),
        false => format!("{workload}: {runs}{of} in {elapsed}"),
    }
}

fn table(out: &mut String, tally: &Tally, end: &CampaignEnd, paint: Paint) {
    let number = words::grouped;
    let run_time = format!("{} ± {}", words::span(tally.mean), words::span(tally.deviation));
    let (operations, faults) = (tally.operations, tally.faults);
    row(
        out,
        paint,
        "runs",
        &[
            ("valid", number(tally.valid)),
            ("invalid", number(tally.invalid)),
            ("unknown", number(tally.unknown)),
            ("run time", run_time),
        ],
    );
    row(
        out,
        paint,
        "operations",
        &[
            ("ok", number(operations.ok)),
            ("fail", number(operations.fail)),
            ("info", number(operations.info)),
        ],
    );
    row(
        out,
        paint,
        "faults",
        &[
            ("attempted", number(faults.attempted)),
            ("applied", number(faults.applied)),
            ("effective", number(faults.effective)),
        ],
    );
    row(
        out,
        paint,
        "processor",
        &[
            ("tester", words::span(end.tester_cpu)),
            ("nodes", words::span(end.node_cpu)),
            ("ratio", ratio(end.tester_cpu, end.node_cpu)),
        ],
    );
}

/// A row of the table: what each number is stands above it.
fn row(out: &mut String, paint: Paint, name: &str, cells: &[(&str, String)]) {
    let width =
        |(head, cell): &(&str, String)| head.chars().count().max(cell.chars().count()).max(11);
    let (mut heads, mut values) = (String::new(), String::new());
    for cell in cells {
        let width = width(cell);
        let _ = write!(heads, "  {:>width$}", cell.0);
        let _ = write!(values, "  {:>width$}", cell.1);
    }
    let _ = writeln!(out, "  {:<11}{heads}", "");
    let _ = writeln!(out, "  {}{values}", paint.bold(&format!("{name:<11}")));
}

fn ratio(tester: Nanos, nodes: Nanos) -> String {
    match nodes {
        Nanos::ZERO => "–".to_owned(),
        _ => format!("{:.2}", tester.as_secs_f64() / nodes.as_secs_f64()),
    }
}

fn unknowns(out: &mut String, end: &CampaignEnd, paint: Paint) {
    for (reason, runs) in undecided(&end.runs).into_iter().take(SHOWN) {
        let reason = text::one_line(reason);
        let (count, example) = (words::count(runs.len() as u64, "run"), words::named(runs[0], end));
        let unknown = paint.doubtful("unknown");
        let _ = writeln!(out, "\n{unknown} {count}, such as {example}: {reason}");
    }
}

/// What became of the failures that are remembered.
fn regressions(out: &mut String, end: &CampaignEnd, paint: Paint) {
    let all = end.recurrences();
    if all.is_empty() {
        return;
    }
    let fails = |(_, now): &&(_, Recurrence)| {
        matches!(now, Recurrence::StillFails | Recurrence::FailsOtherwise)
    };
    let (failing, known) = (all.iter().filter(fails).count(), all.len() as u64);
    let known = words::count(known, "remembered failure");
    let head = format!("{known}, {failing} of them failing");
    let _ = writeln!(out, "\n{}", if failing > 0 { paint.bad(&head) } else { paint.good(&head) });
    for (tried, now) in all.iter().take(SHOWN) {
        let (name, now) = (words::remembered(tried, end), words::recurrence(tried, *now));
        let _ = writeln!(out, "  {name} {now}: {}", text::one_line(&tried.regression.violation));
    }
    if all.len() > SHOWN {
        let _ = writeln!(out, "  and {} more", all.len() - SHOWN);
    }
}

fn failures(out: &mut String, clusters: &[Cluster<'_>], end: &CampaignEnd, paint: Paint) {
    for cluster in clusters.iter().take(SHOWN) {
        let (run, violation) = cluster.example();
        let runs = words::count(cluster.failures.len() as u64, "run");
        let (property, example) = (cluster.property, words::named(run, end));
        let _ = writeln!(out, "\n{} {property}: {runs}, such as {example}", paint.bad("violated"));
        let _ = writeln!(out, "  {}", text::one_line(&violation.summary));
        if let Some(folder) = &run.folder {
            let _ = writeln!(out, "  {}", end.start.out.join(folder).join("report.html").display());
        }
        if let Some(shrunk) = cluster.shrunk(&end.shrunk) {
            let _ = writeln!(out, "  {}", words::shrunk(shrunk));
            let _ = writeln!(out, "  {}", text::one_line(&shrunk.replay));
        }
    }
    if clusters.len() > SHOWN {
        let _ = writeln!(out, "\nand {} more kinds of failure", clusters.len() - SHOWN);
    }
}

fn verdict(tally: &Tally, end: &CampaignEnd, paint: Paint) -> String {
    match (tally.runs(), tally.unknown) {
        (0, _) => paint.doubtful("no run was finished"),
        (_, 0) if end.interrupted => paint.doubtful("no violation in the runs that were finished"),
        (_, 0) => paint.good("all runs are valid"),
        _ => paint.doubtful("no violation, but not every run could be judged"),
    }
}
