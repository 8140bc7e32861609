//! The interpreter of scripts.
//!
//! It is pure, as the rest of the nemesis. A world tells it what nodes observe
//! ([`Script::observed`]), which of them ended ([`Script::stopped`]) and what became of the
//! operations that it submitted ([`Script::completed`]), and lets it act whenever one of these
//! happened, and at the time that it says ([`Script::next`]). It goes from step to step as far as it
//! can, and ends with the last one, or with the first that does not hold.

mod cluster;
mod judge;
mod strike;

use super::{Cut, Order, View, shape, victims};
use crate::execution::{FaultRecord, ScriptEnd, ScriptFailure};
use crate::network::Sent;
use crate::workload::plan::{Plan, PlannedOperation};
use crate::workload::script::{Act, ScriptStep, Who};
use chaos_node::{Nanos, NodeId, Observation, Op, Rng};
use cluster::Cluster;
use judge::Progress;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use strike::Hold;

/// What a script wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum Wish {
    /// As the nemesis would have it.
    Order(Order),
    /// A new client begins this operation; its number comes back in [`Script::completed`].
    Submit {
        /// The operation's number, from 0.
        number: usize,
        /// What, and whom it asks.
        operation: PlannedOperation,
    },
}

/// A script under way.
#[derive(Debug)]
pub struct Script {
    nodes: Vec<NodeId>,
    steps: Vec<ScriptStep>,
    place: usize,
    base: Option<Baseline>,
    /// When it must be over.
    limit: Nanos,
    next: Nanos,
    end: Option<ScriptEnd>,
    cluster: Cluster,
    names: BTreeMap<String, Vec<NodeId>>,
    rng: Rng,
    submitted: usize,
    /// The operations that were submitted last.
    batch: Range<usize>,
    acknowledged: BTreeSet<usize>,
    sent: Option<Sent>,
    counted: Option<Sent>,
    records: Vec<FaultRecord>,
    /// What holds a node apart, or down: the place of the record.
    held: BTreeMap<usize, Hold>,
}

/// What was the case when a step began.
#[derive(Clone, Debug)]
struct Baseline {
    entered: Nanos,
    committed: u64,
    term: u64,
    elections: u64,
    /// The nodes that the step speaks of.
    meant: Vec<NodeId>,
}

impl Script {
    /// The script of a plan, if it has one.
    pub fn new(plan: &Plan) -> Option<Script> {
        let nodes: Vec<NodeId> = (1..=plan.nodes).map(NodeId).collect();
        (!plan.script.is_empty()).then(|| Script {
            cluster: Cluster::new(&nodes),
            nodes,
            steps: plan.script.clone(),
            place: 0,
            base: None,
            limit: plan.duration,
            next: Nanos::ZERO,
            end: None,
            names: BTreeMap::new(),
            rng: Rng::stream(plan.seed, "script"),
            submitted: 0,
            batch: 0..0,
            acknowledged: BTreeSet::new(),
            sent: None,
            counted: None,
            records: Vec::new(),
            held: BTreeMap::new(),
        })
    }

    /// The cluster serves: the first step begins with the next [`Script::act`].
    pub fn begin(&mut self, now: Nanos) {
        self.limit += now;
        self.next = now;
    }

    /// A node told something.
    pub fn observed(&mut self, node: NodeId, observation: &Observation) {
        self.cluster.observed(node, observation);
    }

    /// A node ended by itself.
    pub fn stopped(&mut self, node: NodeId) {
        self.cluster.set_up(node, false);
    }

    /// An operation that was submitted is over; `ok` if it was acknowledged.
    pub fn completed(&mut self, number: usize, ok: bool) {
        if ok {
            self.acknowledged.insert(number);
        }
    }

    /// When it wants to act next, whatever happens until then.
    pub fn next(&self) -> Nanos {
        self.next
    }

    /// What it came to, once it is over.
    pub fn end(&self) -> Option<&ScriptEnd> {
        self.end.as_ref()
    }

    /// What was done to the cluster.
    pub fn records(&self) -> &[FaultRecord] {
        &self.records
    }

    /// Goes on as far as it can. `sent` is what nodes sent each other so far, where the world knows.
    pub fn act(&mut self, now: Nanos, sent: Option<Sent>) -> Vec<Wish> {
        self.sent = sent;
        let mut wishes = Vec::new();
        while self.end.is_none() {
            let Some(step) = self.steps.get(self.place).cloned() else {
                self.end = Some(ScriptEnd::Passed);
                break;
            };
            let base = match self.base.take() {
                Some(base) => base,
                None => self.enter(&step.act, now, &mut wishes),
            };
            match self.judge(&step.act, &base, now) {
                Progress::Done => self.leave(&step.act),
                Progress::Waiting(until) if now < self.limit => {
                    self.next = until.min(self.limit);
                    self.base = Some(base);
                    break;
                }
                Progress::Waiting(_) => {
                    let expected = "the whole script to be over by now".to_owned();
                    self.fail(&step, &base, (expected, self.cluster.in_words()), now);
                }
                Progress::Failed { expected, seen } => {
                    self.fail(&step, &base, (expected, seen), now);
                }
                Progress::Unseen(why) => self.end = Some(ScriptEnd::Unseen(why.to_owned())),
            }
        }
        wishes
    }

