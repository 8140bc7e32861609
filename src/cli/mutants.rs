//! `chaos mutants`: how fast each bug that a target can switch on is found, and by what.

mod own;
mod table;

use super::again::Again;
use super::args::MutantsArgs;
use super::campaign::{own_program, places, processors, throttle};
use super::exit::{Blame, ExitCode, Failure};
use super::say::{complain, say};
use super::shrink::{Place, save, within};
use super::workloads::{Changes, known_mutant, workload};
use super::world::{self, SIMULATION, campaign_folder};
use crate::check::Violation;
use crate::runner::shrink::{Bench, Clusters, Simulator};
use crate::targets::Targets;
use crate::workload::plan::{Plan, Size};
use crate::workload::{Workload, draw, load};
use anyhow::anyhow;
use chaos_node::Nanos;
use own::Named;
use std::cell::RefCell;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Instant;
use table::{Row, table};
use tokio::task::LocalSet;

/// Where mutants are looked for, also in words.
type Ground<'a> = (&'a dyn Bench, &'a str);

/// How far base seeds are apart.
const APART: u64 = 1_000_000;

pub(super) fn mutants(args: &MutantsArgs, targets: &Targets) -> Result<ExitCode, Failure> {
    let target = targets.find(&args.target);
    let unknown = || {
        let known = targets.names().collect::<Vec<_>>().join(", ");
        anyhow!("unknown target `{}`, expected one of: {known}", args.target)
    };
    let target = target.ok_or_else(unknown).usage()?;
    for mutant in &args.only {
        known_mutant(mutant, &args.target, targets)?;
    }
    let workloads = chosen(args, targets)?;
    let wanted = |name: &str| args.only.is_empty() || args.only.iter().any(|only| only == name);
    let names = target.mutants().iter().map(|mutant| mutant.name).filter(|n| wanted(n)).collect();
    match args.world.sim {
        true => {
            let threads = args.jobs.map_or_else(processors, NonZeroUsize::get);
            let simulator = Simulator { threads, targets };
            look(names, &workloads, args, &folder(args)?, (&simulator, SIMULATION))
        }
        false => on_processes(names, &workloads, args),
    }
}

fn on_processes(
    names: Vec<&'static str>,
    workloads: &[Workload],
    args: &MutantsArgs,
) -> Result<ExitCode, Failure> {
    let nodes = workloads.iter().flat_map(Workload::sizes);
    let throttle = RefCell::new(throttle(args.jobs, places(nodes))?);
    let ground = world::ground(&args.world)?;
    let out = folder(args)?;
    let arenas = world::arenas(&ground, &args.world, &out)?;
    let program = world::program(&draw::plan(&workloads[0], args.seed).target)?;
    let (runtime, local) = (world::runtime()?, LocalSet::new());
    let clusters =
        Clusters { runtime: &runtime, local: &local, arenas: &arenas, program: &program, throttle };
    let (world, _) = world::footing(&ground);
    let ended = look(names, workloads, args, &out, (&clusters, &world));
    drop(local);
    drop(arenas);
    world::clean(&out);
    ended
}

fn folder(args: &MutantsArgs) -> Result<PathBuf, Failure> {
    campaign_folder(&args.out, &format!("mutants-{}", args.target))
}

fn look(
    names: Vec<&'static str>,
    workloads: &[Workload],
    args: &MutantsArgs,
    out: &Path,
    ground: Ground<'_>,
) -> Result<ExitCode, Failure> {
    let mut rows = Vec::new();
    for name in names {
        complain(&format!("looking for {name}"));
        let row = look_for(name, workloads, args, out, ground)?;
        if args.json {
            say(&format!("{}\n", serde_json::to_string(&row).unavailable()?))?;
        }
        rows.push(row);
    }
    if !args.json {
        say(&table(&rows, args.runs.get()))?;
    }
    let found = |row: &Row| row.runs.iter().all(Option::is_some);
    Ok(if rows.iter().all(found) { ExitCode::Valid } else { ExitCode::Violation })
}

fn chosen(args: &MutantsArgs, targets: &Targets) -> Result<Vec<Workload>, Failure> {
    let workloads: Vec<Workload> = if args.workload.is_empty() {
        let none = || anyhow!("{} has no workload of its own: say --workload", args.target);
        let turns = own::turns(&args.target, args.world.sim).ok_or_else(none).usage()?;
        let loaded = |(name, text): &Named| load(&format!("{name}.yaml"), text, targets).usage();
        turns.iter().map(loaded).collect::<Result<_, _>>()?
    } else {
        args.workload
            .iter()
            .map(|path| workload(path, Changes::default(), targets))
            .collect::<Result<_, _>>()?
    };
    for workload in &workloads {
        own_program(&workload.target)?;
        if workload.target.name != args.target {
            let (name, target, wanted) = (&workload.name, &workload.target.name, &args.target);
            return Err(anyhow!("the workload {name} is for `{target}`, not for `{wanted}`"))
                .usage();
        }
    }
    Ok(workloads)
}

fn look_for(
    mutant: &'static str,
    workloads: &[Workload],
    args: &MutantsArgs,
    out: &Path,
    ground: Ground<'_>,
) -> Result<Row, Failure> {
    let began = Instant::now();
    let mut workloads = workloads.to_vec();
    for workload in &mut workloads {
        workload.target.mutant = Some(mutant.to_owned());
    }
    let runs = usize::try_from(args.runs.get()).unwrap_or(usize::MAX);
    let bases = (0..args.bases.get() as u64).map(|base| args.seed.wrapping_add(base * APART));
    let plan = |base: u64, run: usize| {
        draw::plan(&workloads[run % workloads.len()], base.wrapping_add(run as u64))
    };
    let found: Vec<Option<Found>> = bases
        .map(|base| {
            let (run, violation) = ground.0.first(runs, &|run| plan(base, run))?;
            Some(Found { base, run, violation })
        })
        .collect();
    let mut row = Row {
        mutant,
        check: None,
        runs: found.iter().map(|found| found.as_ref().map(|f| f.run as u64 + 1)).collect(),
        shrunk: None,
        replay: None,
        finding: began.elapsed().into(),
        shrinking: Nanos::ZERO,
    };
    if let Some(Found { base, run, violation }) = found.into_iter().flatten().next() {
        row.check = Some(violation.property.to_string());
        if args.time > Nanos::ZERO {
            shrink(&mut row, &plan(base, run), &violation.kind(), args, out, ground)?;
        }
    }
    Ok(row)
}

/// From which base seed a mutant was found, in which run, and by what.
struct Found {
    base: u64,
    run: usize,
    violation: Violation,
}

fn shrink(
    row: &mut Row,
    plan: &Plan,
    kind: &str,
    args: &MutantsArgs,
    out: &Path,
    (bench, world): Ground<'_>,
) -> Result<(), Failure> {
    let (began, folder) = (Instant::now(), out.join(row.mutant));
    let replay = Again::replay(&folder).world(&args.world).line();
    let place = Place { folder: &folder, replay: &replay, world };
    let (found, _) = within(plan, kind, args.time, &mut |_| {}, bench);
    save(&found.plan, kind, bench, &place)?;
    row.shrunk = Some(Size::of(&found.plan));
    row.shrinking = began.elapsed().into();
    row.replay = Some(replay);
    Ok(())
}
