//! What can be done to a cluster, and to whom.

use super::trouble::{DiskTrouble, Skew};
use crate::network::LinkParams;
use chaos_node::{Nanos, NodeId};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// A fault, with the rule that chooses its victims when it strikes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// The nodes die at once (SIGKILL) and lose what they had not synced; they start again on
    /// their disks when the fault ends.
    Kill {
        /// Who dies.
        victims: NodeSpec,
    },
    /// The nodes stand still (SIGSTOP) and go on when the fault ends.
    Pause {
        /// Who stands still.
        victims: NodeSpec,
    },
    /// The network between the nodes falls apart. Clients still reach every node.
    Partition {
        /// How.
        shape: Shape,
    },
    /// All links between nodes get worse.
    Links {
        /// What is added to each link's own behaviour.
        params: LinkParams,
    },
    /// The nodes' clocks go wrong; they go right again, from where they are, when the fault ends.
    Clock {
        /// Whose clocks.
        victims: NodeSpec,
        /// How.
        skew: Skew,
    },
    /// The nodes' disks go wrong.
    Disk {
        /// Whose disks.
        victims: NodeSpec,
        /// How.
        trouble: DiskTrouble,
    },
    /// The nodes are slow: whatever they do takes so much longer.
    Slow {
        /// Who is slow.
        victims: NodeSpec,
        /// How long every step takes.
        step: Nanos,
    },
}

/// Which nodes a fault strikes: decided when it strikes, for only then is it known who leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NodeSpec {
    /// Any one node.
    One,
    /// As many as may be missing while a majority is left: 2 of 5, any of them.
    Minority,
    /// As few as make a majority: 3 of 5, any of them.
    Majority,
    /// All nodes.
    All,
    /// The node that last said that it leads; nobody where none did.
    Leader,
    /// This node.
    Node(NodeId),
}

/// The shape of a partition.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// A majority here, the rest there.
    Halves,
    /// One node alone.
    One,
    /// The leader alone; one node alone where nobody leads.
    Leader,
    /// Each node sees a majority, no two the same one.
    MajorityRing,
    /// Two halves that only one node in the middle reaches, both ways.
    Bridge,
    /// One node is heard by nobody, but hears all.
    OneWay,
    /// The links of one node drop half of what they carry.
    Flaky,
}

impl fmt::Display for NodeSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NodeSpec::One => write!(f, "one"),
            NodeSpec::Minority => write!(f, "minority"),
            NodeSpec::Majority => write!(f, "majority"),
            NodeSpec::All => write!(f, "all"),
            NodeSpec::Leader => write!(f, "leader"),
            NodeSpec::Node(node) => write!(f, "{node}"),
        }
    }
}

impl FromStr for NodeSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<NodeSpec, String> {
        let fixed = [
            NodeSpec::One,
            NodeSpec::Minority,
            NodeSpec::Majority,
            NodeSpec::All,
            NodeSpec::Leader,
        ];
        let number = text.strip_prefix('n').and_then(|number| number.parse().ok());
        fixed
            .into_iter()
            .find(|spec| spec.to_string() == text)
            .or_else(|| number.map(|number| NodeSpec::Node(NodeId(number))))
            .ok_or_else(|| {
                format!(
                    "expected one, minority, majority, all, leader or a node such as n2, \
                     found `{text}`"
                )
            })
    }
}

impl Serialize for NodeSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for NodeSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<NodeSpec, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl JsonSchema for NodeSpec {
    fn schema_name() -> Cow<'static, str> {
        "NodeSpec".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^(one|minority|majority|all|leader|n[1-9][0-9]*)$",
            "description": "which nodes: one, minority, majority, all, leader, or a name such as n2"
        })
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Shape::Halves => "halves",
            Shape::One => "one",
            Shape::Leader => "leader",
            Shape::MajorityRing => "majority-ring",
            Shape::Bridge => "bridge",
            Shape::OneWay => "one-way",
            Shape::Flaky => "flaky",
        })
    }
}

impl Shape {
    /// All of them.
    pub const ALL: [Shape; 7] = [
        Shape::Halves,
        Shape::One,
        Shape::Leader,
        Shape::MajorityRing,
        Shape::Bridge,
        Shape::OneWay,
        Shape::Flaky,
    ];

    /// The fewest nodes for which it means anything.
    pub fn least_nodes(self) -> u16 {
        match self {
            Shape::Halves | Shape::One | Shape::Leader | Shape::OneWay | Shape::Flaky => 2,
            Shape::MajorityRing => 4,
            Shape::Bridge => 3,
        }
    }
}

impl NodeSpec {
    /// How many of `nodes` nodes it strikes; none where there is nobody to strike.
    pub fn count(self, nodes: u16) -> u16 {
        match self {
            NodeSpec::One | NodeSpec::Leader => 1,
            NodeSpec::Minority => nodes.saturating_sub(1) / 2,
            NodeSpec::Majority => nodes / 2 + 1,
            NodeSpec::All => nodes,
            NodeSpec::Node(node) => u16::from((1..=nodes).contains(&node.0)),
        }
    }
}

impl Fault {
    /// The kind's name, as a workload has it.
    pub fn kind(&self) -> &'static str {
        match self {
            Fault::Kill { .. } => "kill",
            Fault::Pause { .. } => "pause",
            Fault::Partition { .. } => "partition",
            Fault::Links { .. } => "links",
            Fault::Clock { .. } => "clock",
            Fault::Disk { .. } => "disk",
            Fault::Slow { .. } => "slow",
        }
    }

    /// The rule that chooses its nodes, if it has one.
    pub(crate) fn victims_mut(&mut self) -> Option<&mut NodeSpec> {
        match self {
            Fault::Kill { victims }
            | Fault::Pause { victims }
            | Fault::Clock { victims, .. }
            | Fault::Disk { victims, .. }
            | Fault::Slow { victims, .. } => Some(victims),
            Fault::Partition { .. } | Fault::Links { .. } => None,
        }
    }

    /// Whether it can strike anybody among `nodes` nodes.
    pub(crate) fn is_possible(&self, nodes: u16) -> bool {
        match self {
            Fault::Kill { victims } | Fault::Pause { victims } => victims.count(nodes) > 0,
            Fault::Partition { shape } => shape.least_nodes() <= nodes,
            Fault::Links { .. } => true,
            Fault::Clock { victims, skew } => victims.count(nodes) > 0 && skew.is_possible(),
            Fault::Disk { victims, .. } | Fault::Slow { victims, .. } => victims.count(nodes) > 0,
        }
    }
}
