//! Builds traces, histories and plans for tests. Traces have a millisecond an observation.

use super::{Verdict, Violation};
use crate::execution::{Execution, NodeRecord, Phases, Traced};
use crate::network::LinkParams;
use crate::workload::plan::{ClientPlan, PLAN_VERSION, Plan, Property, TargetPlan, Timeouts};
use chaos_checker::{Event, EventType, Value};
use chaos_node::{Digest, Nanos, NodeId, Observation, Options, Role};

/// A trace in the making. Logs are given by the terms of their entries.
pub(crate) struct Trace {
    trace: Vec<Traced>,
    logs: Vec<Vec<u64>>,
}

/// The digest of the log whose entries are of these terms.
pub(crate) fn digest(terms: &[u64]) -> Digest {
    terms.iter().fold(Digest::EMPTY, |digest, term| digest.then(*term, b"command"))
}

impl Trace {
    pub(crate) fn new() -> Trace {
        Trace { trace: Vec::new(), logs: vec![Vec::new(); 8] }
    }

    pub(crate) fn done(&self) -> &[Traced] {
        &self.trace
    }

    pub(crate) fn tells(&mut self, node: u16, observation: Observation) -> &mut Trace {
        let time = Nanos::from_millis(self.trace.len() as u64 + 1);
        self.trace.push(Traced { time, node: NodeId(node), clock: time, observation });
        self
    }

    pub(crate) fn leads(&mut self, node: u16, term: u64) -> &mut Trace {
        self.tells(node, Observation::Role { role: Role::Leader, term })
    }

    pub(crate) fn follows(&mut self, node: u16, term: u64) -> &mut Trace {
        self.tells(node, Observation::Role { role: Role::Follower, term })
    }

    pub(crate) fn takes(&mut self, node: u16, leader: Option<u16>) -> &mut Trace {
        self.tells(node, Observation::Follows { leader: leader.map(NodeId), term: 1 })
    }

    /// Entries of these terms go to the end of the node's log.
    pub(crate) fn appends(&mut self, node: u16, terms: &[u64]) -> &mut Trace {
        for term in terms {
            let log = &mut self.logs[usize::from(node)];
            log.push(*term);
            let (index, digest) = (log.len() as u64, digest(log));
            self.tells(node, Observation::Appended { index, term: *term, digest });
        }
        self
    }

    /// Entries of these terms go where others are.
    pub(crate) fn appends_at(&mut self, node: u16, index: u64, terms: &[u64]) -> &mut Trace {
        self.logs[usize::from(node)].truncate(index as usize - 1);
        self.appends(node, terms)
    }

    pub(crate) fn truncates(&mut self, node: u16, from: u64) -> &mut Trace {
        self.logs[usize::from(node)].truncate(from as usize - 1);
        self.tells(node, Observation::Truncated { from })
    }

    /// A start without a snapshot.
    pub(crate) fn restored(&mut self, node: u16) -> &mut Trace {
        self.restored_at(node, &[])
    }

    /// A start with a snapshot of a log of entries of these terms.
    pub(crate) fn restored_at(&mut self, node: u16, terms: &[u64]) -> &mut Trace {
        self.logs[usize::from(node)] = terms.to_vec();
        let (index, term) = (terms.len() as u64, terms.last().copied().unwrap_or(0));
        self.tells(node, Observation::Restored { index, term, digest: digest(terms) })
    }

    /// A snapshot of a log of entries of these terms.
    pub(crate) fn installs(&mut self, node: u16, terms: &[u64]) -> &mut Trace {
        self.logs[usize::from(node)] = terms.to_vec();
        let (index, term) = (terms.len() as u64, terms.last().copied().unwrap_or(0));
        self.tells(node, Observation::Installed { index, term, digest: digest(terms) })
    }

    pub(crate) fn compacts(&mut self, node: u16, index: u64) -> &mut Trace {
        self.tells(node, Observation::Compacted { index })
    }

    pub(crate) fn commits(&mut self, node: u16, index: u64, term: u64) -> &mut Trace {
        self.tells(node, Observation::Committed { index, term })
    }

    /// The node applies the last entry of a log of entries of these terms.
    pub(crate) fn applies(&mut self, node: u16, terms: &[u64]) -> &mut Trace {
        let (index, term) = (terms.len() as u64, terms.last().copied().unwrap_or(0));
        self.tells(node, Observation::Applied { index, term, digest: digest(terms) })
    }
}

