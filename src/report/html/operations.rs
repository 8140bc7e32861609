//! The operations of a part of a run, as a table.

use super::story::{Operation, Outcome};
use super::timeline::Window;
use crate::report::{text, words};
use maud::{Markup, html};
use std::collections::BTreeSet;

/// So many lines; the history's file has all.
const MOST: usize = 400;

/// The operations of the window, and those that the violation is about wherever they are.
pub(super) fn table(operations: &[Operation], guilty: &BTreeSet<u64>, window: Window) -> Markup {
    let wanted = |op: &&Operation| guilty.contains(&op.index) || op.within(window.from, window.to);
    let all: Vec<_> = operations.iter().filter(wanted).collect();
    let shown = shown(&all, guilty);
    let nodes = shown.iter().any(|op| op.node.is_some());
    html! {
        section #operations {
            h2 { "Operations" }
            p {
                "Those from " (words::at(window.from)) " to " (words::at(window.to))
                @if !guilty.is_empty() { ", and those that the violation is about (✗)" }
                ". "
                @if shown.len() < all.len() {
                    "The last " (shown.len()) " of " (words::grouped(all.len() as u64)) " are shown. "
                }
                "All " (words::grouped(operations.len() as u64)) " are in "
                code { "history.jsonl" } "."
            }
            div.wide {
                table {
                    thead {
                        tr {
                            th { "" } th { "client" } th { "operation" } th { "result" }
                            th.right { "from" } th.right { "to" } th.right { "took" }
                            @if nodes { th { "node" } }
                        }
                    }
                    tbody { @for op in shown { (row(op, guilty.contains(&op.index), nodes)) } }
                }
            }
        }
    }
}

/// The last ones, but none of the guilty is left out.
fn shown<'a>(all: &[&'a Operation], guilty: &BTreeSet<u64>) -> Vec<&'a Operation> {
    let cut = all.len().saturating_sub(MOST);
    let early = all[..cut].iter().filter(|op| guilty.contains(&op.index));
    early.chain(&all[cut..]).copied().collect()
}

fn row(op: &Operation, guilty: bool, nodes: bool) -> Markup {
    let (asked, answered) = (op.asked(), op.answered());
    html! {
        tr.guilty[guilty] id={ "op" (op.index) } {
            td { @if guilty { "✗" } }
            td { (op.process) }
            td { code { (text::shortened(&asked, 120)) } }
            td class=(op.outcome.name()) {
                (text::shortened(&answered, 120))
                @if let Some(error) = &op.error {
                    " " small { (text::shortened(&text::one_line(error), 120)) }
                }
            }
            td.right { (words::at(op.call)) }
            td.right { (ended(op)) }
            td.right { (op.ret.map_or("–".to_owned(), |ret| words::span(ret.saturating_sub(op.call)))) }
            @if nodes { td { (node(op)) } }
        }
    }
}

fn node(op: &Operation) -> String {
    let node = text::one_line(op.node.as_deref().unwrap_or_default());
    text::shortened(&node, 20).into_owned()
}

fn ended(op: &Operation) -> String {
    match (op.outcome, op.ret) {
        (_, None) => "never".to_owned(),
        (Outcome::Info, Some(ret)) => format!("given up {}", words::at(ret)),
        (Outcome::Ok | Outcome::Fail, Some(ret)) => words::at(ret),
    }
}
