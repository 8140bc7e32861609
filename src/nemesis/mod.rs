//! The nemesis: what goes wrong, when, and to whom.
//!
//! It is pure. A world asks it when it next wants to act ([`Nemesis::next`]), lets it act at that
//! time ([`Nemesis::act`]), and carries out the [`Order`]s it gives. Who leads and who is alive is
//! told to it as a [`View`], for only then can a rule such as `leader` name a node. What became of
//! each fault it writes down as *attempted*, *applied* and *ended*; whether it made a difference
//! is for the world to say, which saw the frames and the exits.
//!
//! A fault may wait for an election, or for a new leader, once its time has come; the world tells
//! of the roles that nodes take ([`Nemesis::saw`]).
//!
//! Not every world can do everything ([`Powers`]): a fault beyond them is attempted, and strikes
//! nobody.
//!
//! Faults overlap. A node that two faults want down stays down until both are over, and a node
//! that one fault paused and another killed starts again when both let go.

mod script;
mod shape;
mod victims;

pub use script::{Script, Wish};
pub use shape::{Cut, cuts, flaky_links};
pub use victims::victims;

use crate::execution::FaultRecord;
use crate::network::{LinkParams, Ppm};
use crate::workload::fault::{Fault, NodeSpec, Shape};
use crate::workload::plan::{Moment, Plan, PlannedFault};
use crate::workload::trouble::Trouble;
use chaos_node::{Nanos, NodeId, Rng, Role};
use std::collections::{BTreeMap, BTreeSet};

/// What the nemesis can see of the cluster when it acts.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// The node that last said that it leads, if it still runs.
    pub leader: Option<NodeId>,
}

/// What the nemesis wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Kill the node at once.
    Kill(NodeId),
    /// Start it again on its disk.
    Start(NodeId),
    /// Let it stand still.
    Pause(NodeId),
    /// Let it go on.
    Resume(NodeId),
    /// Let nothing through from one node to another, on behalf of this fault.
    Cut {
        /// The fault's place in the plan.
        fault: usize,
        /// The sender.
        from: NodeId,
        /// The receiver.
        to: NodeId,
    },
    /// Make a link worse, on behalf of this fault.
    Degrade {
        /// The fault's place in the plan.
        fault: usize,
        /// The sender.
        from: NodeId,
        /// The receiver.
        to: NodeId,
        /// What is added to what the link does anyway.
        params: LinkParams,
    },
    /// Let something go wrong inside a node's machine, on behalf of this fault.
    Trouble {
        /// The fault's place in the plan.
        fault: usize,
        /// Whose machine.
        node: NodeId,
        /// What.
        trouble: Trouble,
    },
    /// Take back all cuts, degradations and troubles of this fault.
    Lift {
        /// The fault's place in the plan.
        fault: usize,
    },
}

/// What a world can do to a cluster besides killing, pausing and what its network does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Powers {
    /// Nothing.
    Plain,
    /// It also rules the nodes' clocks, disks and pace.
    Machines,
}

/// The schedule of a plan's faults, and what has become of them so far.
#[derive(Debug)]
pub struct Nemesis {
    nodes: Vec<NodeId>,
    powers: Powers,
    faults: Vec<PlannedFault>,
    /// Begins and ends that are still to come, the latest first.
    agenda: Vec<Step>,
    /// Faults whose time has come and that wait for a moment.
    waiting: BTreeSet<usize>,
    records: BTreeMap<usize, FaultRecord>,
    /// Which faults hold a node down.
    killers: BTreeMap<NodeId, BTreeSet<usize>>,
    /// Which faults hold a node still.
    pausers: BTreeMap<NodeId, BTreeSet<usize>>,
}

/// A turn in the life of a fault. Ends come before begins of the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Step {
    at: Nanos,
    edge: Edge,
    fault: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Edge {
    End,
    /// Its time has come.
    Due,
    /// It strikes, whatever it waited for.
    Begin,
}

impl Nemesis {
    /// The nemesis of a plan, in a world of such powers. Its times count from the moment the cluster
    /// first serves.
    pub fn new(plan: &Plan, powers: Powers) -> Nemesis {
        let due = |(fault, planned): (usize, &PlannedFault)| Step {
            at: planned.at,
            edge: Edge::Due,
            fault,
        };
        let mut agenda: Vec<Step> = plan.faults.iter().enumerate().map(due).collect();
        agenda.sort_by(|a, b| b.cmp(a));
        Nemesis {
            nodes: (1..=plan.nodes).map(NodeId).collect(),
            powers,
            faults: plan.faults.clone(),
            agenda,
            waiting: BTreeSet::new(),
            records: BTreeMap::new(),
            killers: BTreeMap::new(),
            pausers: BTreeMap::new(),
        }
    }

