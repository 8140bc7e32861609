//! `chaos mutants`: how fast each bug that a target can switch on is found, and by what.

use super::again::Again;
use super::args::{IsolationArg, MutantsArgs, WorldArgs};
use super::campaign::{own_program, processors};
use super::exit::{Blame, ExitCode, Failure};
use super::say::{complain, say};
use super::shrink::{judged, save, within};
use super::workloads::{known_mutant, workload};
use super::world::campaign_folder;
use crate::check::foremost;
use crate::event::Status;
use crate::runner::shrink::{Oracle, Parallel};
use crate::targets::Targets;
use crate::workload::plan::{Plan, Size};
use crate::workload::{Workload, draw, load};
use anyhow::anyhow;
use chaos_node::Nanos;
use serde::Serialize;
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Instant;

const SWARM: Named = ("raft-kv-swarm", include_str!("../../workloads/raft-kv-swarm.yaml"));
const READS: Named = ("raft-kv-reads", include_str!("../../workloads/raft-kv-reads.yaml"));

/// The workloads in which a target's mutants are looked for, in turns: what needs impatient nodes
/// hides from patient ones, and what needs five nodes from three. Now and then comes a script, for
/// bugs that only cost time.
const OWN: [(&str, &[Named]); 4] = [
    (
        "raft",
        &[
            SWARM,
            READS,
            SWARM,
            READS,
            SWARM,
            READS,
            SWARM,
            READS,
            ("rejoin", include_str!("../../workloads/raft/rejoin.yaml")),
            ("votes-again", include_str!("../../workloads/raft/votes-again.yaml")),
        ],
    ),
    (
        "bully",
        &[
            ("bully", include_str!("../../workloads/bully.yaml")),
            ("bully-precheck", include_str!("../../workloads/bully-precheck.yaml")),
        ],
    ),
    ("ring", &[("ring", include_str!("../../workloads/ring.yaml"))]),
    (
        "gfs-lease",
        &[
            ("gfs-lease", include_str!("../../workloads/gfs-lease.yaml")),
            ("gfs-lease-write", include_str!("../../workloads/gfs-lease-write.yaml")),
            ("gfs-lease-machines", include_str!("../../workloads/gfs-lease-machines.yaml")),
        ],
    ),
];

/// A workload's name and text.
type Named = (&'static str, &'static str);

/// How far base seeds are apart.
const APART: u64 = 1_000_000;

/// What looking for one mutant came to.
#[derive(Debug, Serialize)]
struct Row {
    mutant: &'static str,
    /// The check that found it from the first base seed that found it.
    check: Option<String>,
    /// How many runs it took from each base seed; nothing where it was not found.
    runs: Vec<Option<u64>>,
    /// What the first of them shrank to.
    shrunk: Option<Size>,
    /// The command that brings that back.
    replay: Option<String>,
    /// How long finding took, over all base seeds.
    finding: Nanos,
    /// How long shrinking took.
    shrinking: Nanos,
}

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
    let out = campaign_folder(&args.out, &format!("mutants-{}", args.target))?;
    let wanted = |name: &str| args.only.is_empty() || args.only.iter().any(|only| only == name);
    let mut rows = Vec::new();
    for mutant in target.mutants().iter().filter(|mutant| wanted(mutant.name)) {
        complain(&format!("looking for {}", mutant.name));
        let row = look_for(mutant.name, &workloads, args, &out, targets)?;
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
        let own = OWN.iter().find(|(target, _)| *target == args.target);
        let none = || anyhow!("{} has no workload of its own: say --workload", args.target);
        let (_, own) = own.ok_or_else(none).usage()?;
        let loaded = |(name, text): &Named| load(&format!("{name}.yaml"), text, targets).usage();
        own.iter().map(loaded).collect::<Result<_, _>>()?
    } else {
        args.workload.iter().map(|path| workload(path, None, targets)).collect::<Result<_, _>>()?
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
    targets: &Targets,
) -> Result<Row, Failure> {
    let began = Instant::now();
    let mut workloads = workloads.to_vec();
    for workload in &mut workloads {
        workload.target.mutant = Some(mutant.to_owned());
    }
    let threads = args.jobs.map_or_else(processors, NonZeroUsize::get);
    let fails = |plan: &Plan| Status::of(&judged(plan, targets)) == Status::Invalid;
    let oracle = Parallel { threads, fails };
    let runs = usize::try_from(args.runs.get()).unwrap_or(usize::MAX);
    let bases = (0..args.bases.get() as u64).map(|base| args.seed.wrapping_add(base * APART));
    let plan = |base: u64, run: usize| {
        draw::plan(&workloads[run % workloads.len()], base.wrapping_add(run as u64))
    };
    let search =
        |base: u64| oracle.first(runs, &|run| plan(base, run), &|| false).map(|run| (base, run));
    let found: Vec<_> = bases.map(search).collect();
    let mut row = Row {
        mutant,
        check: None,
        runs: found.iter().map(|found| found.map(|(_, run)| run as u64 + 1)).collect(),
        shrunk: None,
        replay: None,
        finding: began.elapsed().into(),
        shrinking: Nanos::ZERO,
    };
    if let Some((base, run)) = found.into_iter().flatten().next() {
        shrunk(&mut row, &plan(base, run), args, threads, out, targets)?;
    }
    Ok(row)
}

