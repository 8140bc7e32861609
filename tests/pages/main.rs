//! The pages in a real browser: Chromium without a window, as Debian packages it. Keys and pointers
//! are the browser's own events. Where there is no Chromium nothing is tried, and the tests say so.

#![allow(clippy::disallowed_methods, reason = "it starts programs on real files")]

mod browser;
#[path = "../cli_support/mod.rs"]
mod cli_support;
mod explorer;
mod live;
mod sound;
mod tab;

use cli_support::{Home, names, repository};
use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

/// A campaign that ended with a failure: its home, its page, and the folder of the failing run.
fn campaign() -> &'static (Home, PathBuf, PathBuf) {
    static CAMPAIGN: OnceLock<(Home, PathBuf, PathBuf)> = OnceLock::new();
    CAMPAIGN.get_or_init(|| {
        let workload = fs::read_to_string(repository("workloads/raft-kv.yaml"));
        let home = Home::with(&workload.expect("a workload"));
        let mutant = ["--mutant", "deposed-leader-read", "--until-fail", "--no-shrink"];
        let run = ["run", "w.yaml", "--sim", "--seed", "25", "-j", "2"];
        home.chaos(&[&run[..], &mutant].concat()).code(1);
        let campaign = home.campaign("reports");
        let run = names(&campaign.join("runs")).into_iter().next().expect("a failing run");
        let run = campaign.join("runs").join(run);
        (home, campaign.join("index.html"), run)
    })
}
