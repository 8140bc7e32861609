//! The event loop: tells the node what happened and carries out what it wants, in order.

use super::clock::true_time;
use super::disk::HostDisk;
use super::net::{Inbound, Net};
use super::observed::Observed;
use super::output::Output;
use super::timers::Timers;
use super::{HostConfig, HostError, process};
use crate::clock::Clock;
use crate::network::Sent;
use chaos_node::{Action, Context, Nanos, Node, NodeId, Rng};

/// A node with everything that it acts on.
pub(super) struct Hosted {
    node: Box<dyn Node>,
    own: Outfit,
    /// What a step gave; empty between steps.
    actions: Vec<Action>,
    /// What a turn brought; empty between turns.
    inbound: Vec<Inbound>,
}

/// Everything that a node acts on.
struct Outfit {
    id: NodeId,
    nodes: Vec<NodeId>,
    clock: Clock,
    rng: Rng,
    disk: HostDisk,
    timers: Timers,
    net: Net,
    output: Output,
    /// What it sent to its peers since it started, and how much of that it told: for those who
    /// want it counted.
    sent: Option<(Sent, Sent)>,
}

/// Whether the loop goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// It does.
    On,
    /// The process was asked to end.
    Stop,
    /// Nobody reads the output any more: the tester is gone.
    Orphaned,
}

impl Hosted {
    /// Takes hold of the process, the ports and the disk. The clock starts here.
    pub(super) fn open(node: Box<dyn Node>, config: HostConfig) -> Result<Hosted, HostError> {
        let clock = Clock::new(true_time(), config.clock_ppm);
        let id = config.node.id;
        let own = Outfit {
            id,
            clock,
            rng: Rng::stream(config.seed, &format!("node {id}")),
            disk: HostDisk::open(&config.data)?,
            timers: Timers::default(),
            net: Net::open(&config, process::prepare(id)?)?,
            output: Output::default(),
            sent: config.count.then(Default::default),
            nodes: config.node.nodes,
        };
        Ok(Hosted { node, own, actions: Vec::new(), inbound: Vec::new() })
    }

    /// Starts the node, and says that it serves.
    pub(super) fn start(&mut self) -> Result<(), HostError> {
        self.step(|node, ctx| node.start(ctx))?;
        self.own.output.ready();
        self.own.tell_sent();
        self.own.flush()
    }

    /// Waits for something to happen and lets the node take it.
    ///
    /// Messages come before timers: after a pause, what a peer said in time counts before the
    /// node's own impatience.
    pub(super) fn turn(&mut self) -> Result<Turn, HostError> {
        let until = self.own.timers.next().map(|own| self.own.clock.when(own));
        let mut inbound = std::mem::take(&mut self.inbound);
        self.own.net.wait(until, &mut inbound)?;
        let mut turn = Turn::On;
        for event in inbound.drain(..) {
            match event {
                Inbound::Message { from, bytes } => {
                    self.step(|node, ctx| node.receive(ctx, from, &bytes))?;
                }
                Inbound::Request { ticket, request } => {
                    self.step(|node, ctx| node.request(ctx, ticket, request))?;
                }
                Inbound::Stop => turn = Turn::Stop,
            }
        }
        self.inbound = inbound;
        self.run_timers()?;
        self.own.tell_sent();
        self.own.flush()?;
        Ok(if self.own.output.closed() { Turn::Orphaned } else { turn })
    }

    /// Makes everything durable, for a graceful end.
    pub(super) fn sync(&mut self) -> Result<(), HostError> {
        self.own.disk.sync()
    }

    /// A timer that is armed during this with no time to run has to wait for the next turn.
    fn run_timers(&mut self) -> Result<(), HostError> {
        if self.own.timers.next().is_none() {
            return Ok(());
        }
        let now = self.own.clock.at(true_time());
        while let Some(timer) = self.own.timers.take_due(now) {
            self.step(|node, ctx| node.timeout(ctx, timer))?;
        }
        Ok(())
    }

    fn step(
        &mut self,
        call: impl FnOnce(&mut dyn Node, &mut Context<'_>),
    ) -> Result<(), HostError> {
        let Outfit { id, nodes, clock, rng, disk, .. } = &mut self.own;
        let now = clock.at(true_time());
        let mut ctx = Context::new(*id, nodes, now, rng, disk, &mut self.actions);
        call(self.node.as_mut(), &mut ctx);
        self.own.carry_out(now, self.actions.drain(..))
    }
}

impl Outfit {
    /// Carries out the actions of one step.
    ///
    /// Nothing leaves the process before the end of the turn, so that small writes become one —
    /// except that what a step gave in front of a sync leaves before it: a node that answers before
    /// it persists must be seen to do so. A sync itself is over before anything behind it is even
    /// put into a buffer.
    fn carry_out(
        &mut self,
        now: Nanos,
        actions: impl Iterator<Item = Action>,
    ) -> Result<(), HostError> {
        let mut spoken = false;
        for action in actions {
            spoken |=
                matches!(action, Action::Send { .. } | Action::Reply { .. } | Action::Observe(_));
            match action {
                Action::Send { to, message } => {
                    if let Some((sent, _)) = &mut self.sent {
                        sent.count(&message);
                    }
                    self.net.send(to, &message);
                }
                Action::Reply { ticket, reply } => self.net.reply(ticket, reply),
                Action::Observe(observation) => {
                    let time = true_time();
                    let clock = self.clock.at(time);
                    self.output.observe(&Observed { time, clock, observation });
                }
                Action::Arm { timer, after } => self.timers.arm(timer, now + after),
                Action::Disarm(timer) => self.timers.disarm(timer),
                Action::Write { file, bytes } => self.disk.write(file, bytes),
                Action::Append { file, bytes } => self.disk.append(file, bytes),
                Action::Truncate { file, len } => self.disk.truncate(file, len),
                Action::Rename { from, to } => self.disk.rename(from, to)?,
                Action::Sync if self.disk.is_synced() => {}
                Action::Sync => {
                    if std::mem::take(&mut spoken) {
                        self.flush()?;
                    }
                    self.disk.sync()?;
                }
            }
        }
        Ok(())
    }

    /// Tells what it has sent, if it is to and has sent more than it told.
    fn tell_sent(&mut self) {
        if let Some((sent, told)) = &mut self.sent
            && sent != told
        {
            *told = *sent;
            self.output.sent(*sent);
        }
    }

    /// Lets go what waits to leave the process: observations first, so that the tester knows why a
    /// node said what it said.
    fn flush(&mut self) -> Result<(), HostError> {
        self.output.flush()?;
        self.net.flush();
        Ok(())
    }
}
