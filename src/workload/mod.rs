//! What the user wrote, and what a seed makes of it.
//!
//! A file is read in two steps. [`load`] holds it against its own form and against what is known
//! of targets and models; every mistake is told with its place ([`Diagnostic`]). What comes out is
//! a [`Workload`], in which nothing can be wrong any more. [`draw`] makes a [`plan::Plan`] of it
//! and a seed, without a clock or a file.

mod choice;
mod diagnostic;
pub mod draw;
pub mod fault;
mod file;
mod fingerprint;
mod load;
pub mod plan;
mod property;
pub mod script;
mod steps;
pub mod trouble;
mod units;
mod unroll;

pub use choice::Choices;
pub use diagnostic::{Diagnostic, did_you_mean};
pub use load::{load, schema};

use crate::network::LinkParams;
use chaos_node::{Nanos, Operation, Profile};
use fault::{NodeSpec, Shape};
use plan::{Property, TargetPlan, Timeouts};
use script::Part;
use trouble::{DiskTrouble, Skew};

/// A workload, validated.
#[derive(Clone, Debug, PartialEq)]
pub struct Workload {
    /// Its name in reports.
    pub name: String,
    /// What it is for, in a line; may be empty.
    pub about: String,
    /// The system under test.
    pub target: TargetPlan,
    /// How many nodes.
    pub nodes: u16,
    /// How many clients work at once; none where a script says what is done.
    pub clients: u16,
    /// How long clients work and faults strike.
    pub duration: Nanos,
    /// The mean time between the starts of two operations, over all clients.
    pub every: Nanos,
    /// How many keys there are.
    pub keys: u16,
    /// The operations with their weights, of which at least one is not 0: as the target has them,
    /// or in order of name where the workload says which.
    pub operations: Vec<(&'static Operation, u32)>,
    /// What clients do to the target where the workload says nothing.
    pub profile: Profile,
    /// How long clients wait.
    pub timeouts: Timeouts,
    /// The links when nothing is wrong.
    pub network: LinkParams,
    /// What can go wrong.
    pub faults: Vec<FaultSource>,
    /// What happens step by step; nothing where faults strike at random.
    pub script: Vec<Part>,
    /// Whether each seed draws which of the faults are on, and how hard.
    pub swarm: bool,
    /// For how long of the duration, at its end, nothing goes wrong any more.
    pub calm: Nanos,
    /// The operation that reads a key, and shows that the cluster serves.
    pub read: &'static str,
    /// How soon after the last fault the cluster must serve again.
    pub recovery: Nanos,
    /// How long after the last fault elections must be over.
    pub settle: Nanos,
    /// How many changes of leader a minute are not too many.
    pub leader_changes: Option<u32>,
    /// The property that is to be violated: what the workload is there to show.
    pub expect: Option<Property>,
    /// The name of the sequential specification.
    pub model: String,
    /// What is checked.
    pub checks: Vec<Property>,
    /// Which of these each seed chooses for itself.
    pub choices: Choices,
}

/// A fault that strikes again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultSource {
    /// What strikes.
    pub kind: FaultKind,
    /// The mean time from one strike to the next.
    pub every: Nanos,
    /// The mean time that one lasts.
    pub lasts: Nanos,
    /// What each strike waits for when its time has come; drawn for each where this is open.
    pub when: Option<When>,
}

/// What strikes wait for when their time has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// Nothing.
    #[default]
    Anytime,
    /// That a node stands for election.
    Election,
    /// That a node has become leader.
    Leadership,
}

/// What strikes, with the choices that each strike draws from; none of them is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// Kills one of these.
    Kill(Vec<NodeSpec>),
    /// Pauses one of these.
    Pause(Vec<NodeSpec>),
    /// Partitions in one of these shapes.
    Partition(Vec<Shape>),
    /// Makes all links between nodes worse.
    Links(LinkParams),
    /// Does one of these to the clocks of one of those.
    Clock(Vec<NodeSpec>, Vec<Skew>),
    /// Does one of these to the disks of one of those.
    Disk(Vec<NodeSpec>, Vec<DiskTrouble>),
    /// Makes each step of one of these take so long.
    Slow(Vec<NodeSpec>, Nanos),
}