fn shrunk(
    row: &mut Row,
    plan: &Plan,
    args: &MutantsArgs,
    threads: usize,
    out: &Path,
    targets: &Targets,
) -> Result<(), Failure> {
    let outcomes = judged(plan, targets);
    let Some(violation) = foremost(&outcomes) else { return Ok(()) };
    row.check = Some(violation.property.to_string());
    if args.time == Nanos::ZERO {
        return Ok(());
    }
    let began = Instant::now();
    let least = within(plan, &violation.kind(), args.time, threads, &mut |_| {}, targets).plan;
    row.shrinking = began.elapsed().into();
    row.shrunk = Some(Size::of(&least));
    let folder = out.join(row.mutant);
    let world = WorldArgs { sim: true, isolation: IsolationArg::Auto, data_dir: None };
    let replay = Again::replay(&folder).world(&world).line();
    save(&least, &folder, &replay, targets)?;
    row.replay = Some(replay);
    Ok(())
}

fn table(rows: &[Row], most: u64) -> String {
    let mut text = format!(
        "{:<28}{:<22}{:>8}{:>14}{:>12}{:>8}{:>11}{:>11}\n",
        "mutant", "found by", "runs", "(range)", "operations", "faults", "finding", "shrinking"
    );
    let seconds = |time: Nanos| format!("{:.1} s", time.as_secs_f64());
    for row in rows {
        let size = |of: fn(&Size) -> usize| {
            row.shrunk.as_ref().map_or("–".into(), |s| of(s).to_string())
        };
        text += &format!(
            "{:<28}{:<22}{:>8}{:>14}{:>12}{:>8}{:>11}{:>11}\n",
            row.mutant,
            row.check.as_deref().unwrap_or("not found"),
            told(median(&row.runs), most),
            format!(
                "({}–{})",
                told(row.runs.iter().flatten().min().copied(), most),
                told(worst(&row.runs), most)
            ),
            size(|size| size.operations),
            size(|size| size.faults),
            seconds(row.finding),
            seconds(row.shrinking),
        );
    }
    text + &sums(rows, most)
}

/// The medians over all mutants, and who was not found.
fn sums(rows: &[Row], most: u64) -> String {
    let medians: Vec<Option<u64>> = rows.iter().map(|row| median(&row.runs)).collect();
    let runs = told(median(&medians), most);
    let size = |of: fn(&Size) -> usize| {
        let sizes = rows.iter().map(|row| row.shrunk.as_ref().map(|size| of(size) as u64));
        median(&sizes.collect::<Vec<_>>()).map_or("–".to_owned(), |size| size.to_string())
    };
    let (operations, faults) = (size(|size| size.operations), size(|size| size.faults));
    let found = rows.iter().filter(|row| row.runs.iter().all(Option::is_some)).count();
    format!(
        "\n{found} of {} found from every base seed within {most} runs; medians: {runs} runs, \
         {operations} operations, {faults} faults\n",
        rows.len()
    )
}

fn told(runs: Option<u64>, most: u64) -> String {
    runs.map_or_else(|| format!(">{most}"), |runs| runs.to_string())
}

/// The median; what was not found counts as more than all that was. Of an even number the lower.
fn median(values: &[Option<u64>]) -> Option<u64> {
    let mut values: Vec<u64> = values.iter().map(|value| value.unwrap_or(u64::MAX)).collect();
    values.sort_unstable();
    let middle = values.get(values.len().saturating_sub(1) / 2).copied();
    middle.filter(|value| *value != u64::MAX)
}

fn worst(values: &[Option<u64>]) -> Option<u64> {
    values.iter().map(|value| value.unwrap_or(u64::MAX)).max().filter(|value| *value != u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{median, worst};

    #[test]
    fn what_was_not_found_is_worse_than_anything_that_was() {
        assert_eq!(median(&[Some(9), Some(1), Some(4)]), Some(4));
        assert_eq!(median(&[Some(9), None, Some(4)]), Some(9));
        assert_eq!(median(&[None, Some(1), None]), None);
        assert_eq!((worst(&[Some(1), Some(3)]), worst(&[Some(1), None])), (Some(3), None));
        assert_eq!(median(&[]), None);
    }
}
