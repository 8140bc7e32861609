//! `chaos replay`: a run again.

use super::again::Again;
use super::args::{ReplayArgs, ReportArgs};
use super::campaign::{Commission, Member, campaign};
use super::exit::{Blame, ExitCode, Failure};
use super::logs::look;
use super::workloads::{Changes, text, workload};
use crate::runner::{Order, Shard};
use crate::targets::Targets;
use crate::workload::draw;
use crate::workload::plan::{PLAN_VERSION, Plan};
use anyhow::{Context, anyhow};
use std::collections::BTreeSet;
use std::path::Path;

pub(super) fn replay(args: &ReplayArgs, targets: &Targets) -> Result<ExitCode, Failure> {
    let changes = Changes { mutant: args.mutant.as_deref(), node_args: &args.node_args };
    let plan = plan(&args.what, args.seed, changes, targets)?;
    let again = Again::replay(&args.what).changes(changes).world(&args.world);
    let member = Member {
        name: plan.workload.clone(),
        sizes: vec![plan.nodes],
        target: plan.target.clone(),
        // Whether the violation comes back is what a replay asks, expected or not.
        expect: None,
        again,
    };
    let runs = Some(args.runs.get());
    let commission = Commission {
        name: format!("replay-{}", plan.workload),
        members: vec![member],
        order: Order {
            workloads: 1,
            runs,
            sequential: false,
            first: Vec::new(),
            shard: Shard::WHOLE,
            done: BTreeSet::new(),
        },
        seed: plan.seed,
        jobs: args.jobs,
        fail_fast: args.fail_fast,
        keep: true,
        resumed: None,
        recipe: None,
        regressions: Vec::new(),
        keeper: None,
        budget: None,
        run_timeout: None,
        shrink: None,
        out: &args.out,
        world: &args.world,
        trace: args.trace.then(|| look(&args.look)),
        verbose: false,
        report: ReportArgs::default(),
    };
    campaign(commission, &|_| plan.clone(), targets)
}

/// The plan that a command line names: by a run's folder, a plan, or a workload with a seed.
pub(super) fn plan(
    what: &Path,
    seed: Option<u64>,
    changes: Changes<'_>,
    targets: &Targets,
) -> Result<Plan, Failure> {
    let file = match what.is_dir() {
        true => Some(what.join("plan.json")),
        false => what.extension().is_some_and(|end| end == "json").then(|| what.to_owned()),
    };
    if let Some(file) = file {
        let own = seed.is_none() && changes.mutant.is_none() && changes.node_args.is_empty();
        return read(&file, own, targets);
    }
    if !what.exists() {
        return Err(anyhow!("{}: no such file or folder", what.display())).usage();
    }
    let place = what.display();
    let seed = seed.ok_or_else(|| anyhow!("{place}: a workload needs its --seed")).usage()?;
    let workload = workload(what, changes, targets)?;
    Ok(draw::plan(&workload, seed))
}

/// Reads a plan. It may have been edited by hand, so nothing in it is taken for granted.
fn read(path: &Path, own: bool, targets: &Targets) -> Result<Plan, Failure> {
    if !own {
        let place = path.display();
        return Err(anyhow!(
            "{place}: a plan has its own seed, mutant and arguments: leave --seed, --mutant and -- out"
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
