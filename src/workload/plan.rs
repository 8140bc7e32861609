//! A plan: everything about a run that is decided before it starts.
//!
//! It is plain data, to be printed, edited, replayed and shrunk. What cannot be decided before the
//! start — who leads when a fault strikes — is a rule in it, with the seed of its own draw, so that
//! taking one fault out changes no other.

use crate::network::LinkParams;
use crate::targets::Targets;
use crate::workload::fault::{Fault, NodeSpec};
use crate::workload::script::{Act, MOST_STEPS, MOST_SUBMITTED, ScriptStep, Who};
use chaos_checker::Kind;
use chaos_node::{Nanos, NodeConfig, NodeId, Op, Options, Value};
use serde::{Deserialize, Serialize};
use std::fmt;

pub use super::property::Property;

/// The version of the plan's own form.
pub const PLAN_VERSION: u32 = 1;

/// What a fault waits for when its time has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Moment {
    /// Nothing.
    #[default]
    Anytime,
    /// That a node stands for election: what a system does then is what it does least often, and
    /// faults of all other times seldom meet it.
    Election {
        /// How much later it strikes.
        reflex: Nanos,
    },
    /// That a node has become leader.
    Leadership {
        /// How much later it strikes.
        reflex: Nanos,
    },
}

/// The model of a history that says nothing about linearizability.
pub const NO_MODEL: &str = "none";

/// Whether the model's name is known.
pub(super) fn known_model(name: &str) -> Result<(), String> {
    match name.parse::<Kind>() {
        Ok(_) => Ok(()),
        Err(_) if name == NO_MODEL => Ok(()),
        Err(_) => {
            let known = Kind::ALL.map(Kind::name).join(", ");
            Err(format!("unknown model `{name}`, expected one of: {known}, {NO_MODEL}"))
        }
    }
}

fn get() -> String {
    "get".to_owned()
}

fn is_get(read: &String) -> bool {
    read == "get"
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(time: &Nanos) -> bool {
    *time == Nanos::ZERO
}

/// The most nodes that a cluster may have.
pub const MOST_NODES: u16 = 9;

/// Everything about a run that is decided before it starts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// [`PLAN_VERSION`] of the program that wrote it.
    pub version: u32,
    /// The workload's name.
    pub workload: String,
    /// The seed it was made from. The network and the nodes draw from it during the run.
    pub seed: u64,
    /// The system under test.
    pub target: TargetPlan,
    /// How many nodes there are: n1 to n`nodes`.
    pub nodes: u16,
    /// How long clients work and faults strike, from the moment the cluster first serves.
    pub duration: Nanos,
    /// How soon after the last fault the cluster must serve again.
    pub recovery: Nanos,
    /// How long after the last fault elections must be over; the final reads begin then.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub settle: Nanos,
    /// How many changes of leader a minute are not too many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leader_changes: Option<u32>,
    /// How clients behave.
    pub timeouts: Timeouts,
    /// What each client does.
    pub clients: Vec<ClientPlan>,
    /// The links when nothing is wrong.
    pub network: LinkParams,
    /// What goes wrong, in order of time.
    pub faults: Vec<PlannedFault>,
    /// What happens step by step, from the moment the cluster first serves; the faults are over
    /// when it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub script: Vec<ScriptStep>,
    /// The keys to read at the end.
    pub final_reads: Vec<Value>,
    /// The operation that reads a key, and shows that the cluster serves.
    #[serde(default = "get", skip_serializing_if = "is_get")]
    pub read: String,
    /// The operations of which the model knows nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unmodelled: Vec<String>,
    /// The sequential specification that the history is held against.
    pub model: String,
    /// The properties that are checked.
    pub checks: Vec<Property>,
}

/// The system under test, as a plan has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetPlan {
    /// The registered name.
    pub name: String,
    /// A program that hosts the node instead of `chaos` itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<Vec<String>>,
    /// The bug that is switched on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mutant: Option<String>,
    /// The target's own settings.
    #[serde(default)]
    pub options: Options,
}

/// How long clients wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timeouts {
    /// For one attempt at one node, before the next node is tried.
    pub attempt: Nanos,
    /// For the whole operation, before its outcome is given up as unknown.
    pub operation: Nanos,
}

/// What one client does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientPlan {
    /// Its operations, in order. Each starts at its time, or as soon as the one before is over.
    pub operations: Vec<PlannedOperation>,
}

/// One operation of one client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedOperation {
    /// When, from the moment the cluster first serves.
    pub at: Nanos,
    /// What.
    pub op: Op,
    /// The node to ask first; the one that answered last where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<NodeId>,
    /// Whether no other node is asked, whatever becomes of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stays: bool,
    /// Whether it is not tried again once a node may have begun it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub once: bool,
}

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedFault {
    /// When it strikes, from the moment the cluster first serves.
    pub at: Nanos,
    /// What it waits for then.
    #[serde(default)]
    pub when: Moment,
    /// How long it lasts.
    pub lasts: Nanos,
    /// What it is.
    pub fault: Fault,
    /// The seed of the draw of its victims.
    pub draw: u64,
}

