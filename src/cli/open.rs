//! `chaos open`: the page of a campaign or a run, in the browser.

use super::args::OpenArgs;
use super::exit::{Blame, ExitCode, Failure};
use super::say::say;
use super::world;
use crate::report::folder::PAGE;
use anyhow::{Context, anyhow};
use std::env;
use std::fs;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// The page of a campaign, in its folder.
const INDEX: &str = "index.html";
/// How long an opener has to fail. One that has not by then may be the browser itself.
const SOON: Duration = Duration::from_secs(2);

pub(super) fn open(args: &OpenArgs) -> Result<ExitCode, Failure> {
    let page = page(&args.folder).usage()?;
    let page = fs::canonicalize(&page).with_context(|| page.display().to_string()).usage()?;
    say(&format!("{}\n", page.display()))?;
    let opener = opener().unavailable()?;
    opened(&opener, &page).with_context(|| opener.display().to_string()).unavailable()?;
    Ok(ExitCode::Valid)
}

/// The page that is meant: the folder's own, or that of the newest campaign in it.
fn page(folder: &Path) -> anyhow::Result<PathBuf> {
    let place = folder.display();
    let entries = fs::read_dir(folder).with_context(|| place.to_string())?;
    if let Some(page) = own_page(folder) {
        return Ok(page);
    }
    if folder.join("campaign.json").exists() {
        return Err(anyhow!(
            "{place}: this campaign has not ended: `chaos serve {place}` shows it"
        ));
    }
    let pages = entries.flatten().filter_map(|entry| own_page(&entry.path()));
    let newest = pages.max_by_key(|page| page.metadata().and_then(|page| page.modified()).ok());
    newest.ok_or_else(|| anyhow!("{place}: no campaign or run in it has a page"))
}

fn own_page(folder: &Path) -> Option<PathBuf> {
    [INDEX, PAGE].map(|name| folder.join(name)).into_iter().find(|page| page.is_file())
}

/// The program that opens what a desktop can show.
fn opener() -> anyhow::Result<PathBuf> {
    if cfg!(target_os = "macos") {
        return Ok(PathBuf::from("open"));
    }
    let desktop = ["DISPLAY", "WAYLAND_DISPLAY", "BROWSER"];
    let there = desktop.iter().any(|name| env::var_os(name).is_some_and(|value| !value.is_empty()));
    let lacks = |what| anyhow!("{what}: open the page yourself, or let `chaos serve` show it");
    match there {
        false => Err(lacks("there is no desktop here")),
        true => world::find("xdg-open").map_err(|_| lacks("there is no xdg-open here")),
    }
}

/// Starts the opener, in a group of its own: Ctrl-C is not meant for the browser.
fn opened(opener: &Path, page: &Path) -> io::Result<()> {
    let mut command = Command::new(opener);
    command.arg(page).process_group(0);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let (mut child, began) = (command.spawn()?, Instant::now());
    while began.elapsed() < SOON {
        match child.try_wait()? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(io::Error::other(format!("{status}"))),
            None => thread::sleep(Duration::from_millis(10)),
        }
    }
    Ok(())
}
