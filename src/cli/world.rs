//! The ground that campaigns run on, from the options of the command line.

use super::args::{IsolationArg, WorldArgs};
use super::exit::{Blame, ExitCode, Failure};
use super::say::complain;
use super::workloads::file_name;
use crate::event::{Sink, Status};
use crate::report::folder::read_world;
use crate::runner::{self, Campaign, Finished};
use crate::targets::Targets;
use crate::workload::plan::TargetPlan;
use crate::world::process::execute::Program;
use crate::world::process::{ArenaOptions, Arenas, Footing, Ground, enter};
use anyhow::{Context, anyhow};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use tokio::runtime::{Builder, Runtime};

/// The simulator, in words.
pub(super) const SIMULATION: &str = "simulation";

impl WorldArgs {
    /// What is made again is made in the world where it was, if it is the folder of a run and no
    /// world is named.
    pub(super) fn follow(&mut self, what: &Path) {
        let named = self.isolation != IsolationArg::Auto || self.data_dir.is_some();
        self.sim |= !named && read_world(what).is_some_and(|world| world == SIMULATION);
    }
}

/// Enters the ground. Nothing may have started a thread before.
pub(super) fn ground(args: &WorldArgs) -> Result<Ground, Failure> {
    if let Some(dir) = &args.data_dir {
        fs::create_dir_all(dir).with_context(|| format!("--data-dir {}", dir.display())).usage()?;
    }
    enter(args.isolation.into()).unavailable()
}

/// Where it runs, in words, and what the user should know about that.
pub(super) fn footing(ground: &Ground) -> (String, Vec<String>) {
    match ground.footing() {
        Footing::Namespaces => ("processes in network namespaces".to_owned(), Vec::new()),
        Footing::Loopback { why } => {
            let warning = format!(
                "nodes share the loopback device, with relays between them: {why} \
                 (`chaos doctor` tells more)"
            );
            ("processes on loopback".to_owned(), vec![warning])
        }
    }
}

pub(super) fn arenas(ground: &Ground, args: &WorldArgs, folder: &Path) -> Result<Arenas, Failure> {
    let scratch = folder.join("scratch");
    fs::create_dir_all(&scratch).with_context(|| format!("{}", scratch.display())).unavailable()?;
    let data_dir = args.data_dir.as_ref().map(fs::canonicalize).transpose().unavailable()?;
    ground.arenas(&ArenaOptions { scratch, data_dir }).unavailable()
}

/// The folder of a campaign, new, and below the folder that the user named.
pub(super) fn campaign_folder(out: &Path, name: &str) -> Result<PathBuf, Failure> {
    let now = jiff::Zoned::now().strftime("%Y%m%d-%H%M%S").to_string();
    let name = file_name(name);
    fs::create_dir_all(out).with_context(|| format!("--out {}", out.display())).usage()?;
    let names = (1..).map(|attempt| match attempt {
        1 => format!("{name}-{now}"),
        _ => format!("{name}-{now}-{attempt}"),
    });
    for name in names {
        let folder = out.join(name);
        match fs::create_dir(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => {
                return Err(error).with_context(|| format!("--out {}", out.display())).usage();
            }
        }
    }
    unreachable!("there are endless names")
}

/// The program that hosts the target's nodes: this one, unless the workload has its own.
pub(super) fn program(target: &TargetPlan) -> Result<Program, Failure> {
    match &target.program {
        None => {
            let path = std::env::current_exe().context("my own program").unavailable()?;
            Ok(Program { path, args: Vec::new() })
        }
        Some(words) => own_program(words),
    }
}

fn own_program(words: &[String]) -> Result<Program, Failure> {
    let (word, args) =
        words.split_first().ok_or_else(|| anyhow!("the target's program is empty")).usage()?;
    let path = find(word).with_context(|| format!("the target's program {word}")).usage()?;
    Ok(Program { path, args: args.to_vec() })
}

/// Where a program is, as a shell finds it. Links are not followed: some programs look at the name
/// that they are called by.
pub(super) fn find(word: &str) -> io::Result<PathBuf> {
    let path = match word.contains('/') {
        true => PathBuf::from(word),
        false => {
            let folders = std::env::var_os("PATH").unwrap_or_default();
            let mut places = std::env::split_paths(&folders).map(|folder| folder.join(word));
            places.find(|place| place.is_file()).ok_or(io::ErrorKind::NotFound)?
        }
    };
    fs::metadata(&path)?;
    std::path::absolute(path)
}

/// Runs a campaign on real processes with all its reports, and says how the program ends.
pub(super) fn on_processes(
    campaign: Campaign<'_>,
    arenas: &Arenas,
    programs: &[Program],
    sinks: &mut [Box<dyn Sink>],
) -> Result<ExitCode, Failure> {
    let folder = campaign.start.out.clone();
    let finished = runner::on_processes(campaign, arenas, programs, sinks).unavailable()?;
    clean(&folder);
    Ok(code(&finished))
}

/// Takes the folder of the nodes' files away. Without effect where that is a mount of ours, which
/// goes with us.
pub(super) fn clean(folder: &Path) {
    let _ = fs::remove_dir(folder.join("scratch"));
}

/// What drives clusters, on this thread.
pub(super) fn runtime() -> Result<Runtime, Failure> {
    Builder::new_current_thread().enable_all().build().unavailable()
}

/// Runs a campaign in the simulator with all its reports, and says how the program ends.
pub(super) fn in_simulation(
    campaign: &Campaign<'_>,
    targets: &Targets,
    sinks: &mut [Box<dyn Sink>],
) -> Result<ExitCode, Failure> {
    let finished = runner::in_simulation(campaign, targets, sinks).unavailable()?;
    Ok(code(&finished))
}

/// A violation outranks all, for it is proven; that not all was done comes next.
pub(super) fn code(finished: &Finished) -> ExitCode {
    // Files give no broken pipes: that is a terminal that nobody looks at any more.
    let nobody = |error: &&io::Error| error.kind() == io::ErrorKind::BrokenPipe;
    let unsaved: Vec<&io::Error> = finished.unsaved.iter().filter(|e| !nobody(e)).collect();
    if let Some(error) = unsaved.first() {
        let count = unsaved.len();
        complain(&format!("warning: {count} results could not be saved, the first for: {error}"));
    }
    match finished.end.status() {
        Status::Invalid => ExitCode::Violation,
        _ if finished.end.interrupted => ExitCode::Interrupted,
        Status::Unknown => ExitCode::Unknown,
        Status::Valid if !unsaved.is_empty() => ExitCode::Unavailable,
        Status::Valid => ExitCode::Valid,
    }
}
