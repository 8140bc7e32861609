//! The facts that contradict each other, and what else was the case at that moment.

use super::contradiction::drawn;
use super::story::{outages, reigns};
use crate::check::{Fact, Violation};
use crate::execution::Execution;
use crate::report::{Run, text, words};
use chaos_node::{Nanos, NodeId, Role};
use maud::{Markup, html};

/// The facts of a violation, drawn and numbered as on the timeline; nothing if it has none.
pub(super) fn facts(run: &Run<'_>, violation: &Violation) -> Markup {
    if violation.facts.is_empty() {
        return html! {};
    }
    html! {
        section #facts {
            h2 { "The facts that contradict each other" }
            (drawn(run, violation))
            ol.facts { @for (number, fact) in (1..).zip(&violation.facts) { (card(number, fact)) } }
            @if !violation.story.is_empty() {
                pre.story { @for line in &violation.story { (text::one_line(line)) "\n" } }
            }
        }
    }
}

fn card(number: usize, fact: &Fact) -> Markup {
    html! {
        li id={ "fact" (number) } {
            span.number { (number) }
            span.time { (words::at(fact.time)) }
            @if let Some(node) = fact.node { strong { (node) } " " }
            (text::one_line(&fact.text))
        }
    }
}

/// The facts about a node, with their numbers.
pub(super) fn of_node(violation: Option<&Violation>, node: NodeId) -> Vec<(usize, &Fact)> {
    let facts = violation.map_or(&[][..], |violation| &violation.facts);
    (1..).zip(facts).filter(|(_, fact)| fact.node == Some(node)).collect()
}

/// Who led and what was wrong at the moment of a violation.
pub(super) fn circumstances(run: &Run<'_>, violation: &Violation) -> Markup {
    let Some(moment) = violation.time else { return html! {} };
    let mut lines = faults(run.execution, moment);
    lines.extend(leaders(run, moment));
    if lines.is_empty() {
        return html! {};
    }
    html! {
        p.moment {
            "At that moment: " (lines.join("; ")) "."
        }
    }
}

fn faults(execution: &Execution, moment: Nanos) -> Vec<String> {
    let active = execution.faults.iter().filter(|fault| {
        let begun = fault.applied.is_some_and(|applied| applied <= moment);
        begun && fault.ended.is_none_or(|ended| ended >= moment)
    });
    let line = |fault: &crate::execution::FaultRecord| {
        let since = words::at(fault.applied.unwrap_or(fault.attempted));
        format!("{} (since {since})", text::one_line(&fault.what))
    };
    active.map(line).collect()
}

fn leaders(run: &Run<'_>, moment: Nanos) -> Vec<String> {
    let leads = |node: NodeId| {
        let down = outages(run.execution, node)
            .iter()
            .any(|outage| outage.from <= moment && outage.to.is_none_or(|to| to >= moment));
        let reigns = reigns(run.execution, node);
        let now = reigns.iter().rfind(|reign| reign.from <= moment && reign.to >= moment)?;
        (now.role == Role::Leader && !down).then(|| {
            let (term, since) = (now.term, words::at(now.from));
            format!("{node} took itself for the leader of term {term} (since {since})")
        })
    };
    super::story::nodes(run.execution, run.plan.nodes).filter_map(leads).collect()
}
