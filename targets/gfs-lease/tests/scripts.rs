//! Golden scripts: a story a file, told by what nodes send, answer and observe.
//! `UPDATE_GOLDENFILES=1 cargo test -p chaos-gfs-lease` writes what happens into them.
//!
//! ```text
//! cluster 4 [mutant=NAME] [OPTION=VALUE…]   makes and starts n1, n2, …
//! wait MILLISECONDS                         so much time passes; timers run out
//! settle                                    delivers until nothing is under way
//! cut n3 … / heal                           these nodes hear no others, nor are they heard
//! crash n3 / restart n3                     a dead node keeps what it synced
//! create|stat|read|delete n1                a client asks n1 about the file x
//! append n1 TEXT                            a client asks n1 to append a record
//! ```

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use chaos_gfs_lease::{Gfs, describe};
use chaos_node::{
    Action, Context, LeaseFact, MemoryDisk, Message, Nanos, Node, NodeConfig, NodeId, Observation,
    Op, Options, Request, Rng, Target, Ticket, Timer, Value,
};
use std::collections::BTreeMap;
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
    /// When its timers run out.
    timers: BTreeMap<Timer, Nanos>,
}

#[derive(Default)]
struct Script {
    hosts: Vec<Host>,
    now: Nanos,
    under_way: Vec<(NodeId, NodeId, Message)>,
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
        let first = args.next_pos().map(str::to_owned);
        let text = args.next_pos().map(str::to_owned);
        let mutant = args.take_key("mutant").map(str::to_owned);
        let mut options = BTreeMap::new();
        while let Some((key, value)) = args.next_key() {
            options.insert(key.to_owned(), Value::from(value));
        }
        args.reject_next()?;
        let id = || -> Result<NodeId> { Ok(first.clone().ok_or("which node?")?.parse()?) };
        match command.name.as_str() {
            "cluster" => {
                let count = first.ok_or("how many?")?.parse()?;
                self.cluster(count, mutant.as_deref(), &Options(options))?;
            }
            "wait" => self.wait(first.ok_or("how long?")?.parse()?),
            "settle" => self.settle(),
            "cut" => self.apart = vec![id()?],
            "heal" => self.apart.clear(),
            "crash" => self.host(id()?).node = None,
            "restart" => self.start(id()?)?,
            f @ ("create" | "stat" | "read" | "delete") => self.ask(id()?, f, Value::Nil),
            "append" => self.ask(id()?, "append", Value::Text(text.ok_or("what?")?)),
            other => return Err(format!("no such command: {other}").into()),
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
            let (disk, rng, timers) = (MemoryDisk::default(), Rng::new(1), BTreeMap::new());
            self.hosts.push(Host { config, node: None, disk, rng, timers });
        }
        nodes.into_iter().try_for_each(|id| self.start(id))
    }

    fn host(&mut self, id: NodeId) -> &mut Host {
        &mut self.hosts[usize::from(id.0) - 1]
    }

    fn start(&mut self, id: NodeId) -> Result<()> {
        let host = self.host(id);
        host.node = Some(Gfs.node(&host.config)?);
        self.step(id, |node, ctx| node.start(ctx));
        Ok(())
    }

    /// Lets time pass, a millisecond a turn; what is said meanwhile is delivered.
    fn wait(&mut self, millis: u64) {
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

    fn ask(&mut self, id: NodeId, f: &str, value: Value) {
        self.asked += 1;
        let (ticket, op) = (Ticket(self.asked), Op { f: f.into(), key: "x".into(), value });
        let request = Request { session: 1, sequence: self.asked, op };
        self.step(id, |node, ctx| node.request(ctx, ticket, request));
    }

    fn settle(&mut self) {
        for _ in 0..1000 {
            if self.under_way.is_empty() {
                return;
            }
            let (from, to, message) = self.under_way.remove(0);
            self.step(to, |node, ctx| node.receive(ctx, from, &message));
        }
        self.out.push_str("the network does not come to rest\n");
    }

    fn step(&mut self, id: NodeId, call: impl FnOnce(&mut dyn Node, &mut Context<'_>)) {
        let (now, mut actions) = (self.now, Vec::new());
        let Host { config, node, disk, rng, .. } = self.host(id);
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
                // A beat without leases is no story.
                if words.starts_with("Heartbeat") || words == "Alive" {
                    self.under_way.push((id, to, message));
                    return;
                }
                let lost = self.apart.contains(&id) != self.apart.contains(&to);
                if !lost {
                    self.under_way.push((id, to, message));
                }
                format!("→ {to} {words}{}", if lost { " (lost)" } else { "" })
            }
            Action::Reply { ticket, reply } => format!("reply #{}: {reply:?}", ticket.0),
            Action::Arm { timer, after } => {
                let until = self.now + after;
                self.host(id).timers.insert(timer, until);
                return;
            }
            Action::Observe(Observation::Lease(fact)) => match fact {
                LeaseFact::Held { resource, epoch, until } => {
                    format!("holds c{resource}@v{epoch} until {until}")
                }
                LeaseFact::Ended { resource, epoch } => format!("gives c{resource}@v{epoch} back"),
                LeaseFact::Fenced { resource, epoch } => format!("has c{resource}@v{epoch}"),
                LeaseFact::Mutated { resource, epoch, serial, .. } => {
                    format!("applies #{serial} to c{resource}@v{epoch}")
                }
            },
            Action::Observe(Observation::Note { topic, text }) => format!("({topic}: {text})"),
            _ => return,
        };
        writeln!(self.out, "{id} {told}").unwrap();
    }
}
