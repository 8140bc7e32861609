//! What a page draws and lists, drawn from an execution: operations, roles, outages.

use crate::execution::{Execution, FaultRecord};
use crate::report::text;
use chaos_checker::{Event, EventType, Value};
use chaos_node::{Nanos, NodeId, Observation, Role};
use std::collections::BTreeMap;

/// An operation, from its call to its end.
#[derive(Clone, Debug)]
pub(in crate::report) struct Operation {
    /// The index of the event that began it.
    pub(in crate::report) index: u64,
    /// The index of the event that ended it.
    pub(super) end_index: Option<u64>,
    pub(in crate::report) process: u64,
    pub(super) f: String,
    pub(super) key: Option<Value>,
    pub(super) input: Value,
    pub(super) output: Value,
    pub(in crate::report) outcome: Outcome,
    pub(in crate::report) call: Nanos,
    pub(in crate::report) ret: Option<Nanos>,
    pub(in crate::report) node: Option<String>,
    pub(in crate::report) error: Option<String>,
}

/// How an operation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::report) enum Outcome {
    Ok,
    Fail,
    Info,
}

impl Outcome {
    /// The word, which is also the class of the style sheet.
    pub(super) fn name(self) -> &'static str {
        match self {
            Outcome::Ok => "ok",
            Outcome::Fail => "fail",
            Outcome::Info => "info",
        }
    }
}

/// The operations of a history, in the order of their calls. What makes no sense in it is left
/// out: judging it is not a page's business.
pub(in crate::report) fn operations(history: &[Event]) -> Vec<Operation> {
    let mut operations: Vec<Operation> = Vec::with_capacity(history.len() / 2);
    let mut open: BTreeMap<u64, usize> = BTreeMap::new();
    for event in history {
        if event.kind == EventType::Invoke {
            open.insert(event.process, operations.len());
            operations.push(called(event));
        } else if let Some(place) = open.remove(&event.process) {
            end(&mut operations[place], event);
        }
    }
    operations
}

fn called(event: &Event) -> Operation {
    Operation {
        index: event.index,
        end_index: None,
        process: event.process,
        f: event.f.clone(),
        key: event.key.clone(),
        input: event.value.clone(),
        output: Value::Nil,
        outcome: Outcome::Info,
        call: Nanos(event.time.0),
        ret: None,
        node: event.node.clone(),
        error: None,
    }
}

fn end(operation: &mut Operation, event: &Event) {
    operation.end_index = Some(event.index);
    operation.ret = Some(Nanos(event.time.0));
    operation.error.clone_from(&event.error);
    if event.node.is_some() {
        operation.node.clone_from(&event.node);
    }
    operation.outcome = match event.kind {
        EventType::Ok => Outcome::Ok,
        EventType::Fail => Outcome::Fail,
        EventType::Info | EventType::Invoke => Outcome::Info,
    };
    if operation.outcome == Outcome::Ok {
        operation.output = event.value.clone();
    }
}

impl Operation {
    /// What was asked: `put x 7`.
    pub(in crate::report) fn asked(&self) -> String {
        let mut asked = self.f.clone();
        if let Some(key) = &self.key {
            asked = format!("{asked} {}", bare(key));
        }
        match (&*self.f, self.input.as_list()) {
            ("cas", Some([from, to])) => asked = format!("{asked} from {from} to {to}"),
            _ if !self.input.is_nil() => asked = format!("{asked} {}", self.input),
            _ => {}
        }
        text::one_line(&asked).into_owned()
    }

    /// What was answered: `7`, `done`, `failed`, `unknown`.
    pub(super) fn answered(&self) -> String {
        match self.outcome {
            Outcome::Ok if self.silent() => "done".to_owned(),
            Outcome::Ok => text::one_line(&self.output.to_string()).into_owned(),
            Outcome::Fail => "failed".to_owned(),
            Outcome::Info => "unknown".to_owned(),
        }
    }

