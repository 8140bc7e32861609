//! The failures that are remembered beside the workloads of a campaign.

use super::exit::{Blame, Failure};
use super::say::complain;
use crate::event::{CampaignEvent, Sink};
use crate::regression::{Regression, Tried, World};
use crate::report::{REGRESSIONS, read_regressions, write_regressions};
use crate::runner::Turn;
use crate::workload::{Workload, draw};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where the failures of a workload are remembered.
pub(super) fn beside(file: &Path) -> PathBuf {
    file.with_file_name(REGRESSIONS)
}

/// Those of a campaign's workloads that it can try: in its world, and with its mutant.
pub(super) fn known<'a>(
    workloads: impl Iterator<Item = (&'a Path, &'a Workload)>,
    world: World,
    mutant: Option<&str>,
) -> Result<Vec<Tried>, Failure> {
    let (mut files, mut known) = (BTreeMap::new(), Vec::new());
    for (file, workload) in workloads {
        let path = beside(file);
        if !files.contains_key(&path) {
            files.insert(path.clone(), read_regressions(&path).usage()?);
        }
        let own = |regression: &&Regression| {
            regression.workload == workload.name
                && regression.world == world
                && regression.mutant.as_deref() == mutant
        };
        let tried = |regression: &Regression| Tried {
            changed: draw::plan(workload, regression.seed).fingerprint() != regression.plan,
            regression: regression.clone(),
        };
        known.extend(files[&path].iter().filter(own).map(tried));
    }
    Ok(known)
}

/// The turns of a campaign that try them.
pub(super) fn turns(known: &[Tried], names: &[&str], seed: u64) -> Vec<Turn> {
    let turn = |Tried { regression, .. }: &Tried| {
        let workload = names.iter().position(|name| *name == regression.workload)?;
        Some(Turn { workload, number: regression.seed.wrapping_sub(seed) })
    };
    known.iter().filter_map(turn).collect()
}

/// Remembers what a campaign found, when it is over.
pub(super) struct Keeper {
    /// Where the failures of each workload are remembered.
    pub(super) places: BTreeMap<String, PathBuf>,
    pub(super) world: World,
    pub(super) mutant: Option<String>,
}

impl Keeper {
    pub(super) fn new<'a>(
        workloads: impl Iterator<Item = (&'a Path, &'a str)>,
        sim: bool,
        mutant: Option<&str>,
    ) -> Keeper {
        let places = workloads.map(|(file, name)| (name.to_owned(), beside(file))).collect();
        Keeper { places, world: world(sim), mutant: mutant.map(str::to_owned) }
    }
}

pub(super) fn world(sim: bool) -> World {
    match sim {
        true => World::Sim,
        false => World::Processes,
    }
}

impl Sink for Keeper {
    fn event(&mut self, event: &CampaignEvent) -> io::Result<()> {
        let CampaignEvent::Ended(end) = event else { return Ok(()) };
        let mut found: BTreeMap<&Path, Vec<Regression>> = BTreeMap::new();
        for regression in end.failures(self.world, self.mutant.as_deref(), None) {
            if let Some(path) = self.places.get(&regression.workload) {
                found.entry(path).or_default().push(regression);
            }
        }
        for (path, mut found) in found {
            let commit = commit(path.parent().unwrap_or(Path::new(".")));
            found.iter_mut().for_each(|own| own.commit.clone_from(&commit));
            // Somebody may have written to it meanwhile.
            let known = read_regressions(path).map_err(io::Error::other)?;
            let all = end.remembered(&known, found);
            if all != known {
                write_regressions(path, &all)?;
                let new = all.iter().filter(|own| !known.contains(own)).count();
                complain(&format!("remembered in {}: {new} more", path.display()));
            }
        }
        Ok(())
    }
}

/// The commit that is checked out in a folder, marked where a file that git knows has changed
/// since; none outside of git.
fn commit(folder: &Path) -> Option<String> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let ask = |args: &[&str]| {
        let mut git = Command::new("git");
        git.arg("-C").arg(folder).args(args).stdin(Stdio::null()).stderr(Stdio::null());
        let output = git.output().ok().filter(|output| output.status.success())?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let commit = ask(&["rev-parse", "--short=12", "HEAD"]).filter(|commit| !commit.is_empty())?;
    // What is remembered itself is no change of what is tested.
    let others = format!(":(top,exclude,glob)**/{REGRESSIONS}");
    let status = ["status", "--porcelain", "--untracked-files=no", "--", ":(top)", &others];
    let clean = ask(&status).is_some_and(|changes| changes.is_empty());
    Some(if clean { commit } else { format!("{commit}-dirty") })
}
