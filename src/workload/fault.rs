//! What can be done to a cluster, and to whom.

use crate::network::LinkParams;
use chaos_node::NodeId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

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
}

/// Which nodes a fault strikes: decided when it strikes, for only then is it known who leads.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
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
    #[serde(untagged)]
    #[schemars(skip)]
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

impl Fault {
    /// The kind's name, as a workload has it.
    pub fn kind(&self) -> &'static str {
        match self {
            Fault::Kill { .. } => "kill",
            Fault::Pause { .. } => "pause",
            Fault::Partition { .. } => "partition",
            Fault::Links { .. } => "links",
        }
    }
}
