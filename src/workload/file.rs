//! A workload file as the user wrote it, before anything in it is held against anything else.
//!
//! The documentation of the fields here is the documentation of the file: `chaos schema` prints it.

use super::When;
use super::choice::OneOf;
use super::fault::{NodeSpec, Shape};
use super::plan::Property;
use super::steps::Steps;
use super::units::{Percent, Rate, Time};
use chaos_node::Value;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_saphyr::Spanned;
use std::collections::BTreeMap;

/// A workload of chaos: a system under test, what clients do to it, and what goes wrong meanwhile.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "chaos workload")]
pub(super) struct File {
    /// The name in reports; the file's own name by default.
    pub(super) name: Option<String>,
    /// What the workload is for, in a line.
    pub(super) about: Option<String>,
    /// The system under test.
    #[schemars(with = "TargetFile")]
    pub(super) target: Spanned<TargetFile>,
    /// How many nodes: 1 to 9, 5 by default. Here and below, of a list each seed draws one.
    #[schemars(with = "Option<OneOf<u16>>")]
    pub(super) nodes: Option<Spanned<OneOf<String>>>,
    /// How many clients work at once: 1 to 100, 5 by default.
    #[schemars(with = "Option<OneOf<u16>>")]
    pub(super) clients: Option<Spanned<OneOf<String>>>,
    /// How long clients work and faults strike: 2500ms by default.
    #[schemars(with = "Option<Time>")]
    pub(super) duration: Option<Spanned<Time>>,
    /// How many operations all clients start together: 150/s by default.
    #[schemars(with = "Option<OneOf<Rate>>")]
    pub(super) rate: Option<Spanned<OneOf<String>>>,
    /// How many keys they share: 1 to 10000, 3 by default.
    #[schemars(with = "Option<OneOf<u16>>")]
    pub(super) keys: Option<Spanned<OneOf<String>>>,
    /// The operations and how often each is chosen, relative to the others.
    #[schemars(with = "Option<OneOf<BTreeMap<String, u32>>>")]
    pub(super) operations: Option<Spanned<OneOf<BTreeMap<String, u32>>>>,
    /// How long clients wait.
    #[serde(default)]
    pub(super) timeouts: TimeoutsFile,
    /// How the links behave when nothing is wrong: at once and without loss by default.
    #[serde(default)]
    pub(super) network: LinksFile,
    /// What can go wrong. All kinds by default; `[]` for nothing.
    pub(super) faults: Option<Vec<FaultFile>>,
    /// What happens step by step, instead of faults at random, and what must be seen meanwhile. A
    /// script has no clients but its own unless `clients` says so, and lasts 120s at most unless
    /// `duration` does.
    #[schemars(with = "Option<Vec<super::steps::StepFile>>")]
    pub(super) steps: Option<Spanned<Steps>>,
    /// Whether each seed draws which of the faults are on, and how often and long they strike
    /// (swarm testing). True by default; false has all of them on, as written.
    pub(super) swarm: Option<bool>,
    /// For how long of the duration, at its end, clients work and nothing goes wrong any more: 0s by
    /// default.
    #[schemars(with = "Option<Time>")]
    pub(super) calm: Option<Spanned<Time>>,
    /// The operation that reads a key when all is over, and shows that the cluster serves: the
    /// target's own by default.
    #[schemars(with = "Option<String>")]
    pub(super) read: Option<Spanned<String>>,
    /// How soon after the last fault the cluster must serve again: 3s by default.
    pub(super) recovery: Option<Time>,
    /// How long after the last fault every election must be over: the final reads begin then. 0s by
    /// default.
    pub(super) settle: Option<Time>,
    /// How many changes of leader a minute are not too many, for the check `stability`: 60 by
    /// default.
    pub(super) leader_changes: Option<u32>,
    /// The property that is to be violated: the known weakness that the workload is there to show.
    /// Runs that find it are as they should be, and a campaign in which none does has failed.
    #[schemars(with = "Option<Property>")]
    pub(super) expect: Option<Spanned<Property>>,
    /// The sequential specification of the history: the target's own by default.
    #[schemars(with = "Option<String>")]
    pub(super) model: Option<Spanned<String>>,
    /// The properties to check: the target's own by default.
    pub(super) checks: Option<Vec<Property>>,
}

/// The system under test: its name, or its name with settings.
#[derive(Debug)]
pub(super) enum TargetFile {
    Name(String),
    Settings(Box<TargetSettings>),
}

