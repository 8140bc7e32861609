//! A node's step, and what it wants done, in order and in its time.
//!
//! Mostly all of it happens at once. On a slow node it happens when the step's time is over; on a
//! slow disk what stands behind a sync happens when that is over, and what was written is durable
//! only then. Meanwhile the node is busy, and may be killed with the rest undone.

use super::machine::{Call, Rest, answer};
use super::queue::{CLIENT_WIRE, Event};
use super::run::Run;
use super::troubles::Harm;
use chaos_node::{Action, Nanos, NodeId};

impl Run<'_> {
    /// Lets a node take a step and carries out what it wants.
    pub(super) fn step(&mut self, node: NodeId, call: Call<'_>) {
        let mut actions = std::mem::take(&mut self.actions);
        let now = self.now;
        let dies = self.machine(node).step(now, call, &mut actions);
        match self.machine(node).troubles.step() {
            Some((fault, time)) if !actions.is_empty() => {
                self.harm(fault).steps += 1;
                let actions = std::mem::take(&mut actions);
                self.postpone(node, time, Rest { syncs: false, actions, dies });
            }
            _ => self.carry_out_all(node, &mut actions, dies),
        }
        self.actions = actions;
    }

    /// The time of a step, or of a sync in it, is over.
    pub(super) fn go_on(&mut self, node: NodeId, start: u32) {
        let machine = self.machine(node);
        if machine.starts != start || machine.rest.is_none() {
            return;
        }
        if machine.paused {
            machine.overdue = true;
            return;
        }
        if let Some(Rest { syncs, mut actions, dies }) = machine.rest.take() {
            if syncs {
                machine.sync();
            }
            self.carry_out_all(node, &mut actions, dies);
        }
        if !self.machine(node).is_busy() {
            self.release(node);
        }
    }

    /// What happened to the node while it was busy happens now.
    pub(super) fn release(&mut self, node: NodeId) {
        let held = std::mem::take(&mut self.machine(node).held);
        for event in held {
            self.queue.push(self.now, event);
        }
    }

    pub(super) fn harm(&mut self, fault: usize) -> &mut Harm {
        self.harm.entry(fault).or_default()
    }

    fn postpone(&mut self, node: NodeId, time: Nanos, rest: Rest) {
        let machine = self.machine(node);
        machine.rest = Some(rest);
        let start = machine.starts;
        self.queue.push(self.now + time, Event::Continue { node, start });
    }

    fn carry_out_all(&mut self, node: NodeId, actions: &mut Vec<Action>, dies: bool) {
        let mut rest = actions.drain(..);
        while let Some(action) = rest.next() {
            if let Some(fault) = self.machine(node).refuses(&action) {
                self.harm(fault).ended += 1;
                self.die(node);
                self.machine(node).refused = true;
                return;
            }
            if matches!(action, Action::Sync)
                && let Some((fault, time)) = self.machine(node).sync_time()
            {
                self.harm(fault).syncs += 1;
                let actions = rest.collect();
                return self.postpone(node, time, Rest { syncs: true, actions, dies });
            }
            self.carry_out(node, action);
        }
        if dies {
            self.die(node);
        }
    }

    fn carry_out(&mut self, node: NodeId, action: Action) {
        match action {
            Action::Send { to, message } => self.send(node, to, message),
            Action::Arm { timer, after } => {
                let now = self.now;
                let (at, event) = self.machine(node).arm(now, timer, after);
                self.queue.push(at, event);
            }
            Action::Disarm(timer) => self.machine(node).disarm(timer),
            Action::Reply { ticket, reply } => {
                self.queue.push(self.now + CLIENT_WIRE, answer(ticket, reply));
            }
            Action::Write { .. }
            | Action::Append { .. }
            | Action::Truncate { .. }
            | Action::Rename { .. } => self.machine(node).write(action),
            Action::Sync => self.machine(node).sync(),
            Action::Observe(observation) => self.observe(node, observation),
        }
    }
}
