//! The node: n1 is the master, the last ones are shadow masters if there shall be any, all others
//! are chunkservers, and every one of them works for the clients that ask it.

use crate::chunkserver::Chunkserver;
use crate::client::Clients;
use crate::master::{Master, Shadow};
use crate::message::Message;
use crate::settings::Settings;
use chaos_node::{Context, Nanos, Node, NodeConfig, NodeId, Request, Role, Ticket, Timer};
use std::collections::VecDeque;

/// The master's name.
pub(crate) const MASTER: NodeId = NodeId(1);
/// Runs out when a heartbeat is due.
pub(crate) const BEAT: Timer = Timer(0);
/// Runs out when what was not answered is said again.
pub(crate) const RETRY: Timer = Timer(1);

const BOOT: &str = "boot";

/// What a node wants done, with what it says to itself.
pub(crate) struct Out<'a, 'b> {
    pub(crate) ctx: &'a mut Context<'b>,
    /// Which life of the node this is.
    pub(crate) boot: u64,
    own: VecDeque<Message>,
}

impl Out<'_, '_> {
    pub(crate) fn send(&mut self, to: NodeId, message: Message) {
        match to == self.ctx.id() {
            true => self.own.push_back(message),
            false => self.ctx.send(to, &message),
        }
    }

    pub(crate) fn now(&self) -> Nanos {
        self.ctx.now()
    }
}

enum Server {
    Master(Box<Master>),
    Shadow(Box<Shadow>),
    Chunks(Chunkserver),
}

/// A node.
pub(crate) struct GfsNode {
    settings: Settings,
    boot: u64,
    server: Server,
    clients: Clients,
}

impl GfsNode {
    pub(crate) fn new(config: &NodeConfig, settings: Settings) -> GfsNode {
        let server = match config.id {
            MASTER => Server::Master(Box::new(Master::new(settings.clone()))),
            id if settings.shadows.contains(&id) => {
                Server::Shadow(Box::new(Shadow::new(settings.clone())))
            }
            _ => Server::Chunks(Chunkserver::new(settings.clone())),
        };
        let clients = Clients::new(settings.clone());
        GfsNode { settings, boot: 0, server, clients }
    }

    /// Counts the node's lives, so that words to an earlier one are known. The count is there three
    /// times, for nothing else could make up for a bad one.
    fn count_boot(&mut self, ctx: &mut Context<'_>) {
        let bytes = ctx.disk().read(BOOT).unwrap_or_default();
        let counts: Vec<u64> =
            bytes.as_chunks().0.iter().map(|count| u64::from_le_bytes(*count)).collect();
        let twice = |count: &&u64| counts.iter().filter(|other| other == count).count() > 1;
        self.boot = counts.iter().find(twice).copied().unwrap_or(0) + 1;
        ctx.write("boot.new", self.boot.to_le_bytes().repeat(3));
        ctx.rename("boot.new", BOOT);
        ctx.sync();
    }

    /// Does something, and then what the node has said to itself for it.
    fn act(&mut self, ctx: &mut Context<'_>, deed: impl FnOnce(&mut GfsNode, &mut Out<'_, '_>)) {
        let mut out = Out { ctx, boot: self.boot, own: VecDeque::new() };
        deed(self, &mut out);
        let own = out.ctx.id();
        while let Some(message) = out.own.pop_front() {
            self.hear(&mut out, own, message);
        }
    }

    fn hear(&mut self, out: &mut Out<'_, '_>, from: NodeId, message: Message) {
        match message {
            Message::Answer { .. }
            | Message::Shadowed { .. }
            | Message::Pushed { .. }
            | Message::Mutated { .. }
            | Message::Content { .. } => self.clients.hear(out, from, message),
            _ => match &mut self.server {
                Server::Master(master) => master.hear(out, from, message),
                Server::Shadow(shadow) => shadow.hear(out, from, message),
                Server::Chunks(chunks) => chunks.hear(out, from, message),
            },
        }
    }
}

impl Node for GfsNode {
    fn start(&mut self, ctx: &mut Context<'_>) {
        self.count_boot(ctx);
        let role = match &self.server {
            Server::Master(_) => Role::Leader,
            Server::Shadow(_) | Server::Chunks(_) => Role::Follower,
        };
        ctx.observe_role(role, self.boot);
        self.act(ctx, |node, out| match &mut node.server {
            Server::Master(master) => master.start(out),
            Server::Shadow(shadow) => shadow.retry(out),
            Server::Chunks(chunks) => chunks.start(out),
        });
        ctx.arm(BEAT, self.settings.heartbeat);
        ctx.arm(RETRY, self.settings.retry);
    }

