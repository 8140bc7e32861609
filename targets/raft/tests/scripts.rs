//! Golden scripts: a story a file, told by the messages, writes and observations of the nodes.
//!
//! `UPDATE_GOLDENFILES=1 cargo test -p chaos-raft --test scripts` writes what happens into the
//! scripts; what changed is then reviewed as a diff. No timer runs out and no message arrives but
//! by a command:
//!
//! ```text
//! cluster 3 [mutant=NAME] [OPTION=VALUE…]   makes and starts nodes n1, n2, …
//! timeout n1                                n1 hears nothing for two election timeouts
//! beat n1                                   n1's heartbeat timer runs out
//! check n1                                  n1, a leader, looks for its majority
//! pass 100ms                                time goes by
//! put|append|get|delete n1 KEY [VALUE]      a client asks n1; [session=S sequence=Q]
//! cas n1 KEY FROM TO
//! deliver [from=n1] [to=n2] [last]          delivers what is under way now; the last one first
//! settle                                    delivers until nothing is under way
//! drop [from=n1] [to=n2]                    loses what is under way
//! hold|double [from=n1] [to=n2]             sets it, or a copy of it, aside
//! release                                   brings back what was set aside
//! cut n1 n2 … / heal                        these nodes hear no others, nor are they heard
//! crash n1 [after=3] / restart n1           dies now, or behind so many actions of its next step
//! tear n1 log 10 / rot n1 log 10            a dead node's file loses its end, or one bit
//! garbage n1 from=n2 TEXT                   n1 gets bytes that are no message
//! status / messages                         shows the nodes, or what is under way
//! ```

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod network;

use chaos_node::{
    Action, Message, Nanos, NodeConfig, NodeId, Observation, Op, Options, Reply, Request, Role,
    Ticket, Timer, Value,
};
use goldenscript::{ArgumentConsumer, Command, Context};
use network::safety::Safety;
use network::{Effect, Host};
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
        eprintln!("{}", path.display());
        goldenscript::run(&mut Script::default(), path).unwrap();
    }
}

#[derive(Clone)]
struct Packet {
    from: NodeId,
    to: NodeId,
    message: Message,
}

#[derive(Default)]
struct Script {
    hosts: Vec<Host>,
    now: Nanos,
    under_way: Vec<Packet>,
    held: Vec<Packet>,
    apart: Vec<NodeId>,
    crash: BTreeMap<NodeId, usize>,
    safety: Safety,
    requests: u64,
    out: String,
}

const ELECTION: Timer = Timer(0);
const HEARTBEAT: Timer = Timer(1);

impl goldenscript::Runner for Script {
    type Command = Command;

    fn run(&mut self, command: &Command, _: &Context) -> Result<String> {
        let mut args = command.consume_args();
        match command.name.as_str() {
            "cluster" => self.cluster(&mut args)?,
            "timeout" => {
                self.now += Nanos::from_millis(300);
                self.fire(node(&mut args)?, ELECTION);
            }
            "check" => self.fire(node(&mut args)?, ELECTION),
            "beat" => self.fire(node(&mut args)?, HEARTBEAT),
            "pass" => self.now += word(&mut args)?.parse()?,
            "put" | "append" | "get" | "delete" | "cas" => self.ask(&command.name, &mut args)?,
            "deliver" => {
                let mut packets = self.take(&mut args)?;
                if args.next_pos() == Some("last") {
                    packets.reverse();
                }
                packets.into_iter().for_each(|packet| self.deliver(packet));
            }
            "settle" => self.settle(),
            "drop" => drop(self.take(&mut args)?),
            "double" => {
                let packets = self.take(&mut args)?;
                self.held.extend(packets.iter().cloned());
                self.under_way.extend(packets);
            }
            "hold" => {
                let packets = self.take(&mut args)?;
                self.held.extend(packets);
            }
            "release" => self.under_way.append(&mut self.held),
            "cut" => {
                while let Some(id) = args.next_pos() {
                    self.apart.push(parse_node(id)?);
                }
            }
            "heal" => self.apart.clear(),
            "crash" => self.crash(&mut args)?,
            "restart" => self.restart(node(&mut args)?),
            "tear" | "rot" => self.damage(&command.name, &mut args)?,
            "garbage" => self.garbage(&mut args)?,
            "status" => self.status(),
            "messages" => self.messages(),
            other => return Err(format!("no such command: {other}").into()),
        }
        args.reject_next()?;
        Ok(std::mem::take(&mut self.out))
    }
}

