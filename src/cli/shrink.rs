//! `chaos shrink`: a failing run, cut down to the few events that matter.

use super::again::Again;
use super::args::ShrinkArgs;
use super::campaign::{own_program, places, processors, throttle};
use super::exit::{Blame, ExitCode, Failure};
use super::replay::plan;
use super::say::{complain, say};
use super::workloads::Changes;
use super::world::{self, SIMULATION, campaign_folder};
use crate::check::{Violation, check, foremost};
use crate::event::Replays;
use crate::report::{self, folder};
use crate::runner::Throttle;
use crate::runner::shrink::{Bench, Clusters, Shrunk, Simulator};
use crate::targets::Targets;
use crate::workload::plan::{Plan, Size};
use crate::world::process::execute::Program;
use crate::world::process::{Arenas, Ground};
use anyhow::anyhow;
use chaos_checker::Budget;
use chaos_node::Nanos;
use std::cell::RefCell;
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
    let simulator =
        Simulator { threads: args.jobs.map_or_else(processors, NonZeroUsize::get), targets };
    let kind = foremost(&simulator.judged(plan)).map(Violation::kind);
    let valid =
        || anyhow!("{}: no violation in the simulator, nothing to shrink", args.what.display());
    let kind = kind.ok_or_else(valid).usage()?;
    let found = shrunk(plan, &kind, args, &simulator);
    let folder = campaign_folder(&args.out, &format!("shrunk-{}", plan.workload))?;
    told(found, &kind, args, &simulator, (&folder, SIMULATION))
}

/// Shrinks by running again and again, as far as the failure comes back.
fn on_processes(plan: &Plan, args: &ShrinkArgs) -> Result<ExitCode, Failure> {
    let program = world::program(&plan.target)?;
    let throttle = throttle(args.jobs, places([plan.nodes].into_iter()))?;
    let ground = world::ground(&args.world)?;
    let folder = campaign_folder(&args.out, &format!("shrunk-{}", plan.workload))?;
    let arenas = world::arenas(&ground, &args.world, &folder)?;
    let ended = repeatedly(plan, args, &program, (&ground, &arenas), throttle, &folder);
    drop(arenas);
    world::clean(&folder);
    ended
}

fn repeatedly(
    plan: &Plan,
    args: &ShrinkArgs,
    program: &Program,
    (ground, arenas): (&Ground, &Arenas),
    throttle: Throttle,
    folder: &Path,
) -> Result<ExitCode, Failure> {
    let runtime = world::runtime()?;
    let local = tokio::task::LocalSet::new();
    let throttle = RefCell::new(throttle);
    let clusters = Clusters { runtime: &runtime, local: &local, arenas, program, throttle };
    let Some(kind) = clusters.kind(plan) else {
        say(&format!("{}: no violation came back, nothing to shrink\n", args.what.display()))?;
        return Ok(ExitCode::Unknown);
    };
    let found = shrunk(plan, &kind, args, &clusters);
    told(found, &kind, args, &clusters, (folder, &world::footing(ground).0))
}

/// Shrinks for so long as the user wants, and says how far it got meanwhile.
fn shrunk(
    plan: &Plan,
    kind: &str,
    args: &ShrinkArgs,
    bench: &dyn Bench,
) -> (Shrunk, Option<Replays>) {
    complain(&format!("{kind}\nfrom {}", Size::of(plan)));
    within(plan, kind, args.time, &mut tell(Instant::now()), bench)
}

/// Saves in this folder what it came to, and says so.
fn told(
    (found, replays): (Shrunk, Option<Replays>),
    kind: &str,
    args: &ShrinkArgs,
    bench: &dyn Bench,
    (folder, world): (&Path, &str),
) -> Result<ExitCode, Failure> {
    let replay = Again::replay(folder).world(&args.world).line();
    let sentence = save(&found.plan, kind, bench, &Place { folder, replay: &replay, world })?;
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

/// Where a run is saved.
pub(super) struct Place<'a> {
    pub(super) folder: &'a Path,
    /// The command that brings it back from there.
    pub(super) replay: &'a str,
    /// Where it ran, in words.
    pub(super) world: &'a str,
}

/// Shrinks a plan for so long at most.
pub(super) fn within(
    plan: &Plan,
    kind: &str,
    limit: Nanos,
    progress: &mut dyn FnMut(&Plan),
    bench: &dyn Bench,
) -> (Shrunk, Option<Replays>) {
    let (began, limit) = (Instant::now(), Duration::from(limit));
    bench.shrink(plan, kind, &|| began.elapsed() > limit, progress)
}

/// Saves a run of the plan that shows this kind of violation; the sentence that says what it violates.
pub(super) fn save(
    plan: &Plan,
    kind: &str,
    bench: &dyn Bench,
    place: &Place<'_>,
) -> Result<String, Failure> {
    let execution = &bench.show(plan, kind);
    let outcomes = check(plan, execution, &Budget::default());
    let Place { folder, replay, world } = *place;
    let run = report::Run { plan, execution, outcomes: &outcomes, replay, world };
    folder::write(folder, &run).unavailable()?;
    Ok(foremost(&outcomes).map_or_else(String::new, |violation| violation.summary.clone()))
}
