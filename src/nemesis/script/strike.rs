//! What a script does to nodes and to the network, and how it takes that back.

use super::{Script, Wish};
use crate::execution::FaultRecord;
use crate::nemesis::{Cut, Order, shape};
use chaos_node::{Nanos, NodeId};

/// What a fault of a script holds until it is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hold {
    Down(NodeId),
    /// Cut off, one alone.
    Cut(NodeId),
    /// The network as a whole.
    Network,
}

impl Script {
    pub(super) fn cut(&mut self, node: NodeId, now: Nanos, wishes: &mut Vec<Wish>) {
        let fault =
            self.record("partition", format!("cut off {node}"), vec![node], now, Hold::Cut(node));
        let touches = |cut: &Cut| cut.from == node || cut.to == node;
        let cuts: Vec<Cut> = shape::pairs(&self.nodes).filter(touches).collect();
        self.sever(fault, cuts, wishes);
    }

    pub(super) fn split(&mut self, side: &[NodeId], now: Nanos, wishes: &mut Vec<Wish>) {
        let what = format!("split off {}", shape::names(side));
        let fault = self.record("partition", what, side.to_vec(), now, Hold::Network);
        let apart = |cut: &Cut| side.contains(&cut.from) != side.contains(&cut.to);
        let cuts: Vec<Cut> = shape::pairs(&self.nodes).filter(apart).collect();
        self.sever(fault, cuts, wishes);
    }

    fn sever(&mut self, fault: usize, cuts: Vec<Cut>, wishes: &mut Vec<Wish>) {
        let order = |Cut { from, to }| Wish::Order(Order::Cut { fault, from, to });
        wishes.extend(cuts.iter().copied().map(order));
        self.cluster.cut(fault, cuts);
    }

    pub(super) fn kill(&mut self, node: NodeId, now: Nanos, wishes: &mut Vec<Wish>) {
        if self.cluster.is_up(node) {
            self.cluster.set_up(node, false);
            self.record("kill", format!("kill {node}"), vec![node], now, Hold::Down(node));
            wishes.push(Wish::Order(Order::Kill(node)));
        }
    }

    pub(super) fn start(&mut self, nodes: &[NodeId], now: Nanos, wishes: &mut Vec<Wish>) {
        let down = |hold: &Hold| matches!(hold, Hold::Down(node) if nodes.contains(node));
        self.release_all(down, now, wishes);
    }

    pub(super) fn release_all(
        &mut self,
        which: impl Fn(&Hold) -> bool,
        now: Nanos,
        wishes: &mut Vec<Wish>,
    ) {
        let chosen = self.held.iter().filter(|(_, hold)| which(hold)).map(|(fault, _)| *fault);
        for fault in chosen.collect::<Vec<_>>() {
            wishes.push(Wish::Order(self.release(fault, now)));
        }
    }

    pub(super) fn release(&mut self, fault: usize, now: Nanos) -> Order {
        self.records[fault].ended = Some(now);
        match self.held.remove(&fault) {
            Some(Hold::Down(node)) => {
                self.cluster.set_up(node, true);
                Order::Start(node)
            }
            Some(Hold::Cut(_) | Hold::Network) | None => {
                self.cluster.lift(fault);
                Order::Lift { fault }
            }
        }
    }

    pub(super) fn record(
        &mut self,
        kind: &str,
        what: String,
        victims: Vec<NodeId>,
        now: Nanos,
        hold: Hold,
    ) -> usize {
        let index = self.records.len();
        self.held.insert(index, hold);
        self.records.push(FaultRecord {
            index,
            kind: kind.to_owned(),
            what,
            victims,
            attempted: now,
            applied: Some(now),
            ended: None,
            effect: None,
        });
        index
    }
}