impl Script {
    fn cluster(&mut self, args: &mut ArgumentConsumer<'_>) -> Result<()> {
        let count: u16 = word(args)?.parse()?;
        let mutant = args.take_key("mutant").map(str::to_owned);
        let mut options = BTreeMap::new();
        while let Some((key, value)) = args.next_key() {
            options.insert(key.to_owned(), parse(value));
        }
        let nodes: Vec<NodeId> = (1..=count).map(NodeId).collect();
        for id in nodes.clone() {
            let (nodes, options) = (nodes.clone(), Options(options.clone()));
            let config = NodeConfig { id, nodes, mutant: mutant.clone(), options };
            self.hosts.push(Host::new(config, 1));
        }
        nodes.into_iter().for_each(|id| self.restart(id));
        Ok(())
    }

    fn host(&mut self, id: NodeId) -> &mut Host {
        &mut self.hosts[usize::from(id.0) - 1]
    }

    fn restart(&mut self, id: NodeId) {
        let now = self.now;
        let effects = self.host(id).start(now);
        self.tell(id, effects);
    }

    fn fire(&mut self, id: NodeId, timer: Timer) {
        let (now, crash) = (self.now, self.crash.remove(&id));
        let effects = self.host(id).timeout(now, crash, timer);
        self.tell(id, effects);
    }

    fn ask(&mut self, f: &str, args: &mut ArgumentConsumer<'_>) -> Result<()> {
        let id = node(args)?;
        let session = number(args, "session")?.unwrap_or(1);
        self.requests += 1;
        let sequence = number(args, "sequence")?.unwrap_or(self.requests);
        let key = parse(word(args)?);
        let values: Vec<Value> = std::iter::from_fn(|| args.next_pos()).map(parse).collect();
        let value = match (f, values.as_slice()) {
            ("cas", pair) => Value::List(pair.to_vec()),
            (_, [value]) => value.clone(),
            (_, _) => Value::Nil,
        };
        let request = Request { session, sequence, op: Op { f: f.to_owned(), key, value } };
        let (now, crash, ticket) = (self.now, self.crash.remove(&id), Ticket(self.requests));
        let effects = self.host(id).request(now, crash, ticket, request);
        self.tell(id, effects);
        Ok(())
    }

    /// Takes the messages under way between these nodes out of the network.
    fn take(&mut self, args: &mut ArgumentConsumer<'_>) -> Result<Vec<Packet>> {
        let from = args.take_key("from").map(parse_node).transpose()?;
        let to = args.take_key("to").map(parse_node).transpose()?;
        let chosen = |packet: &Packet| {
            from.is_none_or(|id| id == packet.from) && to.is_none_or(|id| id == packet.to)
        };
        let (taken, left) = std::mem::take(&mut self.under_way).into_iter().partition(chosen);
        self.under_way = left;
        Ok(taken)
    }

    fn deliver(&mut self, packet: Packet) {
        let Packet { from, to, message } = packet;
        let (now, crash) = (self.now, self.crash.remove(&to));
        let effects = self.host(to).receive(now, crash, from, &message);
        self.tell(to, effects);
    }

    fn settle(&mut self) {
        for _ in 0..1000 {
            if self.under_way.is_empty() {
                return;
            }
            let packet = self.under_way.remove(0);
            self.deliver(packet);
        }
        self.out.push_str("the network does not come to rest\n");
    }

    fn crash(&mut self, args: &mut ArgumentConsumer<'_>) -> Result<()> {
        let id = node(args)?;
        match number(args, "after")? {
            Some(after) => drop(self.crash.insert(id, after as usize)),
            None => self.host(id).crash(None),
        }
        Ok(())
    }

    fn damage(&mut self, how: &str, args: &mut ArgumentConsumer<'_>) -> Result<()> {
        let (id, file) = (node(args)?, word(args)?.to_owned());
        let at: usize = word(args)?.parse()?;
        let host = self.host(id);
        let bytes = host.file_mut(&file).ok_or("no such file")?;
        match how {
            "tear" => bytes.truncate(bytes.len().saturating_sub(at)),
            _ => *bytes.get_mut(at).ok_or("the file is shorter")? ^= 1,
        }
        host.remount();
        Ok(())
    }

    fn garbage(&mut self, args: &mut ArgumentConsumer<'_>) -> Result<()> {
        let to = node(args)?;
        let from = parse_node(args.take_key("from").ok_or("from whom?")?)?;
        let message = word(args)?.as_bytes().to_vec();
        self.deliver(Packet { from, to, message });
        Ok(())
    }

