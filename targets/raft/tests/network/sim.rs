//! A cluster under faults, in virtual time, from one seed.

use super::clients::{self, Operation};
use super::safety::Safety;
use super::{Effect, Host};
use chaos_node::{
    Message, Nanos, NodeConfig, NodeId, Options, Reply, Rng, Role, Ticket, Timer, Value,
};
use std::collections::BTreeMap;

/// What may go wrong, in parts of a million.
#[derive(Clone, Debug)]
pub(crate) struct Faults {
    pub(crate) loss: u32,
    pub(crate) duplication: u32,
    /// How long a message takes.
    pub(crate) latency: (Nanos, Nanos),
    /// Messages that are far later than the others.
    pub(crate) delay: u32,
    /// How long these take, at most.
    pub(crate) delay_up_to: Nanos,
    /// A crash behind any action of any step.
    pub(crate) crash: u32,
    /// The pause between two faults of the cluster: cuts, pauses, crashes. None without.
    pub(crate) every: Option<Nanos>,
}

/// A run to make.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) nodes: u16,
    pub(crate) options: Options,
    pub(crate) mutant: Option<&'static str>,
    pub(crate) faults: Faults,
    /// How long there are faults; half as long again there are none.
    pub(crate) duration: Nanos,
}

enum Event {
    Deliver { from: NodeId, to: NodeId, message: Message },
    Timeout { node: NodeId, timer: Timer },
    Request { node: NodeId, ticket: Ticket, operation: usize },
    Restart { node: NodeId },
    Fault,
    Heal,
    Act { client: usize },
    GiveUp { client: usize, operation: usize },
    Answer { ticket: Ticket, reply: Reply },
}

struct Client {
    session: u64,
    sequence: u64,
    target: NodeId,
    open: Option<usize>,
    tries: u32,
}

pub(crate) struct Sim {
    setup: Setup,
    rng: Rng,
    now: Nanos,
    events: BTreeMap<(Nanos, u64), Event>,
    next_event: u64,
    hosts: Vec<Host>,
    paused: Vec<Nanos>,
    cut: Vec<(NodeId, NodeId)>,
    clients: Vec<Client>,
    tickets: BTreeMap<Ticket, usize>,
    next_session: u64,
    pub(crate) history: Vec<Operation>,
    pub(crate) safety: Safety,
    pub(crate) messages: u64,
    violation: Option<String>,
    faulty: bool,
}

const CLIENTS: usize = 4;

impl Sim {
    pub(crate) fn new(setup: Setup, seed: u64) -> Sim {
        let ids: Vec<NodeId> = (1..=setup.nodes).map(NodeId).collect();
        let config = |id: &NodeId| NodeConfig {
            id: *id,
            nodes: ids.clone(),
            mutant: setup.mutant.map(str::to_owned),
            options: setup.options.clone(),
        };
        let hosts = ids.iter().map(|id| Host::new(config(id), seed)).collect();
        let clients = (0..CLIENTS as u64).map(|session| Client {
            session: session + 1,
            sequence: 0,
            target: NodeId(1),
            open: None,
            tries: 0,
        });
        Sim {
            rng: Rng::stream(seed, "sim"),
            now: Nanos::ZERO,
            events: BTreeMap::new(),
            next_event: 0,
            hosts,
            paused: vec![Nanos::ZERO; ids.len()],
            cut: Vec::new(),
            clients: clients.collect(),
            tickets: BTreeMap::new(),
            next_session: CLIENTS as u64,
            history: Vec::new(),
            safety: Safety::default(),
            messages: 0,
            violation: None,
            faulty: true,
            setup,
        }
    }

    /// Runs to the end, or to the first violation.
    pub(crate) fn run(&mut self) -> Result<(), String> {
        for node in 0..self.hosts.len() {
            let effects = self.hosts[node].start(self.now);
            self.carry_out(node, effects);
        }
        for client in 0..CLIENTS {
            self.after(Nanos::from_millis(200), Event::Act { client });
        }
        let faults_end = self.setup.duration;
        self.schedule(faults_end, Event::Heal);
        if let Some(every) = self.setup.faults.every {
            self.after(every, Event::Fault);
        }
        let end = faults_end + faults_end / 2;
        while let Some(entry) = self.events.first_entry() {
            let (at, _) = *entry.key();
            if at > end || self.violation.is_some() {
                break;
            }
            self.now = at;
            let event = entry.remove();
            self.handle(event);
        }
        if let Some(violation) = self.violation.take() {
            return Err(violation);
        }
        clients::check(&self.history)?;
        self.recovered(faults_end)
    }

    /// Without faults, every client gets an answer in time and every node catches up.
    fn recovered(&self, faults_end: Nanos) -> Result<(), String> {
        let served = self.history.iter().rev().take_while(|o| o.began > faults_end);
        if !served.filter(|o| !o.is_read()).any(|o| matches!(o.ended, Some((_, Reply::Ok(_))))) {
            return Err("Recovery: nothing was served after the faults".to_owned());
        }
        let commits: Vec<u64> = self.safety.nodes.values().map(|seen| seen.commit).collect();
        let newest = commits.iter().max().copied().unwrap_or_default();
        if commits.iter().any(|commit| commit + 100 < newest) {
            return Err(format!("Recovery: a node stays behind: {commits:?}"));
        }
        Ok(())
    }

