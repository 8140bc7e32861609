//! The page of one run.

use super::counterexample::{counterexample, culprit};
use super::data::packed;
use super::explore::explore;
use super::facts::{circumstances, facts};
use super::story::operations;
use super::timeline::{Scene, end, window};
use super::{operations, page, system};
use crate::check::{Verdict, Violation};
use crate::event::Status;
use crate::report::{Run, text, words};
use maud::{Markup, html};
use std::collections::BTreeSet;

/// The page of a run: one self-contained file.
pub fn run_page(run: &Run<'_>) -> String {
    let operations = operations(&run.execution.history);
    let violation = run.violation();
    let guilty: BTreeSet<u64> =
        violation.map_or(BTreeSet::new(), |v| v.events.iter().copied().collect());
    let about: Vec<_> = operations.iter().filter(|op| guilty.contains(&op.index)).collect();
    let near: Vec<_> = violation.and_then(|v| culprit(&about, v)).into_iter().collect();
    let window = window(run, violation, &near);
    let scene = Scene { run, violation, operations: &operations, guilty: &guilty };
    let content = html! {
        (header(run, violation))
        @if let Some(violation) = violation {
            (counterexample(run, violation, &operations))
            (facts(run, violation))
        }
        (replay(run))
        (explore(run, &packed(run, &operations, &guilty, window, end(run))))
        (scene.around(window))
        (scene.whole())
        (operations::table(&operations, &guilty, window))
        (system::faults(run))
        (system::checks(run.outcomes))
        (system::nodes(run))
    };
    page(&title(run, violation), &content)
}

fn title(run: &Run<'_>, violation: Option<&Violation>) -> String {
    let what = violation.map_or(words::status(run.status()), |v| v.property.name());
    let workload = text::one_line(&run.plan.workload);
    format!("{what} · {workload} · seed {}", run.plan.seed)
}

fn header(run: &Run<'_>, violation: Option<&Violation>) -> Markup {
    let told = violation.map(|violation| violation.property);
    let broken = run.outcomes.iter().filter(|outcome| {
        matches!(outcome.verdict, Verdict::Invalid(_)) && Some(outcome.property) != told
    });
    let more: Vec<_> = broken.map(|outcome| outcome.property.name()).collect();
    html! {
        header {
            p.kicker {
                (badge(run.status(), violation))
                (text::one_line(&run.plan.workload)) " · seed " (run.plan.seed) " · "
                (words::count(u64::from(run.plan.nodes), "node"))
                @if let Some(mutant) = &run.plan.target.mutant {
                    " · mutant " (text::one_line(mutant))
                }
            }
            h1 { (headline(run, violation)) }
            @if let Some(violation) = violation {
                p.demands { (violation.property.demands()) }
                (circumstances(run, violation))
            }
            @if !more.is_empty() {
                p { "Also violated: " a href="#checks" { (more.join(", ")) } "." }
            }
            @if let Some(trouble) = &run.execution.trouble {
                p { "The run cannot be judged as a whole: " (text::one_line(trouble)) "." }
            }
        }
    }
}

fn badge(status: Status, violation: Option<&Violation>) -> Markup {
    match violation {
        Some(violation) => html! { span.badge.invalid { (violation.property) " violated" } },
        None => {
            html! { span class={ "badge " (words::status(status)) } { (words::status(status)) } }
        }
    }
}

fn headline(run: &Run<'_>, violation: Option<&Violation>) -> String {
    match (violation, run.status()) {
        (Some(violation), _) => text::one_line(&violation.summary).into_owned(),
        (None, Status::Unknown) => "Not everything could be decided".to_owned(),
        (None, Status::Valid | Status::Invalid) => "All checked properties hold".to_owned(),
    }
}

fn replay(run: &Run<'_>) -> Markup {
    let plan = run.plan;
    let counts = [
        ("workload", text::one_line(&plan.workload).into_owned()),
        ("seed", plan.seed.to_string()),
        ("target", target(run)),
        ("nodes", plan.nodes.to_string()),
        ("clients", plan.clients.len().to_string()),
        ("faults for", words::span(plan.duration)),
        ("world", text::one_line(run.world).into_owned()),
        ("chaos", env!("CARGO_PKG_VERSION").to_owned()),
        ("machine", format!("{}, {}", std::env::consts::OS, std::env::consts::ARCH)),
        ("tester late by at most", words::span(run.execution.lag)),
    ];
    let files = ["plan.json", "verdict.json", "history.jsonl", "trace.jsonl", "faults.jsonl"];
    html! {
        section #replay {
            h2 { "Bring it back" }
            pre.command { code { (text::one_line(run.replay)) } }
            dl { @for (name, value) in counts { div { dt { (name) } dd { (value) } } } }
            p {
                "Beside this page: "
                @for file in files { a href=(file) { (file) } " " }
                a href="nodes/" { "nodes/" }
            }
        }
    }
}

fn target(run: &Run<'_>) -> String {
    let target = &run.plan.target;
    let name = match &target.program {
        Some(program) => format!("{} ({})", target.name, program.join(" ")),
        None => target.name.clone(),
    };
    let mut parts = vec![name];
    parts.extend(target.mutant.iter().map(|mutant| format!("mutant {mutant}")));
    parts.extend(target.options.0.iter().map(|(key, value)| format!("{key} {value}")));
    text::one_line(&parts.join(", ")).into_owned()
}
