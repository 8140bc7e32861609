//! All that a campaign is made from: kept in its `campaign.json`, so that it can go on later.

use super::args::RunArgs;
use super::exit::{Blame, Failure};
use super::workloads::{Changes, files, text, told_apart, understood};
use crate::event::RunRecord;
use crate::report::Journal;
use crate::runner::Turn;
use crate::targets::Targets;
use crate::workload::Workload;
use anyhow::{Context, anyhow};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What was asked for, with the workloads as they were then.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Recipe {
    /// With a seed.
    pub(super) args: RunArgs,
    pub(super) workloads: Vec<WorkloadText>,
}

/// A workload file.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct WorkloadText {
    pub(super) file: PathBuf,
    pub(super) text: String,
}

impl Recipe {
    /// From a command line.
    pub(super) fn of(args: &RunArgs) -> Result<Recipe, Failure> {
        let read = |file: PathBuf| Ok(WorkloadText { text: text(&file).usage()?, file });
        let workloads = files(&args.workloads)?.into_iter().map(read);
        let workloads = workloads.collect::<Result<_, Failure>>()?;
        let seed = Some(args.seed.unwrap_or_else(fresh_seed));
        Ok(Recipe { args: RunArgs { seed, ..args.clone() }, workloads })
    }

    /// From the folder of a campaign.
    pub(super) fn from(journal: &Journal, folder: &Path) -> Result<Recipe, Failure> {
        let folder = folder.display();
        let recipe = journal.start.recipe.clone();
        let recipe = recipe.ok_or_else(|| anyhow!("{folder}: not a campaign of `chaos run`"));
        serde_json::from_value(recipe.usage()?).with_context(|| format!("{folder}: recipe")).usage()
    }

    pub(super) fn seed(&self) -> u64 {
        self.args.seed.expect("a recipe has a seed")
    }

    /// The workloads, as the command line changes them.
    pub(super) fn understood(&self, targets: &Targets) -> Result<Vec<Workload>, Failure> {
        let changes = Changes { mutant: self.args.mutant(), node_args: &self.args.node_args };
        let understood = |own: &WorkloadText| understood(&own.file, &own.text, changes, targets);
        let workloads = self.workloads.iter().map(understood).collect::<Result<Vec<_>, _>>()?;
        let files = self.workloads.iter().map(|own| own.file.as_path());
        told_apart(&files.zip(&workloads).collect::<Vec<_>>())?;
        Ok(workloads)
    }

    /// Which turns these runs were.
    pub(super) fn turns(&self, runs: &[RunRecord], workloads: &[Workload]) -> BTreeSet<Turn> {
        let turn = |run: &RunRecord| {
            let workload = workloads.iter().position(|own| own.name == run.workload)?;
            Some(Turn { workload, number: run.seed.wrapping_sub(self.seed()) })
        };
        runs.iter().filter_map(turn).collect()
    }
}

/// A seed that nobody had before, small enough to be read aloud.
fn fresh_seed() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let nanos = now.map_or(1, |since| since.as_nanos() as u64);
    chaos_node::Rng::new(nanos ^ u64::from(std::process::id())).below(1_000_000_000) * 1000
}
