//! The nodes of a script, and what is under way between them.

use super::{Result, Stage};
use chaos_node::{
    Action, Context, MemoryDisk, Message, Nanos, Node, NodeConfig, NodeId, Observation, Op,
    Options, Request, Rng, Ticket, Timer, Value,
};
use std::collections::{BTreeMap, VecDeque};

/// So many deliveries are enough for any story.
const MOST_DELIVERIES: usize = 1000;

/// A node with its disk; none while it is dead.
struct Host {
    config: NodeConfig,
    node: Option<Box<dyn Node>>,
    disk: MemoryDisk,
    rng: Rng,
    /// When its timers run out.
    timers: BTreeMap<Timer, Nanos>,
}

pub(crate) struct Cluster {
    stage: &'static Stage,
    hosts: Vec<Host>,
    now: Nanos,
    under_way: VecDeque<(NodeId, NodeId, Message)>,
    /// These hear no others, nor are they heard.
    pub(crate) apart: Vec<NodeId>,
    asked: u64,
    out: String,
}

impl Cluster {
    pub(crate) fn new(stage: &'static Stage) -> Cluster {
        Cluster {
            stage,
            hosts: Vec::new(),
            now: Nanos::ZERO,
            under_way: VecDeque::new(),
            apart: Vec::new(),
            asked: 0,
            out: String::new(),
        }
    }

    pub(crate) fn build(
        &mut self,
        count: u16,
        mutant: Option<&str>,
        options: &Options,
    ) -> Result<()> {
        let nodes: Vec<NodeId> = (1..=count).map(NodeId).collect();
        for id in &nodes {
            let (mutant, options) = (mutant.map(str::to_owned), options.clone());
            let config = NodeConfig { id: *id, nodes: nodes.clone(), mutant, options };
            let (disk, rng, timers) = (MemoryDisk::default(), Rng::new(1), BTreeMap::new());
            self.hosts.push(Host { config, node: None, disk, rng, timers });
        }
        nodes.into_iter().try_for_each(|id| self.start(id))
    }

    /// What was told since the last call.
    pub(crate) fn told(&mut self) -> String {
        std::mem::take(&mut self.out)
    }

    pub(crate) fn start(&mut self, id: NodeId) -> Result<()> {
        let target = self.stage.target;
        let host = self.host(id);
        host.node = Some(target.node(&host.config)?);
        self.step(id, |node, ctx| node.start(ctx));
        Ok(())
    }

    pub(crate) fn crash(&mut self, id: NodeId) {
        let host = self.host(id);
        host.node = None;
        host.timers.clear();
    }

    /// Lets a timer run out, a second later.
    pub(crate) fn fire(&mut self, id: NodeId, timer: Timer) {
        self.now += Nanos::from_secs(1);
        self.step(id, |node, ctx| node.timeout(ctx, timer));
    }

    /// Lets time pass, a millisecond a turn; what is said meanwhile is delivered.
    pub(crate) fn wait(&mut self, millis: u64) {
        for _ in 0..millis {
            self.now += Nanos::from_millis(1);
            let now = self.now;
            let due = |host: &Host| {
                let due = host.timers.iter().find(|(_, until)| **until <= now);
                due.map(|(timer, _)| (host.config.id, *timer))
            };
            while let Some((id, timer)) = self.hosts.iter().find_map(due) {
                self.host(id).timers.remove(&timer);
                self.step(id, |node, ctx| node.timeout(ctx, timer));
            }
            self.settle();
        }
    }

    pub(crate) fn ask(&mut self, id: NodeId, f: &str, value: Value) {
        self.asked += 1;
        let (ticket, op) = (Ticket(self.asked), Op { f: f.into(), key: "x".into(), value });
        let request = Request { session: 1, sequence: self.asked, op };
        self.step(id, |node, ctx| node.request(ctx, ticket, request));
    }

    pub(crate) fn settle(&mut self) {
        for _ in 0..MOST_DELIVERIES {
            if self.deliver().is_none() {
                return;
            }
        }
        self.out.push_str("the network does not come to rest\n");
    }

    pub(crate) fn deliver(&mut self) -> Option<()> {
        let (from, to, message) = self.under_way.pop_front()?;
        self.step(to, |node, ctx| node.receive(ctx, from, &message));
        Some(())
    }

    fn host(&mut self, id: NodeId) -> &mut Host {
        &mut self.hosts[usize::from(id.0) - 1]
    }

    fn step(&mut self, id: NodeId, call: impl FnOnce(&mut dyn Node, &mut Context<'_>)) {
        let (now, mut actions) = (self.now, Vec::new());
        let Host { config, node, disk, rng, .. } = self.host(id);
        let Some(node) = node else { return };
        let mut ctx = Context::new(id, &config.nodes, now, rng, disk, &mut actions);
        call(node.as_mut(), &mut ctx);
        for action in actions {
            self.host(id).disk.apply(&action);
            if let Some(told) = self.take(id, action) {
                self.out += &format!("{id} {told}\n");
            }
        }
    }

    /// Does what the action asks of the world; what is told of it.
    fn take(&mut self, id: NodeId, action: Action) -> Option<String> {
        match action {
            Action::Send { to, message } => self.send(id, to, message),
            Action::Reply { ticket, reply } => Some(format!("reply #{}: {reply:?}", ticket.0)),
            Action::Arm { timer, after } => {
                let until = self.now + after;
                self.host(id).timers.insert(timer, until);
                None
            }
            Action::Disarm(timer) => {
                self.host(id).timers.remove(&timer);
                None
            }
            Action::Observe(Observation::Note { topic, text }) => {
                Some(format!("({topic}: {text})"))
            }
            Action::Observe(observation) => (self.stage.observation)(&observation),
            _ => None,
        }
    }

    fn send(&mut self, from: NodeId, to: NodeId, message: Message) -> Option<String> {
        let words = self.stage.target.describe(&message).expect("nodes send what they understand");
        let lost = self.apart.contains(&from) != self.apart.contains(&to);
        if !lost {
            self.under_way.push_back((from, to, message));
        }
        let told = (self.stage.is_told)(&words);
        told.then(|| format!("→ {to} {words}{}", if lost { " (lost)" } else { "" }))
    }
}
