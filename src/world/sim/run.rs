//! One simulated run, event by event.

use super::clients::Client;
use super::faults::with_effects;
use super::machine::{Call, Machine};
use super::messages::MessageRecorder;
use super::queue::{CLIENT_WIRE, Event, Queue};
use super::troubles::Harm;
use super::work;
use crate::client::Recorder;
use crate::execution::{Execution, Phases, TraceHash, Traced, Traffic};
use crate::nemesis::{Nemesis, Powers, Script, View};
use crate::network::{Endpoint, Fate, LinkParams, Links, Sent};
use crate::workload::plan::Plan;
use chaos_node::{Action, Message, Nanos, NodeConfig, NodeId, Observation, Role, Target};
use rustc_hash::FxHasher;
use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};

/// How long a cluster may take to serve for the first time.
const START: Nanos = Nanos::from_secs(10);
/// What a message takes at least from node to node where the workload says nothing, and how much
/// longer it may take.
const WIRE: (Nanos, Nanos) = (Nanos::from_micros(100), Nanos::from_micros(400));
/// About how much the nodes tell for each operation: room for it from the start saves growing.
const TOLD: usize = 16;
/// No more room than this is made for anything.
const MOST_ROOM: usize = 1 << 16;
/// A run of more events than this is not going anywhere.
const MOST_EVENTS: u64 = 100_000_000;
/// Nor is one with more events to come than this: nodes send each other ever more.
const MOST_UNDER_WAY: usize = 1_000_000;
/// How often a run asks whether somebody still waits for its end.
const EVENTS_A_LOOK: u64 = 4096;

/// One simulated run.
pub(super) struct Run<'a> {
    pub(super) plan: &'a Plan,
    target: &'a dyn Target,
    pub(super) now: Nanos,
    pub(super) queue: Queue,
    machines: Vec<Machine>,
    pub(super) links: Links,
    pub(super) clients: Vec<Client<'a>>,
    pub(super) nemesis: Nemesis,
    pub(super) script: Option<Script>,
    pub(super) traffic: Sent,
    pub(super) recorder: Recorder,
    messages: Option<MessageRecorder>,
    trace: Vec<Traced>,
    leader: Option<(u64, NodeId)>,
    pub(super) phases: Phases,
    pub(super) hash: FxHasher,
    trouble: Option<String>,
    pub(super) actions: Vec<Action>,
    pub(super) harm: BTreeMap<usize, Harm>,
}

