//! The lanes of clients and nodes.

use super::data::Held;
use super::figure::Lane;
use super::scale::{Scale, percent};
use super::story::{Operation, Outage, Reign, bare};
use crate::check::Fact;
use crate::report::{text, words};
use chaos_node::{Nanos, NodeId, Role};
use maud::{Markup, html};
use std::collections::{BTreeMap, BTreeSet};

/// A bar shorter than this, in percent, has no room for words.
const LEGIBLE: f64 = 3.5;

/// How lanes are drawn.
#[derive(Clone, Copy)]
pub(super) struct Look<'a> {
    pub(super) scale: &'a Scale,
    /// The events that the violation is about.
    pub(super) guilty: &'a BTreeSet<u64>,
    /// Whether there is room for words.
    pub(super) words: bool,
}

/// A lane for each client, with its operations. A client whose operation came to nothing known
/// goes on under a new process number, `stride` behind the old one, so both share a lane.
pub(super) fn clients(operations: &[&Operation], stride: u64, look: Look<'_>) -> Vec<Lane> {
    let mut lanes: BTreeMap<u64, Vec<&Operation>> = BTreeMap::new();
    for operation in operations {
        let lane = operation.process % stride.max(1);
        lanes.entry(lane).or_default().push(operation);
    }
    let height = if look.words { 30 } else { 18 };
    let lane = |(_, operations): (u64, Vec<&Operation>)| Lane {
        label: client_label(&operations),
        height,
        content: html! { @for operation in &operations { (bar(operation, height, look)) } },
    };
    lanes.into_iter().map(lane).collect()
}

fn client_label(operations: &[&Operation]) -> String {
    const SHOWN: usize = 2;
    let processes: BTreeSet<u64> = operations.iter().map(|operation| operation.process).collect();
    let shown: Vec<_> = processes.iter().take(SHOWN).map(u64::to_string).collect();
    let more = if processes.len() > SHOWN { ", …" } else { "" };
    format!("client {}{more}", shown.join(", "))
}

/// An operation as a bar from its call to its return. It links to its line in the table.
fn bar(operation: &Operation, height: u32, look: Look<'_>) -> Markup {
    let Some((x, width)) = look.scale.bar(operation.call, operation.ret) else {
        return html! {};
    };
    let guilty = look.guilty.contains(&operation.index);
    let class = format!("op {}{}", operation.outcome.name(), if guilty { " guilty" } else { "" });
    let body = html! {
        title { (hint(operation)) }
        rect x=(percent(x)) y="3" width=(percent(width.max(0.12))) height=(height - 6) rx="2" {}
        @if look.words && width > LEGIBLE {
            svg x=(percent(x)) y="0" width=(percent(width)) height=(height) {
                text x="4" y=(height / 2 + 4) { (text::shortened(&operation.told(), 40)) }
            }
        }
    };
    match look.words {
        true => html! { a class=(class) href={ "#op" (operation.index) } { (body) } },
        false => html! { g class=(class) { (body) } },
    }
}

/// An operation in full.
pub(super) fn hint(operation: &Operation) -> String {
    let told = operation.told();
    let until = operation.ret.map_or("the end".to_owned(), words::at);
    let call = words::at(operation.call);
    let told = text::shortened(&told, 200);
    format!("client {}: {told}, from {call} to {until}", operation.process)
}

/// A lane for a node: its roles, when it did not run, and the facts about it.
pub(super) fn node(
    id: NodeId,
    reigns: &[Reign],
    outages: &[Outage],
    facts: &[(usize, &Fact)],
    look: Look<'_>,
) -> Lane {
    let height = if look.words { 30 } else { 22 };
    let content = html! {
        @for reign in reigns { (reign_bar(reign, height, look)) }
        @for outage in outages { (outage_bar(outage, height, look)) }
        @for (number, fact) in facts { (mark(*number, fact, height, look)) }
    };
    Lane { label: id.to_string(), height, content }
}

