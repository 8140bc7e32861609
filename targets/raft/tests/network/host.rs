//! One node, its disk and its timers. A crash loses what was not synced.

use chaos_node::{
    Action, Context, Disk, MemoryDisk, Message, Nanos, Node, NodeConfig, NodeId, Observation,
    Reply, Request, Rng, Target, Ticket, Timer,
};
use chaos_raft::Raft;
use std::collections::BTreeMap;

/// What a step of a node did to the world outside of it.
pub(crate) enum Effect {
    Send { to: NodeId, message: Message },
    Reply { ticket: Ticket, reply: Reply },
    Observed(Observation),
    Armed { timer: Timer, at: Nanos },
    Wrote(Action),
    Crashed,
}

pub(crate) struct Host {
    pub(crate) config: NodeConfig,
    pub(crate) timers: BTreeMap<Timer, Nanos>,
    node: Option<Box<dyn Node>>,
    rng: Rng,
    durable: MemoryDisk,
    cached: MemoryDisk,
    unsynced: Vec<Action>,
}

impl Host {
    pub(crate) fn new(config: NodeConfig, seed: u64) -> Host {
        Host {
            rng: Rng::stream(seed, &config.id.to_string()),
            config,
            timers: BTreeMap::new(),
            node: None,
            durable: MemoryDisk::default(),
            cached: MemoryDisk::default(),
            unsynced: Vec::new(),
        }
    }

    pub(crate) fn id(&self) -> NodeId {
        self.config.id
    }

    pub(crate) fn is_up(&self) -> bool {
        self.node.is_some()
    }

    pub(crate) fn start(&mut self, now: Nanos) -> Vec<Effect> {
        self.node = Some(Raft.node(&self.config).unwrap());
        self.step(now, None, |node, ctx| node.start(ctx))
    }

    pub(crate) fn receive(
        &mut self,
        now: Nanos,
        crash: Option<usize>,
        from: NodeId,
        message: &[u8],
    ) -> Vec<Effect> {
        self.step(now, crash, |node, ctx| node.receive(ctx, from, message))
    }

    pub(crate) fn timeout(
        &mut self,
        now: Nanos,
        crash: Option<usize>,
        timer: Timer,
    ) -> Vec<Effect> {
        self.timers.remove(&timer);
        self.step(now, crash, |node, ctx| node.timeout(ctx, timer))
    }

    pub(crate) fn request(
        &mut self,
        now: Nanos,
        crash: Option<usize>,
        ticket: Ticket,
        request: Request,
    ) -> Vec<Effect> {
        self.step(now, crash, |node, ctx| node.request(ctx, ticket, request))
    }

    /// Runs one call of the node; where `crash` is given, the node dies behind so many actions.
    fn step(
        &mut self,
        now: Nanos,
        crash: Option<usize>,
        call: impl FnOnce(&mut dyn Node, &mut Context<'_>),
    ) -> Vec<Effect> {
        let Some(node) = self.node.as_mut() else { return Vec::new() };
        let mut actions = Vec::new();
        let NodeConfig { id, nodes, .. } = &self.config;
        let mut ctx = Context::new(*id, nodes, now, &mut self.rng, &self.cached, &mut actions);
        call(node.as_mut(), &mut ctx);
        let mut effects = Vec::new();
        for (done, action) in actions.into_iter().enumerate() {
            if crash.is_some_and(|after| done >= after) {
                self.crash(None);
                effects.push(Effect::Crashed);
                return effects;
            }
            self.act(now, action, &mut effects);
        }
        effects
    }

    fn act(&mut self, now: Nanos, action: Action, effects: &mut Vec<Effect>) {
        self.cached.apply(&action);
        match action {
            Action::Send { to, message } => effects.push(Effect::Send { to, message }),
            Action::Reply { ticket, reply } => effects.push(Effect::Reply { ticket, reply }),
            Action::Observe(observation) => effects.push(Effect::Observed(observation)),
            Action::Arm { timer, after } => {
                self.timers.insert(timer, now + after);
                effects.push(Effect::Armed { timer, at: now + after });
            }
            Action::Disarm(timer) => {
                self.timers.remove(&timer);
            }
            Action::Sync => {
                for action in self.unsynced.drain(..) {
                    self.durable.apply(&action);
                }
                effects.push(Effect::Wrote(Action::Sync));
            }
            Action::Write { .. }
            | Action::Append { .. }
            | Action::Truncate { .. }
            | Action::Rename { .. } => {
                self.unsynced.push(action.clone());
                effects.push(Effect::Wrote(action));
            }
        }
    }

    /// The node dies. Of what was not synced, nothing or a torn beginning survives.
    pub(crate) fn crash(&mut self, tear: Option<&mut Rng>) {
        let mut unsynced = std::mem::take(&mut self.unsynced);
        if let Some(rng) = tear {
            let kept = rng.below(unsynced.len() as u64 + 1) as usize;
            let torn = unsynced.drain(kept..).next();
            unsynced.iter().for_each(|action| self.durable.apply(action));
            if let Some(Action::Append { file, mut bytes }) = torn {
                bytes.truncate(rng.below(bytes.len() as u64 + 1) as usize);
                self.durable.apply(&Action::Append { file, bytes });
            }
        }
        self.cached = self.durable.clone();
        self.timers.clear();
        self.node = None;
    }

    /// A file as a restart would find it, to look at or to damage.
    pub(crate) fn file_mut(&mut self, file: &str) -> Option<&mut Vec<u8>> {
        assert!(self.node.is_none(), "only the disk of a dead node is touched");
        self.durable.file_mut(file)?;
        self.cached = MemoryDisk::default();
        self.durable.file_mut(file)
    }

    /// Makes the damage seen.
    pub(crate) fn remount(&mut self) {
        self.cached = self.durable.clone();
    }

    pub(crate) fn files(&self) -> Vec<(String, usize)> {
        let size = |name: &String| self.cached.read(name).map_or(0, |bytes| bytes.len());
        let files = self.cached.files();
        files.into_iter().map(|name| (name.clone(), size(&name))).collect()
    }
}
