//! `chaos run`: a campaign of a workload.

use super::again::Again;
use super::args::{RunArgs, WorldArgs};
use super::exit::{Blame, ExitCode, Failure};
use super::world;
use crate::event::{CampaignStart, RunRecord, Status};
use crate::execution::Execution;
use crate::report;
use crate::report::logs::Look;
use crate::runner::{Archive, Campaign, Throttle};
use crate::targets::Targets;
use crate::workload::plan::{Plan, Property, TargetPlan};
use crate::workload::{Workload, did_you_mean, draw, load};
use crate::world::process::MOST_SLOTS;
use anyhow::{Context, anyhow};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The longest workload or plan that is read: a plan of a day's work has a few megabytes.
const LONGEST_TEXT: u64 = 256 << 20;

/// How long a campaign shrinks the first failure of each kind.
const SHRINKS: Duration = Duration::from_secs(3);

pub(super) fn run(args: &RunArgs, targets: &Targets) -> Result<ExitCode, Failure> {
    let workload = workload(&args.workload, args.mutant.as_deref(), targets)?;
    let seed = args.seed.unwrap_or_else(fresh_seed);
    let order = Order {
        name: workload.name.clone(),
        nodes: workload.nodes,
        target: workload.target.clone(),
        seed,
        runs: args.runs.get(),
        jobs: args.jobs,
        fail_fast: args.fail_fast,
        keep: args.keep,
        shrink: (!args.no_shrink).then_some(SHRINKS),
        out: &args.out,
        world: &args.world,
        expect: workload.expect,
        trace: None,
        again: Again::replay(&args.workload)
            .mutant(args.mutant.as_deref())
            .world(&args.world)
            .line(),
    };
    campaign(&order, &|number| draw::plan(&workload, seed.wrapping_add(number)), targets)
}

/// What a campaign is to be, whatever its plans are.
pub(super) struct Order<'a> {
    pub(super) name: String,
    pub(super) nodes: u16,
    pub(super) target: TargetPlan,
    pub(super) seed: u64,
    pub(super) runs: u64,
    pub(super) jobs: Option<NonZeroUsize>,
    pub(super) fail_fast: bool,
    pub(super) keep: bool,
    /// How long the first failure of each kind is shrunk.
    pub(super) shrink: Option<Duration>,
    pub(super) out: &'a Path,
    pub(super) world: &'a WorldArgs,
    /// The property whose violation the campaign is there to show.
    pub(super) expect: Option<Property>,
    /// How a run is to be shown at the end, if it is.
    pub(super) trace: Option<Look>,
    /// The command that makes a run again from its seed alone.
    pub(super) again: String,
}

/// Runs a campaign in the world that the command line names.
pub(super) fn campaign(
    order: &Order<'_>,
    plan: &(dyn Fn(u64) -> Plan + Sync),
    targets: &Targets,
) -> Result<ExitCode, Failure> {
    if order.world.sim {
        own_program(&order.target)?;
        let out = world::campaign_folder(order.out, &order.name)?;
        let threads = order.jobs.map_or_else(processors, NonZeroUsize::get);
        let (throttle, world) = (Throttle::fixed(threads), ("simulation".to_owned(), Vec::new()));
        let campaign = assemble(order, plan, throttle, world, out);
        return world::in_simulation(&campaign, targets, order.trace.clone());
    }
    let program = world::program(&order.target)?;
    few_enough(order.jobs)?;
    let ground = world::ground(order.world)?;
    let out = world::campaign_folder(order.out, &order.name)?;
    let arenas = world::arenas(&ground, order.world, order.nodes, &out)?;
    let throttle = match order.jobs {
        Some(jobs) => Throttle::fixed(jobs.get()),
        None => Throttle::adaptive(processors()),
    };
    let campaign = assemble(order, plan, throttle, world::footing(&ground), out);
    world::on_processes(campaign, &arenas, &program, order.trace.clone())
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

/// Who wants more is told, for the runs that found no place would be unknown.
fn few_enough(jobs: Option<NonZeroUsize>) -> Result<(), Failure> {
    match jobs.map(NonZeroUsize::get) {
        Some(jobs) if jobs > MOST_SLOTS => {
            Err(anyhow!("--jobs {jobs}: at most {MOST_SLOTS} clusters can run at once")).usage()
        }
        Some(_) | None => Ok(()),
    }
}

fn assemble<'a>(
    order: &Order<'_>,
    plan: &'a (dyn Fn(u64) -> Plan + Sync),
    throttle: Throttle,
    (world, warnings): (String, Vec<String>),
    out: PathBuf,
) -> Campaign<'a> {
    let archive = Folders {
        out: out.clone(),
        keep: order.keep,
        world: world.clone(),
        again: order.again.clone(),
        options: order.world.clone(),
        kept: Mutex::default(),
    };
    let start = CampaignStart {
        workload: order.name.clone(),
        runs: order.runs,
        jobs: throttle.most(),
        seed: order.seed,
        world,
        warnings,
        out,
        expect: order.expect,
    };
    let (fail_fast, shrink) = (order.fail_fast, order.shrink);
    Campaign { start, plan, throttle, fail_fast, shrink, archive: Arc::new(archive) }
}

