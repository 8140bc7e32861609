//! `chaos serve`: the reports in a browser, campaigns under way as they stand.

use super::args::ServeArgs;
use super::exit::{Blame, ExitCode, Failure};
use super::say::say;
use crate::serve::Server;
use anyhow::Context;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::fs;
use std::io;
use std::thread;

/// The port that bookmarks know.
const PORT: u16 = 8417;

pub(super) fn serve(args: &ServeArgs) -> Result<ExitCode, Failure> {
    let place = || args.folder.display().to_string();
    fs::read_dir(&args.folder).with_context(place).usage()?;
    let mut signals = Signals::new([SIGINT, SIGTERM]).unavailable()?;
    let server = bound(args)?;
    say(&format!("http://{}/ shows {}; Ctrl-C ends it\n", server.address(), place()))?;
    thread::spawn(move || server.serve());
    // To be stopped is how this ends: nothing is left undone.
    signals.forever().next();
    Ok(ExitCode::Valid)
}

fn bound(args: &ServeArgs) -> Result<Server, Failure> {
    let taken = |error: &io::Error| error.kind() == io::ErrorKind::AddrInUse;
    match (args.port, Server::bind(&args.folder, args.port.unwrap_or(PORT))) {
        (None, Err(error)) if taken(&error) => Server::bind(&args.folder, 0).unavailable(),
        (port, bound) => {
            let port = port.unwrap_or(PORT);
            bound.with_context(|| format!("127.0.0.1, port {port}")).unavailable()
        }
    }
}
