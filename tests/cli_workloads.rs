//! Campaigns of several workloads, as a user starts them.

#![allow(clippy::disallowed_methods, reason = "it starts the program on real files")]

mod cli_support;

use cli_support::{CALM, Ended, Home, eventually, names, repository};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

/// A folder of three workloads: one is fine, one breaks, one is of another size.
fn home() -> Home {
    let home = Home::new();
    fs::create_dir(home.path().join("all")).expect("a folder");
    home.write("all/calm.yaml", CALM);
    home.write("all/larger.yaml", &CALM.replace("nodes: 3", "nodes: 5"));
    let broken = "target: { name: raft, mutant: ack-before-sync }\nnodes: 3\nduration: 1s\n\
                  faults:\n  - kill: { victims: [all], every: 600ms, lasts: 100ms }\n";
    home.write("all/unwell.yaml", broken);
    home
}

fn seeds(home: &Home, out: &str, workload: &str) -> Vec<u64> {
    let runs = home.runs(out).into_iter().filter(|run| run["workload"] == workload);
    let mut seeds: Vec<u64> = runs.map(|run| run["seed"].as_u64().expect("a seed")).collect();
    seeds.sort_unstable();
    seeds
}

#[test]
fn clusters_of_several_sizes_take_turns_on_processes() {
    let home = home();
    let args = ["run", "all/calm.yaml", "all/larg*", "-n", "3", "--seed", "5", "-j", "4"];
    let ended = home.chaos(&[&args[..], &["--out", "out"]].concat()).code(0);
    assert!(ended.err.contains("6 runs of 2 workloads"), "{ended}");
    for workload in ["calm", "larger"] {
        assert_eq!(seeds(&home, "out", workload), [5, 6, 7], "{ended}");
    }
}

#[test]
fn the_worst_workload_is_told_first_and_each_has_folders_of_its_own() {
    let home = home();
    let args = ["run", "all", "--sim", "-n", "20", "--seed", "1", "--no-shrink", "--verbose"];
    let ended = home.chaos(&args).code(1);
    let rows = ["  unwell ", "  calm ", "  larger "].map(|row| ended.out.find(row).expect(row));
    assert!(rows.is_sorted(), "{ended}");
    let campaign = home.campaign("reports");
    assert!(campaign.file_name().is_some_and(|name| name.to_string_lossy().starts_with("all-")));
    assert_eq!(names(&campaign.join("runs")), ["unwell"], "only what failed is kept");
    assert!(ended.err.contains("calm seed 20: valid"), "every run is told: {ended}");
    assert!(ended.out.contains("such as unwell seed "), "{ended}");
    home.shell(ended.last_line()).code(1);
}

#[test]
fn one_after_another_if_the_user_says_so() {
    let home = home();
    let order = |more: &[&str], out: &str| {
        let args = ["run", "all/calm.yaml", "all/larger.yaml", "--sim", "-n", "2", "-j", "1"];
        home.chaos(&[&args[..], &["--seed", "1", "--out", out], more].concat()).code(0);
        let runs = home.runs(out);
        let name = |run: &serde_json::Value| run["workload"].as_str().map(str::to_owned);
        runs.iter().filter_map(name).collect::<Vec<_>>()
    };
    assert_eq!(order(&[], "turns"), ["calm", "larger", "calm", "larger"]);
    assert_eq!(order(&["--sequential"], "one"), ["calm", "calm", "larger", "larger"]);
}

#[test]
fn an_interrupted_campaign_still_has_its_table() {
    let home = home();
    let args = ["run", "all/calm.yaml", "all/larger.yaml", "--sim", "-n", "10000000", "--out", "o"];
    let mut command = home.command(&args);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a start");
    eventually("some runs are over", || {
        let campaigns = fs::read_dir(home.path().join("o")).into_iter().flatten().flatten();
        let mut runs = campaigns.map(|entry| fs::read_to_string(entry.path().join("runs.jsonl")));
        runs.any(|text| text.is_ok_and(|text| text.lines().count() > 3))
    });
    kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGINT).expect("a child that runs");
    let ended = Ended::from(child.wait_with_output().expect("an end")).code(130);
    assert!(ended.out.contains("of 20000000"), "{ended}");
    assert!(ended.out.contains("\n  workload "), "{ended}");
    assert!(ended.out.contains("\n  calm ") && ended.out.contains("\n  larger "), "{ended}");
}

#[test]
fn workloads_that_cannot_be_told_apart_or_are_not_there_are_mistakes() {
    let home = home();
    home.write("calm.yaml", CALM);
    fs::create_dir(home.path().join("empty")).expect("a folder");
    for (named, said) in [
        (&["calm.yaml", "all"][..], "calm.yaml is called `calm` too"),
        (&["empty"], "empty: no workload in it: nothing ends in .yaml"),
        (&["none-*"], "none-*: matches nothing"),
        (&["missing.yaml"], "missing.yaml: No such file"),
        (&[], "<WORKLOAD>"),
    ] {
        let ended = home.chaos(&[&["run", "--sim"], named].concat()).code(64);
        assert!(ended.err.contains(said), "{said}: {ended}");
    }
    home.chaos(&["run", "--sim", "calm.yaml", "calm.yaml", "./calm.yaml"]).code(0);
    assert_eq!(home.runs("reports").len(), 1, "a file that is named twice is one workload");
}

/// A workload that shows a known weakness shows that one, and no other.
#[test]
fn known_weaknesses_show_as_expected() {
    let home = Home::new();
    let files = fs::read_dir(repository("workloads")).expect("a folder").flatten();
    let has_expectation = |path: &PathBuf| {
        fs::read_to_string(path).is_ok_and(|text| text.lines().any(|l| l.starts_with("expect:")))
    };
    let mut paths: Vec<PathBuf> = files.map(|file| file.path()).filter(has_expectation).collect();
    paths.sort();
    assert!(paths.len() >= 5, "{paths:?}");
    for path in paths {
        let path = path.display().to_string();
        let ended = home.chaos(&["run", &path, "--sim", "-n", "100", "--seed", "1", "--no-shrink"]);
        assert!(ended.out.contains("as expected, "), "{path}: {ended}");
        ended.code(0);
    }
}
