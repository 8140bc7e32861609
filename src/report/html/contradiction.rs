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
use crate::execution::Traced;
use crate::report::{Run, text};
use chaos_node::{LeaseFact, Nanos, NodeId, Observation};
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
        let own = leases.iter().filter(|held| held.node == id);
        let bars: Vec<_> = own.map(|held| lease(held, look)).collect();
        // A holder of a lease is told by that, whatever its role.
        let reigns = if bars.is_empty() { visible(run, id, window) } else { Vec::new() };
        let mut lane = node(id, &reigns, &outages, &facts, look);
        lane.content = html! { @for bar in &bars { (bar) } (lane.content) };
        lane
    };
    shown.map(lane).collect()
}

fn visible(run: &Run<'_>, id: NodeId, window: Window) -> Vec<Reign> {
    let mut reigns = reigns(run.execution, id);
    reigns.retain(|reign| reign.from <= window.to && reign.to >= window.from);
    reigns
}

/// The leases of whatever a fact tells that somebody got or renewed it at that instant.
fn told_leases(run: &Run<'_>, violation: &Violation) -> Vec<super::data::Held> {
    let is_told = |traced: &Traced| {
        let mut facts = violation.facts.iter();
        facts.any(|fact| fact.node == Some(traced.node) && fact.time == traced.time)
    };
    let told = run.execution.trace.iter().filter(|traced| is_told(traced));
    let resource = |traced: &Traced| match traced.observation {
        Observation::Lease(LeaseFact::Held { resource, .. }) => Some(resource),
        _ => None,
    };
    let resources: BTreeSet<u64> = told.filter_map(resource).collect();
    let all = held(run.execution, run.plan.nodes).into_iter();
    all.filter(|held| resources.contains(&held.resource)).collect()
}

#[cfg(test)]
mod tests {
    use super::told_leases;
    use crate::check::{Fact, Violation};
    use crate::execution::Traced;
    use crate::report::sample;
    use crate::workload::plan::Property;
    use chaos_node::{LeaseFact, Nanos, NodeId, Observation};

    /// Resource 7 is told of when its lease is renewed; of resource 8 no fact tells.
    #[test]
    fn the_lease_that_a_fact_tells_of_is_drawn_also_if_it_was_only_renewed_then() {
        let mut sample = sample::two_leaders();
        let held = |(millis, resource)| Traced {
            time: Nanos::from_millis(millis),
            node: NodeId(2),
            clock: Nanos::from_millis(millis),
            observation: Observation::Lease(LeaseFact::Held {
                resource,
                epoch: 1,
                until: Nanos::from_millis(millis + 300),
            }),
        };
        sample.execution.trace = [(500, 7), (510, 8), (600, 7)].map(held).to_vec();
        let violation = |millis| Violation {
            property: Property::LeaseFencing,
            summary: String::new(),
            time: None,
            facts: vec![Fact {
                time: Nanos::from_millis(millis),
                node: Some(NodeId(2)),
                text: String::new(),
            }],
            story: Vec::new(),
            events: Vec::new(),
            start: None,
        };
        let told = told_leases(&sample.run(), &violation(600));
        let [lease] = &told[..] else { panic!("{} leases", told.len()) };
        assert_eq!((lease.resource, lease.from), (7, Nanos::from_millis(500)));
        assert!(told_leases(&sample.run(), &violation(601)).is_empty());
    }
}
