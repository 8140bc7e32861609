//! `chaos schema`, `chaos completions` and `chaos man`: the program about itself.

use super::args::{Cli, CompletionsArgs, SchemaArg, SchemaArgs};
use super::exit::{Blame, ExitCode, Failure};
use super::say::say;
use crate::{report, workload};
use clap::{Command, CommandFactory};
use clap_mangen::Man;
use std::io;

pub(super) fn schema(args: &SchemaArgs) -> Result<ExitCode, Failure> {
    say(&match args.of {
        SchemaArg::Workload => workload::schema(),
        SchemaArg::Report => report::schema(),
    })?;
    Ok(ExitCode::Valid)
}

pub(super) fn completions(args: &CompletionsArgs) -> Result<ExitCode, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "chaos", &mut text);
    say(&String::from_utf8_lossy(&text))?;
    Ok(ExitCode::Valid)
}

pub(super) fn man() -> Result<ExitCode, Failure> {
    say(&page().unavailable()?)?;
    Ok(ExitCode::Valid)
}

/// The manual: one page, in which each subcommand has its section.
fn page() -> io::Result<String> {
    let mut command = Cli::command();
    command.build();
    let mut text = Vec::new();
    Man::new(command.clone()).render(&mut text)?;
    let mut text = String::from_utf8_lossy(&text).into_owned();
    let told = |sub: &&Command| !sub.is_hide_set() && sub.get_name() != "help";
    for sub in command.get_subcommands().filter(told) {
        text.push_str(&section(sub)?);
    }
    Ok(text)
}

fn section(sub: &Command) -> io::Result<String> {
    let man = Man::new(sub.clone());
    let mut text = Vec::new();
    man.render_description_section(&mut text)?;
    man.render_synopsis_section(&mut text)?;
    man.render_options_section(&mut text)?;
    let text = String::from_utf8_lossy(&text).replace(".SH ", ".SS ");
    Ok(format!(".SH \"CHAOS {}\"\n{text}", sub.get_name().to_uppercase()))
}
