//! Carrying out what the nemesis orders, in virtual time.

use super::queue::Event;
use super::run::Run;
use crate::execution::FaultRecord;
use crate::nemesis::Order;
use crate::network::{Endpoint, Links};
use chaos_node::NodeId;

impl Run<'_> {
    pub(super) fn obey(&mut self, orders: Vec<Order>) {
        for order in orders {
            match order {
                Order::Kill(node) => {
                    if self.machine(node).strike() {
                        self.die(node);
                    }
                }
                Order::Start(node) => self.restart(node),
                Order::Pause(node) => self.machine(node).paused = true,
                Order::Resume(node) => self.resume(node),
                Order::Cut { fault, from, to } => {
                    self.links.cut(fault, Endpoint::of(from), Endpoint::of(to));
                }
                Order::Degrade { fault, from, to, params } => {
                    self.links.degrade(fault, Endpoint::of(from), Endpoint::of(to), params);
                }
                Order::Lift { fault } => self.links.lift(fault),
            }
        }
    }

    /// A node that was to die in the midst of a step, and took none, dies now.
    fn restart(&mut self, node: NodeId) {
        if self.machine(node).is_up() {
            self.die(node);
        }
        if self.machine(node).crashed.is_none() {
            let now = self.now;
            self.queue.push(now, Event::Boot { node });
        }
    }

    fn resume(&mut self, node: NodeId) {
        let machine = self.machine(node);
        machine.paused = false;
        let held = std::mem::take(&mut machine.held);
        for event in held {
            self.queue.push(self.now, event);
        }
    }

    /// The node is gone; who waits for its answer sees the connection break.
    pub(super) fn die(&mut self, node: NodeId) {
        self.machine(node).kill();
        self.no_leader(node);
        self.break_connections(node);
    }
}

/// The records with what shows that each fault made a difference.
pub(super) fn with_effects(mut records: Vec<FaultRecord>, links: &Links) -> Vec<FaultRecord> {
    for record in records.iter_mut().filter(|record| record.applied.is_some()) {
        record.effect = match record.kind.as_str() {
            "kill" => Some("killed".to_owned()),
            "pause" => Some("stood still".to_owned()),
            _ => {
                let effect = links.effect(record.index);
                (!effect.is_nothing()).then(|| format!("messages: {effect}"))
            }
        };
    }
    records
}