    /// When it next wants to act; never again where there is nothing.
    pub fn next(&self) -> Option<Nanos> {
        self.agenda.last().map(|step| step.at)
    }

    /// Everything that is due at `now`, in the order in which it must be done.
    pub fn act(&mut self, now: Nanos, view: &View) -> Vec<Order> {
        let mut orders = Vec::new();
        while let Some(step) = self.agenda.pop_if(|step| step.at <= now) {
            match step.edge {
                Edge::Due => self.due(step.fault, now, view, &mut orders),
                Edge::Begin => self.begin(step.fault, now, view, &mut orders),
                Edge::End => self.end(step.fault, now, &mut orders),
            }
        }
        orders
    }

    /// A node has taken a role: the faults that wait for that will strike, each after its reflex.
    /// True if it now wants to act sooner than it said.
    pub fn saw(&mut self, role: Role, now: Nanos) -> bool {
        let reflex = |fault: &usize| match (self.faults[*fault].when, role) {
            (Moment::Election { reflex }, Role::Candidate)
            | (Moment::Leadership { reflex }, Role::Leader) => Some((*fault, reflex)),
            _ => None,
        };
        let struck: Vec<(usize, Nanos)> = self.waiting.iter().filter_map(reflex).collect();
        for (fault, reflex) in &struck {
            self.waiting.remove(fault);
            self.schedule(Step { at: now + *reflex, edge: Edge::Begin, fault: *fault });
        }
        !struck.is_empty()
    }

    /// Ends every fault that is under way and forgets those to come.
    pub fn heal(&mut self, now: Nanos) -> Vec<Order> {
        self.agenda.clear();
        self.waiting.clear();
        let mut orders = Vec::new();
        let open = self.records.values().filter(|record| record.ended.is_none());
        let open: Vec<usize> = open.map(|record| record.index).collect();
        for fault in open {
            self.end(fault, now, &mut orders);
        }
        orders
    }

    /// What became of the faults that were due, in the plan's order.
    pub fn records(&self) -> Vec<FaultRecord> {
        self.records.values().cloned().collect()
    }

    fn due(&mut self, fault: usize, now: Nanos, view: &View, orders: &mut Vec<Order>) {
        if self.faults[fault].when == Moment::Anytime {
            return self.begin(fault, now, view, orders);
        }
        self.waiting.insert(fault);
        let kind = self.faults[fault].fault.kind().to_owned();
        let what = format!("{kind}: the moment it waited for never came");
        self.record(fault, kind, what, Vec::new(), now);
    }

    fn begin(&mut self, fault: usize, now: Nanos, view: &View, orders: &mut Vec<Order>) {
        self.schedule(Step { at: now + self.faults[fault].lasts, edge: Edge::End, fault });
        let planned = &self.faults[fault];
        let mut rng = Rng::new(planned.draw);
        let kind = planned.fault.kind().to_owned();
        let (what, victims) = match planned.fault.clone() {
            Fault::Kill { victims: spec } => {
                let chosen = victims(spec, &self.nodes, view, &mut rng);
                let struck = hold(&mut self.killers, &chosen, fault);
                orders.extend(struck.iter().copied().map(Order::Kill));
                (words("kill", &struck), struck)
            }
            Fault::Pause { victims: spec } => {
                let chosen = victims(spec, &self.nodes, view, &mut rng);
                let alive: Vec<NodeId> =
                    chosen.into_iter().filter(|node| !held(&self.killers, *node)).collect();
                let struck = hold(&mut self.pausers, &alive, fault);
                orders.extend(struck.iter().copied().map(Order::Pause));
                (words("pause", &struck), struck)
            }
            Fault::Partition { shape } => self.partition(fault, shape, view, &mut rng, orders),
            Fault::Links { params } => {
                orders.extend(degrade_all(fault, &self.nodes, params));
                (format!("all links: {params}"), self.nodes.clone())
            }
            Fault::Clock { victims, skew } => {
                self.trouble(fault, victims, Trouble::Clock(skew), view, &mut rng, orders)
            }
            Fault::Disk { victims, trouble } => {
                self.trouble(fault, victims, Trouble::Disk(trouble), view, &mut rng, orders)
            }
            Fault::Slow { victims, step } => {
                self.trouble(fault, victims, Trouble::Slow(step), view, &mut rng, orders)
            }
        };
        self.record(fault, kind, what, victims, now);
    }

