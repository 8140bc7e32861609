//! `kill -9` of a campaign, at any moment, leaves nothing but its results.

#![allow(clippy::disallowed_methods, reason = "it kills real processes")]

mod cli_support;

use chaos_node::Rng;
use cli_support::{CALM, Home, eventually, names, namespaces};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

/// How often.
const KILLS: u32 = 50;

/// The latest moment of a kill: start-up takes some ten milliseconds, a run half a second.
const LATEST: Duration = Duration::from_millis(900);

#[test]
fn a_tester_that_is_killed_leaves_nothing() {
    if !namespaces() {
        return;
    }
    let (mounts, interfaces) = (mounts(), interfaces());
    let mut rng = Rng::new(2);
    let mut met_nodes = 0;
    for _ in 0..KILLS {
        let home = Home::with(CALM);
        // Half of the moments are of the start-up, where the most is half done.
        let latest = if rng.chance(500_000) { LATEST } else { LATEST / 15 };
        let micros = rng.below(u64::try_from(latest.as_micros()).expect("less than a second"));
        met_nodes += u32::from(kill_at(Duration::from_micros(micros), &home));
        assert_eq!(self::mounts(), mounts);
        eventually("its interfaces are gone", || self::interfaces().is_subset(&interfaces));
        assert!(names(home.path()).iter().all(|name| name == "w.yaml" || name == "out"));
        results_alone(&home);
    }
    assert!(met_nodes > 5, "only {met_nodes} of {KILLS} kills met nodes that ran");
}

/// Kills a campaign so long after its start; true if it had nodes by then.
fn kill_at(moment: Duration, home: &Home) -> bool {
    let mark = home.path().display().to_string();
    let args = ["run", "w.yaml", "-n", "1000", "-j", "3", "--out", "out"];
    let mut command = home.command(&args);
    command.env("CHAOS_TEST_MARK", &mark).stdout(Stdio::null()).stderr(Stdio::null());
    let mut tester = command.spawn().expect("the program starts");
    let began = Instant::now();
    while began.elapsed() < moment {
        std::thread::sleep(Duration::from_micros(200));
    }
    // The tester, the first process of its PID namespace, and then nodes.
    let had_nodes = marked(&mark).len() > 2;
    tester.kill().expect("a campaign that goes on");
    tester.wait().expect("a campaign that is dead");
    eventually("its processes are gone", || marked(&mark).is_empty());
    had_nodes
}

/// The processes that know the campaign's folder: the tester and its helpers from their
/// environment, nodes from the configuration on their command line.
fn marked(mark: &str) -> Vec<PathBuf> {
    let holds = |process: &Path| {
        ["environ", "cmdline"].into_iter().any(|file| {
            let words = fs::read(process.join(file)).unwrap_or_default();
            words.windows(mark.len()).any(|window| window == mark.as_bytes())
        })
    };
    let all = fs::read_dir("/proc").expect("a list of processes").flatten();
    let numbered = |name: &str| name.bytes().all(|byte| byte.is_ascii_digit());
    let all = all.filter(|entry| entry.file_name().to_str().is_some_and(numbered));
    all.map(|entry| entry.path()).filter(|process| holds(process)).collect()
}

fn mounts() -> String {
    fs::read_to_string("/proc/self/mounts").expect("a list of mounts")
}

fn interfaces() -> BTreeSet<String> {
    names(Path::new("/sys/class/net")).into_iter().collect()
}

/// What is left below `--out` is results: whole lines, and no node's files.
fn results_alone(home: &Home) {
    for campaign in fs::read_dir(home.path().join("out")).into_iter().flatten().flatten() {
        let campaign = campaign.path();
        for name in names(&campaign) {
            let results = ["campaign.json", "campaign.json.part", "runs.jsonl", "scratch"];
            assert!(results.contains(&name.as_str()), "{name} is left");
        }
        let scratch = campaign.join("scratch");
        assert!(!scratch.exists() || names(&scratch).is_empty(), "nodes' files are left");
        let runs = fs::read_to_string(campaign.join("runs.jsonl")).unwrap_or_default();
        for run in runs.lines() {
            serde_json::from_str::<serde_json::Value>(run).expect("a whole line");
        }
    }
}
