//! A simulated machine: one node, its disk, its timers and its randomness.

use super::disk::SimDisk;
use super::queue::Event;
use super::troubles::Troubles;
use crate::clock::Clock;
use crate::execution::{Crash, NodeRecord};
use crate::workload::trouble::DiskTrouble;
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
    pub(super) clock: Clock,
    timers: BTreeMap<Timer, Armed>,
    armed: u64,
    pub(super) troubles: Troubles,
    pub(super) paused: bool,
    /// What is left of a step that takes its time.
    pub(super) rest: Option<Rest>,
    /// The rest was due while the machine was paused.
    pub(super) overdue: bool,
    /// What happened to it while it was paused or busy.
    pub(super) held: Vec<Event>,
    /// A fault holds it down.
    pub(super) down: bool,
    /// Its disk refused, and the node ended for it.
    pub(super) refused: bool,
    /// It dies in the midst of its next step.
    doomed: bool,
    pub(super) crashed: Option<Crash>,
}

/// An armed timer.
struct Armed {
    /// Tells the event of its end from those of other times it was armed.
    generation: u64,
    /// When it ends, by the node's own clock.
    until: Nanos,
}

/// What is left of a step that takes its time.
#[derive(Debug)]
pub(super) struct Rest {
    /// Whether a sync is what takes the time: what was written is durable at its end.
    pub(super) syncs: bool,
    /// What comes behind.
    pub(super) actions: Vec<Action>,
    /// Whether the node dies then.
    pub(super) dies: bool,
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
            clock: Clock::new(Nanos::ZERO, 0),
            timers: BTreeMap::new(),
            armed: 0,
            troubles: Troubles::default(),
            paused: false,
            rest: None,
            overdue: false,
            held: Vec::new(),
            down: false,
            refused: false,
            doomed: false,
            crashed: None,
        }
    }

    pub(super) fn is_up(&self) -> bool {
        self.node.is_some()
    }

    /// Whether what happens to it has to wait.
    pub(super) fn is_busy(&self) -> bool {
        self.paused || self.rest.is_some()
    }

    /// Puts a new node onto the machine, to be started.
    pub(super) fn boot(&mut self, target: &dyn Target, seed: u64) {
        self.starts += 1;
        (self.down, self.refused) = (false, false);
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
        let own = self.clock.at(now);
        let mut ctx = Context::new(*id, nodes, own, &mut self.rng, &self.disk, actions);
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
        self.rest = None;
        self.overdue = false;
        self.held.clear();
        self.timers.clear();
        self.disk.crash(&mut self.fate);
    }

    /// Strikes the node: at once, or in the midst of its next step. True if at once.
    pub(super) fn strike(&mut self) -> bool {
        self.down = true;
        self.doomed = self.is_up() && !self.is_busy() && self.fate.chance(500_000);
        !self.doomed
    }

    pub(super) fn write(&mut self, action: Action) {
        self.disk.write(action);
    }

    /// The fault for which the disk refuses this, if it does.
    pub(super) fn refuses(&self, action: &Action) -> Option<usize> {
        let (fault, trouble) = self.troubles.disk()?;
        let refuses = match (trouble, action) {
            (DiskTrouble::Full, Action::Write { .. } | Action::Append { .. }) => true,
            (DiskTrouble::Broken, Action::Sync) => self.disk.is_unsynced(),
            _ => false,
        };
        refuses.then_some(fault)
    }

    /// How long a sync takes now, if it takes any time, and the fault for which it does.
    pub(super) fn sync_time(&self) -> Option<(usize, Nanos)> {
        match self.troubles.disk()? {
            (fault, DiskTrouble::Slow { sync }) => self.disk.is_unsynced().then_some((fault, sync)),
            _ => None,
        }
    }

    /// Lets a bit flip in what is read from now on, if the disk is that bad; for which fault.
    pub(super) fn flip(&mut self) -> Option<usize> {
        match self.troubles.disk()? {
            (fault, DiskTrouble::BitFlip) => self.disk.flip(&mut self.fate).then_some(fault),
            _ => None,
        }
    }

    pub(super) fn unflip(&mut self) {
        self.disk.unflip();
    }

    pub(super) fn sync(&mut self) {
        self.disk.sync();
    }

    /// Arms a timer; the event that will tell of its end, and when.
    pub(super) fn arm(&mut self, now: Nanos, timer: Timer, after: Nanos) -> (Nanos, Event) {
        self.arm_until(timer, self.clock.at(now) + after)
    }

    fn arm_until(&mut self, timer: Timer, until: Nanos) -> (Nanos, Event) {
        self.armed += 1;
        self.timers.insert(timer, Armed { generation: self.armed, until });
        let (node, start, generation) = (self.config.id, self.starts, self.armed);
        (self.clock.when(until), Event::Timeout { node, start, timer, generation })
    }

    /// Sets the clock's rate to what is wrong with it now; the timers' ends are elsewhere then.
    pub(super) fn set_clock(&mut self, now: Nanos, leap: Nanos) -> Vec<(Nanos, Event)> {
        self.clock.run(now, self.troubles.ppm());
        self.clock.leap(now, leap);
        let armed: Vec<(Timer, Nanos)> =
            self.timers.iter().map(|(timer, armed)| (*timer, armed.until)).collect();
        armed.into_iter().map(|(timer, until)| self.arm_until(timer, until)).collect()
    }

    pub(super) fn disarm(&mut self, timer: Timer) {
        self.timers.remove(&timer);
    }

    /// Whether this end of a timer is the one that the node waits for; then it waits no more.
    pub(super) fn rings(&mut self, start: u32, timer: Timer, generation: u64) -> bool {
        let armed = self.timers.get(&timer);
        let waited = self.starts == start && armed.is_some_and(|a| a.generation == generation);
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
