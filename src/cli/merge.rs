//! `chaos merge`: the shards of a campaign, put together.

use super::again::Again;
use super::args::{MergeArgs, ReportArgs, RunArgs};
use super::campaign::{junit, report_sinks};
use super::exit::{Blame, ExitCode, Failure};
use super::recipe::Recipe;
use super::regressions::{Keeper, turns};
use super::run::order;
use super::world::{campaign_folder, code};
use crate::event::{CampaignEnd, CampaignEvent, CampaignStart, RunRecord, ShrunkRun, Sink};
use crate::report::{IndexPage, Journal, RunsFile, Terminal, Took};
use crate::runner::{Finished, Shard};
use anyhow::{Context, anyhow};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// So many folders below the one that is named a campaign may be.
const DEEPEST: usize = 4;

/// A shard's campaign.
struct Part {
    folder: PathBuf,
    journal: Journal,
    recipe: Recipe,
}

pub(super) fn merge(args: &MergeArgs) -> Result<ExitCode, Failure> {
    junit(&args.report)?;
    let parts = parts(args)?;
    let missing = missing(&parts)?;
    let first = &parts[0];
    let out = campaign_folder(&args.out, &first.journal.start.workload)?;
    let whole = RunArgs { shard: None, ..first.recipe.args.clone() };
    let own = &first.journal.start;
    let names: Vec<&str> = own.workloads.iter().map(|own| own.name.as_str()).collect();
    let again = turns(&own.regressions, &names, own.seed);
    let order = order(&whole, own.workloads.len(), again, BTreeSet::new());
    let files = first.recipe.workloads.iter().map(|own| own.file.as_path());
    let keeper = args
        .keep_regressions
        .then(|| Keeper::new(files.zip(names), whole.world.sim, whole.mutant()));
    let warnings = parts.iter().flat_map(|part| part.journal.start.warnings.clone());
    let warnings: BTreeSet<String> = warnings.chain(missing.clone()).collect();
    let start = CampaignStart {
        runs: order.total(),
        jobs: parts.iter().map(|part| part.journal.start.jobs).max().unwrap_or(1),
        warnings: warnings.into_iter().collect(),
        out: out.clone(),
        recipe: None,
        ..first.journal.start.clone()
    };
    let interrupted = missing.is_some() || parts.iter().any(|part| !part.journal.ended);
    let took = parts.iter().map(|part| part.journal.took).reduce(Took::beside).unwrap_or_default();
    let (runs, shrunk) = (runs(&parts, &start)?, shrunk(&parts, &start));
    let end = CampaignEnd {
        start,
        runs,
        shrunk,
        interrupted,
        elapsed: took.elapsed,
        tester_cpu: took.tester_cpu,
        node_cpu: took.node_cpu,
    };
    Ok(code(&told(end, keeper, &args.report)))
}

/// All campaigns that are named; they must be shards of one.
fn parts(args: &MergeArgs) -> Result<Vec<Part>, Failure> {
    let mut folders = Vec::new();
    for named in &args.folders {
        let found =
            campaigns(named, DEEPEST).with_context(|| named.display().to_string()).usage()?;
        if found.is_empty() {
            return Err(anyhow!("{}: no campaign in it", named.display())).usage();
        }
        folders.extend(found);
    }
    let (mut parts, mut known): (Vec<Part>, _) = (Vec::new(), BTreeSet::new());
    for folder in folders {
        if !known.insert(fs::canonicalize(&folder).usage()?) {
            return Err(anyhow!("{}: named twice", folder.display())).usage();
        }
        let journal = Journal::open(&folder).usage()?;
        let recipe = Recipe::from(&journal, &folder)?;
        if let Some(first) = parts.first().filter(|first| !same(first, &journal, &recipe)) {
            let (one, other) = (first.folder.display(), folder.display());
            return Err(anyhow!("{other}: not a shard of the same campaign as {one}")).usage();
        }
        parts.push(Part { folder, journal, recipe });
    }
    parts.sort_by_key(|part| part.recipe.args.shard);
    Ok(parts)
}

/// Whether they have the same workloads, seed and world, and the same number of shards.
fn same(first: &Part, journal: &Journal, recipe: &Recipe) -> bool {
    let (one, other) = (&first.recipe.args, &recipe.args);
    let of = |args: &RunArgs| args.shard.map(Shard::of);
    first.recipe.workloads == recipe.workloads
        && first.journal.start.world == journal.start.world
        && first.journal.start.regressions == journal.start.regressions
        && (one.seed, &one.mutant, one.runs) == (other.seed, &other.mutant, other.runs)
        && of(one) == of(other)
}