fn reign_bar(reign: &Reign, height: u32, look: Look<'_>) -> Markup {
    let Some((x, width)) = look.scale.bar(reign.from, Some(reign.to)) else { return html! {} };
    let role = words::role(reign.role);
    let inset = if reign.role == Role::Leader { 3 } else { 7 };
    let name = match (reign.role, look.words) {
        (Role::Leader, _) => format!("leader, term {}", reign.term),
        (_, true) => format!("{role}, term {}", reign.term),
        (_, false) => String::new(),
    };
    html! {
        g class={ "role " (role) } {
            title {
                (role) " in term " (reign.term) ", from " (words::at(reign.from)) " to "
                (words::at(reign.to))
            }
            rect x=(percent(x)) y=(inset) width=(percent(width.max(0.1)))
                height=(height - 2 * inset) rx="2" {}
            svg x=(percent(x)) y="0" width=(percent(width)) height=(height) {
                text x="5" y=(height / 2 + 4) { (name) }
            }
        }
    }
}

fn outage_bar(outage: &Outage, height: u32, look: Look<'_>) -> Markup {
    let Some((x, width)) = look.scale.bar(outage.from, outage.to) else { return html! {} };
    let kind = outage.kind.name();
    html! {
        g class={ "outage " (kind) } {
            title {
                (kind) ", from " (words::at(outage.from)) " to "
                (outage.to.map_or("the end".to_owned(), words::at))
            }
            rect.ground x=(percent(x)) y="2" width=(percent(width)) height=(height - 4) rx="2" {}
            rect.hatch x=(percent(x)) y="2" width=(percent(width)) height=(height - 4) rx="2" {}
            svg x=(percent(x)) y="0" width=(percent(width)) height=(height) {
                text x="5" y=(height / 2 + 4) { (kind) }
            }
        }
    }
}

/// A lease as a bar in its holder's lane.
pub(super) fn lease(held: &Held, look: Look<'_>) -> Markup {
    let Some((x, width)) = look.scale.bar(held.from, Some(held.to)) else { return html! {} };
    html! {
        g.lease {
            title { (held.told()) ", from " (words::at(held.from)) " to " (words::at(held.to)) }
            rect x=(percent(x)) y="4" width=(percent(width.max(0.1))) height="22" rx="2" {}
            svg x=(percent(x)) y="0" width=(percent(width)) height="30" {
                text x="22" y="19" { (held.told()) }
            }
        }
    }
}

fn mark(number: usize, fact: &Fact, height: u32, look: Look<'_>) -> Markup {
    let Some((x, _)) = look.scale.bar(fact.time, Some(fact.time)) else { return html! {} };
    // Before its moment, so that it hides nothing that begins then; but never beyond the edge.
    let aside = if x < 2.0 { 10 } else { -9 };
    html! {
        a.fact href={ "#fact" (number) } transform={ "translate(" (aside) ",0)" } {
            title { (words::at(fact.time)) ": " (text::one_line(&fact.text)) }
            circle cx=(percent(x)) cy=(height / 2) r="9" {}
            text x=(percent(x)) y=(height / 2 + 4) text-anchor="middle" { (number) }
        }
    }
}

/// The keys that operations are about, in words.
pub(super) fn keys(operations: &[&Operation]) -> String {
    let keys: BTreeSet<String> =
        operations.iter().filter_map(|operation| operation.key.as_ref().map(bare)).collect();
    let keys: Vec<_> = keys.iter().map(|key| text::one_line(key)).collect();
    keys.join(", ")
}

/// The time that all of these operations take together.
pub(super) fn extent(operations: &[&Operation]) -> Option<(Nanos, Nanos)> {
    let from = operations.iter().map(|operation| operation.call).min()?;
    let to = operations.iter().filter_map(|operation| operation.ret).max()?;
    Some((from, to.max(from)))
}
