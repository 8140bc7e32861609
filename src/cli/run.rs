//! `chaos run`: a campaign of one or more workloads.

use super::again::Again;
use super::args::RunArgs;
use super::campaign::{Commission, Member, campaign};
use super::exit::{ExitCode, Failure};
use super::workloads::{files, told_apart, workload};
use crate::runner::{Order, Shard, Turn};
use crate::targets::Targets;
use crate::workload::{Workload, draw};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a campaign shrinks the first failure of each kind in the simulator.
const SIMULATED: Duration = Duration::from_secs(3);
/// And on real processes, where a trial takes as long as the run.
const REPEATED: Duration = Duration::from_secs(30);

pub(super) fn run(args: &RunArgs, targets: &Targets) -> Result<ExitCode, Failure> {
    let files = files(&args.workloads)?;
    let read = |file: &PathBuf| workload(file, args.mutant.as_deref(), targets);
    let workloads = files.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let pairs: Vec<_> = files.iter().map(PathBuf::as_path).zip(&workloads).collect();
    told_apart(&pairs)?;
    let seed = args.seed.unwrap_or_else(fresh_seed);
    let commission = Commission {
        name: name(args, &workloads),
        members: pairs.iter().map(|(file, workload)| member(args, file, workload)).collect(),
        order: Order {
            workloads: workloads.len(),
            runs: Some(args.runs.get()),
            sequential: args.sequential,
            shard: Shard::WHOLE,
        },
        seed,
        jobs: args.jobs,
        fail_fast: args.fail_fast,
        keep: args.keep,
        budget: None,
        shrink: (!args.no_shrink).then_some(if args.world.sim { SIMULATED } else { REPEATED }),
        out: &args.out,
        world: &args.world,
        trace: None,
        verbose: args.verbose,
        report: args.report.clone(),
    };
    let plan = |turn: Turn| draw::plan(&workloads[turn.workload], seed.wrapping_add(turn.number));
    campaign(&commission, &plan, targets)
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

fn member(args: &RunArgs, file: &Path, workload: &Workload) -> Member {
    let again = Again::replay(file).mutant(args.mutant.as_deref()).world(&args.world);
    Member {
        name: workload.name.clone(),
        sizes: workload.sizes(),
        target: workload.target.clone(),
        expect: workload.expect,
        again: again.line(),
    }
}

/// A seed that nobody had before, small enough to be read aloud.
fn fresh_seed() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let nanos = now.map_or(1, |since| since.as_nanos() as u64);
    chaos_node::Rng::new(nanos ^ u64::from(std::process::id())).below(1_000_000_000) * 1000
}
