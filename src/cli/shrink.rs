//! `chaos shrink`: a failing run, cut down to the few events that matter.

use super::again::Again;
use super::args::ShrinkArgs;
use super::campaign::{own_program, processors};
use super::exit::{Blame, ExitCode, Failure};
use super::replay::plan;
use super::say::{complain, say};
use super::world::campaign_folder;
use crate::check::{Outcome, check, foremost};
use crate::report::{self, folder};
use crate::runner::shrink::{Shrunk, shrink_in_simulation};
use crate::targets::Targets;
use crate::workload::plan::{Plan, Size};
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
    if !args.world.sim {
        let why = "shrinking takes thousands of trials, which real processes have no time for: \
                   say --sim";
        return Err(anyhow!(why)).usage();
    }
    let plan = plan(&args.what, args.seed, args.mutant.as_deref(), targets)?;
    own_program(&plan.target)?;
    let kind = foremost(&judged(&plan, targets)).map(|violation| violation.kind());
    let valid =
        || anyhow!("{}: no violation in the simulator, nothing to shrink", args.what.display());
    let kind = kind.ok_or_else(valid).usage()?;
    complain(&format!("{kind}\nfrom {}", Size::of(&plan)));
    let threads = args.jobs.map_or_else(processors, NonZeroUsize::get);
    let found = within(&plan, &kind, args.time, threads, &mut tell(Instant::now()), targets);
    let folder = campaign_folder(&args.out, &format!("shrunk-{}", plan.workload))?;
    let replay = Again::replay(&folder).world(&args.world).line();
    let sentence = save(&found.plan, &folder, &replay, targets)?;
    let (size, trials) = (Size::of(&found.plan), found.trials);
    let end = if found.minimal { "nothing more can be spared" } else { "the time is over" };
    say(&format!(
        "{sentence}\n\nshrunk to {size} in {trials} trials: {end}\n\nbring it back:\n{replay}\n"
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

/// Writes the folder of a run; the sentence that says what it violates.
pub(super) fn save(
    plan: &Plan,
    folder: &Path,
    replay: &str,
    targets: &Targets,
) -> Result<String, Failure> {
    let execution = sim::execute_recorded(plan, targets);
    let outcomes = check(plan, &execution, &Budget::default());
    let run = report::Run {
        plan,
        execution: &execution,
        outcomes: &outcomes,
        replay,
        world: "simulation",
    };
    folder::write(folder, &run).unavailable()?;
    Ok(foremost(&outcomes).map_or_else(String::new, |violation| violation.summary.clone()))
}