    fn schedule(&mut self, step: Step) {
        let place = self.agenda.partition_point(|other| *other > step);
        self.agenda.insert(place, step);
    }

    fn record(
        &mut self,
        fault: usize,
        kind: String,
        what: String,
        victims: Vec<NodeId>,
        now: Nanos,
    ) {
        let record = FaultRecord {
            index: fault,
            kind,
            what,
            applied: (!victims.is_empty()).then_some(now),
            victims,
            attempted: now,
            ended: None,
            effect: None,
        };
        self.records.insert(fault, record);
    }

    fn partition(
        &self,
        fault: usize,
        shape: Shape,
        view: &View,
        rng: &mut Rng,
        orders: &mut Vec<Order>,
    ) -> (String, Vec<NodeId>) {
        if shape == Shape::Flaky {
            let (node, links) = flaky_links(&self.nodes, rng);
            let params = LinkParams { loss: Ppm(500_000), ..LinkParams::default() };
            let degrade = |Cut { from, to }| Order::Degrade { fault, from, to, params };
            orders.extend(links.into_iter().map(degrade));
            return (format!("flaky: the links of {node} lose half"), vec![node]);
        }
        let (what, victims, cuts) = cuts(shape, &self.nodes, view, rng);
        orders.extend(cuts.into_iter().map(|Cut { from, to }| Order::Cut { fault, from, to }));
        (what, victims)
    }

    fn trouble(
        &self,
        fault: usize,
        spec: NodeSpec,
        trouble: Trouble,
        view: &View,
        rng: &mut Rng,
        orders: &mut Vec<Order>,
    ) -> (String, Vec<NodeId>) {
        if self.powers == Powers::Plain {
            return (format!("{trouble}: not in this world"), Vec::new());
        }
        let struck = victims(spec, &self.nodes, view, rng);
        orders.extend(struck.iter().map(|node| Order::Trouble { fault, node: *node, trouble }));
        (words(&trouble.to_string(), &struck), struck)
    }

    fn end(&mut self, fault: usize, now: Nanos, orders: &mut Vec<Order>) {
        let Some(record) = self.records.get_mut(&fault).filter(|record| record.ended.is_none())
        else {
            return;
        };
        record.ended = Some(now);
        match self.faults[fault].fault {
            Fault::Kill { .. } => {
                // A node that is still to be paused starts all the same: its pause was of the
                // process that died.
                let free = release(&mut self.killers, fault);
                orders.extend(free.into_iter().map(Order::Start));
            }
            Fault::Pause { .. } => {
                let free = release(&mut self.pausers, fault);
                let alive = free.into_iter().filter(|node| !held(&self.killers, *node));
                orders.extend(alive.map(Order::Resume));
            }
            Fault::Partition { .. }
            | Fault::Links { .. }
            | Fault::Clock { .. }
            | Fault::Disk { .. }
            | Fault::Slow { .. } => orders.push(Order::Lift { fault }),
        }
    }
}

type Holders = BTreeMap<NodeId, BTreeSet<usize>>;

fn held(holders: &Holders, node: NodeId) -> bool {
    holders.get(&node).is_some_and(|faults| !faults.is_empty())
}

/// Lets the fault hold the nodes; returns those that nothing held before.
fn hold(holders: &mut Holders, nodes: &[NodeId], fault: usize) -> Vec<NodeId> {
    let mut newly = Vec::new();
    for node in nodes {
        let faults = holders.entry(*node).or_default();
        if faults.is_empty() {
            newly.push(*node);
        }
        faults.insert(fault);
    }
    newly
}

/// Lets the fault go; returns the nodes that nothing holds any more.
fn release(holders: &mut Holders, fault: usize) -> Vec<NodeId> {
    let mut free = Vec::new();
    for (node, faults) in holders {
        if faults.remove(&fault) && faults.is_empty() {
            free.push(*node);
        }
    }
    free
}

fn degrade_all(
    fault: usize,
    nodes: &[NodeId],
    params: LinkParams,
) -> impl Iterator<Item = Order> + use<'_> {
    shape::pairs(nodes).map(move |Cut { from, to }| Order::Degrade { fault, from, to, params })
}

fn words(what: &str, nodes: &[NodeId]) -> String {
    match nodes {
        [] => format!("{what} nobody"),
        nodes => format!("{what} {}", shape::names(nodes)),
    }
}

#[cfg(test)]
mod tests;
