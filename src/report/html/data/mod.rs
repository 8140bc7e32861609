//! What a page's script draws from: the run as one block of JSON, packed.
//!
//! A block holds *tables*. A table is columns of numbers, each a string of varints in base64
//! (`columns`), and texts are phrases with their numbers taken out (`phrases`); so a message of
//! seventy letters takes about ten bytes. Times are microseconds since the run began, and rows stand
//! in order of time, so that the script finds what is to be seen by binary search.
//!
//! A page must open whatever the run was, so what there may be most of is bounded, and what is
//! nearest to the violation is kept; the block says how much was left out, and the page says so too.
//!
//! The block stands inside of a `<script>` element, which ends where a browser reads `</script`: in
//! the JSON no `<` is left, nor anything else that could mean something to a reader of HTML.

mod columns;
mod faults;
mod logs;
mod messages;
mod nodes;
mod operations;
mod phrases;
mod shared;

use super::story::Operation;
use super::timeline::Window;
use crate::report::Run;
use chaos_node::Nanos;
use maud::{Markup, PreEscaped, html};
use phrases::Phrases;
use serde::Serialize;
pub(super) use shared::{Held, held};
use std::collections::BTreeSet;

/// The version of the form that the script reads.
const VERSION: u32 = 1;

/// A run for the script of its page.
#[derive(Serialize)]
pub(super) struct Block {
    version: u32,
    nodes: u16,
    end: u64,
    /// The part of the run to look at first.
    window: [u64; 2],
    /// When the violation could be seen.
    moment: Option<u64>,
    facts: Vec<faults::Fact>,
    faults: Vec<faults::Fault>,
    operations: operations::Operations,
    spans: nodes::Spans,
    commits: nodes::Commits,
    messages: Option<messages::Messages>,
    logs: logs::Logs,
    /// The phrases of all texts.
    phrases: Vec<String>,
}

/// The data, as an element that shows nothing.
pub(super) fn element(block: &Block) -> Markup {
    html! {
        script #run-data type="application/json" {
            (PreEscaped(inert(&serde_json::to_string(block).unwrap_or_default())))
        }
    }
}

/// The run as data.
pub(super) fn packed(
    run: &Run<'_>,
    operations: &[Operation],
    guilty: &BTreeSet<u64>,
    window: Window,
    end: Nanos,
) -> Block {
    let violation = run.violation();
    let moment = violation.and_then(|violation| violation.time);
    let focus = moment.unwrap_or(window.to);
    let nodes = u16::try_from(super::story::nodes(run.execution, run.plan.nodes).count());
    let nodes = nodes.unwrap_or(u16::MAX);
    let mut phrases = Phrases::default();
    let rows = operations::rows(operations);
    let stride = run.plan.clients.len() as u64 + 1;
    Block {
        version: VERSION,
        nodes,
        end: micros(end),
        window: [micros(window.from), micros(window.to)],
        moment: moment.map(micros),
        facts: faults::facts(violation),
        faults: run.execution.faults.iter().map(faults::fault).collect(),
        operations: operations::pack(operations, guilty, stride, &mut phrases),
        spans: nodes::spans(run.execution, nodes, &mut phrases),
        commits: nodes::commits(&run.execution.trace, nodes, window),
        messages: run
            .execution
            .messages
            .as_ref()
            .map(|messages| messages::pack(messages, nodes, focus, &rows, &mut phrases)),
        logs: logs::pack(&run.execution.trace, nodes, focus, &mut phrases),
        phrases: phrases.into_all(),
    }
}

/// The times of a page are in microseconds.
fn micros(time: Nanos) -> u64 {
    time.0 / 1_000
}

/// JSON in which nothing means anything to a reader of HTML or of JavaScript: these characters occur
/// within its strings alone, and there an escape means the same.
fn inert(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<' => text.push_str("\\u003c"),
            '>' => text.push_str("\\u003e"),
            '&' => text.push_str("\\u0026"),
            '\u{2028}' => text.push_str("\\u2028"),
            '\u{2029}' => text.push_str("\\u2029"),
            c => text.push(c),
        }
    }
    text
}

/// Of so many rows in order of time the range of those nearest to the focus that fit: what a row
/// weighs is told by its place.
fn nearest(
    rows: usize,
    focus: usize,
    room: usize,
    weight: impl Fn(usize) -> usize,
) -> std::ops::Range<usize> {
    let (mut from, mut to, mut left) = (focus.min(rows), focus.min(rows), room);
    loop {
        // The side on which fewer are kept, unless it is at its end.
        let backwards = from > 0 && (to == rows || focus - from <= to - focus);
        let next = match (backwards, to < rows) {
            (true, _) => from - 1,
            (false, true) => to,
            (false, false) => return from..to,
        };
        let Some(rest) = left.checked_sub(weight(next)) else { return from..to };
        left = rest;
        if backwards { from -= 1 } else { to += 1 }
    }
}

#[cfg(test)]
mod tests;