    fn schedule(&mut self, at: Nanos, event: Event) {
        self.next_event += 1;
        self.events.insert((at, self.next_event), event);
    }

    fn after(&mut self, span: Nanos, event: Event) {
        self.schedule(self.now + span, event);
    }

    fn handle(&mut self, event: Event) {
        if let Some(node) = self.concerned(&event)
            && self.paused[node] > self.now
        {
            // What waited in several sockets is read in any order.
            let at = self.paused[node] + self.rng.time(Nanos::ZERO..=Nanos::from_millis(1));
            return self.schedule(at, event);
        }
        match event {
            Event::Deliver { from, to, message } => {
                let (node, crash) = (index(to), self.crash_point());
                let effects = self.hosts[node].receive(self.now, crash, from, &message);
                self.carry_out(node, effects);
            }
            Event::Timeout { node, timer } => self.on_timeout(index(node), timer),
            Event::Request { node, ticket, operation } => {
                let (node, crash) = (index(node), self.crash_point());
                let request = self.history[operation].request.clone();
                let effects = self.hosts[node].request(self.now, crash, ticket, request);
                self.carry_out(node, effects);
            }
            Event::Restart { node } => {
                let effects = self.hosts[index(node)].start(self.now);
                self.carry_out(index(node), effects);
            }
            Event::Fault => self.on_fault(),
            Event::Heal => self.heal(),
            Event::Act { client } => self.act(client),
            Event::GiveUp { client, operation } => self.give_up(client, operation),
            Event::Answer { ticket, reply } => self.answer(ticket, reply),
        }
    }

    fn concerned(&self, event: &Event) -> Option<usize> {
        match event {
            Event::Deliver { to: node, .. }
            | Event::Timeout { node, .. }
            | Event::Request { node, .. } => Some(index(*node)),
            _ => None,
        }
    }

    fn crash_point(&mut self) -> Option<usize> {
        let dies = self.faulty && self.rng.chance(self.setup.faults.crash);
        dies.then(|| self.rng.below(16) as usize)
    }

    fn on_timeout(&mut self, node: usize, timer: Timer) {
        let due = self.hosts[node].timers.get(&timer).is_some_and(|at| *at <= self.now);
        if due {
            let crash = self.crash_point();
            let effects = self.hosts[node].timeout(self.now, crash, timer);
            self.carry_out(node, effects);
        }
    }

    fn carry_out(&mut self, node: usize, effects: Vec<Effect>) {
        let id = self.hosts[node].id();
        for effect in effects {
            match effect {
                Effect::Send { to, message } => self.send(id, to, message),
                Effect::Reply { ticket, reply } => self.send_answer(ticket, reply),
                Effect::Observed(observation) => {
                    if let Err(violation) = self.safety.observe(id, &observation) {
                        self.violation.get_or_insert(violation);
                    }
                }
                Effect::Armed { timer, at } => {
                    self.schedule(at, Event::Timeout { node: id, timer });
                }
                Effect::Wrote(_) => {}
                Effect::Crashed => self.died(id),
            }
        }
    }

    fn died(&mut self, node: NodeId) {
        let span = self.rng.time(Nanos::from_millis(1)..=Nanos::from_millis(300));
        self.after(span, Event::Restart { node });
    }

    fn send(&mut self, from: NodeId, to: NodeId, message: Message) {
        self.messages += 1;
        let Faults { loss, duplication, .. } = self.setup.faults;
        if self.cut.contains(&(from, to)) || self.faulty && self.rng.chance(loss) {
            return;
        }
        if self.faulty && self.rng.chance(duplication) {
            let span = self.latency();
            self.after(span, Event::Deliver { from, to, message: message.clone() });
        }
        let span = self.latency();
        self.after(span, Event::Deliver { from, to, message });
    }

    fn latency(&mut self) -> Nanos {
        let Faults { delay, delay_up_to, latency: (least, most), .. } = self.setup.faults;
        if !self.faulty {
            return self.rng.time(Nanos::from_micros(100)..=Nanos::from_micros(900));
        }
        if self.rng.chance(delay) {
            return self.rng.time(Nanos::from_millis(1)..=delay_up_to);
        }
        self.rng.time(least..=most)
    }