impl Plan {
    /// Whether it can be executed at all: a plan may have been edited by hand.
    ///
    /// # Errors
    /// Says what makes no sense, and where.
    pub fn check(&self, targets: &Targets) -> Result<(), String> {
        if !(1..=MOST_NODES).contains(&self.nodes) {
            return Err(format!("nodes: expected 1 to {MOST_NODES}, found {}", self.nodes));
        }
        let name = &self.target.name;
        let target = targets.find(name).ok_or_else(|| format!("unknown target `{name}`"))?;
        target.node(&self.target.first_node(self.nodes)).map_err(|error| error.to_string())?;
        let longest = Nanos::from_secs(24 * 3600);
        self.check_clients()?;
        self.check_script()?;
        let late = self.faults.iter().position(|fault| fault.at + fault.lasts > self.duration);
        if let Some(index) = late {
            return Err(format!("faults[{index}] goes on behind the duration"));
        }
        if [self.duration, self.recovery, self.settle].into_iter().any(|time| time > longest) {
            return Err("a run of more than a day".to_owned());
        }
        let impossible = |fault: &PlannedFault| !fault.fault.is_possible(self.nodes);
        match self.faults.iter().position(impossible) {
            Some(index) => {
                Err(format!("faults[{index}] cannot strike anybody of {} nodes", self.nodes))
            }
            None => Ok(()),
        }
    }
}

impl Plan {
    /// The operation that reads a key.
    pub fn read_of(&self, key: &Value) -> PlannedOperation {
        let op = Op { f: self.read.clone(), key: key.clone(), value: Value::Nil };
        PlannedOperation { at: Nanos::ZERO, op, first: None, stays: false, once: false }
    }

    /// How many operations the script submits.
    pub fn submitted(&self) -> usize {
        let count = |step: &ScriptStep| match &step.act {
            Act::Submit { operations, .. } => operations.len(),
            _ => 0,
        };
        self.script.iter().map(count).sum()
    }

    /// Whether the script can be played at all.
    fn check_script(&self) -> Result<(), String> {
        if self.script.len() > MOST_STEPS || self.submitted() > MOST_SUBMITTED {
            return Err(format!(
                "script: more than {MOST_STEPS} steps or {MOST_SUBMITTED} operations"
            ));
        }
        if !self.script.is_empty() && !self.faults.is_empty() {
            return Err("a script and faults: a script decides itself what goes wrong".to_owned());
        }
        let nobody = |who: &Who| match who {
            Who::Spec(spec @ NodeSpec::Node(_)) => spec.count(self.nodes) == 0,
            _ => false,
        };
        match self.script.iter().position(|step| step.act.nodes().iter().any(nobody)) {
            Some(index) => Err(format!("script[{index}] speaks of a node that there is not")),
            None => Ok(()),
        }
    }

    /// Whether the clients can do what they are to do.
    fn check_clients(&self) -> Result<(), String> {
        let Timeouts { attempt, operation } = self.timeouts;
        if attempt == Nanos::ZERO || attempt > operation {
            return Err(format!("timeouts: an attempt of {attempt}, an operation of {operation}"));
        }
        known_model(&self.model)?;
        for (index, client) in self.clients.iter().enumerate() {
            let nobody = |node: NodeId| !(1..=self.nodes).contains(&node.0);
            let mut firsts = client.operations.iter().filter_map(|operation| operation.first);
            if let Some(node) = firsts.find(|node| nobody(*node)) {
                return Err(format!("clients[{index}] asks {node} of {} nodes", self.nodes));
            }
        }
        Ok(())
    }
}

impl TargetPlan {
    /// The configuration of n1, to try the target's settings on.
    pub fn first_node(&self, nodes: u16) -> NodeConfig {
        NodeConfig {
            id: NodeId(1),
            nodes: (1..=nodes).map(NodeId).collect(),
            mutant: self.mutant.clone(),
            options: self.options.clone(),
        }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn no_steps(steps: &usize) -> bool {
    *steps == 0
}

/// How large a plan is: what a reader has to understand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Size {
    /// The clients' operations and the script's, without the final reads.
    pub operations: usize,
    /// The faults.
    pub faults: usize,
    /// The steps of the script.
    #[serde(default, skip_serializing_if = "no_steps")]
    pub steps: usize,
    /// The nodes.
    pub nodes: u16,
    /// The clients.
    pub clients: usize,
    /// How long clients work and faults strike.
    pub duration: Nanos,
}

impl Size {
    /// The size of a plan.
    pub fn of(plan: &Plan) -> Size {
        let planned: usize = plan.clients.iter().map(|client| client.operations.len()).sum();
        Size {
            operations: planned + plan.submitted(),
            faults: plan.faults.len(),
            steps: plan.script.len(),
            nodes: plan.nodes,
            clients: plan.clients.len(),
            duration: plan.duration,
        }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Size { operations, faults, steps, nodes, clients, duration } = self;
        let s = |number: usize| if number == 1 { "" } else { "s" };
        let (events, kind) = if *steps > 0 { (*steps, "step") } else { (*faults, "fault") };
        write!(
            f,
            "{operations} operation{} and {events} {kind}{}, {clients} client{} and {nodes} node{}, \
             {} ms",
            s(*operations),
            s(events),
            s(*clients),
            s(usize::from(*nodes)),
            duration.as_millis()
        )
    }
}
