//! `chaos shrink`: a failing run, cut down to the few events that matter.

use super::again::Again;
use super::args::ShrinkArgs;
use super::campaign::{own_program, places, processors, throttle};
use super::exit::{Blame, ExitCode, Failure};
use super::replay::plan;
use super::say::{complain, say};
use super::workloads::Changes;
use super::world::{self, campaign_folder};
use crate::check::{Outcome, check, foremost};
use crate::event::Replays;
use crate::execution::Execution;
use crate::report::{self, folder};
use crate::runner::shrink::{Clusters, Shrunk, shrink_in_simulation};
use crate::targets::Targets;
use crate::workload::plan::{Plan, Size};
use crate::world::process::execute::Program;
use crate::world::process::{Arenas, Ground};
use crate::world::sim;
use anyhow::anyhow;
use chaos_checker::Budget;
use chaos_node::Nanos;
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::{Duration, Instant};

/// Progress is told at most so often.
const PACE: Duration = Duration::from_millis(500);

pub(super) fn shrink(args: &ShrinkArgs, targets: &Targets) -> Result<ExitCode, Failure> {
    let changes = Changes { mutant: args.mutant.as_deref(), node_args: &args.node_args };
    let plan = plan(&args.what, args.seed, changes, targets)?;
    match args.world.sim {
        true => in_simulation(&plan, args, targets),
        false => on_processes(&plan, args),
    }
}

fn in_simulation(plan: &Plan, args: &ShrinkArgs, targets: &Targets) -> Result<ExitCode, Failure> {
    own_program(&plan.target)?;
    let kind = foremost(&judged(plan, targets)).map(|violation| violation.kind());
    let valid =
        || anyhow!("{}: no violation in the simulator, nothing to shrink", args.what.display());
    let kind = kind.ok_or_else(valid).usage()?;
    complain(&format!("{kind}\nfrom {}", Size::of(plan)));
    let threads = args.jobs.map_or_else(processors, NonZeroUsize::get);
    let found = within(plan, &kind, args.time, threads, &mut tell(Instant::now()), targets);
    let folder = campaign_folder(&args.out, &format!("shrunk-{}", plan.workload))?;
    let replay = Again::replay(&folder).world(&args.world).line();
    let sentence = save(&found.plan, &folder, &replay, targets)?;
    told(&sentence, &found, None, &replay)
}

/// Shrinks by running again and again, as far as the failure comes back.
fn on_processes(plan: &Plan, args: &ShrinkArgs) -> Result<ExitCode, Failure> {
    let program = world::program(&plan.target)?;
    let jobs = throttle(args.jobs, places([plan.nodes].into_iter()))?.allowed();
    let ground = world::ground(&args.world)?;
    let folder = campaign_folder(&args.out, &format!("shrunk-{}", plan.workload))?;
    let arenas = world::arenas(&ground, &args.world, &folder)?;
    let ended = repeatedly(plan, args, &program, (&ground, &arenas), jobs, &folder);
    drop(arenas);
    world::clean(&folder);
    ended
}

fn repeatedly(
    plan: &Plan,
    args: &ShrinkArgs,
    program: &Program,
    (ground, arenas): (&Ground, &Arenas),
    jobs: usize,
    folder: &Path,
) -> Result<ExitCode, Failure> {
    let runtime = world::runtime()?;
    let local = tokio::task::LocalSet::new();
    let clusters = Clusters { runtime: &runtime, local: &local, arenas, program, jobs };
    let Some(kind) = clusters.kind(plan) else {
        say(&format!("{}: no violation came back, nothing to shrink\n", args.what.display()))?;
        return Ok(ExitCode::Unknown);
    };
    complain(&format!("{kind}\nfrom {}", Size::of(plan)));
    let (began, limit) = (Instant::now(), Duration::from(args.time));
    let expired = || began.elapsed() > limit;
    let (found, replays) = clusters.shrink(plan, &kind, &expired, &mut tell(began));
    let execution = clusters.show(&found.plan, &kind);
    let replay = Again::replay(folder).world(&args.world).line();
    let (world, _) = world::footing(ground);
    let sentence = write(&found.plan, &execution, folder, &replay, &world)?;
    told(&sentence, &found, Some(replays), &replay)
}

/// Says what it came to.
fn told(
    sentence: &str,
    found: &Shrunk,
    replays: Option<Replays>,
    replay: &str,
) -> Result<ExitCode, Failure> {
    let (size, trials) = (Size::of(&found.plan), found.trials);
    let end = if found.minimal { "nothing more can be spared" } else { "the time is over" };
    let often = match replays {
        Some(Replays { failed, of }) => format!(", as {failed} of {of} replays did"),
        None => String::new(),
    };
    say(&format!(
        "{sentence}\n\nshrunk to {size} in {trials} trials: {end}\n\n\
         bring it back{often}:\n{replay}\n"
    ))?;
    Ok(ExitCode::Violation)
}

/// Tells each smaller plan, but not too often.
fn tell(began: Instant) -> impl FnMut(&Plan) {
    let mut last = None;
    move |plan| {
        if last.is_none_or(|last: Instant| last.elapsed() > PACE) {
            last = Some(Instant::now());
            let seconds = began.elapsed().as_secs_f64();
            complain(&format!("{seconds:5.1} s: {}", Size::of(plan)));
        }
    }
}

/// Shrinks a plan for so long at most.
pub(super) fn within(
    plan: &Plan,
    kind: &str,
    limit: Nanos,
    threads: usize,
    progress: &mut dyn FnMut(&Plan),
    targets: &Targets,
) -> Shrunk {
    let (began, limit) = (Instant::now(), Duration::from(limit));
    let expired = || began.elapsed() > limit;
    shrink_in_simulation(plan, kind, threads, &expired, progress, targets)
}

pub(super) fn judged(plan: &Plan, targets: &Targets) -> Vec<Outcome> {
    check(plan, &sim::execute(plan, targets), &Budget::default())
}

/// Writes the folder of a simulated run; the sentence that says what it violates.
pub(super) fn save(
    plan: &Plan,
    folder: &Path,
    replay: &str,
    targets: &Targets,
) -> Result<String, Failure> {
    write(plan, &sim::execute_recorded(plan, targets), folder, replay, "simulation")
}

/// Writes the folder of a run; the sentence that says what it violates.
pub(super) fn write(
    plan: &Plan,
    execution: &Execution,
    folder: &Path,
    replay: &str,
    world: &str,
) -> Result<String, Failure> {
    let outcomes = check(plan, execution, &Budget::default());
    let run = report::Run { plan, execution, outcomes: &outcomes, replay, world };
    folder::write(folder, &run).unavailable()?;
    Ok(foremost(&outcomes).map_or_else(String::new, |violation| violation.summary.clone()))
}
