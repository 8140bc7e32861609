//! What happened in a run: the evidence that checks read and reports show.
//!
//! All times are true time since the run began, by one clock for all nodes and clients.

use chaos_checker::history::Event;
use chaos_node::{Nanos, NodeId, Observation, OperationId};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// What happened in a run.
#[derive(Clone, Debug, Default)]
pub struct Execution {
    /// What the clients saw, in order of time.
    pub history: Vec<Event>,
    /// What the nodes told about their inside, in order of time.
    pub trace: Vec<Traced>,
    /// The messages between nodes, where they were recorded: the simulator does so when asked to;
    /// of real processes only the traffic is counted.
    pub messages: Option<Messages>,
    /// What became of each planned fault, in the plan's order.
    pub faults: Vec<FaultRecord>,
    /// What the script came to, if the plan has one and it was played to its end.
    pub script: Option<ScriptEnd>,
    /// What the network did.
    pub traffic: Traffic,
    /// What became of each node, n1 first.
    pub nodes: Vec<NodeRecord>,
    /// When the run passed from one phase into the next.
    pub phases: Phases,
    /// Processor time that the nodes took, where they are processes.
    pub node_cpu: Nanos,
    /// The latest that the tester was for anything it had planned: where this is long, the
    /// machine was overloaded, and that something took its time says nothing about the system.
    pub lag: Nanos,
    /// In the simulated world, a hash of everything that happened, in order.
    pub trace_hash: Option<TraceHash>,
    /// Why the run cannot be judged, if it cannot.
    pub trouble: Option<String>,
}

/// A hash of everything that happened in a simulated run, in order: as text, sixteen hexadecimal
/// digits, for not every reader of JSON keeps a number of 64 bits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TraceHash(pub u64);

impl fmt::Display for TraceHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for TraceHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for TraceHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TraceHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<TraceHash, D::Error> {
        let text = String::deserialize(deserializer)?;
        u64::from_str_radix(&text, 16).map(TraceHash).map_err(D::Error::custom)
    }
}

/// An observation with its origin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traced {
    /// True time since the run began.
    pub time: Nanos,
    /// Who told it.
    pub node: NodeId,
    /// The node's own clock.
    pub clock: Nanos,
    /// What it told.
    pub observation: Observation,
}

/// The messages between nodes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Messages {
    /// Those recorded, in the order in which they were sent.
    pub sent: Vec<MessageRecord>,
    /// How many more were sent after these: there is a most that is recorded.
    pub left_out: u64,
}

/// A message between nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageRecord {
    /// When it was sent.
    pub time: Nanos,
    /// Who sent it.
    pub from: NodeId,
    /// Whom to.
    pub to: NodeId,
    /// Its length in bytes.
    pub size: u64,
    /// When it arrived; twice if it was duplicated, never if it was dropped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arrived: Vec<Nanos>,
    /// Why it was dropped, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dropped: Option<Drop>,
    /// Whether one that was sent later on the same link arrived before it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub overtaken: bool,
    /// Whether it found its receiver dead.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unheard: bool,
    /// What it says, if the target has words for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The operations of clients that it carries, as far as the target can tell; the first few of
    /// many.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub carries: Vec<OperationId>,
}

/// Why the network dropped a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Drop {
    /// The link loses some even when nothing is wrong.
    Loss,
    /// The fault with this place in the plan cut the link or made it lose some.
    Fault(usize),
}

/// What became of a planned fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultRecord {
    /// Its place in the plan.
    pub index: usize,
    /// Its kind, such as `kill`.
    pub kind: String,
    /// What was done, in words: `isolate n3`, `kill n1 n4`.
    pub what: String,
    /// Whom it struck.
    pub victims: Vec<NodeId>,
    /// When it was attempted.
    pub attempted: Nanos,
    /// When it took hold; never, if there was nothing to strike (nobody led, the node was dead).
    pub applied: Option<Nanos>,
    /// When it was over.
    pub ended: Option<Nanos>,
    /// What shows that it made a difference: `412 frames dropped`, `killed by SIGKILL`. Nothing if
    /// it made none.
    pub effect: Option<String>,
}

impl FaultRecord {
    /// The same by the run's own time, where the nemesis counts from the moment at which the
    /// cluster was ready.
    pub(crate) fn since(self, ready: Nanos) -> FaultRecord {
        FaultRecord {
            attempted: self.attempted + ready,
            applied: self.applied.map(|time| time + ready),
            ended: self.ended.map(|time| time + ready),
            ..self
        }
    }
}

/// What a script came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScriptEnd {
    /// Every step held.
    Passed,
    /// This one did not.
    Failed(ScriptFailure),
    /// A step asked for something that the world does not show.
    Unseen(String),
}

/// A step of a script that did not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScriptFailure {
    /// Its number among the steps that came to be, from 1.
    pub step: usize,
    /// The line of the workload that it stands on.
    pub line: u64,
    /// What it expects.
    pub expected: String,
    /// What was there.
    pub seen: String,
    /// When it began.
    pub entered: Nanos,
    /// When it failed.
    pub time: Nanos,
}

/// What the network did between nodes, in frames (real processes) or messages (simulator).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traffic {
    /// Delivered, copies included.
    pub delivered: u64,
    /// Dropped by a cut or by loss.
    pub dropped: u64,
    /// Delivered twice.
    pub duplicated: u64,
    /// Held back behind later ones.
    pub reordered: u64,
}

/// Why a run that took longer than this cannot be judged.
pub fn given_up(limit: Nanos) -> String {
    format!("the run was given up, for it took longer than {limit}")
}

/// What became of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeRecord {
    /// How often it was started.
    pub starts: u32,
    /// Why it stopped by itself, if it did: its exit status and the last it said.
    pub crashed: Option<Crash>,
    /// The last lines of its standard error, at most 64 KiB.
    pub stderr: String,
}

/// A node that stopped without being told to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crash {
    /// When it was seen.
    pub time: Nanos,
    /// Its exit status in words: `exit status 101`, `signal 11`.
    pub status: String,
    /// The last it said on its standard error, at most 4 KiB.
    pub last_words: String,
}

impl Crash {
    /// The line of its last words that says most: what a Rust program panics with, else the last
    /// one that says anything.
    pub fn telling_line(&self) -> Option<&str> {
        let mut lines = self.last_words.lines().map(str::trim).filter(|line| !line.is_empty());
        let panicked = lines.clone().skip_while(|line| !line.contains("panicked at")).nth(1);
        panicked.or_else(|| lines.next_back())
    }
}

/// When a run passed from one phase into the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phases {
    /// The cluster first served; clients and faults start here.
    pub ready: Option<Nanos>,
    /// All faults were over.
    pub healed: Option<Nanos>,
    /// The cluster served again: every final read was answered.
    pub recovered: Option<Nanos>,
    /// The run was over.
    pub end: Nanos,
}
