//! A campaign from the options of a command line: where it runs, and what it leaves.

use super::again::Again;
use super::args::{FormatArg, ReportArgs, WorldArgs};
use super::exit::{Blame, ExitCode, Failure};
use super::folders::Folders;
use super::logs::LogsSink;
use super::regressions::Keeper;
use super::world;
use crate::event::{CampaignStart, RunRecord, Sink, WorkloadStart};
use crate::regression::Tried;
use crate::report::logs::Look;
use crate::report::{GitHub, IndexPage, Json, JunitFile, RunsFile, Terminal};
use crate::runner::{Campaign, Order, Throttle, Turn};
use crate::targets::Targets;
use crate::workload::plan::{Plan, Property, TargetPlan};
use crate::world::process::MOST_SLOTS;
use anyhow::{Context, anyhow};
use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs::{self, File};
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// What a campaign is to be, whatever its plans are.
pub(super) struct Commission<'a> {
    pub(super) name: String,
    pub(super) members: Vec<Member>,
    pub(super) order: Order,
    /// The first seed of each workload.
    pub(super) seed: u64,
    pub(super) jobs: Option<NonZeroUsize>,
    pub(super) fail_fast: bool,
    pub(super) keep: bool,
    /// The campaign that is gone on with, if it is none of its own.
    pub(super) resumed: Option<Resumed>,
    /// All that it takes to go on with it later.
    pub(super) recipe: Option<serde_json::Value>,
    /// Failures that are remembered, which the order tries first.
    pub(super) regressions: Vec<Tried>,
    /// Who remembers what fails, if somebody shall.
    pub(super) keeper: Option<Keeper>,
    /// How long runs may begin.
    pub(super) budget: Option<Duration>,
    /// How long each may take.
    pub(super) run_timeout: Option<Duration>,
    /// How long the first failure of each kind is shrunk.
    pub(super) shrink: Option<Duration>,
    /// Where the campaign's folder is made.
    pub(super) out: &'a Path,
    pub(super) world: &'a WorldArgs,
    /// How a run is to be shown at the end, if it is.
    pub(super) trace: Option<Look>,
    /// Whether every run is told of when it is over.
    pub(super) verbose: bool,
    /// What it tells besides, and how.
    pub(super) report: ReportArgs,
}

/// A campaign that was interrupted.
pub(super) struct Resumed {
    pub(super) folder: PathBuf,
    pub(super) earlier: Vec<RunRecord>,
    pub(super) regressions: Vec<Tried>,
    pub(super) journal: File,
}

/// A workload that takes part.
pub(super) struct Member {
    pub(super) name: String,
    /// How many nodes its clusters may have.
    pub(super) sizes: Vec<u16>,
    pub(super) target: TargetPlan,
    /// The property whose violation the workload is there to show.
    pub(super) expect: Option<Property>,
    /// The command that makes a run again from its seed alone.
    pub(super) again: Again,
}

/// Runs a campaign in the world that the command line names.
pub(super) fn campaign(
    commission: Commission<'_>,
    plan: &(dyn Fn(Turn) -> Plan + Sync),
    targets: &Targets,
) -> Result<ExitCode, Failure> {
    junit(&commission.report)?;
    match commission.world.sim {
        true => in_simulation(commission, plan, targets),
        false => on_processes(commission, plan),
    }
}

/// Whether a file can be made here is told before hours are spent.
pub(super) fn junit(report: &ReportArgs) -> Result<(), Failure> {
    let Some(path) = &report.junit else { return Ok(()) };
    writable(path).with_context(|| format!("--junit {}", path.display())).usage()
}

fn writable(path: &Path) -> io::Result<()> {
    match path.parent() {
        _ if path.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        Some(folder) if !folder.as_os_str().is_empty() => fs::create_dir_all(folder),
        _ => Ok(()),
    }
}

fn in_simulation(
    mut commission: Commission<'_>,
    plan: &(dyn Fn(Turn) -> Plan + Sync),
    targets: &Targets,
) -> Result<ExitCode, Failure> {
    commission.members.iter().try_for_each(|member| own_program(&member.target))?;
    let out = folder(&commission)?;
    let threads = commission.jobs.map_or_else(processors, NonZeroUsize::get);
    let (throttle, world) = (Throttle::fixed(threads), (world::SIMULATION.to_owned(), Vec::new()));
    let mut sinks = sinks(&mut commission)?;
    let campaign = assemble(commission, plan, throttle, world, out);
    world::in_simulation(&campaign, targets, &mut sinks)
}

fn on_processes(
    mut commission: Commission<'_>,
    plan: &(dyn Fn(Turn) -> Plan + Sync),
) -> Result<ExitCode, Failure> {
    let programs = commission.members.iter().map(|member| world::program(&member.target));
    let programs = programs.collect::<Result<Vec<_>, _>>()?;
    let places = places(commission.members.iter().flat_map(|member| member.sizes.clone()));
    let throttle = throttle(commission.jobs, places)?;
    let ground = world::ground(commission.world)?;
    let out = folder(&commission)?;
    let arenas = world::arenas(&ground, commission.world, &out)?;
    let mut sinks = sinks(&mut commission)?;
    let campaign = assemble(commission, plan, throttle, world::footing(&ground), out);
    world::on_processes(campaign, &arenas, &programs, &mut sinks)
}

