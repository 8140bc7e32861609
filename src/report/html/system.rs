//! What the tester did and what the nodes said: faults, checks, nodes.

use crate::check::{Outcome, Verdict};
use crate::execution::{FaultRecord, NodeRecord};
use crate::report::{Run, text, words};
use chaos_node::{Nanos, NodeId, Observation};
use maud::{Markup, html};

/// So many of a node's notes are shown: its last ones.
const NOTES: usize = 200;
/// So much of a node's standard error is shown, in bytes.
const STDERR: usize = 8 << 10;

/// What each check found.
pub(super) fn checks(outcomes: &[Outcome]) -> Markup {
    html! {
        section #checks {
            h2 { "All checks" }
            table {
                tbody {
                    @for outcome in outcomes {
                        @let (class, word, why) = found(&outcome.verdict);
                        tr {
                            td { (outcome.property) }
                            td { span class={ "badge " (class) } { (word) } }
                            td { (text::one_line(why)) }
                        }
                    }
                }
            }
        }
    }
}

fn found(verdict: &Verdict) -> (&'static str, &'static str, &str) {
    match verdict {
        Verdict::Valid => ("valid", "holds", ""),
        Verdict::Invalid(violation) => ("invalid", "violated", &violation.summary),
        Verdict::Unknown(reason) => ("unknown", "unknown", reason),
    }
}

/// The faults, and what became of each.
pub(super) fn faults(run: &Run<'_>) -> Markup {
    let faults = &run.execution.faults;
    let applied = faults.iter().filter(|fault| fault.applied.is_some()).count();
    let effective = faults.iter().filter(|fault| fault.effect.is_some()).count();
    let traffic = run.execution.traffic;
    html! {
        section #faults {
            h2 { "Faults" }
            p {
                (faults.len()) " attempted, " (applied) " applied, " (effective) " effective. "
                "On the network: " (words::grouped(traffic.delivered)) " delivered, "
                (words::grouped(traffic.dropped)) " dropped, "
                (words::grouped(traffic.duplicated)) " doubled, "
                (words::grouped(traffic.reordered)) " reordered."
            }
            @if !faults.is_empty() {
                div.wide {
                    table {
                        thead {
                            tr {
                                th { "fault" } th { "victims" } th.right { "attempted" }
                                th.right { "applied" } th.right { "ended" } th { "effect" }
                            }
                        }
                        tbody { @for fault in faults { (fault_row(fault)) } }
                    }
                }
            }
        }
    }
}

fn fault_row(fault: &FaultRecord) -> Markup {
    let victims: Vec<_> = fault.victims.iter().map(NodeId::to_string).collect();
    let time = |time: Option<Nanos>, never: &str| time.map_or(never.to_owned(), words::at);
    html! {
        tr {
            td { (text::one_line(&fault.what)) }
            td { (victims.join(" ")) }
            td.right { (words::at(fault.attempted)) }
            td.right { (time(fault.applied, "not applied")) }
            td.right { (time(fault.ended, "–")) }
            td {
                @match &fault.effect {
                    Some(effect) => (text::shortened(&text::one_line(effect), 200)),
                    None => "none",
                }
            }
        }
    }
}

/// The nodes, and what they said.
pub(super) fn nodes(run: &Run<'_>) -> Markup {
    html! {
        section #nodes {
            h2 { "Nodes" }
            @for (id, record) in (1..).map(NodeId).zip(&run.execution.nodes) {
                (node(run, id, record))
            }
        }
    }
}

fn node(run: &Run<'_>, id: NodeId, record: &NodeRecord) -> Markup {
    let notes = notes(run, id);
    let (shown, cut) = text::tail(&record.stderr, STDERR);
    html! {
        details open[record.crashed.is_some()] {
            summary {
                strong { (id) } " " (words::count(u64::from(record.starts), "start"))
                @if let Some(crash) = &record.crashed {
                    " " span.badge.invalid { "stopped by itself" } " at " (words::at(crash.time))
                    ": " (text::one_line(&crash.status))
                }
                ", " (words::count(notes.len() as u64, "note"))
                @if record.stderr.is_empty() { ", nothing on its standard error" }
            }
            @if !notes.is_empty() {
                pre.log {
                    @if notes.len() > NOTES { (more(id, "notes.log")) }
                    @for note in &notes[notes.len().saturating_sub(NOTES)..] { (note) "\n" }
                }
            }
            @if !shown.is_empty() {
                h3 { "standard error" }
                pre.log {
                    @if cut > 0 { (more(id, "stderr.log")) }
                    (text::lines(shown))
                }
            }
        }
    }
}

fn more(id: NodeId, file: &str) -> String {
    format!("(what came before is in nodes/{id}/{file})\n")
}

fn notes(run: &Run<'_>, id: NodeId) -> Vec<String> {
    let traced = run.execution.trace.iter().filter(|traced| traced.node == id);
    let line = |traced: &crate::execution::Traced| {
        let time = words::at(traced.time);
        match &traced.observation {
            Observation::Note { topic, text } => {
                let (topic, text) = (text::one_line(topic), text::one_line(text));
                Some(format!("{time:>10}  {topic:<9} {}", text::shortened(&text, 300)))
            }
            Observation::Role { role, term } => {
                Some(format!("{time:>10}  role      {} in term {term}", words::role(*role)))
            }
            _ => None,
        }
    };
    traced.filter_map(line).collect()
}
