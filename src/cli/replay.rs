//! `chaos replay`: a run again.

use super::again::Again;
use super::args::ReplayArgs;
use super::exit::{Blame, ExitCode, Failure};
use super::logs::look;
use super::run::{Order, campaign, text, workload};
use crate::targets::Targets;
use crate::workload::draw;
use crate::workload::plan::{PLAN_VERSION, Plan};
use anyhow::{Context, anyhow};
use std::path::Path;

pub(super) fn replay(args: &ReplayArgs, targets: &Targets) -> Result<ExitCode, Failure> {
    let plan = plan(args, targets)?;
    let order = Order {
        name: format!("replay-{}", plan.workload),
        nodes: plan.nodes,
        target: plan.target.clone(),
        seed: plan.seed,
        runs: args.runs.get(),
        jobs: args.jobs,
        fail_fast: args.fail_fast,
        keep: true,
        out: &args.out,
        world: &args.world,
        expect: None,
        trace: args.trace.then(|| look(&args.look)),
        again: Again::replay(&args.what).mutant(args.mutant.as_deref()).world(&args.world).line(),
    };
    campaign(&order, &|_| plan.clone(), targets)
}

fn plan(args: &ReplayArgs, targets: &Targets) -> Result<Plan, Failure> {
    if args.what.is_dir() {
        return read(&args.what.join("plan.json"), args, targets);
    }
    if args.what.extension().is_some_and(|extension| extension == "json") {
        return read(&args.what, args, targets);
    }
    let seed = args.seed.ok_or_else(|| anyhow!("a workload is replayed with --seed")).usage()?;
    let workload = workload(&args.what, args.mutant.as_deref(), targets)?;
    Ok(draw::plan(&workload, seed))
}

/// Reads a plan. It may have been edited by hand, so nothing in it is taken for granted.
fn read(path: &Path, args: &ReplayArgs, targets: &Targets) -> Result<Plan, Failure> {
    if args.seed.is_some() || args.mutant.is_some() {
        let place = path.display();
        return Err(anyhow!(
            "{place}: a plan has its own seed and mutant: leave --seed and --mutant out"
        ))
        .usage();
    }
    let text = text(path).usage()?;
    let plan: Plan =
        serde_json::from_str(&text).with_context(|| path.display().to_string()).usage()?;
    sound(&plan, path, targets).usage()?;
    Ok(plan)
}

fn sound(plan: &Plan, path: &Path, targets: &Targets) -> anyhow::Result<()> {
    let place = path.display();
    if plan.version != PLAN_VERSION {
        let found = plan.version;
        return Err(anyhow!("{place}: a plan of version {found}, this is version {PLAN_VERSION}"));
    }
    plan.check(targets).map_err(|problem| anyhow!("{place}: {problem}"))
}
