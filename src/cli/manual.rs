//! `chaos schema`, `chaos completions` and `chaos man`: the program about itself.

use super::args::{Cli, CompletionsArgs};
use super::exit::{Blame, ExitCode, Failure};
use crate::workload;
use clap::CommandFactory;
use std::io::{self, Write};

pub(super) fn schema() -> Result<ExitCode, Failure> {
    print(workload::schema().as_bytes())
}

pub(super) fn completions(args: &CompletionsArgs) -> Result<ExitCode, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "chaos", &mut text);
    print(&text)
}

pub(super) fn man() -> Result<ExitCode, Failure> {
    let mut text = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut text).unavailable()?;
    print(&text)
}

/// A reader that has seen enough, such as `head`, is no failure.
fn print(text: &[u8]) -> Result<ExitCode, Failure> {
    match io::stdout().write_all(text) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::Valid),
        other => other.map(|()| ExitCode::Valid).unavailable(),
    }
}
