//! Faults and the facts of a violation: few, so each is an object.

use super::micros;
use crate::check::Violation;
use crate::execution::FaultRecord;
use crate::report::html::figure::describe;
use crate::report::text;
use chaos_node::NodeId;
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct Fault {
    kind: String,
    what: String,
    /// All that is known of it, in a sentence.
    told: String,
    from: u64,
    /// Nothing if it was never over.
    to: Option<u64>,
    applied: bool,
    effective: bool,
    victims: Vec<u16>,
    /// Whom a partition puts together, where it has sides.
    sides: Vec<Vec<u16>>,
}

#[derive(Serialize)]
pub(super) struct Fact {
    time: u64,
    node: Option<u16>,
    text: String,
}

pub(super) fn fault(fault: &FaultRecord) -> Fault {
    Fault {
        kind: text::one_line(&fault.kind).into_owned(),
        what: text::shortened(&text::one_line(&fault.what), 200).into_owned(),
        told: text::shortened(&describe(fault), 400).into_owned(),
        from: micros(fault.attempted),
        to: fault.ended.map(micros),
        applied: fault.applied.is_some(),
        effective: fault.effect.is_some(),
        victims: fault.victims.iter().map(|node| node.0).collect(),
        sides: sides(fault),
    }
}

/// `halves: n1 n2 | n3 n4 n5` has two sides, `isolate: n2` one and the rest.
fn sides(fault: &FaultRecord) -> Vec<Vec<u16>> {
    if fault.kind != "partition" {
        return Vec::new();
    }
    let Some((_, sides)) = fault.what.split_once(": ") else { return Vec::new() };
    let node = |word: &str| word.parse().ok().map(|node: NodeId| node.0);
    let side = |side: &str| side.split_whitespace().filter_map(node).collect();
    sides.split('|').map(side).collect()
}

pub(super) fn facts(violation: Option<&Violation>) -> Vec<Fact> {
    let facts = violation.map_or(&[][..], |violation| &violation.facts);
    let fact = |fact: &crate::check::Fact| Fact {
        time: micros(fact.time),
        node: fact.node.map(|node| node.0),
        text: text::shortened(&text::one_line(&fact.text), 400).into_owned(),
    };
    facts.iter().map(fact).collect()
}
