//! The command line: one file a subcommand.
//!
//! Every way to end has its own exit code, see [`ExitCode`]; `--help` tells them too.

mod again;
mod args;
mod campaign;
mod check;
mod doctor;
mod exit;
mod folders;
mod list;
mod logs;
mod manual;
mod merge;
mod mutants;
mod node;
mod open;
mod pager;
mod recipe;
mod regressions;
mod replay;
mod run;
mod say;
mod serve;
mod shrink;
mod workloads;
mod world;

pub use exit::ExitCode;
use exit::Failure;
use say::complain;

use crate::targets::Targets;
use args::{Cli, Command};
use clap::Parser;
use clap::error::ErrorKind;
use std::panic::AssertUnwindSafe;
use std::process;

/// The whole program, for a `main` of one line. `more` are targets besides those that come with
/// the tool:
///
/// ```no_run
/// fn main() -> std::process::ExitCode {
///     chaos::main(&[])
/// }
/// ```
pub fn main(more: &[&'static dyn chaos_node::Target]) -> process::ExitCode {
    let targets = Targets::builtin().with(more);
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    // The node's process has its own way with panics, for there it is the node that is tested.
    if let Command::Node(args) = cli.command {
        return node::node(&args, &targets);
    }
    // Nothing of a command that panicked is looked at again.
    let work = AssertUnwindSafe(|| command(cli.command, &targets));
    let result = std::panic::catch_unwind(work);
    match result {
        Ok(Ok(code)) => code.into(),
        Ok(Err(failure)) => {
            complain(&format!("error: {failure:#}"));
            failure.code().into()
        }
        Err(_) => {
            complain("this is a bug in chaos, not in the system under test: please report it");
            ExitCode::Bug.into()
        }
    }
}

fn usage(error: &clap::Error) -> process::ExitCode {
    // When the reader of the help is gone, there is nobody left to tell.
    let _ = error.print();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::Valid.into(),
        _ => ExitCode::Usage.into(),
    }
}

fn command(command: Command, targets: &Targets) -> Result<ExitCode, Failure> {
    match command {
        Command::Run(args) => run::run(&args, targets),
        Command::Merge(args) => merge::merge(&args),
        Command::Replay(mut args) => {
            args.world.follow(&args.what);
            replay::replay(&args, targets)
        }
        Command::Shrink(mut args) => {
            args.world.follow(&args.what);
            shrink::shrink(&args, targets)
        }
        Command::Mutants(args) => mutants::mutants(&args, targets),
        Command::Check(args) => check::check(&args),
        Command::Open(args) => open::open(&args),
        Command::Serve(args) => serve::serve(&args),
        Command::Logs(args) => logs::logs(&args),
        Command::List => list::list(targets),
        Command::Doctor => doctor::doctor(),
        Command::Schema(args) => manual::schema(&args),
        Command::Completions(args) => manual::completions(&args),
        Command::Man => manual::man(),
        Command::Node(_) => unreachable!("nodes are hosted before anything else"),
    }
}