/// A run of this trace and so many nodes, in which all had time to settle.
pub(crate) fn settled(trace: &Trace, nodes: usize) -> Execution {
    let end = Nanos::from_millis(trace.done().len() as u64 + 1);
    Execution {
        trace: trace.done().to_vec(),
        nodes: vec![NodeRecord::default(); nodes],
        phases: Phases { ready: Some(Nanos(1)), healed: Some(end), recovered: Some(end), end },
        ..Execution::default()
    }
}

pub(crate) fn is_valid(verdict: &Verdict) {
    assert_eq!(*verdict, Verdict::Valid);
}

pub(crate) fn is_unknown(verdict: &Verdict, reason: &str) {
    assert_eq!(*verdict, Verdict::Unknown(reason.to_owned()));
}

pub(crate) fn invalid(verdict: Verdict) -> Violation {
    match verdict {
        Verdict::Invalid(violation) => *violation,
        Verdict::Valid | Verdict::Unknown(_) => panic!("expected a violation, found {verdict:?}"),
    }
}

/// What is checked of Raft.
pub(crate) const RAFT: [Property; 9] = [
    Property::Linearizable,
    Property::ElectionSafety,
    Property::LeaderAppendOnly,
    Property::LogMatching,
    Property::LeaderCompleteness,
    Property::StateMachineSafety,
    Property::CommitRule,
    Property::NoCrash,
    Property::Recovery,
];

/// A plan of five nodes that asks for all of that.
pub(crate) fn plan() -> Plan {
    Plan {
        version: PLAN_VERSION,
        workload: "raft-kv".to_owned(),
        seed: 7,
        target: TargetPlan {
            name: "raft".to_owned(),
            program: None,
            mutant: None,
            options: Options::default(),
        },
        nodes: 5,
        duration: Nanos::from_secs(3),
        recovery: Nanos::from_secs(2),
        settle: Nanos::ZERO,
        leader_changes: None,
        read: "get".to_owned(),
        unmodelled: Vec::new(),
        timeouts: Timeouts { attempt: Nanos::from_millis(200), operation: Nanos::from_secs(1) },
        clients: vec![ClientPlan { operations: Vec::new() }; 5],
        network: LinkParams::default(),
        faults: Vec::new(),
        script: Vec::new(),
        final_reads: vec!["x".into(), "y".into()],
        model: "kv".to_owned(),
        checks: RAFT.to_vec(),
    }
}

/// A history in the making; times in milliseconds.
#[derive(Default)]
pub(crate) struct Clients {
    events: Vec<Event>,
}

impl Clients {
    /// An operation of a client on a key, from when to when, with its argument and its result.
    pub(crate) fn did(
        &mut self,
        process: u64,
        (from, to): (u64, u64),
        (f, key, value): (&str, &str, Value),
        result: Result<Value, EventType>,
    ) -> &mut Clients {
        let (kind, output) = match result {
            Ok(output) => (EventType::Ok, output),
            Err(kind) => (kind, Value::Nil),
        };
        self.event(process, from, EventType::Invoke, (f, key, value));
        self.event(process, to, kind, (f, key, output))
    }

    fn event(
        &mut self,
        process: u64,
        millis: u64,
        kind: EventType,
        (f, key, value): (&str, &str, Value),
    ) -> &mut Clients {
        self.events.push(Event {
            index: 0,
            time: chaos_checker::Nanos(Nanos::from_millis(millis).0),
            process,
            kind,
            f: f.to_owned(),
            key: Some(key.into()),
            value,
            error: None,
            node: None,
        });
        self
    }

    /// The operation before was answered by this node.
    pub(crate) fn by(&mut self, node: u16) -> &mut Clients {
        if let Some(event) = self.events.last_mut() {
            event.node = Some(format!("n{node}"));
        }
        self
    }

    /// An execution in which clients saw what the script has them do.
    pub(crate) fn execution(script: impl FnOnce(&mut Clients)) -> Execution {
        let mut clients = Clients::default();
        script(&mut clients);
        Execution { history: clients.done(), ..Execution::default() }
    }

    /// The events in order of time.
    pub(crate) fn done(&mut self) -> Vec<Event> {
        self.events.sort_by_key(|event| event.time);
        for (index, event) in (0..).zip(&mut self.events) {
            event.index = index;
        }
        self.events.clone()
    }
}
