//! The page of a whole campaign.

use super::{overview, page, runs};
use crate::event::{CampaignEnd, RunRecord, ShrunkRun};
use crate::report::cluster::{Cluster, clusters};
use crate::report::folder::PAGE;
use crate::report::tally::Tally;
use crate::report::{text, words};
use maud::{Markup, html};
use std::fmt::Write;
use std::path::Path;

/// So many kinds of failure are told; `runs.jsonl` has all.
const MOST: usize = 100;

/// The page of a campaign: one self-contained file, with links to its runs' pages.
pub fn index_page(end: &CampaignEnd) -> String {
    let tally: Tally = end.runs.iter().collect();
    let workload = text::one_line(&end.start.workload);
    let clusters = clusters(&end.runs);
    let content = html! {
        (header(end, &tally))
        (failures(&clusters, end))
        (overview::regressions(end))
        (overview::unknown(end))
        (overview::distribution(&end.runs))
        (overview::coverage(&end.runs))
        (overview::slow(end))
        (runs::runs(end))
        (sums(end, &tally))
    };
    page(&format!("{workload} · {}", words::count(tally.runs(), "run")), &content)
}

fn header(end: &CampaignEnd, tally: &Tally) -> Markup {
    let start = &end.start;
    let tiles = [("valid", tally.valid), ("invalid", tally.invalid), ("unknown", tally.unknown)];
    html! {
        header {
            p.kicker {
                (text::one_line(&start.workload)) " · seeds from " (start.seed) " · "
                (text::one_line(&start.world))
            }
            h1 { (headline(end, tally)) }
            @if end.interrupted {
                p {
                    "Interrupted: " (tally.runs())
                    @if let Some(wanted) = start.runs { " of " (wanted) }
                    " runs were finished."
                }
            }
            @for warning in &start.warnings { p { "Warning: " (text::one_line(warning)) } }
            ul.tiles {
                @for (name, number) in tiles {
                    li.zero[number == 0] {
                        strong { (words::grouped(number)) } span class={ "badge " (name) } { (name) }
                    }
                }
            }
        }
    }
}

fn headline(end: &CampaignEnd, tally: &Tally) -> String {
    let runs = words::count(tally.runs(), "run");
    let elapsed = words::span(end.elapsed);
    match (tally.runs(), tally.invalid, tally.unknown) {
        (0, ..) => "No run was finished".to_owned(),
        (_, 0, 0) => format!("{runs} in {elapsed}: no violation"),
        (_, 0, unknown) => format!("{runs} in {elapsed}: no violation, {unknown} not decided"),
        (_, invalid, _) => format!("{runs} in {elapsed}: {} failed", words::grouped(invalid)),
    }
}

fn failures(clusters: &[Cluster<'_>], end: &CampaignEnd) -> Markup {
    if clusters.is_empty() {
        return html! {};
    }
    html! {
        section #failures {
            h2 { "What failed" }
            p { "Failures that differ in names and numbers alone stand together." @if clusters.len() > MOST { " The " (MOST) " most frequent of " (clusters.len()) " kinds." } }
            ol.clusters { @for cluster in clusters.iter().take(MOST) { (failure(cluster, cluster.shrunk(&end.shrunk), several(end))) } }
        }
    }
}

fn failure(cluster: &Cluster<'_>, shrunk: Option<&ShrunkRun>, several: bool) -> Markup {
    const SEEDS: usize = 12;
    let (run, violation) = cluster.example();
    let others = cluster.failures.iter().filter(|(other, _)| !std::ptr::eq(*other, run));
    html! {
        li {
            p.kicker {
                span.badge.invalid { (cluster.property) }
                (words::count(cluster.failures.len() as u64, "run"))
            }
            p.sentence { (linked(run, &text::one_line(&violation.summary))) }
            pre.command { code { (text::one_line(&run.replay)) } }
            @if let Some(shrunk) = shrunk {
                p {
                    @match &shrunk.folder {
                        Some(folder) => a href=(href(&folder.join(PAGE))) { (words::shrunk(shrunk)) },
                        None => (words::shrunk(shrunk)),
                    }
                }
                pre.command { code { (text::one_line(&shrunk.replay)) } }
            }
            @if cluster.failures.len() > 1 {
                p.seeds {
                    @if several { "Also " } @else { "Also seeds " }
                    @for (other, _) in others.take(SEEDS) {
                        (linked(other, &name(other, several))) " "
                    }
                    @if cluster.failures.len() > SEEDS + 1 {
                        "and " (cluster.failures.len() - SEEDS - 1) " more"
                    }
                }
            }
        }
    }
}

pub(super) fn several(end: &CampaignEnd) -> bool {
    end.start.workloads.len() > 1
}

/// A run's seed, with its workload's name where there are several.
pub(super) fn name(run: &RunRecord, several: bool) -> String {
    match several {
        true => format!("{} {}", text::one_line(&run.workload), run.seed),
        false => run.seed.to_string(),
    }
}

/// Text that leads to the run's page if the run was kept.
pub(super) fn linked(run: &RunRecord, text: &str) -> Markup {
    match &run.folder {
        Some(folder) => html! { a href=(href(&folder.join(PAGE))) { (text) } },
        None => html! { (text) },
    }
}

/// A path below this page as an address: what has a meaning in one is spelled out.
fn href(path: &Path) -> String {
    let mut href = String::from("./");
    for byte in path.to_string_lossy().bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
                href.push(char::from(byte));
            }
            _ => {
                let _ = write!(href, "%{byte:02X}");
            }
        }
    }
    href
}

fn sums(end: &CampaignEnd, tally: &Tally) -> Markup {
    let number = words::grouped;
    let (operations, faults) = (tally.operations, tally.faults);
    let rows = [
        ("run time", format!("{} ± {}", words::span(tally.mean), words::span(tally.deviation))),
        (
            "operations",
            format!(
                "{} ok, {} fail, {} info",
                number(operations.ok),
                number(operations.fail),
                number(operations.info)
            ),
        ),
        (
            "faults",
            format!(
                "{} attempted, {} applied, {} effective",
                number(faults.attempted),
                number(faults.applied),
                number(faults.effective)
            ),
        ),
        ("processor, tester", words::span(end.tester_cpu)),
        ("processor, nodes", words::span(end.node_cpu)),
        ("at once", end.start.jobs.to_string()),
        ("chaos", env!("CARGO_PKG_VERSION").to_owned()),
    ];
    html! {
        section #sums {
            h2 { "In sum" }
            dl { @for (name, value) in rows { div { dt { (name) } dd { (value) } } } }
        }
    }
}