/// A target with settings.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TargetSettings {
    /// The target's name; `chaos list` tells them.
    #[schemars(with = "String")]
    pub(super) name: Spanned<String>,
    /// A bug of the target to switch on; `chaos list` tells them.
    #[schemars(with = "Option<String>")]
    pub(super) mutant: Option<Spanned<String>>,
    /// A program that hosts the node instead of chaos itself. It is started with the arguments
    /// `node <target> --config <json>` behind its own.
    #[schemars(with = "Option<Vec<String>>")]
    pub(super) program: Option<Spanned<Vec<String>>>,
    /// The target's own settings; its README tells them. Of a list each seed draws one.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub(super) options: BTreeMap<String, Spanned<Value>>,
}

/// How long clients wait.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TimeoutsFile {
    /// For one attempt at one node, before the next one is tried: 300ms by default.
    #[schemars(with = "Option<Time>")]
    pub(super) attempt: Option<Spanned<Time>>,
    /// For the whole operation, before its outcome is given up as unknown: 1s by default.
    #[schemars(with = "Option<Time>")]
    pub(super) operation: Option<Spanned<Time>>,
}

/// What links do to what they carry.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LinksFile {
    /// How long everything takes at least.
    pub(super) delay: Option<Time>,
    /// How much longer it may take; order is kept.
    pub(super) jitter: Option<Time>,
    /// How much is lost.
    pub(super) loss: Option<Percent>,
    /// How much arrives twice.
    pub(super) duplicate: Option<Percent>,
    /// How much is held back, so that later ones overtake it.
    pub(super) reorder: Option<Percent>,
    /// How long what is held back waits at most: 10ms by default.
    pub(super) hold: Option<Time>,
}

/// Something that can go wrong, again and again.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum FaultFile {
    /// Nodes die and start again on their disks, without what they had not synced.
    Kill(NodeFaultFile),
    /// Nodes stand still and go on.
    Pause(NodeFaultFile),
    /// The network falls apart and heals.
    Partition(PartitionFile),
    /// All links between nodes get worse.
    Links(DegradeFile),
    /// Clocks go wrong. In the simulator only.
    Clock(ClockFile),
    /// Disks go wrong. In the simulator only.
    Disk(DiskFile),
    /// Nodes are slow. In the simulator only.
    Slow(SlowFile),
}

/// A fault that strikes nodes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NodeFaultFile {
    /// Whom it may strike; each time one of these is drawn. By default one, a minority or the
    /// leader; a kill also strikes a majority or all.
    #[schemars(with = "Option<Vec<NodeSpec>>")]
    pub(super) victims: Option<Victims>,
    /// What it waits for when its time has come: drawn for each strike of a swarm by default.
    pub(super) when: Option<When>,
    /// How often, on average: 800ms by default.
    pub(super) every: Option<Time>,
    /// How long, on average: 300ms by default.
    pub(super) lasts: Option<Time>,
}

/// Nodes by rule, each with its place in the file.
pub(super) type Victims = Spanned<Vec<Spanned<NodeSpec>>>;

/// A fault of clocks.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ClockFile {
    /// Whose clocks it may strike; each time one of these is drawn: one, a minority, a majority or
    /// the leader by default.
    #[schemars(with = "Option<Vec<NodeSpec>>")]
    pub(super) victims: Option<Victims>,
    /// How they may go wrong; each time one of these is drawn. All by default.
    #[schemars(with = "Option<Vec<SkewKind>>")]
    pub(super) kinds: Option<Spanned<Vec<SkewKind>>>,
    /// How much faster or slower they run: 20% by default, 90% at most.
    #[schemars(with = "Option<Percent>")]
    pub(super) rate: Option<Spanned<Percent>>,
    /// How far they leap ahead: 500ms by default.
    pub(super) jump: Option<Time>,
    /// How long they run fast before they run slow, and so on: 20ms by default.
    #[schemars(with = "Option<Time>")]
    pub(super) period: Option<Spanned<Time>>,
    /// What it waits for when its time has come: drawn for each strike of a swarm by default.
    pub(super) when: Option<When>,
    /// How often, on average: 800ms by default.
    pub(super) every: Option<Time>,
    /// How long, on average: 500ms by default.
    pub(super) lasts: Option<Time>,
}

/// How a clock goes wrong.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum SkewKind {
    /// It runs fast.
    Fast,
    /// It runs slow.
    Slow,
    /// It leaps ahead.
    Jump,
    /// It runs fast and slow by turns.
    Strobe,
}