/// The campaigns in a folder and below it, in order of name.
fn campaigns(folder: &Path, deep: usize) -> io::Result<Vec<PathBuf>> {
    if folder.join("campaign.json").exists() {
        return Ok(vec![folder.to_owned()]);
    }
    let mut below = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() && deep > 0 {
            below.push(entry.path());
        }
    }
    below.sort();
    let found = below.iter().map(|folder| campaigns(folder, deep - 1));
    Ok(found.collect::<io::Result<Vec<_>>>()?.concat())
}

/// The shards that are not there, in words.
fn missing(parts: &[Part]) -> Result<Option<String>, Failure> {
    let shard = |part: &Part| part.recipe.args.shard.unwrap_or(Shard::WHOLE);
    let mut known: BTreeMap<Shard, &Part> = BTreeMap::new();
    for part in parts {
        if let Some(other) = known.insert(shard(part), part) {
            let (one, other, which) = (other.folder.display(), part.folder.display(), shard(part));
            return Err(anyhow!("{other}: shard {which}, as {one} is")).usage();
        }
    }
    let all = known.first_key_value().map_or(1, |(shard, _)| shard.of());
    let gone = Shard::all(all).filter(|shard| !known.contains_key(shard));
    let count = all - known.len() as u64;
    let some: Vec<String> = gone.take(20).map(|shard| shard.to_string()).collect();
    let more = if count > some.len() as u64 { ", …" } else { "" };
    Ok((count > 0)
        .then(|| format!("{count} of {all} shards are missing: {}{more}", some.join(", "))))
}

/// All runs in the campaign's order, their folders copied.
fn runs(parts: &[Part], start: &CampaignStart) -> Result<Vec<RunRecord>, Failure> {
    let mut runs = Vec::new();
    for part in parts {
        for run in &part.journal.runs {
            let mut run = run.clone();
            if let Some(folder) = inside(run.folder.as_deref()) {
                let to = start.out.join(folder);
                copy(&part.folder.join(folder), &to)
                    .with_context(|| to.display().to_string())
                    .unavailable()?;
                run.replay = Again::replay(&to).world(&part.recipe.args.world).line();
            }
            runs.push(run);
        }
    }
    runs.sort_by_cached_key(|run| (start.position(&run.workload), run.seed));
    Ok(runs)
}

/// The first failure of each kind that a shard has shrunk.
fn shrunk(parts: &[Part], start: &CampaignStart) -> Vec<ShrunkRun> {
    let mut all: Vec<ShrunkRun> = Vec::new();
    for part in parts {
        for run in &part.journal.shrunk {
            let mut run = run.clone();
            if let Some(folder) = inside(run.folder.as_deref()) {
                let world = &part.recipe.args.world;
                run.replay = Again::replay(&start.out.join(folder)).world(world).line();
            }
            all.push(run);
        }
    }
    all.sort_by_cached_key(|run| (run.seed, start.position(&run.workload)));
    let mut known = BTreeSet::new();
    all.retain(|run| known.insert(run.kind.clone()));
    all
}

/// A folder that is below its campaign's: a record may have been written by anybody.
fn inside(folder: Option<&Path>) -> Option<&Path> {
    let plain = |part| matches!(part, std::path::Component::Normal(_));
    folder.filter(|folder| folder.components().all(plain))
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (kind, to) = (entry.file_type()?, to.join(entry.file_name()));
        if kind.is_dir() {
            copy(&entry.path(), &to)?;
        } else if kind.is_file() {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}

/// Tells it all to those who tell of a campaign.
fn told(end: CampaignEnd, keeper: Option<Keeper>, report: &ReportArgs) -> Finished {
    let mut sinks: Vec<Box<dyn Sink>> = vec![Box::new(RunsFile::new()), Box::new(IndexPage)];
    sinks.extend(keeper.map(|keeper| Box::new(keeper) as Box<dyn Sink>));
    sinks.extend(report_sinks(report, Terminal::new(false)));
    let mut unsaved = Vec::new();
    let mut tell = |event: &CampaignEvent| {
        let told = sinks.iter_mut().map(|sink| sink.event(event));
        unsaved.extend(told.filter_map(Result::err));
    };
    tell(&CampaignEvent::Started(end.start.clone()));
    for run in &end.runs {
        tell(&CampaignEvent::RunEnded(Box::new(run.clone())));
    }
    tell(&CampaignEvent::Ended(Box::new(end.clone())));
    Finished { end, unsaved }
}
