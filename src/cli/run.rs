//! `chaos run`: a campaign of one or more workloads.

use super::again::Again;
use super::args::RunArgs;
use super::campaign::{Commission, Member, Resumed, campaign};
use super::exit::{Blame, ExitCode, Failure};
use super::recipe::Recipe;
use super::regressions::{Keeper, known, turns, world};
use super::workloads::Changes;
use crate::report::Journal;
use crate::runner::{Order, Shard, Turn};
use crate::targets::Targets;
use crate::workload::{Workload, draw};
use std::collections::BTreeSet;
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a campaign shrinks the first failure of each kind in the simulator.
const SIMULATED: Duration = Duration::from_secs(3);
/// And on real processes, where a trial takes as long as the run.
const REPEATED: Duration = Duration::from_secs(30);

pub(super) fn run(args: &RunArgs, targets: &Targets) -> Result<ExitCode, Failure> {
    let Some(folder) = &args.resume else {
        return made(&Recipe::of(args)?, None, targets);
    };
    let journal = Journal::open(folder).usage()?;
    let mut recipe = Recipe::from(&journal, folder)?;
    // What says how, not what, may be another this time.
    recipe.args.jobs = args.jobs.or(recipe.args.jobs);
    recipe.args.budget = args.budget.or(recipe.args.budget);
    recipe.args.run_timeout = args.run_timeout.or(recipe.args.run_timeout);
    recipe.args.verbose = args.verbose;
    recipe.args.keep_regressions |= args.keep_regressions;
    let Journal { start, runs: earlier, file: journal, .. } = journal;
    let (folder, regressions) = (folder.clone(), start.regressions);
    made(&recipe, Some(Resumed { folder, earlier, regressions, journal }), targets)
}

/// Makes the campaign of a recipe, or what is left of it.
fn made(recipe: &Recipe, resumed: Option<Resumed>, targets: &Targets) -> Result<ExitCode, Failure> {
    let (args, seed) = (&recipe.args, recipe.seed());
    let workloads = recipe.understood(targets)?;
    let done = match &resumed {
        Some(resumed) => recipe.turns(&resumed.earlier, &workloads),
        None => BTreeSet::new(),
    };
    let files = recipe.workloads.iter().map(|own| own.file.as_path());
    let regressions = match &resumed {
        Some(resumed) => resumed.regressions.clone(),
        None if args.no_regressions => Vec::new(),
        None => known(files.clone().zip(&workloads), world(args.world.sim), args.mutant())?,
    };
    let names: Vec<&str> = workloads.iter().map(|own| own.name.as_str()).collect();
    let keeper = args.keep_regressions.then(|| {
        Keeper::new(files.clone().zip(names.iter().copied()), args.world.sim, args.mutant())
    });
    let commission = Commission {
        name: name(args, &workloads),
        members: files.zip(&workloads).map(|(file, own)| member(args, file, own)).collect(),
        order: order(args, workloads.len(), turns(&regressions, &names, seed), done),
        seed,
        jobs: args.jobs,
        fail_fast: args.fail_fast || args.until_fail,
        keep: args.keep,
        resumed,
        recipe: Some(serde_json::to_value(recipe).usage()?),
        regressions,
        keeper,
        budget: args.budget.map(Duration::from),
        run_timeout: args.run_timeout.map(Duration::from),
        shrink: (!args.no_shrink).then_some(if args.world.sim { SIMULATED } else { REPEATED }),
        out: &args.out,
        world: &args.world,
        trace: None,
        verbose: args.verbose,
        report: args.report.clone(),
    };
    let plan = |turn: Turn| draw::plan(&workloads[turn.workload], seed.wrapping_add(turn.number));
    campaign(commission, &plan, targets)
}

/// Which runs are asked for: one, unless something else says when it is enough.
pub(super) fn order(
    args: &RunArgs,
    workloads: usize,
    first: Vec<Turn>,
    done: BTreeSet<Turn>,
) -> Order {
    let endless = args.until_fail || args.budget.is_some();
    Order {
        workloads,
        runs: args.runs.map(NonZeroU64::get).or((!endless).then_some(1)),
        sequential: args.sequential,
        first,
        shard: args.shard.unwrap_or(Shard::WHOLE),
        done,
    }
}

/// A campaign is called as its workload, or as the folder that they all are in.
fn name(args: &RunArgs, workloads: &[Workload]) -> String {
    let folder = |path: &PathBuf| path.file_name().map(|name| name.to_string_lossy().into_owned());
    match (workloads, &args.workloads[..]) {
        ([workload], _) => workload.name.clone(),
        (_, [path]) if path.is_dir() => folder(path).unwrap_or_else(|| "campaign".to_owned()),
        _ => "campaign".to_owned(),
    }
}

pub(super) fn member(args: &RunArgs, file: &Path, workload: &Workload) -> Member {
    let changes = Changes { mutant: args.mutant(), node_args: &args.node_args };
    Member {
        name: workload.name.clone(),
        sizes: workload.sizes(),
        target: workload.target.clone(),
        expect: workload.expect,
        again: Again::replay(file).changes(changes).world(&args.world),
    }
}