    fn receive(&mut self, ctx: &mut Context<'_>, from: NodeId, message: &[u8]) {
        let Some(message) = Message::parse(message) else {
            return ctx.note("message", format!("{from} sent what is no message"));
        };
        self.act(ctx, |node, out| node.hear(out, from, message));
    }

    fn timeout(&mut self, ctx: &mut Context<'_>, timer: Timer) {
        let beat = timer == BEAT;
        ctx.arm(timer, if beat { self.settings.heartbeat } else { self.settings.retry });
        self.act(ctx, |node, out| {
            if !beat {
                node.clients.retry(out);
            }
            match &mut node.server {
                Server::Master(master) if beat => master.beat(out),
                Server::Master(master) => master.retry(out),
                Server::Shadow(shadow) if !beat => shadow.retry(out),
                Server::Shadow(_) => {}
                Server::Chunks(chunks) if beat => {
                    chunks.read_again(out);
                    chunks.beat(out);
                }
                Server::Chunks(chunks) => chunks.retry(out),
            }
        });
    }

    fn request(&mut self, ctx: &mut Context<'_>, ticket: Ticket, request: Request) {
        self.act(ctx, |node, out| node.clients.request(out, ticket, &request));
    }
}

#[cfg(test)]
mod tests {
    use super::{BEAT, GfsNode, MASTER};
    use crate::message::{Chunk, Message, Report, Version};
    use crate::settings::Settings;
    use chaos_node::{
        Action, Context, MemoryDisk, Nanos, Node, NodeConfig, NodeId, Options, Rng, encode,
    };

    const OWN: NodeId = NodeId(2);

    /// Steps a node once with this disk; what it asks for.
    fn step(disk: &MemoryDisk, deed: impl FnOnce(&mut Context<'_>)) -> Vec<Action> {
        let (mut rng, mut actions) = (Rng::new(1), Vec::new());
        deed(&mut Context::new(OWN, &[MASTER, OWN], Nanos(1), &mut rng, disk, &mut actions));
        actions
    }

    fn node() -> GfsNode {
        let nodes = vec![MASTER, OWN];
        let config = NodeConfig { id: OWN, nodes, mutant: None, options: Options::default() };
        GfsNode::new(&config, Settings::read(&config).expect("no option is wrong"))
    }

    /// What the last heartbeat said.
    fn reports(actions: &[Action]) -> Vec<Report> {
        let heard = |action: &Action| match action {
            Action::Send { to: MASTER, message } => match Message::parse(message)? {
                Message::Heartbeat { reports, .. } => Some(reports),
                _ => None,
            },
            _ => None,
        };
        actions.iter().rev().find_map(heard).expect("there was a heartbeat")
    }

    /// A disk with one replica on it.
    fn disk() -> MemoryDisk {
        let mut disk = MemoryDisk::default();
        let mut node = node();
        let copy = Message::Copy { chunk: Chunk(7), version: Version(3), bytes: b"text".to_vec() };
        for action in step(&disk, |ctx| node.receive(ctx, MASTER, &encode(&copy))) {
            disk.apply(&action);
        }
        disk
    }

    #[test]
    fn what_a_start_read_wrong_is_read_again() {
        let sound = disk();
        let size = sound.clone().file_mut("chunk-7").map_or(0, |bytes| bytes.len());
        let kept = Report { chunk: Chunk(7), version: Version(3), released: false };
        for bit in 0..8 * size {
            let mut wrong = sound.clone();
            wrong.file_mut("chunk-7").expect("it is there")[bit / 8] ^= 1 << (bit % 8);
            let mut node = node();
            let _ = step(&wrong, |ctx| node.start(ctx));
            let after = step(&sound, |ctx| node.timeout(ctx, BEAT));
            assert_eq!(reports(&after), vec![kept], "bit {bit}");
        }
    }

    #[test]
    fn what_is_wrong_on_the_disk_itself_is_lost() {
        let mut wrong = disk();
        wrong.file_mut("chunk-7").expect("it is there")[0] ^= 1;
        let mut node = node();
        let _ = step(&wrong, |ctx| node.start(ctx));
        assert_eq!(reports(&step(&wrong, |ctx| node.timeout(ctx, BEAT))), vec![]);
    }
}
