//! A simulated machine: one node, its disk, its timers and its randomness.

use super::disk::SimDisk;
use super::queue::Event;
use crate::execution::{Crash, NodeRecord};
use chaos_node::{
    Action, Context, Nanos, Node, NodeConfig, NodeId, Reply, Request, Rng, Target, Ticket, Timer,
};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What happens to a node.
pub(super) enum Call<'a> {
    Start,
    Receive(NodeId, &'a [u8]),
    Timeout(Timer),
    Request(Ticket, Request),
}

/// A simulated machine.
pub(super) struct Machine {
    pub(super) config: NodeConfig,
    /// The node, while it runs.
    node: Option<Box<dyn Node>>,
    disk: SimDisk,
    rng: Rng,
    /// Draws what a crash leaves, apart from what the node draws.
    fate: Rng,
    pub(super) starts: u32,
    timers: BTreeMap<Timer, u64>,
    armed: u64,
    pub(super) paused: bool,
    /// What happened to it while it was paused.
    pub(super) held: Vec<Event>,
    /// It dies in the midst of its next step.
    doomed: bool,
    pub(super) crashed: Option<Crash>,
}

impl Machine {
    pub(super) fn new(config: NodeConfig, seed: u64) -> Machine {
        let fate = Rng::stream(seed, &format!("fate of {}", config.id));
        Machine {
            config,
            node: None,
            disk: SimDisk::default(),
            rng: Rng::new(0),
            fate,
            starts: 0,
            timers: BTreeMap::new(),
            armed: 0,
            paused: false,
            held: Vec::new(),
            doomed: false,
            crashed: None,
        }
    }

    pub(super) fn is_up(&self) -> bool {
        self.node.is_some()
    }

    /// Puts a new node onto the machine, to be started.
    pub(super) fn boot(&mut self, target: &dyn Target, seed: u64) {
        self.starts += 1;
        let (id, start) = (self.config.id, self.starts);
        // A node that starts again must not draw what it drew before.
        self.rng = Rng::stream(seed, &format!("node {id}, start {start}"));
        let node = target.node(&self.config);
        self.node = Some(node.expect("a checked plan has a right configuration"));
    }

    /// Lets the node take a step; its actions are in `actions`, cut short if it dies meanwhile.
    /// True if it dies.
    pub(super) fn step(&mut self, now: Nanos, call: Call<'_>, actions: &mut Vec<Action>) -> bool {
        actions.clear();
        let Some(node) = &mut self.node else {
            return false;
        };
        let NodeConfig { id, nodes, .. } = &self.config;
        let mut ctx = Context::new(*id, nodes, now, &mut self.rng, &self.disk, actions);
        // A broken invariant of the node is a finding about the node; the run goes on without it.
        let outcome = catch_unwind(AssertUnwindSafe(|| match call {
            Call::Start => node.start(&mut ctx),
            Call::Receive(from, message) => node.receive(&mut ctx, from, message),
            Call::Timeout(timer) => node.timeout(&mut ctx, timer),
            Call::Request(ticket, request) => node.request(&mut ctx, ticket, request),
        }));
        if let Err(panic) = outcome {
            actions.clear();
            let last_words = words(panic.as_ref());
            self.crashed = Some(Crash { time: now, status: "panicked".to_owned(), last_words });
            return true;
        }
        if self.doomed {
            actions.truncate(self.fate.below(actions.len() as u64 + 1) as usize);
        }
        self.doomed
    }

    /// Ends the node, and what was not synced with it.
    pub(super) fn kill(&mut self) {
        self.node = None;
        self.doomed = false;
        self.paused = false;
        self.held.clear();
        self.timers.clear();
        self.disk.crash(&mut self.fate);
    }

    /// Strikes the node: at once, or in the midst of its next step. True if at once.
    pub(super) fn strike(&mut self) -> bool {
        self.doomed = self.is_up() && !self.paused && self.fate.chance(500_000);
        !self.doomed
    }

    pub(super) fn write(&mut self, action: Action) {
        self.disk.write(action);
    }

    pub(super) fn sync(&mut self) {
        self.disk.sync();
    }

    /// Arms a timer; the event that will tell of its end.
    pub(super) fn arm(&mut self, timer: Timer) -> Event {
        self.armed += 1;
        self.timers.insert(timer, self.armed);
        let (node, start, generation) = (self.config.id, self.starts, self.armed);
        Event::Timeout { node, start, timer, generation }
    }

    pub(super) fn disarm(&mut self, timer: Timer) {
        self.timers.remove(&timer);
    }

    /// Whether this end of a timer is the one that the node waits for; then it waits no more.
    pub(super) fn rings(&mut self, start: u32, timer: Timer, generation: u64) -> bool {
        let waited = self.starts == start && self.timers.get(&timer) == Some(&generation);
        if waited {
            self.timers.remove(&timer);
        }
        waited
    }

    pub(super) fn record(self) -> NodeRecord {
        NodeRecord { starts: self.starts, crashed: self.crashed, stderr: String::new() }
    }
}

fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it panicked").to_owned()
}

/// The answer of a node that is not there any more is nobody's.
pub(super) fn answer(ticket: Ticket, reply: Reply) -> Event {
    Event::Reply { ticket, reply }
}
