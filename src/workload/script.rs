//! A script: what shall happen one after the other, and what must be seen meanwhile.
//!
//! A workload has it as [`Part`]s, in which a seed has still to choose; a plan has the plain
//! [`ScriptStep`]s that come of them, each with the line that it was written on.

use super::fault::NodeSpec;
use crate::network::{LinkParams, Ppm};
use chaos_node::{Nanos, Op};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// The most steps that a script may come to.
pub const MOST_STEPS: usize = 20_000;
/// The most operations that a script may submit.
pub const MOST_SUBMITTED: usize = 20_000;

/// A step of a script.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScriptStep {
    /// The line of the workload that says so.
    pub line: u64,
    /// What it does or expects.
    pub act: Act,
}

/// What a step does or expects.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// There is a leader that reaches a majority, or comes within this time.
    AwaitLeader {
        /// How long at most.
        within: Nanos,
        /// Nodes that do not count.
        not: Vec<Who>,
        /// The name by which it is remembered.
        name: Option<String>,
    },
    /// No node becomes leader as long as this.
    NoLeader {
        /// How long.
        during: Nanos,
    },
    /// No node gets into a newer term as long as this.
    SameTerm {
        /// How long.
        during: Nanos,
    },
    /// None of the nodes takes itself for the leader any more, by this time.
    StepsDown {
        /// Who.
        nodes: Vec<Who>,
        /// How long it may take.
        within: Nanos,
    },
    /// Each of the nodes reaches nobody, and nobody reaches it.
    Cut {
        /// Who.
        nodes: Vec<Who>,
        /// The name by which they are remembered.
        name: Option<String>,
    },
    /// The nodes reach each other alone, and the others each other.
    Split {
        /// Who.
        nodes: Vec<Who>,
        /// The name by which they are remembered.
        name: Option<String>,
    },
    /// Takes back what was cut on behalf of these nodes.
    Reconnect {
        /// Who.
        nodes: Vec<Who>,
    },
    /// Takes back all that was done to the network.
    Heal,
    /// The nodes die at once.
    Kill {
        /// Who.
        nodes: Vec<Who>,
        /// The name by which they are remembered.
        name: Option<String>,
    },
    /// Those of the nodes that are dead start again on their disks.
    Start {
        /// Who.
        nodes: Vec<Who>,
    },
    /// Where fewer than a majority are up, one of the dead starts again.
    KeepMajority,
    /// All links between nodes get worse.
    Links {
        /// What is added to each link's own behaviour.
        params: LinkParams,
    },
    /// So many clients begin an operation each, all at once.
    Submit {
        /// The one node that they ask; whom they like where there is none.
        to: Option<Who>,
        /// What they do.
        operations: Vec<Op>,
    },
    /// All that was last submitted is acknowledged in time.
    Committed {
        /// How long it may take.
        within: Nanos,
    },
    /// No node learns of a newly committed entry as long as this.
    NoCommit {
        /// How long.
        during: Nanos,
    },
    /// All nodes that are up and not cut off have applied all that is committed, in time.
    Agree {
        /// How long it may take.
        within: Nanos,
    },
    /// Nothing, for so long.
    Wait {
        /// How long.
        time: Nanos,
    },
    /// Messages and bytes are counted from here.
    Count,
    /// So many messages were sent between nodes since then, at most.
    Messages {
        /// How many.
        most: u64,
    },
    /// So many bytes were sent between nodes since then, at most.
    Bytes {
        /// How many.
        most: u64,
    },
    /// No node that is up keeps more entries in its log than so many.
    Log {
        /// How many.
        most: u64,
    },
}

impl Act {
    /// The nodes that it speaks of.
    pub(crate) fn nodes(&self) -> &[Who] {
        match self {
            Act::AwaitLeader { not: nodes, .. }
            | Act::StepsDown { nodes, .. }
            | Act::Cut { nodes, .. }
            | Act::Split { nodes, .. }
            | Act::Reconnect { nodes }
            | Act::Kill { nodes, .. }
            | Act::Start { nodes } => nodes,
            Act::Submit { to, .. } => to.as_slice(),
            _ => &[],
        }
    }

    /// The name that it gives.
    pub(crate) fn name(&self) -> Option<&str> {
        match self {
            Act::AwaitLeader { name, .. }
            | Act::Cut { name, .. }
            | Act::Split { name, .. }
            | Act::Kill { name, .. } => name.as_deref(),
            _ => None,
        }
    }
}

/// Which nodes a step means: decided when it is their turn.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// As a fault has it.
    Spec(NodeSpec),
    /// One of those that are up, not cut off, and not the leader.
    Follower,
    /// All but the leader.
    Followers,
    /// Those that are dead.
    Down,
    /// Those that an earlier step remembered.
    Named(String),
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Who::Spec(spec) => write!(f, "{spec}"),
            Who::Follower => f.write_str("follower"),
            Who::Followers => f.write_str("followers"),
            Who::Down => f.write_str("down"),
            Who::Named(name) => f.write_str(name),
        }
    }
}

impl FromStr for Who {
    type Err = String;

    fn from_str(text: &str) -> Result<Who, String> {
        match text {
            "follower" => return Ok(Who::Follower),
            "followers" => return Ok(Who::Followers),
            "down" => return Ok(Who::Down),
            _ => {}
        }
        let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let named = text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.len() <= 32
            && text.chars().all(word);
        match text.parse() {
            Ok(spec) => Ok(Who::Spec(spec)),
            Err(_) if named => Ok(Who::Named(text.to_owned())),
            Err(_) => Err(format!(
                "expected leader, follower, followers, one, minority, majority, all, down, a node \
                 such as n2, or a name that an earlier step gave, found `{text}`"
            )),
        }
    }
}

impl Serialize for Who {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Who {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Who, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// A part of a workload's script.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// A step as it is.
    Step(ScriptStep),
    /// A wait whose time is drawn.
    Wait {
        /// The line of the workload.
        line: u64,
        /// How long at least.
        least: Nanos,
        /// How long at most.
        most: Nanos,
    },
    /// Operations whose values are new in their run.
    Submit {
        /// The line of the workload.
        line: u64,
        /// The one node that is asked.
        to: Option<Who>,
        /// How many.
        count: u16,
        /// How long each value is at least.
        bytes: u32,
    },
    /// The same again and again.
    Repeat {
        /// How often.
        times: u16,
        /// What.
        parts: Vec<Part>,
    },
    /// Something that happens in some runs, or some rounds.
    Maybe {
        /// How likely.
        chance: Ppm,
        /// What.
        parts: Vec<Part>,
    },
}

impl Part {
    /// The most steps, and operations, that parts can come to.
    pub(crate) fn size(parts: &[Part]) -> (usize, usize) {
        let add = |(steps, operations): (usize, usize), part: &Part| {
            let (more, submitted) = match part {
                Part::Step(_) | Part::Wait { .. } => (1, 0),
                Part::Submit { count, .. } => (1, usize::from(*count)),
                Part::Maybe { parts, .. } => Part::size(parts),
                Part::Repeat { times, parts } => {
                    let (steps, operations) = Part::size(parts);
                    let times = usize::from(*times);
                    (steps.saturating_mul(times), operations.saturating_mul(times))
                }
            };
            (steps.saturating_add(more), operations.saturating_add(submitted))
        };
        parts.iter().fold((0, 0), add)
    }
}
