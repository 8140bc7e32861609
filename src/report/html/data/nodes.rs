//! The tables of nodes: what each was and when, and how far it had committed.

use super::columns::{Column, Rising};
use super::micros;
use super::phrases::{Phrases, Texts};
use super::shared::{elections, leases};
use crate::execution::{Execution, Traced};
use crate::report::html::story::{OutageKind, Reign, outages, reigns};
use crate::report::html::timeline::Window;
use crate::report::words;
use chaos_node::{Nanos, NodeId, Observation, Role};
use serde::Serialize;

/// More commits than this are thinned out, away from the window.
const COMMITS: usize = 100_000;

/// Times during which something was the case at a node.
#[derive(Default, Serialize)]
pub(super) struct Spans {
    rows: usize,
    from: Rising,
    took: Column,
    node: Column,
    /// 0 follower, 1 candidate, 2 leader, 3 killed, 4 paused, 5 crashed, 6 follows somebody, 7 holds
    /// a lease, 8 an election, which is of no node.
    kind: Column,
    /// Which lease.
    resource: Column,
    text: Texts,
}

/// A row of them.
pub(super) struct Span {
    pub(super) from: Nanos,
    pub(super) to: Nanos,
    pub(super) node: NodeId,
    pub(super) kind: u64,
    pub(super) resource: u64,
    pub(super) text: String,
}

/// What each node was, and when.
pub(super) fn spans(execution: &Execution, nodes: u16, phrases: &mut Phrases) -> Spans {
    let of = |node| reigns(execution, node).into_iter().map(move |reign| (node, reign));
    let reigns: Vec<(NodeId, Reign)> = (1..=nodes).map(NodeId).flat_map(of).collect();
    let mut all: Vec<Span> = reigns.iter().map(role).collect();
    for node in (1..=nodes).map(NodeId) {
        all.extend(stops(execution, node));
        all.extend(leaders(execution, node));
    }
    all.extend(leases(execution, nodes));
    all.extend(elections(reigns));
    all.sort_by_key(|span| (span.from, span.kind));
    let mut table = Spans { rows: all.len(), ..Spans::default() };
    for Span { from, to, node, kind, resource, text } in all {
        table.from.push(micros(from));
        table.took.push(micros(to).saturating_sub(micros(from)));
        table.node.push(u64::from(node.0));
        table.kind.push(kind);
        table.resource.push(resource);
        table.text.push(phrases, &text, true);
    }
    table
}

fn role((node, reign): &(NodeId, Reign)) -> Span {
    Span {
        from: reign.from,
        to: reign.to,
        node: *node,
        kind: match reign.role {
            Role::Follower => 0,
            Role::Candidate => 1,
            Role::Leader => 2,
        },
        resource: 0,
        text: format!("{}, term {}", words::role(reign.role), reign.term),
    }
}

fn stops(execution: &Execution, node: NodeId) -> impl Iterator<Item = Span> {
    let end = execution.phases.end;
    outages(execution, node).into_iter().map(move |outage| Span {
        from: outage.from,
        to: outage.to.unwrap_or(end).max(outage.from),
        node,
        kind: match outage.kind {
            OutageKind::Killed => 3,
            OutageKind::Paused => 4,
            OutageKind::Crashed => 5,
        },
        resource: 0,
        text: outage.kind.name().to_owned(),
    })
}

/// Whom the node took for the leader, and when; others than itself.
fn leaders(execution: &Execution, node: NodeId) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    let mut open = false;
    for traced in execution.trace.iter().filter(|traced| traced.node == node) {
        let ends = matches!(
            traced.observation,
            Observation::Follows { .. } | Observation::Restored { .. }
        );
        if let Some(last) = spans.last_mut().filter(|_| open && ends) {
            last.to = traced.time.max(last.from);
            open = false;
        }
        if let Observation::Follows { leader: Some(leader), term } = traced.observation
            && leader != node
        {
            let (from, to) = (traced.time, execution.phases.end.max(traced.time));
            let text = format!("follows {leader} in term {term}");
            spans.push(Span { from, to, node, kind: 6, resource: 0, text });
            open = true;
        }
    }
    spans
}

/// How far each node knew its log to be committed, and since when.
#[derive(Default, Serialize)]
pub(super) struct Commits {
    rows: usize,
    time: Rising,
    node: Column,
    index: Column,
    /// One of so many is there, outside of the window.
    thinned: usize,
}

pub(super) fn commits(trace: &[Traced], nodes: u16, window: Window) -> Commits {
    let mut all: Vec<(Nanos, NodeId, u64)> = trace
        .iter()
        .filter(|traced| (1..=nodes).contains(&traced.node.0))
        .filter_map(|traced| match traced.observation {
            Observation::Committed { index, .. } => Some((traced.time, traced.node, index)),
            _ => None,
        })
        .collect();
    all.sort_by_key(|(time, ..)| *time);
    let mut table = Commits { thinned: all.len() / COMMITS + 1, ..Commits::default() };
    for (place, (time, node, index)) in all.into_iter().enumerate() {
        let near = window.from <= time && time <= window.to;
        if place % table.thinned == 0 || near {
            table.rows += 1;
            table.time.push(micros(time));
            table.node.push(u64::from(node.0));
            table.index.push(index);
        }
    }
    table
}