impl<'a> Run<'a> {
    pub(super) fn new(plan: &'a Plan, target: &'a dyn Target) -> Run<'a> {
        let nodes: Vec<NodeId> = (1..=plan.nodes).map(NodeId).collect();
        let machine = |id: &NodeId| {
            let config = NodeConfig {
                id: *id,
                nodes: nodes.clone(),
                mutant: plan.target.mutant.clone(),
                options: plan.target.options.clone(),
            };
            Machine::new(config, plan.seed)
        };
        let operations: usize = plan.clients.iter().map(|client| client.operations.len()).sum();
        Run {
            plan,
            target,
            now: Nanos::ZERO,
            queue: Queue::default(),
            machines: nodes.iter().map(machine).collect(),
            links: Links::new(usize::from(plan.nodes) + 1, wired(plan.network), plan.seed),
            clients: work::clients(plan),
            nemesis: Nemesis::new(plan, Powers::Machines),
            script: Script::new(plan),
            traffic: Sent::default(),
            recorder: Recorder::with_room((2 * operations).min(MOST_ROOM)),
            messages: None,
            trace: Vec::with_capacity((TOLD * operations).min(MOST_ROOM)),
            leader: None,
            phases: Phases::default(),
            hash: FxHasher::default(),
            trouble: None,
            actions: Vec::new(),
            harm: BTreeMap::new(),
        }
    }

    /// With a record of every message between nodes.
    pub(super) fn recording(self) -> Run<'a> {
        Run { messages: Some(MessageRecorder::new()), ..self }
    }

    pub(super) fn execute(self) -> Execution {
        self.execute_unless(&|| false).expect("nobody stops it")
    }

    pub(super) fn execute_unless(mut self, stop: &dyn Fn() -> bool) -> Option<Execution> {
        self.begin();
        for events in 1_u64.. {
            if self.over() {
                break;
            }
            let Some((at, event)) = self.queue.pop() else { break };
            self.now = at;
            self.happen(event);
            self.play();
            if events.is_multiple_of(EVENTS_A_LOOK) && stop() {
                return None;
            }
            if events > MOST_EVENTS || self.queue.len() > MOST_UNDER_WAY {
                self.trouble = Some(self.storm(events));
                break;
            }
        }
        Some(self.finish())
    }

    fn begin(&mut self) {
        for node in 1..=self.plan.nodes {
            self.queue.push(Nanos::ZERO, Event::Boot { node: NodeId(node) });
        }
        let probe = self.probe();
        self.queue.push(Nanos::ZERO, Event::Due { client: probe });
    }

    /// Why the run is not going anywhere.
    fn storm(&self, events: u64) -> String {
        let (coming, time) = (self.queue.len(), self.now.0 / 1_000_000);
        format!("a storm: {events} events in {time} ms, and {coming} more on their way")
    }

    fn finish(mut self) -> Execution {
        self.phases.end = self.now;
        let totals = self.links.totals();
        let records = match &self.script {
            Some(script) => script.records().to_vec(),
            None => {
                let ready = self.phases.ready.unwrap_or_default();
                self.nemesis.records().into_iter().map(|record| record.since(ready)).collect()
            }
        };
        Execution {
            history: self.recorder.into_history(),
            trace: self.trace,
            messages: self.messages.map(MessageRecorder::into_messages),
            faults: with_effects(records, &self.links, &self.harm),
            script: self.script.and_then(|script| script.end().cloned()),
            traffic: Traffic {
                delivered: totals.delivered,
                dropped: totals.dropped,
                duplicated: totals.duplicated,
                reordered: totals.reordered,
            },
            nodes: self.machines.into_iter().map(Machine::record).collect(),
            phases: self.phases,
            trace_hash: Some(TraceHash(self.hash.finish())),
            trouble: self.trouble,
            ..Execution::default()
        }
    }

    pub(super) fn machine(&mut self, node: NodeId) -> &mut Machine {
        &mut self.machines[usize::from(node.0) - 1]
    }

    pub(super) fn nodes(&self) -> u16 {
        self.plan.nodes
    }

    /// How many processes there are, before any is retired.
    pub(super) fn processes(&self) -> usize {
        self.plan.clients.len() + 2 + self.plan.submitted()
    }

    pub(super) fn probe(&self) -> usize {
        self.plan.clients.len()
    }

    pub(super) fn reader(&self) -> usize {
        self.plan.clients.len() + 1
    }

    fn over(&self) -> bool {
        match self.phases.healed {
            None => self.phases.ready.is_none() && self.now > START,
            Some(healed) => {
                let late = self.now > healed + self.plan.settle + self.plan.recovery;
                let done = |client: &Client| client.is_idle() && client.upcoming().is_none();
                late || (self.phases.recovered.is_some() && self.clients.iter().all(done))
            }
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Boot { node } => self.boot(node),
            Event::Deliver { to, from, message } => self.deliver(to, from, message),
            Event::Timeout { node, start, timer, generation } => {
                if self.machine(node).is_busy() {
                    self.machine(node).held.push(event);
                } else if self.machine(node).rings(start, timer, generation) {
                    self.step(node, Call::Timeout(timer));
                }
            }
            Event::Continue { node, start } => self.go_on(node, start),
            Event::Turn { node, fault } => self.turn(node, fault),
            Event::Request { node, ticket, request } => {
                if self.machine(node).is_busy() {
                    self.machine(node).held.push(Event::Request { node, ticket, request });
                } else if self.machine(node).is_up() {
                    self.step(node, Call::Request(ticket, *request));
                } else {
                    let sent = false;
                    self.queue.push(self.now + CLIENT_WIRE, Event::Broken { ticket, sent });
                }
            }
            Event::Reply { ticket, reply } => {
                self.client(ticket, |client, now| client.session.answered(now, reply));
            }
            Event::Broken { ticket, sent } => {
                self.client(ticket, |client, now| client.session.broken(now, sent));
            }
            Event::Elapsed { ticket } => {
                self.client(ticket, |client, now| client.session.elapsed(now));
            }
            Event::Due { client } => self.due(client),
            Event::Nemesis => self.strike(),
            // Whatever wakes it, the script is asked after every event.
            Event::Script => {}
            Event::Heal => self.heal(),
        }
    }

    fn boot(&mut self, node: NodeId) {
        let (target, seed) = (self.target, self.plan.seed);
        self.machine(node).boot(target, seed);
        if let Some(fault) = self.machine(node).flip() {
            self.harm(fault).bits += 1;
        }
        self.step(node, Call::Start);
        self.machine(node).unflip();
    }

    fn deliver(&mut self, to: NodeId, from: NodeId, message: Message) {
        if self.machine(to).is_busy() {
            self.machine(to).held.push(Event::Deliver { to, from, message });
            return;
        }
        (self.now, to, from, &message).hash(&mut self.hash);
        if let Some(messages) = &mut self.messages {
            let heard = self.machines[usize::from(to.0) - 1].is_up();
            messages.arrived(self.now, (from, to), heard);
        }
        self.step(to, Call::Receive(from, &message));
    }

    pub(super) fn send(&mut self, from: NodeId, to: NodeId, message: Message) {
        let fate = self.links.judge(Endpoint::of(from), Endpoint::of(to), self.now);
        self.traffic.count(&message);
        if let Some(messages) = &mut self.messages {
            messages.sent(self.now, (from, to), &message, fate, self.target);
        }
        if let Fate::Deliver { at, copy } = fate {
            if let Some(again) = copy {
                let message = message.clone();
                self.queue.push(again, Event::Deliver { to, from, message });
            }
            self.queue.push(at, Event::Deliver { to, from, message });
        }
    }

    pub(super) fn observe(&mut self, node: NodeId, observation: Observation) {
        if let Observation::Role { role, term } = observation {
            match (role, self.leader) {
                (Role::Leader, Some((newest, _))) if newest > term => {}
                (Role::Leader, _) => self.leader = Some((term, node)),
                (Role::Follower | Role::Candidate, _) => self.no_leader(node),
            }
            let ready = self.phases.ready.unwrap_or_default();
            if self.nemesis.saw(role, self.now.saturating_sub(ready)) {
                self.schedule_nemesis(ready);
            }
        }
        if let Some(script) = &mut self.script {
            script.observed(node, &observation);
        }
        let time = self.now;
        (time, node, std::mem::discriminant(&observation)).hash(&mut self.hash);
        let clock = self.machine(node).clock.at(time);
        self.trace.push(Traced { time, node, clock, observation });
    }

    pub(super) fn no_leader(&mut self, node: NodeId) {
        self.leader = self.leader.filter(|(_, leader)| *leader != node);
    }

    pub(super) fn break_connections(&mut self, node: NodeId) {
        for (index, client) in self.clients.iter_mut().enumerate() {
            if client.asks == Some(node) {
                client.asks = None;
                let ticket = client.ticket(index);
                self.queue.push(self.now + CLIENT_WIRE, Event::Broken { ticket, sent: true });
            }
        }
    }

    fn strike(&mut self) {
        let ready = self.phases.ready.unwrap_or_default();
        let view = View { leader: self.leader.map(|(_, node)| node) };
        let orders = self.nemesis.act(self.now.saturating_sub(ready), &view);
        self.obey(orders);
        self.schedule_nemesis(ready);
    }

    pub(super) fn schedule_nemesis(&mut self, ready: Nanos) {
        if let Some(next) = self.nemesis.next().filter(|next| *next < self.plan.duration) {
            self.queue.push(ready + next, Event::Nemesis);
        }
    }

    pub(super) fn heal(&mut self) {
        let ready = self.phases.ready.unwrap_or_default();
        let orders = match &mut self.script {
            Some(script) => script.heal(self.now),
            None => self.nemesis.heal(self.now.saturating_sub(ready)),
        };
        self.obey(orders);
        self.phases.healed = Some(self.now);
        let client = self.reader();
        self.queue.push(self.now + self.plan.settle, Event::Due { client });
    }

    /// When everything began, and until the faults are over.
    pub(super) fn under_way(&self) -> bool {
        self.phases.ready.is_some() && self.phases.healed.is_none()
    }
}

/// The workload's network, on wires that take their time as all wires do.
fn wired(network: LinkParams) -> LinkParams {
    if (network.delay, network.jitter) != (Nanos::ZERO, Nanos::ZERO) {
        return network;
    }
    let (delay, jitter) = WIRE;
    LinkParams { delay, jitter, ..network }
}
