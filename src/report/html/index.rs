//! The page of a whole campaign.

use super::{Reach, overview, page, page_with, runs};
use crate::event::{CampaignEnd, RunRecord, ShrunkRun};
use crate::report::cluster::{Cluster, clusters};
use crate::report::folder::PAGE;
use crate::report::follow::Stage;
use crate::report::tally::Tally;
use crate::report::{text, words};
use maud::{Markup, html};
use std::fmt::Write;
use std::path::Path;

/// So many kinds of failure are told; `runs.jsonl` has all.
const MOST: usize = 100;

/// The page of a campaign: one self-contained file, with links to its runs' pages.
pub fn index_page(end: &CampaignEnd) -> String {
    let (title, content) = content(end, Stage::Ended);
    page(&title, &content)
}

/// The page of a campaign that has not ended, with what is known so far. It asks the server that it
/// came from for itself again, so long as the campaign goes on.
pub fn live_page(end: &CampaignEnd, stage: Stage) -> String {
    let (title, content) = content(end, stage);
    page_with(Reach::Live, &title, &content)
}

fn content(end: &CampaignEnd, stage: Stage) -> (String, Markup) {
    let tally: Tally = end.runs.iter().collect();
    let workload = text::one_line(&end.start.workload);
    let clusters = clusters(&end.runs);
    let content = html! {
        (header(end, stage, &tally))
        (failures(&clusters, end))
        (overview::regressions(end))
        (overview::unknown(end))
        (overview::distribution(&end.runs))
        (overview::coverage(&end.runs))
        (overview::slow(end))
        (runs::runs(end))
        (sums(end, stage, &tally))
    };
    (format!("{workload} · {}", words::count(tally.runs(), "run")), content)
}

fn header(end: &CampaignEnd, stage: Stage, tally: &Tally) -> Markup {
    let start = &end.start;
    let tiles = [("valid", tally.valid), ("invalid", tally.invalid), ("unknown", tally.unknown)];
    html! {
        header #head {
            p.kicker {
                (text::one_line(&start.workload)) " · seeds from " (start.seed) " · "
                (text::one_line(&start.world))
            }
            h1 { (headline(end, stage, tally)) }
            (whereabouts(end, stage))
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

/// What becomes of a campaign that has not ended.
fn whereabouts(end: &CampaignEnd, stage: Stage) -> Markup {
    let out = end.start.out.display().to_string();
    match stage {
        Stage::Ended => html! {},
        Stage::Running => html! {
            p #running { "It goes on" @if let Some(wanted) = end.start.runs { ", to " (words::count(wanted, "run")) } ". Failures are shrunk when it ends." }
        },
        Stage::Stopped => html! {
            p { "It was killed before it ended, and nobody goes on with it. This does:" }
            pre.command { code { "chaos run --resume " (text::one_line(&out)) } }
        },
    }
}

fn headline(end: &CampaignEnd, stage: Stage, tally: &Tally) -> String {
    let runs = match stage {
        Stage::Ended => words::count(tally.runs(), "run"),
        Stage::Running | Stage::Stopped => format!("{} so far", words::count(tally.runs(), "run")),
    };
    let runs = format!("{runs} in {}", words::span(end.elapsed));
    match (tally.runs(), tally.invalid, tally.unknown) {
        (0, ..) => "No run was finished".to_owned(),
        (_, 0, 0) => format!("{runs}: no violation"),
        (_, 0, unknown) => format!("{runs}: no violation, {unknown} not decided"),
        (_, invalid, _) => format!("{runs}: {} failed", words::grouped(invalid)),
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

/// A path below this page as an address.
fn href(path: &Path) -> String {
    format!("./{}", spelled(path.as_os_str().as_encoded_bytes()))
}

/// A path in the form that it has in an address: what has a meaning there is spelled out.
pub(crate) fn spelled(path: &[u8]) -> String {
    let mut spelled = String::new();
    for byte in path {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
                spelled.push(char::from(*byte));
            }
            _ => {
                let _ = write!(spelled, "%{byte:02X}");
            }
        }
    }
    spelled
}

fn sums(end: &CampaignEnd, stage: Stage, tally: &Tally) -> Markup {
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
            dl { @for (name, value) in rows.iter().filter(|(name, _)| stage == Stage::Ended || !name.starts_with("processor")) { div { dt { (name) } dd { (value) } } } }
        }
    }
}
