//! What failed once is tried first, as a user meets it.

#![allow(clippy::disallowed_methods, reason = "it starts the program on real files")]

mod cli_support;

use cli_support::{CALM, Home};
use serde_json::Value;
use std::fs;
use std::process::Command;

/// What its nodes bear, unless they acknowledge what is not on the disk yet.
const KILLS: &str = "target: raft\nnodes: 3\nduration: 1s\n\
                     faults:\n  - kill: { victims: [all], every: 600ms, lasts: 100ms }\n";

/// A workload that some seeds break.
fn buggy() -> String {
    KILLS.replace("target: raft", "target: { name: raft, mutant: ack-before-sync }")
}

fn home() -> Home {
    let home = Home::with(&buggy());
    home.write("calm.yaml", CALM);
    home
}

const KEEP: [&str; 8] =
    ["run", ".", "--sim", "--no-shrink", "--keep-regressions", "--seed", "1", "-n"];

fn remembered(home: &Home) -> Vec<Value> {
    let text = fs::read_to_string(home.path().join("regressions.jsonl")).expect("the file");
    text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

/// The workloads and seeds of a campaign, in the order in which its runs ended.
fn order(home: &Home, out: &str) -> Vec<(String, u64)> {
    let name = |run: &Value| {
        (
            run["workload"].as_str().expect("a name").to_owned(),
            run["seed"].as_u64().expect("a seed"),
        )
    };
    home.runs(out).iter().map(name).collect()
}

#[test]
fn what_failed_is_remembered_once_and_tried_first() {
    let home = home();
    let found = home.chaos(&[&KEEP[..], &["40", "--out", "first"]].concat()).code(1);
    assert!(found.err.contains("remembered in ./regressions.jsonl: "), "{found}");
    let first = remembered(&home);
    assert!(!first.is_empty());
    let kinds: std::collections::BTreeSet<_> =
        first.iter().map(|line| line["kind"].to_string()).collect();
    assert_eq!(kinds.len(), first.len(), "a kind, a line: {first:#?}");
    let text = fs::read(home.path().join("regressions.jsonl")).expect("the file");

    let again = [
        "run",
        ".",
        "--sim",
        "--no-shrink",
        "--seed",
        "500",
        "-n",
        "2",
        "-j",
        "1",
        "--keep-regressions",
        "--out",
    ];
    let ended = home.chaos(&[&again[..], &["again"]].concat()).code(1);
    let seeds: Vec<u64> = first.iter().map(|line| line["seed"].as_u64().expect("a seed")).collect();
    let order = order(&home, "again");
    for (place, seed) in seeds.iter().enumerate() {
        assert_eq!(order[place], ("w".to_owned(), *seed), "{order:?}");
    }
    assert_eq!(order.len(), 4 + seeds.len());
    assert!(ended.out.contains(" still fails: "), "{ended}");
    assert_eq!(
        fs::read(home.path().join("regressions.jsonl")).expect("the file"),
        text,
        "nothing new"
    );

    home.write("w.yaml", KILLS);
    let ended = home.chaos(&["run", "w.yaml", "--sim", "--seed", "500", "--out", "mended"]).code(0);
    assert!(ended.out.contains(" passes, but its seed makes another plan now: "), "{ended}");
    let without =
        ["run", "w.yaml", "--sim", "--seed", "500", "--no-regressions", "--out", "without"];
    home.chaos(&without).code(0);
    assert_eq!(home.runs("without").len(), 1);
}

#[test]
fn shards_and_merges_and_campaigns_that_go_on_try_them_once() {
    let home = home();
    home.chaos(&[&KEEP[..], &["40", "--out", "first"]].concat()).code(1);
    let known = remembered(&home).len();
    let args = ["run", ".", "--sim", "--no-shrink", "--seed", "900", "-n", "4", "--out"];
    home.chaos(&[&args[..], &["whole"]].concat()).code(1);
    for shard in ["1/3", "2/3", "3/3"] {
        home.chaos(&[&args[..], &["parts", "--shard", shard]].concat());
    }
    let ended = home.chaos(&["merge", "parts", "--out", "merged", "--junit", "all.xml"]).code(1);
    assert!(ended.out.contains(" still fails: "), "{ended}");
    let sorted = |out: &str| {
        let mut order = order(&home, out);
        order.sort();
        order
    };
    assert_eq!(sorted("whole"), sorted("merged"));
    assert_eq!(sorted("whole").len(), 8 + known);
    let junit = fs::read_to_string(home.path().join("all.xml")).expect("JUnit");
    assert!(junit.contains("<failure"), "{junit}");

    // Taken out of the file meanwhile, they are still the campaign's.
    fs::remove_file(home.path().join("regressions.jsonl")).expect("the file");
    let campaign = home.campaign("whole");
    let text = fs::read_to_string(campaign.join("runs.jsonl")).expect("the journal");
    fs::write(campaign.join("runs.jsonl"), text.lines().next().expect("a line").to_owned() + "\n")
        .expect("room");
    let folder = campaign.display().to_string();
    let ended = home.chaos(&["run", "--resume", &folder, "--keep-regressions"]).code(1);
    assert!(ended.out.contains(&format!("{} runs", 8 + known)), "{ended}");
    assert_eq!(sorted("whole"), sorted("merged"));
    assert!(remembered(&home).len() <= known, "what the campaign found is remembered");
}

#[test]
fn the_commit_is_remembered_and_a_file_that_makes_no_sense_is_told() {
    let home = home();
    let git = |args: &[&str]| {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=t", "-c", "user.email=t@example.org"]).args(args);
        git.current_dir(home.path()).output().is_ok_and(|ended| ended.status.success())
    };
    let here = git(&["init", "-q"]) && git(&["add", "."]) && git(&["commit", "-qm", "all"]);
    home.chaos(&[&KEEP[..], &["20", "--out", "first"]].concat()).code(1);
    let commit = remembered(&home)[0]["commit"].clone();
    assert!(!here || commit.as_str().is_some_and(|commit| commit.len() == 12), "{commit}");
    home.write("regressions.jsonl", "<<<<<<< HEAD\n");
    let ended = home.chaos(&["run", "w.yaml", "--sim"]).code(64);
    assert!(
        ended.err.contains("./regressions.jsonl, line 1: expected")
            || ended.err.contains("regressions.jsonl, line 1: expected"),
        "{ended}"
    );
    home.chaos(&["run", "w.yaml", "--sim", "--no-regressions", "--seed", "14"]);
}