    fn tell(&mut self, id: NodeId, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Send { to, message } => self.send(Packet { from: id, to, message }),
                Effect::Reply { ticket, reply } => {
                    line(&mut self.out, id, &format!("reply #{}: {}", ticket.0, show(&reply)));
                }
                Effect::Observed(observation) => {
                    line(&mut self.out, id, &tell_observation(&observation));
                    if let Err(violation) = self.safety.observe(id, &observation) {
                        writeln!(self.out, "VIOLATION {violation}").unwrap();
                    }
                }
                Effect::Armed { .. } => {}
                Effect::Wrote(action) => line(&mut self.out, id, &tell_write(&action)),
                Effect::Crashed => line(&mut self.out, id, "crashed"),
            }
        }
    }

    fn send(&mut self, packet: Packet) {
        let Packet { from, to, message } = &packet;
        let words = chaos_raft::describe(message).unwrap();
        let lost = self.apart.contains(from) != self.apart.contains(to);
        let lost = if lost { " (lost)" } else { "" };
        line(&mut self.out, *from, &format!("→ {to} {words}{lost}"));
        if lost.is_empty() {
            self.under_way.push(packet);
        }
    }

    fn status(&mut self) {
        for host in &self.hosts {
            let id = host.id();
            let seen = self.safety.nodes.get(&id).cloned().unwrap_or_default();
            let log: Vec<String> = seen.log.iter().map(|(term, _)| term.to_string()).collect();
            let role = if host.is_up() { role(seen.role) } else { "down" };
            let text = format!(
                "{role} t{} commit={} log={}+[{}]",
                seen.term,
                seen.commit,
                seen.base,
                log.join(" ")
            );
            line(&mut self.out, id, &text);
        }
    }

    fn messages(&mut self) {
        for Packet { from, to, message } in &self.under_way {
            let words = chaos_raft::describe(message).unwrap();
            line(&mut self.out, *from, &format!("→ {to} {words}"));
        }
    }
}

fn line(out: &mut String, id: NodeId, text: &str) {
    writeln!(out, "{id} {text}").unwrap();
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Follower => "follower",
        Role::Candidate => "candidate",
        Role::Leader => "leader",
    }
}

fn tell_observation(observation: &Observation) -> String {
    match observation {
        Observation::Role { role: new, term } => format!("is {} in t{term}", role(*new)),
        Observation::Follows { leader, term } => format!("follows {leader:?} in t{term}"),
        Observation::Restored { index, term, .. } => format!("restored behind {index}@{term}"),
        Observation::Appended { index, term, .. } => format!("appended {index}@{term}"),
        Observation::Truncated { from } => format!("truncated from {from}"),
        Observation::Installed { index, term, .. } => format!("installed {index}@{term}"),
        Observation::Compacted { index } => format!("compacted to {index}"),
        Observation::Committed { index, .. } => format!("committed {index}"),
        Observation::Applied { index, term, .. } => format!("applied {index}@{term}"),
        Observation::Lease(fact) => format!("{fact:?}"),
        Observation::Note { topic, text } => format!("({topic}: {text})"),
    }
}

fn tell_write(action: &Action) -> String {
    match action {
        Action::Write { file, .. } => format!("write {file}"),
        Action::Append { file, .. } => format!("append to {file}"),
        Action::Truncate { file, len } => format!("truncate {file} to {len}"),
        Action::Rename { from, to } => format!("rename {from} to {to}"),
        Action::Sync => "sync".to_owned(),
        Action::Send { .. }
        | Action::Arm { .. }
        | Action::Disarm(_)
        | Action::Reply { .. }
        | Action::Observe(_) => unreachable!("no write"),
    }
}

fn show(reply: &Reply) -> String {
    match reply {
        Reply::Ok(value) => format!("ok {value}"),
        Reply::Fail(text) => format!("fail: {text}"),
        Reply::Info(text) => format!("info: {text}"),
        Reply::Redirect(Some(node)) => format!("ask {node}"),
        Reply::Redirect(None) => "ask another".to_owned(),
    }
}

fn word<'a>(args: &mut ArgumentConsumer<'a>) -> Result<&'a str> {
    args.next_pos().ok_or_else(|| "an argument is missing".into())
}

fn number(args: &mut ArgumentConsumer<'_>, key: &str) -> Result<Option<u64>> {
    Ok(args.take_key(key).map(str::parse).transpose()?)
}

fn node(args: &mut ArgumentConsumer<'_>) -> Result<NodeId> {
    parse_node(word(args)?)
}

fn parse_node(text: &str) -> Result<NodeId> {
    let number = text.strip_prefix('n').ok_or_else(|| format!("no node: {text}"))?;
    Ok(NodeId(number.parse()?))
}

fn parse(text: &str) -> Value {
    match (text, text.parse()) {
        ("nil", _) => Value::Nil,
        ("true" | "false", _) => Value::Bool(text == "true"),
        (_, Ok(number)) => Value::Int(number),
        (_, Err(_)) => Value::from(text),
    }
}
