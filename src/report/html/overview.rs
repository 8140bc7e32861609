//! What a campaign's runs have in common: how long they took, which faults met what, which of them
//! were slow, and why some could not be judged.

use super::index::{linked, name, several};
use super::scale::percent;
use crate::event::{CampaignEnd, Coverage, Moments, RunRecord};
use crate::report::cluster::undecided;
use crate::report::regressions::REGRESSIONS;
use crate::report::{text, words};
use chaos_node::Nanos;
use maud::{Markup, html};
use std::cmp::Reverse;

/// So many bars of the distribution, slow runs and reasons are shown.
const BARS: usize = 32;
const SLOW: usize = 8;
const REASONS: usize = 20;
/// So many failures that are remembered are shown.
const REMEMBERED: usize = 50;

/// What became of the failures that are remembered beside the workloads.
pub(super) fn regressions(end: &CampaignEnd) -> Markup {
    let all = end.recurrences();
    if all.is_empty() {
        return html! {};
    }
    html! {
        section #regressions {
            h2 { "What failed before" }
            p { "Remembered in " code { (REGRESSIONS) } " and tried first." }
            dl {
                @for (tried, now) in all.iter().take(REMEMBERED) {
                    div {
                        dt { (words::remembered(tried, end)) }
                        dd {
                            strong { (words::recurrence(tried, *now)) } ": "
                            (text::one_line(&tried.regression.violation))
                        }
                    }
                }
            }
            @if all.len() > REMEMBERED { p { "And " (all.len() - REMEMBERED) " more." } }
        }
    }
}

/// How the run times are spread.
pub(super) fn distribution(runs: &[RunRecord]) -> Markup {
    let mut times: Vec<Nanos> = runs.iter().map(|run| run.cluster_time).collect();
    times.sort_unstable();
    let (Some(first), Some(last)) = (times.first().copied(), times.last().copied()) else {
        return html! {};
    };
    let rank = |percent: usize| words::span(times[(times.len() - 1) * percent / 100]);
    let bars = bars(&times, first, last);
    let most = bars.iter().max().copied().unwrap_or(1).max(1);
    let told = format!(
        "from {} to {}, half within {}, 90 % within {}, 99 % within {}",
        words::span(first),
        words::span(last),
        rank(50),
        rank(90),
        rank(99),
    );
    html! {
        section #times {
            h2 { "How long runs took" }
            p { "In the cluster's own time: " (told) "." }
            svg.bars role="img" aria-label=(told) height="90" {
                @for (place, number) in bars.iter().enumerate() {
                    @let height = (*number as f64 / most as f64 * 86.0).ceil();
                    rect x=(percent(place as f64 * 100.0 / BARS as f64)) y=(88.0 - height)
                        width=(percent(92.0 / BARS as f64)) height=(height) {
                        title { (bar_title(first, last, place, *number)) }
                    }
                }
                line.lane x1="0" x2="100%" y1="89" y2="89" {}
            }
            p.ends { span { (words::span(first)) } span { (words::span(last)) } }
        }
    }
}

fn bars(times: &[Nanos], first: Nanos, last: Nanos) -> [u64; BARS] {
    let mut bars = [0; BARS];
    let width = last.saturating_sub(first).0.max(1) as u128;
    for time in times {
        let place = u128::from(time.saturating_sub(first).0) * BARS as u128 / width;
        bars[(place as usize).min(BARS - 1)] += 1;
    }
    bars
}

fn bar_title(first: Nanos, last: Nanos, place: usize, number: u64) -> String {
    let width = last.saturating_sub(first).0 / BARS as u64;
    let from = first + Nanos(width * place as u64);
    format!("{} about {}", words::count(number, "run"), words::span(from))
}

/// Which faults met what.
pub(super) fn coverage(runs: &[RunRecord]) -> Markup {
    let mut sums = Coverage::new();
    for (kind, moments) in runs.iter().flat_map(|run| &run.coverage) {
        sums.entry(kind.clone()).or_default().add(moments);
    }
    if sums.is_empty() {
        return html! {};
    }
    let untold = sums.values().any(|moments| moments.untold > 0);
    html! {
        section #coverage {
            h2 { "What faults met" }
            p { "Faults that took hold, by their kind and what their victims were at that moment." }
            div.wide {
                table.narrow {
                    thead {
                        tr {
                            th scope="col" { "fault" }
                            th.right scope="col" { "a leader" }
                            th.right scope="col" { "others, while one led" }
                            th.right scope="col" { "nobody led" }
                            @if untold { th.right scope="col" { "roles not told" } }
                        }
                    }
                    tbody { @for (kind, moments) in &sums { (moments_row(kind, moments, untold)) } }
                }
            }
        }
    }
}

fn moments_row(kind: &str, moments: &Moments, untold: bool) -> Markup {
    let mut cells = vec![moments.leader, moments.others, moments.leaderless];
    if untold {
        cells.push(moments.untold);
    }
    html! {
        tr {
            th scope="row" { (text::one_line(kind)) }
            @for number in cells {
                td.right {
                    @if number == 0 { strong.never { "never" } } @else { (words::grouped(number)) }
                }
            }
        }
    }
}

/// The slowest runs.
pub(super) fn slow(end: &CampaignEnd) -> Markup {
    let mut runs: Vec<&RunRecord> = end.runs.iter().collect();
    runs.sort_by_key(|run| Reverse(run.cluster_time));
    html! {
        @if !runs.is_empty() {
            section #slow {
                h2 { "The slowest" }
                ul.inline {
                    @for run in runs.into_iter().take(SLOW) {
                        li { (linked(run, &name(run, several(end)))) " " (words::span(run.cluster_time)) }
                    }
                }
            }
        }
    }
}

/// Why runs could not be judged.
pub(super) fn unknown(end: &CampaignEnd) -> Markup {
    let reasons = undecided(&end.runs);
    if reasons.is_empty() {
        return html! {};
    }
    html! {
        section #unknown {
            h2 { "What could not be judged" }
            ul.reasons {
                @for (reason, runs) in reasons.iter().take(REASONS) {
                    li {
                        span.badge.unknown { (words::count(runs.len() as u64, "run")) }
                        (text::shortened(&text::one_line(reason), 300)) ", such as "
                        (linked(runs[0], &name(runs[0], several(end))))
                    }
                }
            }
            @if reasons.len() > REASONS { p { "And " (reasons.len() - REASONS) " more reasons." } }
        }
    }
}