/// A fault of disks.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DiskFile {
    /// Whose disks it may strike; each time one of these is drawn: one, a minority or the leader by
    /// default.
    #[schemars(with = "Option<Vec<NodeSpec>>")]
    pub(super) victims: Option<Victims>,
    /// How they may go wrong; each time one of these is drawn: all but `bit-flip` by default, for
    /// few systems are made to survive that.
    #[schemars(with = "Option<Vec<TroubleKind>>")]
    pub(super) kinds: Option<Spanned<Vec<TroubleKind>>>,
    /// How long a sync takes on a slow disk: 20ms by default.
    pub(super) sync: Option<Time>,
    /// What it waits for when its time has come: drawn for each strike of a swarm by default.
    pub(super) when: Option<When>,
    /// How often, on average: 800ms by default.
    pub(super) every: Option<Time>,
    /// How long, on average: 300ms by default.
    pub(super) lasts: Option<Time>,
}

/// How a disk goes wrong.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum TroubleKind {
    /// Each sync takes long.
    Slow,
    /// There is no room left: a node that writes ends, and starts again when there is.
    Full,
    /// Syncs fail: a node that syncs ends, and starts again when they work.
    Broken,
    /// One bit of what a starting node reads is the other way round.
    BitFlip,
}

/// A fault of a node's pace.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SlowFile {
    /// Whom it may strike; each time one of these is drawn: one, a minority or the leader by
    /// default.
    #[schemars(with = "Option<Vec<NodeSpec>>")]
    pub(super) victims: Option<Victims>,
    /// How long every step of such a node takes: 2ms by default.
    pub(super) step: Option<Time>,
    /// What it waits for when its time has come: drawn for each strike of a swarm by default.
    pub(super) when: Option<When>,
    /// How often, on average: 800ms by default.
    pub(super) every: Option<Time>,
    /// How long, on average: 500ms by default.
    pub(super) lasts: Option<Time>,
}

/// A fault of the network's shape.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PartitionFile {
    /// The shapes; each time one of these is drawn. All by default.
    #[schemars(with = "Option<Vec<Shape>>")]
    pub(super) shapes: Option<Spanned<Vec<Spanned<Shape>>>>,
    /// What it waits for when its time has come: drawn for each strike of a swarm by default.
    pub(super) when: Option<When>,
    /// How often, on average: 800ms by default.
    pub(super) every: Option<Time>,
    /// How long, on average: 500ms by default.
    pub(super) lasts: Option<Time>,
}

/// A fault of all links.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DegradeFile {
    /// How long everything takes longer.
    pub(super) delay: Option<Time>,
    /// How much longer it may take on top; order is kept.
    pub(super) jitter: Option<Time>,
    /// How much is lost.
    pub(super) loss: Option<Percent>,
    /// How much arrives twice.
    pub(super) duplicate: Option<Percent>,
    /// How much is held back, so that later ones overtake it.
    pub(super) reorder: Option<Percent>,
    /// How long what is held back waits at most: 10ms by default.
    pub(super) hold: Option<Time>,
    /// What it waits for when its time has come: drawn for each strike of a swarm by default.
    pub(super) when: Option<When>,
    /// How often, on average: 800ms by default.
    pub(super) every: Option<Time>,
    /// How long, on average: 500ms by default.
    pub(super) lasts: Option<Time>,
}

impl<'de> Deserialize<'de> for TargetFile {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<TargetFile, D::Error> {
        deserializer.deserialize_any(TargetVisitor)
    }
}

/// Tells the two forms of a target apart without an untagged enum, which would lose the place of
/// every mistake inside.
struct TargetVisitor;

impl<'de> serde::de::Visitor<'de> for TargetVisitor {
    type Value = TargetFile;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "a target's name, or a map with its `name`")
    }

    fn visit_str<E>(self, name: &str) -> Result<TargetFile, E> {
        Ok(TargetFile::Name(name.to_owned()))
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<TargetFile, A::Error> {
        let map = serde::de::value::MapAccessDeserializer::new(map);
        TargetSettings::deserialize(map).map(Box::new).map(TargetFile::Settings)
    }
}

impl JsonSchema for TargetFile {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Target".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let settings = generator.subschema_for::<TargetSettings>();
        json_schema!({
            "description": "the system under test: its name, or a map with its name and settings",
            "anyOf": [{ "type": "string" }, settings]
        })
    }
}