/// The simulator runs the target's own code, and must not look as if it had tried another.
pub(super) fn own_program(target: &TargetPlan) -> Result<(), Failure> {
    match &target.program {
        None => Ok(()),
        Some(program) => {
            let program = program.first().map_or("", String::as_str);
            Err(anyhow!("--sim cannot run the target's program {program}: leave --sim out")).usage()
        }
    }
}

/// How many clusters of each size have a place.
pub(super) fn places(nodes: impl Iterator<Item = u16>) -> usize {
    let sizes: BTreeSet<u16> = nodes.collect();
    // Shrinking tries smaller ones.
    let most = sizes.last().copied().unwrap_or(1);
    let all: BTreeSet<u16> = sizes.into_iter().chain((1..most).step_by(2)).collect();
    MOST_SLOTS / all.len()
}

/// How many clusters may run at once. Who wants more than there are places is told, for the runs
/// that found none would be unknown.
pub(super) fn throttle(jobs: Option<NonZeroUsize>, places: usize) -> Result<Throttle, Failure> {
    match jobs.map(NonZeroUsize::get) {
        Some(jobs) if jobs > places => {
            Err(anyhow!("--jobs {jobs}: at most {places} clusters can run at once")).usage()
        }
        Some(jobs) => Ok(Throttle::fixed(jobs)),
        None => Ok(Throttle::adaptive(processors(), places)),
    }
}

/// Its own, new, or the one of the campaign that is gone on with.
fn folder(commission: &Commission<'_>) -> Result<PathBuf, Failure> {
    match &commission.resumed {
        Some(resumed) => Ok(resumed.folder.clone()),
        None => world::campaign_folder(commission.out, &commission.name),
    }
}

fn assemble<'a>(
    commission: Commission<'_>,
    plan: &'a (dyn Fn(Turn) -> Plan + Sync),
    throttle: Throttle,
    (world, warnings): (String, Vec<String>),
    out: PathBuf,
) -> Campaign<'a> {
    let again = |member: &Member| (member.name.clone(), member.again.clone());
    let again: BTreeMap<String, Again> = commission.members.iter().map(again).collect();
    let archive = Folders::new(&out, commission.keep, &world, commission.world, again);
    let member =
        |member: &Member| WorkloadStart { name: member.name.clone(), expect: member.expect };
    let start = CampaignStart {
        workload: commission.name,
        workloads: commission.members.iter().map(member).collect(),
        runs: commission.order.total(),
        jobs: throttle.most(),
        seed: commission.seed,
        world,
        warnings,
        out,
        regressions: commission.regressions,
        recipe: commission.recipe,
    };
    let archive = Arc::new(archive);
    let earlier = commission.resumed.map(|resumed| resumed.earlier).unwrap_or_default();
    let Commission { order, fail_fast, budget, run_timeout, shrink, .. } = commission;
    Campaign {
        start,
        order,
        earlier,
        plan,
        throttle,
        fail_fast,
        budget,
        run_timeout,
        shrink,
        archive,
    }
}

/// The folders come first, for the terminal's last line is the last word.
fn sinks(commission: &mut Commission<'_>) -> Result<Vec<Box<dyn Sink>>, Failure> {
    let journal = match &commission.resumed {
        Some(resumed) => RunsFile::behind(resumed.journal.try_clone().unavailable()?),
        None => RunsFile::new(),
    };
    let mut sinks: Vec<Box<dyn Sink>> = vec![Box::new(journal), Box::new(IndexPage)];
    if let Some(keeper) = commission.keeper.take() {
        sinks.push(Box::new(keeper));
    }
    if env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true") {
        sinks.push(Box::new(GitHub::new(env::var_os("GITHUB_STEP_SUMMARY").map(PathBuf::from))));
    }
    sinks.extend(report_sinks(&commission.report, Terminal::new(commission.verbose)));
    if let Some(look) = &commission.trace {
        sinks.push(Box::new(LogsSink(look.clone())));
    }
    Ok(sinks)
}

/// What is told besides, and the terminal.
pub(super) fn report_sinks(report: &ReportArgs, terminal: Terminal) -> Vec<Box<dyn Sink>> {
    let mut sinks: Vec<Box<dyn Sink>> = Vec::new();
    if let Some(path) = &report.junit {
        sinks.push(Box::new(JunitFile::new(path.clone())));
    }
    match report.format {
        FormatArg::Text => sinks.push(Box::new(terminal)),
        FormatArg::Json => {
            sinks.push(Box::new(terminal.without_end()));
            sinks.push(Box::new(Json::on_stdout()));
        }
    }
    sinks
}

pub(super) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
}
