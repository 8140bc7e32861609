//! Golden scripts: a story a file, told by what nodes send, write, answer and observe.
//! `UPDATE_GOLDENFILES=1 cargo test -p chaos-ring` writes what happens into them.
//!
//! ```text
//! cluster 3 [mutant=NAME] [OPTION=VALUE…]   makes and starts n1, n2, …
//! patience|beat|ack n1                      the timer runs out, a second later
//! next                                      delivers what was sent first
//! settle                                    delivers until nothing is under way
//! cut n1 n2 … / heal                        these nodes hear no others, nor are they heard
//! crash n1 / restart n1                     dies, and starts anew
//! who n1                                    a client asks n1 whom it follows
//! ```

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use chaos_node::{
    Action, Context, MemoryDisk, Message, Nanos, Node, NodeConfig, NodeId, Observation, Op,
    Options, Request, Rng, Target, Ticket, Timer, Value,
};
use chaos_ring::{Ring, describe};
use std::collections::{BTreeMap, VecDeque};
use std::error::Error;
use std::fmt::Write as _;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[test]
fn scripts() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata");
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty());
    for path in paths {
        goldenscript::run(&mut Script::default(), path).unwrap();
    }
}

/// A node with its disk; none while it is dead.
struct Host {
    config: NodeConfig,
    node: Option<Box<dyn Node>>,
    disk: MemoryDisk,
    rng: Rng,
}

#[derive(Default)]
struct Script {
    hosts: Vec<Host>,
    now: Nanos,
    under_way: VecDeque<(NodeId, NodeId, Message)>,
    apart: Vec<NodeId>,
    asked: u64,
    out: String,
}

impl goldenscript::Runner for Script {
    type Command = goldenscript::Command;

    fn run(
        &mut self,
        command: &goldenscript::Command,
        _: &goldenscript::Context,
    ) -> Result<String> {
        let mut args = command.consume_args();
        let mut ids = Vec::new();
        if command.name == "cluster" {
            let count: u16 = args.next_pos().ok_or("how many?")?.parse()?;
            let mutant = args.take_key("mutant").map(str::to_owned);
            let mut options = BTreeMap::new();
            while let Some((key, value)) = args.next_key() {
                options.insert(key.to_owned(), Value::from(value));
            }
            self.cluster(count, mutant.as_deref(), &Options(options))?;
        } else {
            while let Some(id) = args.next_pos() {
                ids.push(id.parse::<NodeId>()?);
            }
        }
        args.reject_next()?;
        match (command.name.as_str(), ids.as_slice()) {
            ("cluster", _) => {}
            ("patience", [id]) => self.fire(*id, Timer(0)),
            ("beat", [id]) => self.fire(*id, Timer(1)),
            ("ack", [id]) => self.fire(*id, Timer(2)),
            ("next", []) => self.deliver().ok_or("nothing is under way")?,
            ("settle", []) => self.settle(),
            ("cut", ids) => self.apart = ids.to_vec(),
            ("heal", []) => self.apart.clear(),
            ("crash", [id]) => self.host(*id).node = None,
            ("restart", [id]) => self.start(*id)?,
            (f @ "who", [id]) => self.ask(*id, f),
            (other, _) => return Err(format!("no such command: {other}").into()),
        }
        Ok(std::mem::take(&mut self.out))
    }
}

impl Script {
    fn cluster(&mut self, count: u16, mutant: Option<&str>, options: &Options) -> Result<()> {
        let nodes: Vec<NodeId> = (1..=count).map(NodeId).collect();
        for id in &nodes {
            let (mutant, options) = (mutant.map(str::to_owned), options.clone());
            let config = NodeConfig { id: *id, nodes: nodes.clone(), mutant, options };
            let (disk, rng) = (MemoryDisk::default(), Rng::new(1));
            self.hosts.push(Host { config, node: None, disk, rng });
        }
        nodes.into_iter().try_for_each(|id| self.start(id))
    }

    fn host(&mut self, id: NodeId) -> &mut Host {
        &mut self.hosts[usize::from(id.0) - 1]
    }

    fn start(&mut self, id: NodeId) -> Result<()> {
        let host = self.host(id);
        host.node = Some(Ring.node(&host.config)?);
        self.step(id, |node, ctx| node.start(ctx));
        Ok(())
    }

    fn fire(&mut self, id: NodeId, timer: Timer) {
        self.now += Nanos::from_secs(1);
        self.step(id, |node, ctx| node.timeout(ctx, timer));
    }

    fn ask(&mut self, id: NodeId, f: &str) {
        self.asked += 1;
        let (ticket, op) =
            (Ticket(self.asked), Op { f: f.into(), key: "x".into(), value: Value::Nil });
        let request = Request { session: 1, sequence: self.asked, op };
        self.step(id, |node, ctx| node.request(ctx, ticket, request));
    }

    fn settle(&mut self) {
        for _ in 0..1000 {
            if self.deliver().is_none() {
                return;
            }
        }
        self.out.push_str("the network does not come to rest\n");
    }

    fn deliver(&mut self) -> Option<()> {
        let (from, to, message) = self.under_way.pop_front()?;
        self.step(to, |node, ctx| node.receive(ctx, from, &message));
        Some(())
    }

    fn step(&mut self, id: NodeId, call: impl FnOnce(&mut dyn Node, &mut Context<'_>)) {
        let (now, mut actions) = (self.now, Vec::new());
        let Host { config, node, disk, rng } = self.host(id);
        let Some(node) = node else { return };
        let mut ctx = Context::new(id, &config.nodes, now, rng, disk, &mut actions);
        call(node.as_mut(), &mut ctx);
        for action in actions {
            self.host(id).disk.apply(&action);
            self.tell(id, action);
        }
    }

    fn tell(&mut self, id: NodeId, action: Action) {
        let told = match action {
            Action::Send { to, message } => {
                let words = describe(&message).unwrap();
                let lost = self.apart.contains(&id) != self.apart.contains(&to);
                if !lost {
                    self.under_way.push_back((id, to, message));
                }
                format!("→ {to} {words}{}", if lost { " (lost)" } else { "" })
            }
            Action::Reply { ticket, reply } => format!("reply #{}: {reply:?}", ticket.0),
            Action::Observe(Observation::Role { role, term }) => {
                format!("is {role:?} in e{term}").to_lowercase()
            }
            Action::Observe(Observation::Follows { leader: Some(leader), .. }) => {
                format!("follows {leader}")
            }
            Action::Observe(Observation::Follows { leader: None, .. }) => "follows nobody".into(),
            Action::Observe(Observation::Note { topic, text }) => format!("({topic}: {text})"),
            _ => return,
        };
        writeln!(self.out, "{id} {told}").unwrap();
    }
}
