//! The few operations that suffice to refute a history, drawn so that their order can be seen.

use super::attempts::Attempts;
use super::figure::{Figure, Lane};
use super::lanes::{hint, keys};
use super::scale::{Scale, percent};
use super::story::{Operation, Outcome};
use crate::check::Violation;
use crate::report::{Run, text};
use crate::workload::plan::Property;
use chaos_node::Nanos;
use maud::{Markup, html};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// So many operations are drawn, so that they can be seen at a glance.
const MOST: usize = 9;
/// A story of more lines waits to be opened.
const LONG: usize = 14;
const LANE: u32 = 58;
/// The room between two moments at least, in pixels.
const SLOT: usize = 62;

/// The counterexample of a violation of a history; nothing if it is none.
pub(super) fn counterexample(
    run: &Run<'_>,
    violation: &Violation,
    operations: &[Operation],
) -> Markup {
    let attempts = Attempts::of(run, violation, MOST);
    let events = attempts.as_ref().map_or(&violation.events[..], Attempts::events);
    let all: Vec<_> = operations.iter().filter(|op| events.contains(&op.index)).collect();
    let Some(culprit) = culprit(&all, violation) else { return html! {} };
    let mut shown = essence(&all, culprit);
    let alone = attempts.as_ref().is_some_and(|attempts| attempts.start().is_none());
    let background = if alone { Vec::new() } else { background(operations, &all, culprit) };
    let start = attempts.as_ref().map_or(violation.start.as_deref(), Attempts::start);
    shown.extend(&background);
    shown.sort_by_key(|op| op.call);
    html! {
        section #counterexample {
            h2 { "The counterexample" }
            p {
                @if let Some(start) = start {
                    (keys(&all)) " was " (text::shortened(&text::one_line(start), 80)) ". "
                }
                @if violation.property != Property::Linearizable {
                    "These operations contradict each other"
                } @else if all.len() == 1 {
                    "Nothing explains what this operation returned"
                } @else {
                    @if alone { "Whatever " (keys(&all)) " was before, no" } @else { "No" }
                    " order of these " (all.len()) " operations explains what each returned"
                }
                @if shown.len() - background.len() < all.len() {
                    "; drawn are the " (shown.len() - background.len()) " that say most"
                }
                ". "
                @if !background.is_empty() { "Outlined is what went before. " }
                "A bar runs from the call to the return; only their order counts, so the axis is "
                "not to scale."
            }
            (draw(run, violation, &shown, culprit, attempts.as_ref()))
            @if let Some(attempts) = &attempts { (attempts.choice(&all)) }
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

/// The culprit and the operations called last before its return.
fn essence<'a>(all: &[&'a Operation], culprit: &Operation) -> Vec<&'a Operation> {
    let mut ranked = all.to_vec();
    ranked.sort_by_key(|op| (op.index != culprit.index, Reverse(op.call)));
    ranked.truncate(MOST);
    ranked
}

/// What went before on the culprit's key, where the counterexample does without it: what could have
/// given it its result, and what was acknowledged last.
fn background<'a>(
    operations: &'a [Operation],
    all: &[&Operation],
    culprit: &Operation,
) -> Vec<&'a Operation> {
    const MADE: usize = 1;
    const LAST: usize = 2;
    let first = all.iter().map(|op| op.call).min().unwrap_or(culprit.call);
    let before = |op: &&Operation| {
        op.key == culprit.key && op.outcome == Outcome::Ok && op.ret < Some(first)
    };
    let mut before: Vec<_> = operations.iter().filter(before).collect();
    before.sort_by_key(|op| Reverse(op.ret));
    let reads = !culprit.output.is_nil() && culprit.input.is_nil();
    let made = before.iter().filter(|op| reads && op.input == culprit.output);
    let made: Vec<_> = made.take(MADE).copied().collect();
    let others = before.iter().filter(|op| made.iter().all(|made| made.index != op.index));
    let writes = others.filter(|op| !(op.input.is_nil() && op.f == culprit.f));
    let last = if made.is_empty() { LAST } else { 0 };
    made.iter().chain(writes.take(last)).copied().collect()
}

