//! What happened in a run, as items in order of time.

use super::super::html::story::{self, Operation, Outcome};
use crate::check::{Fact, Verdict, Violation};
use crate::execution::{Drop, Execution, FaultRecord, MessageRecord, Phases};
use crate::report::{Run, text, words};
use chaos_node::{LeaseFact, Nanos, NodeId, Observation, Role};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// The topic of what violates a property.
pub(super) const VIOLATION: &str = "violation";
/// More characters than this of one item are cut.
const LONGEST: usize = 300;

/// Something that happened.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) time: Nanos,
    pub(super) place: Place,
    pub(super) topic: String,
    pub(super) tone: Tone,
    pub(super) text: String,
    pub(super) change: Option<(Vec<NodeId>, State)>,
}

/// Where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Node(NodeId),
    Clients,
    Across,
}

/// How it is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Good,
    Doubtful,
    Bad,
    Fault,
}

/// What a node is, as its column shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Follower,
    Candidate,
    Leader,
    Dead,
    Paused,
    /// It goes on as what it was before the pause.
    Resumed,
}

impl Item {
    fn new(time: Nanos, place: Place, topic: &str, tone: Tone, said: &str) -> Item {
        let text = text::shortened(&text::one_line(said), LONGEST).into_owned();
        let topic = text::one_line(topic).into_owned();
        Item { time, place, topic, tone, text, change: None }
    }

    fn changing(self, nodes: &[NodeId], state: State) -> Item {
        Item { change: Some((nodes.to_vec(), state)), ..self }
    }
}

/// All items, and the nodes that they are about.
pub(super) fn items(run: &Run<'_>) -> (Vec<Item>, impl Iterator<Item = NodeId>) {
    let execution = run.execution;
    let mut items = Vec::new();
    phases(&execution.phases, &mut items);
    execution.faults.iter().for_each(|fault| strikes(fault, &mut items));
    clients(run, &mut items);
    messages(execution, &mut items);
    trace(execution, &mut items);
    crashes(execution, &mut items);
    for outcome in run.outcomes {
        if let Verdict::Invalid(violation) = &outcome.verdict {
            violated(violation, execution, &mut items);
        }
    }
    items.sort_by_key(|item| item.time);
    (items, story::nodes(execution, run.plan.nodes))
}

fn phases(phases: &Phases, items: &mut Vec<Item>) {
    let named = [
        (phases.ready, "the cluster serves: clients and faults begin"),
        (phases.healed, "all faults are over"),
        (phases.recovered, "the cluster serves again: every final read was answered"),
        (Some(phases.end), "the end"),
    ];
    for (time, said) in named {
        items.extend(time.map(|at| Item::new(at, Place::Across, "phase", Tone::Plain, said)));
    }
}

fn strikes(fault: &FaultRecord, items: &mut Vec<Item>) {
    let (number, what) = (fault.index, &fault.what);
    let across = |time, said: String| Item::new(time, Place::Across, "fault", Tone::Fault, &said);
    let Some(applied) = fault.applied else {
        let said = format!("fault {number}: {what}, but there was nothing to strike");
        return items.push(across(fault.attempted, said));
    };
    let starts = across(applied, format!("fault {number} begins: {what}"));
    let (struck, over) = match fault.kind.as_str() {
        "kill" => (Some(State::Dead), Some(State::Follower)),
        "pause" => (Some(State::Paused), Some(State::Resumed)),
        _ => (None, None),
    };
    let change = |item: Item, state: Option<State>| match state {
        Some(state) => item.changing(&fault.victims, state),
        None => item,
    };
    items.push(change(starts, struck));
    if let Some(ended) = fault.ended {
        let effect = fault.effect.as_deref().unwrap_or("it made no difference");
        let ends = across(ended, format!("fault {number} ends: {what} ({effect})"));
        items.push(change(ends, over));
    }
}

fn clients(run: &Run<'_>, items: &mut Vec<Item>) {
    let violations = run.outcomes.iter().filter_map(|outcome| match &outcome.verdict {
        Verdict::Invalid(violation) => Some(&violation.events),
        Verdict::Valid | Verdict::Unknown(_) => None,
    });
    let guilty: BTreeSet<u64> = violations.flatten().copied().collect();
    for operation in story::operations(&run.execution.history) {
        client(&operation, guilty.contains(&operation.index), items);
    }
}

fn client(operation: &Operation, guilty: bool, items: &mut Vec<Item>) {
    let (mark, plain) = if guilty { ("▲ ", Tone::Bad) } else { ("", Tone::Plain) };
    let Operation { process, call, ret, outcome, error, node, .. } = operation;
    let told = |time, tone, said: String| Item::new(time, Place::Clients, "client", tone, &said);
    items.push(told(*call, plain, format!("{mark}c{process} {} …", operation.asked())));
    let Some(ret) = ret else { return };
    let (sign, tone) = match outcome {
        Outcome::Ok => ("✓", Tone::Good),
        Outcome::Fail => ("✗", Tone::Doubtful),
        Outcome::Info => ("?", Tone::Doubtful),
    };
    let by = node.as_ref().map_or(String::new(), |node| format!(" by {node}"));
    let why = error.as_ref().map_or(String::new(), |error| format!(": {error}"));
    let said = format!("{mark}{sign} c{process} {}{by}{why}", operation.told());
    items.push(told(*ret, if guilty { Tone::Bad } else { tone }, said));
}

