//! Every option of the command line, with its help.

use crate::runner::Shard;
use crate::world::process::Isolation;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use serde::{Deserialize, Serialize};
use std::num::{NonZeroU64, NonZeroUsize};
use std::path::PathBuf;
use std::str::FromStr;

const EXIT_CODES: &str = "\
Exit codes:
    0  all runs are valid
    1  a property was violated
    2  a check gave up, or a run could not be judged
   64  bad command line, workload or history
   69  the machine lacks something that is needed, or results could not be saved
   70  a bug in chaos
  130  interrupted; what was found is reported";

/// What the folder of a campaign that is resumed already says.
const RESUMED: [&str; 14] = [
    "workloads",
    "no_regressions",
    "runs",
    "until_fail",
    "shard",
    "seed",
    "sequential",
    "keep",
    "out",
    "mutant",
    "sim",
    "isolation",
    "data_dir",
    "node_args",
];

/// Finds the bugs that distributed systems hide until production.
#[derive(Debug, Parser)]
#[command(name = "chaos", version, after_help = EXIT_CODES, max_term_width = 100)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run workloads many times, each time from another seed
    Run(RunArgs),
    /// Merge the campaigns of several shards into one report
    Merge(MergeArgs),
    /// Run a run again, from its folder, its plan, or a workload and a seed
    Replay(ReplayArgs),
    /// Open the page of a campaign or a run in the browser
    Open(OpenArgs),
    /// Serve reports to a browser on this machine, campaigns under way as they stand
    Serve(ServeArgs),
    /// Show a saved run in columns, a node a column
    Logs(LogsArgs),
    /// Cut a failing run down to the few events that matter
    Shrink(ShrinkArgs),
    /// Look for every bug that a target can switch on, and tell how fast each is found
    Mutants(MutantsArgs),
    /// Check recorded histories
    Check(CheckArgs),
    /// List targets, their mutants, models, properties and faults
    List,
    /// Say what this machine has and lacks, and what to do about it
    Doctor,
    /// Print the JSON Schema of workload files, or of `--format json`
    Schema(SchemaArgs),
    /// Print completions for a shell
    Completions(CompletionsArgs),
    /// Print the manual page
    Man,
    /// Host one node as a real process
    #[command(hide = true)]
    Node(NodeArgs),
}

#[derive(Clone, Debug, PartialEq, Args, Serialize, Deserialize)]
pub(super) struct RunArgs {
    /// Workload files, or folders of them; several take turns
    #[arg(required_unless_present = "resume", value_name = "WORKLOAD")]
    pub(super) workloads: Vec<PathBuf>,
    /// How many runs of each workload [default: 1, or no end with --budget or --until-fail]
    #[arg(short = 'n', long, value_name = "N", value_parser = positive::<NonZeroU64>)]
    pub(super) runs: Option<NonZeroU64>,
    /// Begin runs for so long, such as 30m; those under way then are finished
    #[arg(long, value_name = "TIME")]
    pub(super) budget: Option<chaos_node::Nanos>,
    /// Give a run up that takes longer than this, such as 2m: it is unknown
    #[arg(long, value_name = "TIME")]
    #[serde(default)]
    pub(super) run_timeout: Option<chaos_node::Nanos>,
    /// Go on until a run violates something
    #[arg(long, conflicts_with = "runs")]
    pub(super) until_fail: bool,
    /// Only this part of the runs, such as 3/16: all parts with the same --seed are the campaign
    #[arg(long, value_name = "PART/OF", requires = "seed")]
    pub(super) shard: Option<Shard>,
    /// Go on with the campaign of this folder, where it was killed or interrupted
    #[arg(long, value_name = "DIR", conflicts_with_all = RESUMED)]
    pub(super) resume: Option<PathBuf>,
    /// How many runs at once [default: adapts to the machine]
    #[arg(short, long, value_name = "N", value_parser = positive::<NonZeroUsize>)]
    pub(super) jobs: Option<NonZeroUsize>,
    /// The first run's seed; the others follow it one by one [default: drawn, and told]
    #[arg(long)]
    pub(super) seed: Option<u64>,
    /// All runs of a workload before those of the next, instead of in turns
    #[arg(long, requires = "runs")]
    pub(super) sequential: bool,
    /// Tell every run when it is over, not only those that fail
    #[arg(short, long)]
    pub(super) verbose: bool,
    /// Stop at the first violation
    #[arg(long)]
    pub(super) fail_fast: bool,
    /// Keep the folders of valid runs too
    #[arg(long)]
    pub(super) keep: bool,
    /// Remember the first failure of each kind in regressions.jsonl beside its workload: later
    /// campaigns try those first
    #[arg(long)]
    #[serde(default)]
    pub(super) keep_regressions: bool,
    /// Do not try first what is remembered there
    #[arg(long)]
    #[serde(default)]
    pub(super) no_regressions: bool,
    /// Do not shrink the first failure of each kind at the end
    #[arg(long)]
    pub(super) no_shrink: bool,
    /// Where the results go: a folder of their own is made in it
    #[arg(long, default_value = "reports", value_name = "DIR")]
    pub(super) out: PathBuf,
    /// Switch a bug of the target on; `chaos list` tells them
    #[arg(long)]
    pub(super) mutant: Option<String>,
    #[command(flatten)]
    pub(super) report: ReportArgs,
    #[command(flatten)]
    pub(super) world: WorldArgs,
    /// More arguments of the program that is each workload's target
    #[arg(last = true, value_name = "ARGS")]
    #[serde(default)]
    pub(super) node_args: Vec<String>,
}

