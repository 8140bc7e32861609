//! Clients, nodes and faults on one time axis: once around the violation, once for the whole run.

use super::facts::of_node;
use super::figure::{Figure, Lane};
use super::lanes::{Look, clients, extent, node};
use super::scale::Scale;
use super::story::{Operation, nodes, outages, reigns};
use crate::check::Violation;
use crate::report::{Run, words};
use chaos_node::Nanos;
use maud::{Markup, html};
use std::collections::BTreeSet;

/// So many operations are drawn over the whole run; more are but a smear, and make the page slow.
const MOST: usize = 1_500;

/// What takes less than so small a part of a figure cannot be seen, and is not drawn.
const FINEST: u64 = 1_000;

/// A part of a run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub(super) from: Nanos,
    pub(super) to: Nanos,
}

/// The part of a run to look at: around the violation, as far as its facts reach if that is near.
pub(super) fn window(
    run: &Run<'_>,
    violation: Option<&Violation>,
    guilty: &[&Operation],
) -> Window {
    const BEFORE: Nanos = Nanos::from_millis(300);
    const AFTER: Nanos = Nanos::from_millis(100);
    const FARTHEST: Nanos = Nanos::from_millis(1_500);
    let end = end(run);
    let moment = violation.and_then(|violation| violation.time).unwrap_or(end);
    let facts = violation.map_or(&[][..], |violation| &violation.facts);
    let told = facts.iter().map(|fact| fact.time).min();
    let first = [told, extent(guilty).map(|(from, _)| from)].into_iter().flatten().min();
    let near = first.filter(|first| moment.saturating_sub(*first) <= FARTHEST);
    let from = near.unwrap_or(moment).min(moment).saturating_sub(BEFORE);
    let to = facts.iter().map(|fact| fact.time).max().unwrap_or(moment).max(moment) + AFTER;
    Window { from, to: to.min(end).max(from + Nanos(1)) }
}

/// When a run was over, or the last of it that is known happened.
pub(super) fn end(run: &Run<'_>) -> Nanos {
    let history = run.execution.history.last().map(|event| Nanos(event.time.0));
    let trace = run.execution.trace.last().map(|traced| traced.time);
    run.execution.phases.end.max(history.max(trace).unwrap_or(Nanos::ZERO))
}

/// What a timeline shows.
pub(super) struct Scene<'a> {
    pub(super) run: &'a Run<'a>,
    pub(super) violation: Option<&'a Violation>,
    pub(super) operations: &'a [Operation],
    pub(super) guilty: &'a BTreeSet<u64>,
}

impl Scene<'_> {
    /// What happened in the window, with words.
    pub(super) fn around(&self, window: Window) -> Markup {
        let (from, to) = (words::at(window.from), words::at(window.to));
        html! {
            section #around {
                h2 { "Around the violation" }
                p { "From " (from) " to " (to) ". Bars link to the table below." }
                (legend())
                (self.figure(window, true))
            }
        }
    }

    /// The whole run.
    pub(super) fn whole(&self) -> Markup {
        let window = Window { from: Nanos::ZERO, to: end(self.run) };
        let cut = self.operations.len().saturating_sub(MOST);
        html! {
            section #whole {
                h2 { "The whole run" }
                @if cut > 0 {
                    p { "The first " (words::grouped(MOST as u64)) " operations are drawn; "
                        (words::grouped(cut as u64)) " more are in " code { "history.jsonl" } "." }
                }
                (phases(self.run))
                (self.figure(window, false))
            }
        }
    }

    fn figure(&self, window: Window, words: bool) -> Markup {
        let Window { from, to } = window;
        let scale = Scale::linear(from, to);
        let look = Look { scale: &scale, guilty: self.guilty, words };
        let shown = self.operations.iter().filter(|op| op.within(from, to)).take(MOST);
        let shown: Vec<_> = shown.collect();
        let mut lanes = clients(&shown, self.run.plan.clients.len() as u64 + 1, look);
        lanes.extend(self.nodes(window, look));
        let faults =
            self.run.execution.faults.iter().filter(|fault| {
                fault.attempted <= to && fault.ended.is_none_or(|ended| ended >= from)
            });
        let figure = Figure {
            about: match words {
                true => "Clients, nodes and faults around the violation".to_owned(),
                false => "Clients, nodes and faults over the whole run".to_owned(),
            },
            faults: faults.collect(),
            lanes,
            moment: self.violation.and_then(|violation| violation.time),
            ticks: scale.ticks(8),
            least: 640,
            scale: scale.clone(),
        };
        figure.draw()
    }

    fn nodes(&self, window: Window, look: Look<'_>) -> Vec<Lane> {
        let execution = self.run.execution;
        let lane = |id| {
            let mut reigns = reigns(execution, id);
            let least = Nanos(window.to.saturating_sub(window.from).0 / FINEST);
            reigns.retain(|reign| {
                let shown = reign.from <= window.to && reign.to >= window.from;
                shown && reign.to.saturating_sub(reign.from) >= least
            });
            node(id, &reigns, &outages(execution, id), &of_node(self.violation, id), look)
        };
        nodes(execution, self.run.plan.nodes).map(lane).collect()
    }
}

/// When the run passed from one phase into the next.
pub(super) fn phases(run: &Run<'_>) -> Markup {
    let phases = run.execution.phases;
    let parts = [("first served", phases.ready), ("faults over", phases.healed)];
    let parts = parts.into_iter().chain([("served again", phases.recovered)]);
    html! {
        p.phases {
            @for (what, time) in parts {
                span { (what) " " strong { (time.map_or("never".to_owned(), words::at)) } }
            }
            span { "end " strong { (words::at(phases.end)) } }
        }
    }
}

/// What the bars of clients look like.
pub(super) fn legend() -> Markup {
    let kinds = [
        ("ok", "answered"),
        ("fail", "failed, surely not done"),
        ("info", "outcome unknown"),
        ("guilty", "part of the violation"),
    ];
    html! {
        ul.legend aria-label="legend" {
            @for (class, name) in kinds { li { i class=(class) {} (name) } }
        }
    }
}