fn messages(execution: &Execution, items: &mut Vec<Item>) {
    let Some(messages) = &execution.messages else { return };
    for message in &messages.sent {
        let MessageRecord { time, from, to, size, .. } = *message;
        let said = message.text.clone().unwrap_or_else(|| format!("{size} bytes"));
        let (dropped, tone) = match message.dropped {
            None => (String::new(), Tone::Plain),
            Some(Drop::Loss) => ("lost by the link: ".to_owned(), Tone::Doubtful),
            Some(Drop::Fault(fault)) => (format!("dropped by fault {fault}: "), Tone::Doubtful),
        };
        let sent = format!("→{to} {dropped}{said}");
        items.push(Item::new(time, Place::Node(from), "send", tone, &sent));
        for (copy, at) in message.arrived.iter().enumerate() {
            let again = if copy > 0 { "again: " } else { "" };
            let late = if message.overtaken && copy == 0 { "overtaken: " } else { "" };
            let dead = if message.unheard { "unheard: " } else { "" };
            let arrived = format!("←{from} {again}{late}{dead}{said}");
            items.push(Item::new(*at, Place::Node(to), "receive", Tone::Plain, &arrived));
        }
    }
}

fn trace(execution: &Execution, items: &mut Vec<Item>) {
    for traced in &execution.trace {
        let said = said(&traced.observation);
        let text = match &traced.observation {
            Observation::Note { .. } => format!("{}: {}", said.topic, said.text),
            _ => said.text,
        };
        let item = Item::new(traced.time, Place::Node(traced.node), &said.topic, said.tone, &text);
        items.push(match said.state {
            Some(state) => item.changing(&[traced.node], state),
            None => item,
        });
    }
}

/// An observation in words.
pub(in crate::report) struct Said<'a> {
    pub(in crate::report) topic: Cow<'a, str>,
    pub(in crate::report) text: String,
    tone: Tone,
    state: Option<State>,
}

/// What a node says by an observation. The words of a note are its own, and foreign.
pub(in crate::report) fn said(observation: &Observation) -> Said<'_> {
    let say = |topic: &'static str, tone, text: String| Said {
        topic: Cow::Borrowed(topic),
        text,
        tone,
        state: None,
    };
    let plain = |topic, text: String| say(topic, Tone::Plain, text);
    match observation {
        Observation::Role { role, term } => {
            let (state, tone) = match role {
                Role::Leader => (State::Leader, Tone::Good),
                Role::Candidate => (State::Candidate, Tone::Doubtful),
                Role::Follower => (State::Follower, Tone::Plain),
            };
            let name = words::role(*role).to_uppercase();
            Said { state: Some(state), ..say("role", tone, format!("{name} of term {term}")) }
        }
        Observation::Follows { leader: Some(leader), term } => {
            plain("role", format!("follows {leader} in term {term}"))
        }
        Observation::Follows { leader: None, term } => {
            plain("role", format!("knows no leader of term {term}"))
        }
        Observation::Restored { index, term, .. } => {
            let starts = plain("log", format!("starts; log behind {index}@{term}"));
            Said { state: Some(State::Follower), ..starts }
        }
        Observation::Appended { index, term, .. } => plain("log", format!("append {index}@{term}")),
        Observation::Truncated { from } => {
            say("log", Tone::Doubtful, format!("truncate from {from}"))
        }
        Observation::Installed { index, term, .. } => {
            plain("log", format!("install snapshot up to {index}@{term}"))
        }
        Observation::Compacted { index } => plain("log", format!("compact up to {index}")),
        Observation::Committed { index, .. } => plain("commit", format!("commit {index}")),
        Observation::Applied { index, term, .. } => plain("apply", format!("apply {index}@{term}")),
        Observation::Lease(LeaseFact::Held { resource, epoch, .. }) => say(
            "lease",
            Tone::Good,
            format!("holds the lease of resource {resource}, epoch {epoch}"),
        ),
        Observation::Lease(LeaseFact::Ended { resource, epoch }) => say(
            "lease",
            Tone::Doubtful,
            format!("lease of resource {resource}, epoch {epoch}, is over"),
        ),
        Observation::Lease(LeaseFact::Fenced { resource, epoch }) => {
            plain("lease", format!("fences {resource} below {epoch}"))
        }
        Observation::Lease(LeaseFact::Mutated { resource, epoch, serial, .. }) => {
            plain("apply", format!("apply #{serial} to {resource}@{epoch}"))
        }
        Observation::Note { topic, text } => {
            let text = text.clone();
            Said { topic: Cow::Borrowed(topic), text, tone: Tone::Plain, state: None }
        }
    }
}

fn crashes(execution: &Execution, items: &mut Vec<Item>) {
    for (node, record) in (1..).map(NodeId).zip(&execution.nodes) {
        if let Some(crash) = &record.crashed {
            let why = crash.telling_line().unwrap_or_default();
            let said = format!("CRASHED: {}: {why}", crash.status);
            let item = Item::new(crash.time, Place::Node(node), "crash", Tone::Bad, &said);
            items.push(item.changing(&[node], State::Dead));
        }
    }
}

fn violated(violation: &Violation, execution: &Execution, items: &mut Vec<Item>) {
    let across = |time, said: &str| Item::new(time, Place::Across, VIOLATION, Tone::Bad, said);
    let property = violation.property;
    for Fact { time, node, text } in &violation.facts {
        let who = node.map_or(String::new(), |node| format!("{node}: "));
        items.push(across(*time, &format!("▲ {property}: {who}{text}")));
    }
    let time = violation.time.unwrap_or(execution.phases.end);
    items.push(across(time, &format!("▲ violated {property}: {}", violation.summary)));
}
