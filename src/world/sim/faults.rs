//! Carrying out what the nemesis orders, in virtual time.

use super::queue::Event;
use super::run::Run;
use super::troubles::Harm;
use crate::execution::FaultRecord;
use crate::nemesis::Order;
use crate::network::{Endpoint, Links};
use crate::workload::trouble::{Skew, Trouble};
use chaos_node::{Nanos, NodeId};
use std::collections::BTreeMap;

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
                Order::Trouble { fault, node, trouble } => self.trouble(fault, node, trouble),
                Order::Lift { fault } => {
                    self.links.lift(fault);
                    self.relieve(fault);
                }
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
        let start = machine.starts;
        if std::mem::take(&mut machine.overdue) {
            self.queue.push(self.now, Event::Continue { node, start });
        }
        self.release(node);
    }

    fn trouble(&mut self, fault: usize, node: NodeId, trouble: Trouble) {
        self.machine(node).troubles.add(fault, trouble);
        let Trouble::Clock(skew) = trouble else { return };
        self.harm(fault).clocks += 1;
        self.set_clock(node, if let Skew::Jump { by } = skew { by } else { Nanos::ZERO });
        if let Skew::Strobe { period, .. } = skew {
            self.queue.push(self.now + period, Event::Turn { node, fault });
        }
    }

    /// A clock that runs fast and slow comes to its other turn.
    pub(super) fn turn(&mut self, node: NodeId, fault: usize) {
        if let Some(period) = self.machine(node).troubles.turn(fault) {
            self.set_clock(node, Nanos::ZERO);
            self.queue.push(self.now + period, Event::Turn { node, fault });
        }
    }

    fn set_clock(&mut self, node: NodeId, leap: Nanos) {
        let now = self.now;
        for (at, event) in self.machine(node).set_clock(now, leap) {
            self.queue.push(at, event);
        }
    }

    /// What was wrong inside machines on behalf of this fault is right again; a node that ended for
    /// it starts, unless something else holds it down.
    fn relieve(&mut self, fault: usize) {
        for node in (1..=self.nodes()).map(NodeId) {
            if !self.machine(node).troubles.lift(fault) {
                continue;
            }
            self.set_clock(node, Nanos::ZERO);
            let machine = self.machine(node);
            if machine.refused && !machine.down {
                self.restart(node);
            }
        }
    }

    /// The node is gone; who waits for its answer sees the connection break.
    pub(super) fn die(&mut self, node: NodeId) {
        self.machine(node).kill();
        self.no_leader(node);
        self.note_crash(node);
        self.break_connections(node);
    }
}

/// The records with what shows that each fault made a difference.
pub(super) fn with_effects(
    mut records: Vec<FaultRecord>,
    links: &Links,
    harm: &BTreeMap<usize, Harm>,
) -> Vec<FaultRecord> {
    for record in records.iter_mut().filter(|record| record.applied.is_some()) {
        record.effect = match record.kind.as_str() {
            "kill" => Some("killed".to_owned()),
            "pause" => Some("stood still".to_owned()),
            "clock" | "disk" | "slow" => {
                let harm = harm.get(&record.index).filter(|harm| !harm.is_nothing());
                harm.map(Harm::to_string)
            }
            _ => {
                let effect = links.effect(record.index);
                (!effect.is_nothing()).then(|| format!("messages: {effect}"))
            }
        };
    }
    records
}