impl RunArgs {
    pub(super) fn mutant(&self) -> Option<&str> {
        self.mutant.as_deref()
    }
}

/// What a campaign tells at its end, and how.
#[derive(Clone, Debug, Default, PartialEq, Args, Serialize, Deserialize)]
pub(super) struct ReportArgs {
    /// Write JUnit XML as well: a test suite a workload, a test case a property
    #[arg(long, value_name = "FILE")]
    pub(super) junit: Option<PathBuf>,
    /// How the end is told on the standard output
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: FormatArg,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
pub(super) enum FormatArg {
    /// For people
    #[default]
    Text,
    /// As one JSON document, whose form `chaos schema report` prints
    Json,
}

#[derive(Clone, Debug, PartialEq, Args, Serialize, Deserialize)]
pub(super) struct WorldArgs {
    /// In the deterministic simulator, instead of on real processes
    #[arg(long)]
    pub(super) sim: bool,
    /// How nodes are kept apart
    #[arg(long, value_enum, default_value = "auto", conflicts_with = "sim")]
    pub(super) isolation: IsolationArg,
    /// Keep the nodes' files on this disk while they run, instead of in memory
    #[arg(long, value_name = "DIR", conflicts_with = "sim")]
    pub(super) data_dir: Option<PathBuf>,
}

/// A number of runs: the types' own words for a 0 are about themselves.
fn positive<N: FromStr>(text: &str) -> Result<N, String> {
    text.parse().map_err(|_| "expected a whole number, 1 or more".to_owned())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
pub(super) enum IsolationArg {
    /// By namespaces where they are allowed, on loopback elsewhere
    Auto,
    /// By namespaces, or not at all
    Namespaces,
    /// On loopback addresses, with relays between the nodes
    Loopback,
}

impl From<IsolationArg> for Isolation {
    fn from(arg: IsolationArg) -> Isolation {
        match arg {
            IsolationArg::Auto => Isolation::Auto,
            IsolationArg::Namespaces => Isolation::Namespaces,
            IsolationArg::Loopback => Isolation::Loopback,
        }
    }
}

#[derive(Debug, Args)]
#[command(mut_group("LookArgs", |group| group.requires("trace")))]
pub(super) struct ReplayArgs {
    /// A run's folder, its plan.json, or a workload file
    ///
    /// A folder's run is made again in the world where it was; a plan on real processes, unless
    /// --sim says otherwise.
    pub(super) what: PathBuf,
    /// The seed, for a workload file
    #[arg(long)]
    pub(super) seed: Option<u64>,
    /// How often: real processes are scheduled by the kernel, so a race may need several runs
    #[arg(short = 'n', long, default_value = "1", value_name = "N", value_parser = positive::<NonZeroU64>)]
    pub(super) runs: NonZeroU64,
    /// How many runs at once [default: adapts to the machine]
    #[arg(short, long, value_name = "N", value_parser = positive::<NonZeroUsize>)]
    pub(super) jobs: Option<NonZeroUsize>,
    /// Stop at the first violation
    #[arg(long)]
    pub(super) fail_fast: bool,
    /// Where the results go: a folder of their own is made in it
    #[arg(long, default_value = "reports", value_name = "DIR")]
    pub(super) out: PathBuf,
    /// Switch a bug of the target on, for a workload file
    #[arg(long)]
    pub(super) mutant: Option<String>,
    /// More arguments of the program that is the target, for a workload file
    #[arg(last = true, value_name = "ARGS")]
    pub(super) node_args: Vec<String>,
    #[command(flatten)]
    pub(super) world: WorldArgs,
    /// Print what happened at the end, in columns, a node a column
    #[arg(long)]
    pub(super) trace: bool,
    #[command(flatten)]
    pub(super) look: LookArgs,
}

#[derive(Debug, Args)]
pub(super) struct MergeArgs {
    /// The shards' campaigns, or folders in which they are
    #[arg(required = true, value_name = "DIR")]
    pub(super) folders: Vec<PathBuf>,
    /// Remember the first failure of each kind in regressions.jsonl beside its workload
    #[arg(long)]
    pub(super) keep_regressions: bool,
    #[command(flatten)]
    pub(super) report: ReportArgs,
    /// Where the results go: a folder of their own is made in it
    #[arg(long, default_value = "reports", value_name = "DIR")]
    pub(super) out: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct OpenArgs {
    /// The folder of a campaign or a run, or one of several, of which the newest is meant
    #[arg(default_value = "reports", value_name = "DIR")]
    pub(super) folder: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    /// The folder of a campaign or a run, or one of several
    #[arg(default_value = "reports", value_name = "DIR")]
    pub(super) folder: PathBuf,
    /// The port on 127.0.0.1; 0 for a free one [default: 8417, or a free one if it is taken]
    #[arg(short, long, value_name = "PORT")]
    pub(super) port: Option<u16>,
}

#[derive(Debug, Args)]
pub(super) struct LogsArgs {
    /// A run's folder
    pub(super) run: PathBuf,
    /// Print it all at once: else a terminal gets it through $PAGER, or `less -R`
    #[arg(long)]
    pub(super) no_pager: bool,
    #[command(flatten)]
    pub(super) look: LookArgs,
}

/// What is shown of a run on the terminal.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "What the columns show")]
pub(super) struct LookArgs {
    /// Only these topics, such as role,vote,client,fault,send [default: all but messages]
    #[arg(long, value_delimiter = ',', value_name = "TOPICS")]
    pub(super) topics: Vec<String>,
    /// Not these topics
    #[arg(long, value_delimiter = ',', value_name = "TOPICS")]
    pub(super) ignore: Vec<String>,
    /// Messages as well, which only the simulator records
    #[arg(long)]
    pub(super) messages: bool,
    /// Only these nodes, besides clients and faults
    #[arg(long, value_delimiter = ',', value_name = "NODE")]
    pub(super) node: Vec<chaos_node::NodeId>,
    /// Nothing before this time of the run
    #[arg(long, value_name = "TIME")]
    pub(super) from: Option<chaos_node::Nanos>,
    /// Nothing after this time of the run
    #[arg(long, value_name = "TIME")]
    pub(super) to: Option<chaos_node::Nanos>,
    /// Characters in a line [default: the terminal's]
    #[arg(long, value_name = "N")]
    pub(super) width: Option<u16>,
    /// Colours [default: auto, which honours NO_COLOR]
    #[arg(long, value_enum, value_name = "WHEN")]
    pub(super) color: Option<ColourArg>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ColourArg {
    /// Where the output is a terminal
    Auto,
    /// Always, such as for `less -R`
    Always,
    /// Never
    Never,
}

#[derive(Debug, Args)]
pub(super) struct ShrinkArgs {
    /// A run's folder, its plan.json, or a workload file
    ///
    /// A folder's run is made again in the world where it was; a plan on real processes, unless
    /// --sim says otherwise.
    pub(super) what: PathBuf,
    /// The seed, for a workload file
    #[arg(long)]
    pub(super) seed: Option<u64>,
    /// How long to go on at most
    #[arg(long, default_value = "30s", value_name = "TIME")]
    pub(super) time: chaos_node::Nanos,
    /// How many trials at once [default: adapts to the machine]
    #[arg(short, long, value_name = "N", value_parser = positive::<NonZeroUsize>)]
    pub(super) jobs: Option<NonZeroUsize>,
    /// Where the result goes: a folder of its own is made in it
    #[arg(long, default_value = "reports", value_name = "DIR")]
    pub(super) out: PathBuf,
    /// Switch a bug of the target on, for a workload file
    #[arg(long)]
    pub(super) mutant: Option<String>,
    /// More arguments of the program that is the target, for a workload file
    #[arg(last = true, value_name = "ARGS")]
    pub(super) node_args: Vec<String>,
    #[command(flatten)]
    pub(super) world: WorldArgs,
}

#[derive(Debug, Args)]
pub(super) struct MutantsArgs {
    /// The target
    pub(super) target: String,
    /// This workload instead of the target's own, and in turns with others that are named so
    #[arg(long, value_name = "FILE")]
    pub(super) workload: Vec<PathBuf>,
    /// How many runs to look for each mutant, from each base seed
    #[arg(short = 'n', long, default_value = "1000", value_name = "N", value_parser = positive::<NonZeroU64>)]
    pub(super) runs: NonZeroU64,
    /// The first base seed; the others follow it a million apart
    #[arg(long, default_value = "1")]
    pub(super) seed: u64,
    /// From how many base seeds to look for each mutant: the median counts
    #[arg(long, default_value = "5", value_name = "N", value_parser = positive::<NonZeroUsize>)]
    pub(super) bases: NonZeroUsize,
    /// Look for this mutant alone; may be given several times
    #[arg(long, value_name = "MUTANT")]
    pub(super) only: Vec<String>,
    /// How long each is shrunk at most; 0s not at all
    #[arg(long, default_value = "30s", value_name = "TIME")]
    pub(super) time: chaos_node::Nanos,
    /// How many runs at once [default: as many as there are processors]
    #[arg(short, long, value_name = "N", value_parser = positive::<NonZeroUsize>)]
    pub(super) jobs: Option<NonZeroUsize>,
    /// Print a line of JSON for each mutant instead of a table
    #[arg(long)]
    pub(super) json: bool,
    /// Where the shrunk runs go: a folder of their own is made in it
    #[arg(long, default_value = "reports", value_name = "DIR")]
    pub(super) out: PathBuf,
    #[command(flatten)]
    pub(super) world: WorldArgs,
}

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// Histories, as JSON lines, EDN or one of the other known forms; or run folders
    #[arg(required = true)]
    pub(super) files: Vec<PathBuf>,
    /// The sequential specification to hold them against
    #[arg(long, default_value = "auto")]
    pub(super) model: String,
    /// What was promised, each judged apart: linearizable, sequential, causal, read-your-writes,
    /// monotonic-reads, monotonic-writes, writes-follow-reads, or session for the last five
    #[arg(long, default_value = "linearizable", value_delimiter = ',', value_name = "LEVELS")]
    pub(super) consistency: Vec<String>,
    /// Give up after so long, and say unknown
    #[arg(long, default_value = "60s", value_name = "TIME")]
    pub(super) timeout: chaos_node::Nanos,
}

#[derive(Debug, Args)]
pub(super) struct SchemaArgs {
    /// Of what
    #[arg(value_enum, default_value = "workload")]
    pub(super) of: SchemaArg,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum SchemaArg {
    /// Of workload files
    Workload,
    /// Of what `chaos run --format json` prints
    Report,
}

#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// The shell
    pub(super) shell: Shell,
}

#[derive(Debug, Args)]
pub(super) struct NodeArgs {
    /// The target's name
    pub(super) target: String,
    /// All that the host needs, as JSON
    #[arg(long)]
    pub(super) config: String,
}
