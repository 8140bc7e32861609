//! `chaos node`: hosts one node as a real process.

use super::args::NodeArgs;
use super::exit::ExitCode;
use crate::host::{self, HostConfig, HostError};
use crate::targets::Targets;
use std::process;

pub(super) fn node(args: &NodeArgs, targets: &Targets) -> process::ExitCode {
    let Some(target) = targets.find(&args.target) else {
        let known: Vec<&str> = targets.names().collect();
        eprintln!("unknown target `{}`, expected one of: {}", args.target, known.join(", "));
        return ExitCode::Usage.into();
    };
    let hosted = HostConfig::from_json(&args.config).and_then(|config| host::run(target, config));
    match hosted {
        Ok(()) => process::ExitCode::SUCCESS,
        Err(error) => told(&error),
    }
}

fn told(error: &HostError) -> process::ExitCode {
    eprintln!("{error}");
    process::ExitCode::from(error.exit_code())
}