fn draw(
    run: &Run<'_>,
    violation: &Violation,
    shown: &[&Operation],
    culprit: &Operation,
    attempts: Option<&Attempts>,
) -> Markup {
    let events = attempts.map_or(&violation.events[..], Attempts::events);
    let ends = shown.iter().filter_map(|op| op.ret.filter(|_| op.outcome != Outcome::Info));
    let times: Vec<Nanos> = shown.iter().map(|op| op.call).chain(ends).collect();
    let paper = Paper {
        scale: Scale::ordinal(&times),
        width: (times.len() * SLOT).max(520),
        needed: events.iter().copied().collect(),
        attempts,
    };
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
        lanes: lanes(shown, culprit, &paper),
        faults: faults.filter(|fault| overlaps(from, to, (fault.attempted, fault.ended))).collect(),
        moment: None,
        ticks: times.clone(),
        least: paper.width,
        scale: paper.scale,
    };
    figure.draw()
}

fn lanes(shown: &[&Operation], culprit: &Operation, paper: &Paper<'_>) -> Vec<Lane> {
    let mut lanes: BTreeMap<u64, Vec<&Operation>> = BTreeMap::new();
    for operation in shown {
        lanes.entry(operation.process).or_default().push(operation);
    }
    let lane = |(process, operations): (u64, Vec<&Operation>)| Lane {
        label: format!("client {process}"),
        height: LANE,
        content: html! {
            @for (place, operation) in operations.iter().enumerate() {
                @let next = operations.get(place + 1).map(|next| next.call);
                (bar(operation, next, operation.index == culprit.index, paper))
            }
        },
    };
    lanes.into_iter().map(lane).collect()
}

/// What is drawn on.
struct Paper<'a> {
    scale: Scale,
    /// Its width at least, in pixels.
    width: usize,
    /// The operations that suffice to refute.
    needed: BTreeSet<u64>,
    attempts: Option<&'a Attempts>,
}

impl Paper<'_> {
    /// How many letters have room between two places.
    fn letters(&self, from: f64, to: f64) -> usize {
        const LETTER: f64 = 7.8;
        ((to - from) / 100.0 * self.width as f64 / LETTER).max(3.0) as usize
    }
}

/// An operation with its words above it, as far as they have room before the client's next one. One
/// of unknown outcome has no end.
fn bar(operation: &Operation, next: Option<Nanos>, guilty: bool, paper: &Paper<'_>) -> Markup {
    let end = operation.ret.filter(|_| operation.outcome != Outcome::Info);
    let Some((x, width)) = paper.scale.bar(operation.call, end) else { return html! {} };
    let room = paper.letters(x, next.map_or(100.0, |next| paper.scale.at(next)));
    let role = match (guilty, paper.needed.contains(&operation.index)) {
        (true, _) => " guilty",
        (false, true) => "",
        (false, false) => " context",
    };
    let class = format!("op {}{role}", operation.outcome.name());
    let cross = if guilty { "✗ " } else { "" };
    html! {
        a class=(class) href={ "#op" (operation.index) } {
            title { (hint(operation)) }
            text.told x=(percent(x)) y="19" {
                (text::shortened(&format!("{cross}{}", operation.told()), room))
            }
            rect x=(percent(x)) y="26" width=(percent(width.max(0.3))) height="18" rx="3" {}
            @if let Some(attempts) = paper.attempts { (attempts.marks(operation, x)) }
        }
    }
}

fn story(violation: &Violation) -> Markup {
    html! {
        details open[violation.story.len() <= LONG] {
            summary { "Why no order works" }
            pre.story {
                @for line in &violation.story {
                    (text::one_line(line.strip_prefix("  ").unwrap_or(line))) "\n"
                }
            }
        }
    }
}
