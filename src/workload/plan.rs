//! A plan: everything about a run that is decided before it starts.
//!
//! It is plain data, to be printed, edited, replayed and shrunk. What cannot be decided before the
//! start — who leads when a fault strikes — is a rule in it, with the seed of its own draw, so that
//! taking one fault out changes no other.

use crate::network::LinkParams;
use crate::workload::fault::Fault;
use chaos_node::{Nanos, NodeId, Op, Options, Value};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The version of the plan's own form.
pub const PLAN_VERSION: u32 = 1;

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
    /// How clients behave.
    pub timeouts: Timeouts,
    /// What each client does.
    pub clients: Vec<ClientPlan>,
    /// The links when nothing is wrong.
    pub network: LinkParams,
    /// What goes wrong, in order of time.
    pub faults: Vec<PlannedFault>,
    /// The keys to read at the end.
    pub final_reads: Vec<Value>,
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
}

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedFault {
    /// When it strikes, from the moment the cluster first serves.
    pub at: Nanos,
    /// How long it lasts.
    pub lasts: Nanos,
    /// What it is.
    pub fault: Fault,
    /// The seed of the draw of its victims.
    pub draw: u64,
}

/// A property that an execution can be checked for.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Property {
    /// The history of every key is linearizable (Herlihy & Wing 1990).
    Linearizable,
    /// At most one leader a term (Raft §5.2).
    ElectionSafety,
    /// A leader never overwrites or deletes entries of its log (Raft §5.3).
    LeaderAppendOnly,
    /// Logs with an entry of the same index and term are the same up to there (Raft §5.3).
    LogMatching,
    /// A committed entry is in the log of every leader of a later term (Raft §5.4).
    LeaderCompleteness,
    /// No two nodes apply different entries at the same index (Raft §5.4.3).
    StateMachineSafety,
    /// The cluster serves again within the stated time once faults are over.
    Recovery,
    /// No node stops by itself.
    NoCrash,
}

impl Property {
    /// All of them, in the order in which they are reported.
    pub const ALL: [Property; 8] = [
        Property::Linearizable,
        Property::ElectionSafety,
        Property::LeaderAppendOnly,
        Property::LogMatching,
        Property::LeaderCompleteness,
        Property::StateMachineSafety,
        Property::NoCrash,
        Property::Recovery,
    ];

    /// The name, as workloads and reports have it.
    pub fn name(self) -> &'static str {
        match self {
            Property::Linearizable => "linearizable",
            Property::ElectionSafety => "election-safety",
            Property::LeaderAppendOnly => "leader-append-only",
            Property::LogMatching => "log-matching",
            Property::LeaderCompleteness => "leader-completeness",
            Property::StateMachineSafety => "state-machine-safety",
            Property::Recovery => "recovery",
            Property::NoCrash => "no-crash",
        }
    }
}

impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