pub(super) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

/// The text of a file that the user named: a device or a history by mistake is not read for ever.
pub(super) fn text(path: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    let read = fs::File::open(path)
        .and_then(|file| file.take(LONGEST_TEXT + 1).read_to_string(&mut text))
        .with_context(|| path.display().to_string())?;
    match read as u64 > LONGEST_TEXT {
        true => Err(anyhow!("{}: longer than {} MiB", path.display(), LONGEST_TEXT >> 20)),
        false => Ok(text),
    }
}

/// Reads a workload, with a mutant that the command line names.
pub(super) fn workload(
    path: &Path,
    mutant: Option<&str>,
    targets: &Targets,
) -> Result<Workload, Failure> {
    let name = path.display().to_string();
    let text = text(path).usage()?;
    let mut workload = load(&name, &text, targets).usage()?;
    if let Some(mutant) = mutant {
        known_mutant(mutant, &workload.target.name, targets)?;
        workload.target.mutant = Some(mutant.to_owned());
    }
    Ok(workload)
}

pub(super) fn known_mutant(mutant: &str, target: &str, targets: &Targets) -> Result<(), Failure> {
    let mutants = targets.find(target).map(|target| target.mutants()).unwrap_or_default();
    let known: Vec<&str> = mutants.iter().map(|mutant| mutant.name).collect();
    if known.contains(&mutant) {
        return Ok(());
    }
    let help = did_you_mean(mutant, known.iter().copied()).unwrap_or_default();
    let message = format!("{target} has no mutant `{mutant}`: {}. {help}", known.join(", "));
    Err(Failure::Usage(anyhow!(message.trim_end().to_owned())))
}

/// A seed that nobody had before, small enough to be read aloud.
pub(super) fn fresh_seed() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let nanos = now.map_or(1, |since| since.as_nanos() as u64);
    chaos_node::Rng::new(nanos ^ u64::from(std::process::id())).below(1_000_000_000) * 1000
}

/// Keeps runs in folders below the campaign's.
struct Folders {
    out: PathBuf,
    /// Valid runs as well.
    keep: bool,
    world: String,
    /// The command that makes a run again from its seed alone.
    again: String,
    options: WorldArgs,
    /// How often each seed has been kept.
    kept: Mutex<BTreeMap<u64, u64>>,
}

impl Folders {
    /// How often the seed has been kept, with this time: a replay runs the same one again and again.
    fn again_of(&self, seed: u64) -> u64 {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let times = kept.entry(seed).or_default();
        *times += 1;
        *times
    }
}

impl Archive for Folders {
    fn folder(&self, seed: u64, status: Status) -> Option<PathBuf> {
        (self.keep || status != Status::Valid).then(|| match self.again_of(seed) {
            1 => PathBuf::from(format!("runs/{seed}")),
            time => PathBuf::from(format!("runs/{seed}-{time}")),
        })
    }

    fn save(&self, plan: &Plan, execution: &Execution, record: &RunRecord) -> io::Result<()> {
        let Some(folder) = &record.folder else {
            return Ok(());
        };
        let RunRecord { outcomes, replay, .. } = record;
        let run = report::Run { plan, execution, outcomes, replay, world: &self.world };
        report::folder::write(&self.out.join(folder), &run).map_err(io::Error::other)
    }

    fn replay(&self, plan: &Plan, folder: Option<&Path>) -> String {
        match folder {
            Some(folder) => Again::replay(&self.out.join(folder)).world(&self.options).line(),
            None => format!("{} --seed {}", self.again, plan.seed),
        }
    }
}