    /// Both, as short as it can be said: `put x 7`, `get x → 7`, `put x 8 → unknown`.
    pub(in crate::report) fn told(&self) -> String {
        match self.outcome == Outcome::Ok && self.silent() {
            true => self.asked(),
            false => format!("{} → {}", self.asked(), self.answered()),
        }
    }

    /// Whether the answer says no more than that it was done.
    fn silent(&self) -> bool {
        !self.input.is_nil() && (self.output.is_nil() || self.output == self.input)
    }

    /// Whether any of it lies between these times.
    pub(super) fn within(&self, from: Nanos, to: Nanos) -> bool {
        self.call <= to && self.ret.is_none_or(|ret| ret >= from)
    }
}

/// A key as people write it: text without its quotes.
pub(super) fn bare(key: &Value) -> String {
    match key {
        Value::Text(text) => text.to_string(),
        Value::Nil | Value::Bool(_) | Value::Int(_) | Value::List(_) => key.to_string(),
    }
}

/// A time during which a node had a role.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reign {
    pub(super) from: Nanos,
    pub(super) to: Nanos,
    pub(super) role: Role,
    pub(super) term: u64,
}

/// The roles that a node had, in order. A node that dies has none until it says so again.
pub(super) fn reigns(execution: &Execution, node: NodeId) -> Vec<Reign> {
    let mut reigns: Vec<Reign> = Vec::new();
    for traced in execution.trace.iter().filter(|traced| traced.node == node) {
        let (time, observation) = (traced.time, &traced.observation);
        if let Observation::Role { .. } | Observation::Restored { .. } = observation
            && let Some(last) = reigns.last_mut()
        {
            last.to = last.to.min(time);
        }
        if let Observation::Role { role, term } = *observation {
            reigns.push(Reign { from: time, to: execution.phases.end.max(time), role, term });
        }
    }
    let deaths = outages(execution, node).into_iter();
    for death in deaths.filter(|outage| outage.kind != OutageKind::Paused) {
        let alive = reigns.iter_mut().filter(|reign| reign.from < death.from);
        alive.for_each(|reign| reign.to = reign.to.min(death.from));
    }
    reigns
}

/// A time during which a node did not run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outage {
    pub(super) from: Nanos,
    pub(super) to: Option<Nanos>,
    pub(super) kind: OutageKind,
}

/// Why a node did not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OutageKind {
    Killed,
    Paused,
    Crashed,
}

impl OutageKind {
    /// The word, which is also the class of the style sheet.
    pub(super) fn name(self) -> &'static str {
        match self {
            OutageKind::Killed => "killed",
            OutageKind::Paused => "paused",
            OutageKind::Crashed => "crashed",
        }
    }
}

/// When a node did not run, by the tester's hand or its own.
pub(super) fn outages(execution: &Execution, node: NodeId) -> Vec<Outage> {
    let struck = |fault: &&FaultRecord| fault.victims.contains(&node);
    let outage = |fault: &FaultRecord| {
        let kind = match fault.kind.as_str() {
            "kill" => OutageKind::Killed,
            "pause" => OutageKind::Paused,
            _ => return None,
        };
        Some(Outage { from: fault.applied?, to: fault.ended, kind })
    };
    let mut outages: Vec<_> = execution.faults.iter().filter(struck).filter_map(outage).collect();
    let record = execution.nodes.get(usize::from(node.0).wrapping_sub(1));
    if let Some(crash) = record.and_then(|record| record.crashed.as_ref()) {
        outages.push(Outage { from: crash.time, to: None, kind: OutageKind::Crashed });
    }
    outages
}

/// All nodes that a run had or told of.
pub(in crate::report) fn nodes(
    execution: &Execution,
    planned: u16,
) -> impl Iterator<Item = NodeId> + use<> {
    let last = u16::try_from(execution.nodes.len()).unwrap_or(u16::MAX).max(planned);
    (1..=last).map(NodeId)
}
