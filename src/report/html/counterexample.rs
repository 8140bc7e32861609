//! The few operations that suffice to refute a history, drawn so that their order can be seen.

use super::figure::{Figure, Lane};
use super::lanes::{hint, keys};
use super::scale::{Scale, percent};
use super::story::{Operation, Outcome};
use crate::check::Violation;
use crate::report::{Run, text, words};
use chaos_node::Nanos;
use maud::{Markup, html};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// So many operations are drawn, so that they can be seen at a glance.
const MOST: usize = 9;
/// A story of more lines waits to be opened.
const LONG: usize = 14;
const LANE: u32 = 58;

/// The counterexample of a violation of a history; nothing if it is none.
pub(super) fn counterexample(run: &Run<'_>, violation: &Violation, all: &[&Operation]) -> Markup {
    let Some(culprit) = culprit(all, violation) else { return html! {} };
    let shown = essence(all, culprit);
    html! {
        section #counterexample {
            h2 { "The counterexample" }
            p {
                "These " (words::count(all.len() as u64, "operation")) " on " (keys(all))
                " cannot be put in any order that explains what each returned"
                @if shown.len() < all.len() {
                    "; those drawn are the " (shown.len()) " that say most"
                }
                ". Each bar runs from the call to the return; only the order of calls and returns "
                "counts, so the axis is not to scale."
            }
            (draw(run, violation, &shown, culprit))
            @if !violation.story.is_empty() { (story(violation)) }
        }
    }
}

/// The operation that nothing explains: the one that returned when the violation could be seen.
pub(super) fn culprit<'a>(
    operations: &[&'a Operation],
    violation: &Violation,
) -> Option<&'a Operation> {
    let returned = |op: &&&Operation| op.ret == violation.time && op.outcome == Outcome::Ok;
    let last = || operations.iter().max_by_key(|op| op.ret);
    operations.iter().find(returned).or_else(last).copied()
}

/// The culprit, what could have given it its result, and the operations called last before its
/// return.
fn essence<'a>(all: &[&'a Operation], culprit: &Operation) -> Vec<&'a Operation> {
    let made = |op: &Operation| !culprit.output.is_nil() && op.input == culprit.output;
    let mut ranked = all.to_vec();
    ranked.sort_by_key(|op| {
        let rank = if op.index == culprit.index {
            0
        } else if made(op) {
            1
        } else {
            2
        };
        (rank, Reverse(op.call))
    });
    ranked.truncate(MOST);
    ranked.sort_by_key(|op| op.call);
    ranked
}

fn draw(run: &Run<'_>, violation: &Violation, shown: &[&Operation], culprit: &Operation) -> Markup {
    let ends = shown.iter().filter_map(|op| op.ret.filter(|_| op.outcome != Outcome::Info));
    let times: Vec<Nanos> = shown.iter().map(|op| op.call).chain(ends).collect();
    let scale = Scale::ordinal(&times);
    let (from, to) = times
        .iter()
        .fold((Nanos::MAX, Nanos::ZERO), |(from, to), time| (from.min(*time), to.max(*time)));
    let overlaps = |from: Nanos, to: Nanos, other: (Nanos, Option<Nanos>)| {
        other.0 <= to && other.1.is_none_or(|end| end >= from)
    };
    let faults = run.execution.faults.iter();
    let faults = faults.filter(|fault| fault.applied.is_some());
    let figure = Figure {
        about: text::one_line(&violation.summary).into_owned(),
        lanes: lanes(shown, culprit, &scale),
        faults: faults.filter(|fault| overlaps(from, to, (fault.attempted, fault.ended))).collect(),
        moment: None,
        ticks: times.clone(),
        least: (times.len() * 62).max(300),
        scale,
    };
    figure.draw()
}

fn lanes(shown: &[&Operation], culprit: &Operation, scale: &Scale) -> Vec<Lane> {
    let mut lanes: BTreeMap<u64, Vec<&Operation>> = BTreeMap::new();
    for operation in shown {
        lanes.entry(operation.process).or_default().push(operation);
    }
    let lane = |(process, operations): (u64, Vec<&Operation>)| Lane {
        label: format!("client {process}"),
        height: LANE,
        content: html! {
            @for operation in operations { (bar(operation, operation.index == culprit.index, scale)) }
        },
    };
    lanes.into_iter().map(lane).collect()
}

/// An operation with its words above it. One of unknown outcome has no end.
fn bar(operation: &Operation, guilty: bool, scale: &Scale) -> Markup {
    let end = operation.ret.filter(|_| operation.outcome != Outcome::Info);
    let Some((x, width)) = scale.bar(operation.call, end) else { return html! {} };
    let (place, anchor) = if x + width > 75.0 && x > 40.0 && end.is_some() {
        (x + width, "end")
    } else {
        (x, "start")
    };
    let class = format!("op {}{}", operation.outcome.name(), if guilty { " guilty" } else { "" });
    html! {
        a class=(class) href={ "#op" (operation.index) } {
            title { (hint(operation)) }
            text.told x=(percent(place)) y="19" text-anchor=(anchor) {
                @if guilty { "✗ " }
                (text::shortened(&operation.told(), 40))
            }
            rect x=(percent(x)) y="26" width=(percent(width.max(0.3))) height="18" rx="3" {}
        }
    }
}

fn story(violation: &Violation) -> Markup {
    html! {
        details open[violation.story.len() <= LONG] {
            summary { "Why no order works" }
            pre.story {
                @for line in &violation.story { (text::one_line(line)) "\n" }
            }
        }
    }
}
