//! The steps of a script as the user wrote them.

use super::file::LinksFile;
use super::script::Who;
use super::units::{Percent, Time};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_saphyr::Spanned;
use std::borrow::Cow;

/// Steps, each with its place in the file.
pub(super) type Steps = Vec<Spanned<StepFile>>;

/// A step of a script.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum StepFile {
    /// There is a leader that reaches a majority, or comes in time.
    AwaitLeader(AwaitLeaderFile),
    /// No node becomes leader as long as this.
    NoLeader(Time),
    /// No node gets into a newer term as long as this.
    SameTerm(Time),
    /// None of the nodes takes itself for the leader any more, by this time.
    StepsDown(StepsDownFile),
    /// Each of the nodes reaches nobody, and nobody reaches it.
    Cut(NodesFile),
    /// The nodes reach each other alone, and the others each other.
    Split(NodesFile),
    /// Takes back what was cut on behalf of these nodes.
    Reconnect(WhoFile),
    /// Takes back all that was done to the network.
    Heal,
    /// The nodes die at once, without what they had not synced.
    Kill(NodesFile),
    /// Those of the nodes that are dead start again on their disks.
    Start(WhoFile),
    /// Where fewer than a majority are up, one of the dead starts again.
    KeepMajority,
    /// All links between nodes get worse.
    Links(LinksFile),
    /// So many clients begin an operation each, all at once: writes of new values.
    Submit(SubmitFile),
    /// All that was last submitted is acknowledged in time.
    Committed(Time),
    /// No node learns of a newly committed entry as long as this.
    NoCommit(Time),
    /// All nodes that are up and not cut off have applied all that is committed, in time.
    Agree(Time),
    /// Nothing, for so long.
    Wait(Time),
    /// Nothing, for a time that each seed draws.
    WaitBetween(SpanFile),
    /// Messages and bytes are counted from here.
    Count,
    /// So many messages were sent between nodes since then. In the simulator only.
    Messages(MostFile),
    /// So many bytes were sent between nodes since then. In the simulator only.
    Bytes(MostFile),
    /// No node that is up keeps more entries in its log.
    Log(MostFile),
    /// The same again and again.
    Repeat(RepeatFile),
    /// What happens in some runs, or some rounds; each seed draws which.
    Maybe(MaybeFile),
}

/// Which leader.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AwaitLeaderFile {
    /// How long it may take.
    pub(super) within: Time,
    /// Nodes that do not count.
    #[serde(default)]
    #[schemars(with = "Vec<Who>")]
    pub(super) not: Vec<Spanned<Who>>,
    /// A name by which later steps can speak of it.
    #[serde(rename = "as")]
    #[schemars(with = "Option<String>")]
    pub(super) name: Option<Spanned<Who>>,
}

/// Who steps down.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StepsDownFile {
    /// Who.
    #[schemars(with = "Vec<Who>")]
    pub(super) nodes: Vec<Spanned<Who>>,
    /// How long it may take.
    pub(super) within: Time,
}

/// Nodes that may be remembered.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NodesFile {
    /// Who.
    #[schemars(with = "Vec<Who>")]
    pub(super) nodes: Vec<Spanned<Who>>,
    /// A name by which later steps can speak of them.
    #[serde(rename = "as")]
    #[schemars(with = "Option<String>")]
    pub(super) name: Option<Spanned<Who>>,
}

/// Nodes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WhoFile {
    /// Who.
    #[schemars(with = "Vec<Who>")]
    pub(super) nodes: Vec<Spanned<Who>>,
}

/// What is submitted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SubmitFile {
    /// How many operations: 1 to 1000.
    #[schemars(with = "u16", range(min = 1, max = 1000))]
    pub(super) count: Spanned<u64>,
    /// The one node that is asked; any by default.
    #[schemars(with = "Option<Who>")]
    pub(super) to: Option<Spanned<Who>>,
    /// How long each value is at least: 100000 at most.
    #[schemars(with = "Option<u32>", range(max = 100_000))]
    pub(super) bytes: Option<Spanned<u64>>,
}

/// A span of time.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SpanFile {
    /// How long at least.
    pub(super) least: Time,
    /// How long at most.
    #[schemars(with = "Time")]
    pub(super) most: Spanned<Time>,
}

/// A limit.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MostFile {
    /// How many at most.
    pub(super) most: u64,
}

/// The same again and again.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RepeatFile {
    /// How often: 1 to 10000.
    #[schemars(with = "u16", range(min = 1, max = 10000))]
    pub(super) times: Spanned<u64>,
    /// What.
    #[schemars(with = "Vec<StepFile>")]
    pub(super) steps: Steps,
}

/// What may happen.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MaybeFile {
    /// How likely.
    pub(super) chance: Percent,
    /// What.
    #[schemars(with = "Vec<StepFile>")]
    pub(super) steps: Steps,
}

impl JsonSchema for Who {
    fn schema_name() -> Cow<'static, str> {
        "Who".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^[a-z][a-z0-9-]*$",
            "description": "which nodes: leader, follower, followers, one, minority, majority, all, \
                            down, a node such as n2, or a name that an earlier step gave"
        })
    }
}