    fn on_fault(&mut self) {
        let Some(every) = self.setup.faults.every.filter(|_| self.faulty) else { return };
        self.after(every, Event::Fault);
        self.cut.clear();
        let nodes = self.hosts.len() as u64;
        let victim = match self.leader().filter(|_| self.rng.chance(500_000)) {
            Some(leader) => leader,
            None => self.rng.below(nodes) as usize,
        };
        match self.rng.below(7) {
            0 => self.kill(victim),
            1 => self.paused[victim] = self.now + self.rng.time(Nanos(1)..=Nanos::from_millis(500)),
            2 => self.isolate(&[victim]),
            3 => self.isolate(&[victim, (victim + 1) % nodes as usize]),
            4 => {
                let (id, others) = (self.hosts[victim].id(), self.others(&[victim]));
                self.cut.extend(others.into_iter().map(|other| (other, id)));
            }
            5 => (0..=nodes as usize / 2).for_each(|offset| {
                self.kill((victim + offset) % nodes as usize);
            }),
            _ => {
                self.kill(victim);
                let other = self.rng.below(nodes) as usize;
                self.kill(other);
            }
        }
    }

    fn leader(&self) -> Option<usize> {
        let leads = |host: &Host| {
            let seen = self.safety.nodes.get(&host.id());
            host.is_up() && seen.is_some_and(|seen| seen.role == Role::Leader)
        };
        self.hosts.iter().position(leads)
    }

    fn kill(&mut self, node: usize) {
        if self.hosts[node].is_up() {
            self.hosts[node].crash(Some(&mut self.rng));
            self.died(NodeId(node as u16 + 1));
        }
    }

    fn isolate(&mut self, group: &[usize]) {
        for one in group.iter().map(|node| NodeId(*node as u16 + 1)) {
            for other in self.others(group) {
                self.cut.extend([(one, other), (other, one)]);
            }
        }
    }

    fn others(&self, group: &[usize]) -> Vec<NodeId> {
        let ids = self.hosts.iter().enumerate().filter(|(node, _)| !group.contains(node));
        ids.map(|(_, host)| host.id()).collect()
    }

    fn heal(&mut self) {
        self.faulty = false;
        self.cut.clear();
        self.paused.fill(Nanos::ZERO);
    }

    fn act(&mut self, client: usize) {
        let reads = self.rng.chance(400_000);
        let (now, operation) = (self.now, self.history.len());
        let state = &mut self.clients[client];
        state.sequence += 1;
        state.tries = 0;
        state.open = Some(operation);
        let make = if reads { Operation::read } else { Operation::append };
        self.history.push(make(state.session, state.sequence, now));
        self.try_it(client, operation);
    }

    fn try_it(&mut self, client: usize, operation: usize) {
        let state = &mut self.clients[client];
        state.tries += 1;
        let node = state.target;
        let ticket = Ticket((operation as u64) << 8 | u64::from(state.tries));
        self.tickets.insert(ticket, client);
        self.after(Nanos::from_millis(120), Event::GiveUp { client, operation });
        if !(self.faulty && self.rng.chance(self.setup.faults.loss)) {
            let span = self.latency();
            self.after(span, Event::Request { node, ticket, operation });
        }
    }

    fn send_answer(&mut self, ticket: Ticket, reply: Reply) {
        if !(self.faulty && self.rng.chance(self.setup.faults.loss)) {
            let span = self.latency();
            self.after(span, Event::Answer { ticket, reply });
        }
    }

    fn answer(&mut self, ticket: Ticket, reply: Reply) {
        let Some(client) = self.tickets.remove(&ticket) else { return };
        let operation = (ticket.0 >> 8) as usize;
        if self.clients[client].open != Some(operation) {
            return;
        }
        match reply {
            Reply::Redirect(to) => {
                let any = NodeId(self.rng.within(1..=u64::from(self.setup.nodes)) as u16);
                self.clients[client].target = to.unwrap_or(any);
            }
            Reply::Info(_) => {}
            Reply::Ok(_) | Reply::Fail(_) => {
                self.history[operation].ended = Some((self.now, reply));
                self.next_operation(client);
            }
        }
    }

    fn next_operation(&mut self, client: usize) {
        self.clients[client].open = None;
        let span = self.rng.time(Nanos::from_millis(1)..=Nanos::from_millis(50));
        self.after(span, Event::Act { client });
    }

    /// A command without an answer is sent again, five times at most: to any node.
    fn give_up(&mut self, client: usize, operation: usize) {
        if self.clients[client].open != Some(operation) {
            return;
        }
        if self.clients[client].tries < 6 {
            if self.rng.chance(500_000) {
                let any = self.rng.within(1..=u64::from(self.setup.nodes));
                self.clients[client].target = NodeId(any as u16);
            }
            return self.try_it(client, operation);
        }
        self.next_session += 1;
        self.clients[client].session = self.next_session;
        self.clients[client].sequence = 0;
        self.next_operation(client);
    }

    /// What the cluster holds for the clients' key, by the longest read.
    pub(crate) fn longest_read(&self) -> usize {
        let texts = self.history.iter().filter_map(|operation| match &operation.ended {
            Some((_, Reply::Ok(Value::Text(text)))) => Some(text.len()),
            _ => None,
        });
        texts.max().unwrap_or_default()
    }
}

fn index(node: NodeId) -> usize {
    usize::from(node.0) - 1
}