    /// Takes back all that was done.
    pub fn heal(&mut self, now: Nanos) -> Vec<Order> {
        let held: Vec<usize> = self.held.keys().copied().collect();
        held.into_iter().map(|fault| self.release(fault, now)).collect()
    }

    fn fail(
        &mut self,
        step: &ScriptStep,
        base: &Baseline,
        (expected, seen): (String, String),
        time: Nanos,
    ) {
        let (number, line, entered) = (self.place + 1, step.line, base.entered);
        let failure = ScriptFailure { step: number, line, expected, seen, entered, time };
        self.end = Some(ScriptEnd::Failed(failure));
    }

    /// Begins a step: whoever it means is chosen, and what it does is done.
    fn enter(&mut self, act: &Act, now: Nanos, wishes: &mut Vec<Wish>) -> Baseline {
        let meant = self.meant(act.nodes());
        let base = Baseline {
            entered: now,
            committed: self.cluster.committed(),
            term: self.cluster.term(),
            elections: self.cluster.elections,
            meant: meant.clone(),
        };
        if let Some(name) = act.name().filter(|_| !matches!(act, Act::AwaitLeader { .. })) {
            self.names.insert(name.to_owned(), meant.clone());
        }
        self.perform(act, &meant, now, wishes);
        base
    }

    fn leave(&mut self, act: &Act) {
        self.place += 1;
        if let Act::AwaitLeader { name: Some(name), .. } = act {
            self.names.insert(name.clone(), self.cluster.leader().into_iter().collect());
        }
    }

    fn perform(&mut self, act: &Act, meant: &[NodeId], now: Nanos, wishes: &mut Vec<Wish>) {
        match act {
            Act::Cut { .. } => meant.iter().for_each(|node| self.cut(*node, now, wishes)),
            Act::Split { .. } => self.split(meant, now, wishes),
            Act::Reconnect { .. } => {
                let apart = |hold: &Hold| matches!(hold, Hold::Cut(node) if meant.contains(node));
                self.release_all(apart, now, wishes);
            }
            Act::Heal => {
                self.release_all(|hold| !matches!(hold, Hold::Down(_)), now, wishes);
            }
            Act::Kill { .. } => meant.iter().for_each(|node| self.kill(*node, now, wishes)),
            Act::Start { .. } => self.start(meant, now, wishes),
            Act::KeepMajority if self.cluster.up().len() < self.cluster.majority() => {
                let dead: Vec<NodeId> = self.cluster.down().into_iter().collect();
                let one: Vec<NodeId> = self.rng.pick(&dead).copied().into_iter().collect();
                self.start(&one, now, wishes);
            }
            Act::Links { params } => {
                let what = format!("all links: {params}");
                let fault = self.record("links", what, self.nodes.clone(), now, Hold::Network);
                let degrade = |Cut { from, to }| {
                    Wish::Order(Order::Degrade { fault, from, to, params: *params })
                };
                wishes.extend(shape::pairs(&self.nodes).map(degrade));
            }
            Act::Submit { operations, to } => {
                // Whom nobody is, nobody can be asked: the operations go where they like.
                let only = to.as_ref().and(meant.first().copied());
                self.submit(operations, only, wishes);
            }
            Act::Count => self.counted = self.sent,
            Act::KeepMajority
            | Act::AwaitLeader { .. }
            | Act::NoLeader { .. }
            | Act::SameTerm { .. }
            | Act::StepsDown { .. }
            | Act::Committed { .. }
            | Act::NoCommit { .. }
            | Act::Agree { .. }
            | Act::Wait { .. }
            | Act::Messages { .. }
            | Act::Bytes { .. }
            | Act::Log { .. } => {}
        }
    }

    fn submit(&mut self, operations: &[Op], only: Option<NodeId>, wishes: &mut Vec<Wish>) {
        self.batch = self.submitted..self.submitted + operations.len();
        self.submitted = self.batch.end;
        let numbered = self.batch.clone().zip(operations);
        wishes.extend(numbered.map(|(number, op)| {
            let (op, at, stays) = (op.clone(), Nanos::ZERO, only.is_some());
            Wish::Submit {
                number,
                operation: PlannedOperation { at, op, first: only, stays, once: false },
            }
        }));
    }

    /// How many of the last submitted are not acknowledged.
    fn open(&self) -> usize {
        self.batch.clone().filter(|number| !self.acknowledged.contains(number)).count()
    }

    /// The nodes that these mean now, each once and in order.
    fn meant(&mut self, all: &[Who]) -> Vec<NodeId> {
        let nodes: BTreeSet<NodeId> = all.iter().flat_map(|who| self.who(who)).collect();
        nodes.into_iter().collect()
    }

    fn who(&mut self, who: &Who) -> Vec<NodeId> {
        let leader = self.cluster.leader();
        match who {
            Who::Spec(spec) => victims(*spec, &self.nodes, &View { leader }, &mut self.rng),
            Who::Followers => {
                self.nodes.iter().copied().filter(|node| Some(*node) != leader).collect()
            }
            Who::Follower => {
                let near =
                    |node: &NodeId| Some(*node) != leader && self.cluster.has_majority(*node);
                let followers: Vec<NodeId> = self.nodes.iter().copied().filter(near).collect();
                self.rng.pick(&followers).copied().into_iter().collect()
            }
            Who::Down => self.cluster.down().into_iter().collect(),
            Who::Named(name) => self.names.get(name).cloned().unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests;
