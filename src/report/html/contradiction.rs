//! Facts of nodes that contradict each other, drawn: the nodes that they are about, with what each
//! was, which lease it held, and the facts as numbers at their times.

use super::data::held;
use super::facts::of_node;
use super::figure::{Figure, Lane};
use super::lanes::{Look, lease, node};
use super::scale::Scale;
use super::story::{Reign, nodes, outages, reigns};
use super::timeline::Window;
use crate::check::Violation;
use crate::report::{Run, text};
use chaos_node::{Nanos, NodeId};
use maud::{Markup, html};
use std::collections::BTreeSet;

/// More lanes than this are not seen at a glance.
const MOST: usize = 7;

/// The figure; nothing where the facts are those of clients, whose operations are drawn instead.
pub(super) fn drawn(run: &Run<'_>, violation: &Violation) -> Markup {
    if violation.facts.is_empty() || !violation.events.is_empty() {
        return html! {};
    }
    let window = window(violation);
    let scale = Scale::linear(window.from, window.to);
    let look = Look { scale: &scale, guilty: &BTreeSet::new(), words: true };
    let faults = run.execution.faults.iter().filter(|fault| {
        let begun = fault.applied.is_some_and(|applied| applied <= window.to);
        begun && fault.ended.is_none_or(|ended| ended >= window.from)
    });
    let figure = Figure {
        about: text::one_line(&violation.summary).into_owned(),
        faults: faults.collect(),
        lanes: lanes(run, violation, window, look),
        moment: violation.time,
        ticks: scale.ticks(8),
        least: 520,
        scale: scale.clone(),
    };
    figure.draw()
}

/// From the first fact to the last, with some room around them.
fn window(violation: &Violation) -> Window {
    const LEAST: Nanos = Nanos::from_millis(2);
    let times = || violation.facts.iter().map(|fact| fact.time).chain(violation.time);
    let from = times().min().unwrap_or(Nanos::ZERO);
    let to = times().max().unwrap_or(from);
    let room = Nanos(to.saturating_sub(from).0 / 6).max(LEAST);
    Window { from: from.saturating_sub(room), to: to + room }
}

/// A lane a node: of those that the facts are about, or of all where they name none.
fn lanes(run: &Run<'_>, violation: &Violation, window: Window, look: Look<'_>) -> Vec<Lane> {
    let named: BTreeSet<NodeId> = violation.facts.iter().filter_map(|fact| fact.node).collect();
    let all = nodes(run.execution, run.plan.nodes);
    let shown = all.filter(|id| named.is_empty() || named.contains(id)).take(MOST);
    let leases = told_leases(run, violation);
    let lane = |id| {
        let (outages, facts) = (outages(run.execution, id), of_node(Some(violation), id));
        let mut lane = node(id, &visible(run, id, window), &outages, &facts, look);
        let own = leases.iter().filter(|held| held.node == id);
        // A holder of a lease is told by that, whatever its role.
        let bars: Vec<_> = own.map(|held| lease(held, look)).collect();
        if !bars.is_empty() {
            let marks = node(id, &[], &outages, &facts, look).content;
            lane.content = html! { @for bar in &bars { (bar) } (marks) };
        }
        lane
    };
    shown.map(lane).collect()
}

fn visible(run: &Run<'_>, id: NodeId, window: Window) -> Vec<Reign> {
    let mut reigns = reigns(run.execution, id);
    reigns.retain(|reign| reign.from <= window.to && reign.to >= window.from);
    reigns
}

/// The leases of whatever a fact tells that somebody got it at that instant.
fn told_leases(run: &Run<'_>, violation: &Violation) -> Vec<super::data::Held> {
    let all = held(run.execution, run.plan.nodes);
    let told = |lease: &&super::data::Held| {
        let facts = violation.facts.iter();
        facts.filter(|fact| fact.node == Some(lease.node)).any(|fact| fact.time == lease.from)
    };
    let resources: BTreeSet<u64> = all.iter().filter(told).map(|held| held.resource).collect();
    all.into_iter().filter(|held| resources.contains(&held.resource)).collect()
}
