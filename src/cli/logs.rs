//! `chaos logs`: a saved run in columns, a node a column; and the same behind `replay --trace`.

use super::args::{ColourArg, LogsArgs, LookArgs};
use super::exit::{Blame, ExitCode, Failure};
use super::pager::page;
use crate::event::{CampaignEvent, Sink, Status};
use crate::report::folder;
use crate::report::logs::{self, Look};
use anyhow::{Context, anyhow};
use chaos_node::Nanos;
use std::env;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

/// The width where nobody says another and there is no terminal.
const WIDTH: usize = 120;

pub(super) fn logs(args: &LogsArgs) -> Result<ExitCode, Failure> {
    a_run(&args.run).usage()?;
    let saved = folder::read(&args.run).usage()?;
    let mut text = logs::lines(&saved.run(), &look(&args.look)).join("\n");
    text.push('\n');
    page(&text, !args.no_pager)?;
    Ok(ExitCode::Valid)
}

/// Tells who names something else what a run's folder is.
fn a_run(path: &Path) -> anyhow::Result<()> {
    let place = path.display();
    if !path.is_dir() {
        std::fs::metadata(path).with_context(|| place.to_string())?;
        return Err(anyhow!("{place}: not a folder: name the folder that a run was saved in"));
    }
    if path.join("verdict.json").exists() {
        return Ok(());
    }
    let runs = path.join("runs");
    let mut names: Vec<_> =
        std::fs::read_dir(&runs).into_iter().flatten().flatten().map(|run| run.path()).collect();
    names.sort();
    Err(match names.first() {
        Some(run) => anyhow!("{place}: a campaign of runs: name one of them: {}", run.display()),
        None => anyhow!("{place}: not the folder of a run: there is no verdict.json in it"),
    })
}

/// What the options of the command line want to see.
pub(super) fn look(args: &LookArgs) -> Look {
    let mut topics = args.topics.clone();
    if args.messages && !topics.is_empty() {
        topics.extend(["send", "receive"].map(str::to_owned));
    }
    Look {
        topics,
        messages: args.messages,
        ignore: args.ignore.clone(),
        nodes: args.node.clone(),
        from: args.from.unwrap_or(Nanos::ZERO),
        to: args.to.unwrap_or(Nanos::MAX),
        width: args.width.map_or_else(width, usize::from),
        colours: match args.color.unwrap_or(ColourArg::Auto) {
            ColourArg::Always => true,
            ColourArg::Never => false,
            ColourArg::Auto => {
                let refused = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
                let dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
                io::stdout().is_terminal() && !refused && !dumb
            }
        },
    }
}

/// The terminal's; behind a pipe that of the terminal which the pager writes to.
fn width() -> usize {
    terminal_size::terminal_size().map_or(WIDTH, |(width, _)| usize::from(width.0))
}

/// Prints the first failing run of a campaign, or its first run, when it is over.
pub(super) struct LogsSink(pub(super) Look);

impl Sink for LogsSink {
    fn event(&mut self, event: &CampaignEvent) -> io::Result<()> {
        let CampaignEvent::Ended(end) = event else { return Ok(()) };
        let kept = || end.runs.iter().filter(|run| run.folder.is_some());
        let failing = kept().find(|run| run.status == Status::Invalid).or_else(|| kept().next());
        let Some(run) = failing.and_then(|run| run.folder.as_ref()) else { return Ok(()) };
        let saved = folder::read(&end.start.out.join(run)).map_err(io::Error::other)?;
        let mut out = io::BufWriter::new(io::stdout());
        writeln!(out)?;
        for line in logs::lines(&saved.run(), &self.0) {
            writeln!(out, "{line}")?;
        }
        out.flush()
    }
}
