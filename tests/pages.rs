//! The pages in a real browser: Chromium without a window, as Debian packages it.
//!
//! Each page is copied with a probe behind it, a script that measures, presses and types, and
//! leaves what it found in the page; Chromium prints that. Where there is no Chromium nothing is
//! tried, and the test says so.

#![allow(clippy::disallowed_methods, reason = "it starts programs on real files")]

mod cli_support;

use cli_support::{Home, names, repository};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const PROBE: &str = include_str!("pages/probe.js");
const NARROW: &str = include_str!("pages/narrow.html");

/// A window of 1280 × 800 within its frame.
const USUAL: &str = "--window-size=1280,939";
const DARK: &str = "--blink-settings=preferredColorScheme=0";

struct Browser(PathBuf);

/// The browser, if there is one.
fn browser() -> Option<Browser> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let places: Vec<PathBuf> = std::env::split_paths(&folders).collect();
    let found = ["chromium", "chromium-browser", "google-chrome"]
        .iter()
        .find_map(|name| places.iter().map(|place| place.join(name)).find(|place| place.is_file()));
    if found.is_none() {
        println!("skipped: no chromium");
    }
    found.map(Browser)
}

impl Browser {
    /// What the page is when it is loaded; nothing may be told on its console.
    fn load(&self, page: &Path, args: &[&str]) -> String {
        let profile = tempfile::tempdir().expect("room for a profile");
        let output = Command::new(&self.0)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
            .args(["--enable-logging=stderr", "--virtual-time-budget=5000", "--dump-dom"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .args(args)
            .arg(page)
            .output()
            .expect("the browser starts");
        let told = String::from_utf8_lossy(&output.stderr);
        let console: Vec<&str> = told.lines().filter(|line| line.contains(":CONSOLE")).collect();
        assert!(console.is_empty(), "{}: {console:?}", page.display());
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// What the probe found on a page.
    fn probe(&self, page: &Path, args: &[&str]) -> Value {
        let dom = self.load(&probed(page), args);
        found(&dom)
    }
}

/// What the probe left in a page.
fn found(dom: &str) -> Value {
    let (_, found) = dom.rsplit_once("<pre id=\"probe\">").expect("the probe's words");
    let (found, _) = found.split_once("</pre>").expect("their end");
    let found = found.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    serde_json::from_str(&found).unwrap_or_else(|error| panic!("{error}: {found}"))
}

/// A copy of the page, beside it, with the probe at its end.
fn probed(page: &Path) -> PathBuf {
    let text = fs::read_to_string(page).expect("a page");
    let copy = page.with_file_name("probed.html");
    fs::write(&copy, format!("{text}<script>{PROBE}</script>")).expect("room for a page");
    copy
}

/// A campaign with failures, and the folder of one of them.
fn campaign(home: &Home) -> (PathBuf, PathBuf) {
    let args =
        ["run", "w.yaml", "--sim", "--seed", "1", "-n", "60", "--mutant", "deposed-leader-read"];
    home.chaos(&[&args[..], &["--no-shrink"]].concat()).code(1);
    let campaign = home.campaign("reports");
    let run = names(&campaign.join("runs")).into_iter().next().expect("a failing run");
    (campaign.join("index.html"), campaign.join("runs").join(run).join("report.html"))
}

fn home() -> Home {
    Home::with(&fs::read_to_string(repository("workloads/raft-kv.yaml")).expect("a workload"))
}

/// What holds of every page, whatever its colours and its width.
#[track_caller]
fn is_sound(found: &Value) {
    assert_eq!(found["resources"], 0, "it asks nobody for anything");
    let faint = found["faint"].as_array().expect("what is hard to read");
    assert!(faint.is_empty(), "too little contrast: {faint:#?}");
    let (content, window) = (found["content"].as_u64(), found["window"].as_u64());
    assert!(content <= window, "{content:?} of {window:?} pixels: it scrolls to the side");
}

#[test]
fn pages_load_read_and_answer_in_a_browser() {
    let Some(browser) = browser() else { return };
    let home = home();
    let (index, report) = campaign(&home);
    for page in [&index, &report] {
        is_sound(&browser.probe(page, &[USUAL]));
        let dark = browser.probe(page, &[USUAL, DARK]);
        assert_eq!(dark["dark"], true);
        is_sound(&dark);
        is_sound(&narrow(&browser, page));
    }
    violation_is_seen_at_once(&browser.probe(&report, &[USUAL]));
    table_sorts_and_filters(&browser.probe(&index, &[USUAL])["table"]);
}

/// What the probe found where the page has 400 pixels: in a frame, for a window is never so narrow.
fn narrow(browser: &Browser, page: &Path) -> Value {
    let frame = probed(page).with_file_name("narrow.html");
    fs::write(&frame, NARROW).expect("room for a page");
    let dom = browser.load(&frame, &[USUAL]);
    let found = found(&dom);
    assert_eq!(found["window"], 400);
    found
}

#[track_caller]
fn violation_is_seen_at_once(found: &Value) {
    let end = found["headline"].as_f64().expect("a headline");
    assert!(end > 0.0 && end < 400.0, "the sentence ends at {end}");
    let begin = found["counterexample"].as_f64().expect("a counterexample");
    assert!(begin < 800.0, "the counterexample begins at {begin}");
}

#[track_caller]
fn table_sorts_and_filters(table: &Value) {
    assert_eq!(table["reached"], true, "a head takes the focus: {table}");
    assert_eq!(table["up"], true, "{table}");
    assert_eq!(table["down"], true, "{table}");
    assert_eq!(table["sort"], "descending", "{table}");
    assert_eq!(table["verdicts"], serde_json::json!(["invalid"]), "{table}");
    assert_eq!(table["nothing"], 0, "{table}");
}
