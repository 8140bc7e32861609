//! Campaigns in parts: shards that are merged, campaigns that are killed and resumed, and those
//! that time or a failure ends.

#![allow(clippy::disallowed_methods, reason = "it starts the program on real files")]

mod cli_support;

use chaos_node::Rng;
use cli_support::{CALM, Home, names};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

/// A workload that some seeds break.
const UNWELL: &str = "target: { name: raft, mutant: ack-before-sync }\nnodes: 3\nduration: 1s\n\
                      faults:\n  - kill: { victims: [all], every: 600ms, lasts: 100ms }\n";

const RUN: [&str; 7] = ["run", "w.yaml", "calm.yaml", "--sim", "--no-shrink", "--seed", "1"];

fn home() -> Home {
    let home = Home::with(UNWELL);
    home.write("calm.yaml", CALM);
    home
}

/// The lines of a campaign's journal, in order, without the name of its folder.
fn lines(campaign: &Path) -> Vec<String> {
    let text = fs::read_to_string(campaign.join("runs.jsonl")).expect("runs.jsonl");
    let name = campaign.file_name().expect("a name").to_string_lossy();
    let out = campaign.parent().and_then(Path::file_name).expect("a folder").to_string_lossy();
    let place = format!("{out}/{name}");
    let mut lines: Vec<String> = text.lines().map(|line| line.replace(&place, "HERE")).collect();
    lines.sort();
    lines
}

fn same_folders(one: &Path, other: &Path) {
    for workload in names(&one.join("runs")) {
        for seed in names(&one.join("runs").join(&workload)) {
            for file in ["plan.json", "history.jsonl", "trace.jsonl", "messages.jsonl"] {
                let path = Path::new("runs").join(&workload).join(&seed).join(file);
                let bytes = |campaign: &Path| fs::read(campaign.join(&path)).expect("a file");
                assert!(bytes(one) == bytes(other), "{} is another one", path.display());
            }
        }
    }
    assert_eq!(names(&one.join("runs")), names(&other.join("runs")));
}

#[test]
fn shards_merged_are_the_campaign_that_was_never_split() {
    let home = home();
    home.chaos(&[&RUN[..], &["-n", "32", "--out", "whole"]].concat()).code(1);
    let mut all = Vec::new();
    for part in 1..=16 {
        let (shard, out) = (format!("{part}/16"), format!("shards/{part}"));
        let args = [&RUN[..], &["-n", "32", "--shard", &shard, "--out", &out]].concat();
        let code = home.chaos(&args).status.code();
        assert!(matches!(code, Some(0 | 1)), "{shard}: {code:?}");
        all.push(out);
    }
    let merged = home.chaos(&["merge", "shards", "--out", "merged"]).code(1);
    assert!(merged.out.contains("64 runs"), "{merged}");
    assert!(!merged.out.contains("runs in 0"), "what the shards took counts: {merged}");
    let (whole, together) = (home.campaign("whole"), home.campaign("merged"));
    assert_eq!(lines(&whole), lines(&together));
    same_folders(&whole, &together);
    home.shell(merged.last_line()).code(1);

    let some: Vec<&str> = all[1..].iter().map(String::as_str).collect();
    let ended = home.chaos(&[&["merge", "--out", "some"], &some[..]].concat());
    assert!(ended.err.contains("warning: 1 of 16 shards are missing: 1/16"), "{ended}");
    assert!(ended.out.contains("60 runs of 64"), "{ended}");
    let twice = home.chaos(&["merge", &all[0], &all[1], &all[0]]).code(64);
    assert!(twice.err.contains(": named twice"), "{twice}");
    let args = [&RUN[..], &["-n", "32", "--shard", "1/16", "--out", "again"]].concat();
    home.chaos(&args);
    let twice = home.chaos(&["merge", &all[0], "again"]).code(64);
    assert!(twice.err.contains(": shard 1/16, as shards/1/"), "{twice}");
    let other = home.chaos(&["merge", &all[0], "whole"]).code(64);
    assert!(other.err.contains("not a shard of the same campaign as "), "{other}");
    let nothing = home.chaos(&["merge", "calm.yaml"]).code(64);
    assert!(nothing.err.contains("calm.yaml: Not a directory"), "{nothing}");
}

#[test]
fn shards_of_a_campaign_that_is_not_whole_are_not_valid() {
    let home = home();
    let args = ["run", "calm.yaml", "--sim", "--seed", "1", "-n", "8", "--shard", "2/2"];
    home.chaos(&args).code(0);
    let ended = home.chaos(&["merge", "reports", "--out", "merged"]).code(130);
    assert!(ended.err.contains("1 of 2 shards are missing: 1/2"), "{ended}");
    home.chaos(&["run", "calm.yaml", "--sim", "--shard", "1/2"]).code(64);
}

/// `CHAOS_KILLS=30 cargo test --release --test cli_parts killed` is the long form.
#[test]
fn a_campaign_that_is_killed_again_and_again_loses_no_run_and_repeats_none() {
    let kills = std::env::var("CHAOS_KILLS").ok().and_then(|kills| kills.parse().ok());
    let kills: u64 = kills.unwrap_or(5);
    let home = home();
    let runs = (kills * 60).to_string();
    let args = [&RUN[..], &["-n", &runs]].concat();
    let whole = home.chaos(&[&args[..], &["--out", "whole"]].concat()).code(1);
    let mut rng = Rng::new(kills);
    let first = [&args[..], &["--out", "killed"]].concat();
    let mut done = killed_after(&home, &first, &mut rng);
    assert!(done > 0, "the campaign has a folder before it is killed");
    let campaign = home.campaign("killed");
    let folder = campaign.strip_prefix(home.path()).expect("below").display().to_string();
    for _ in 1..kills {
        let now = killed_after(&home, &["run", "--resume", &folder], &mut rng);
        assert!(now >= done, "{now} runs after {done}");
        done = now;
    }
    assert!(done < kills * 120, "it was over before it was killed so often");
    let ended = home.chaos(&["run", "--resume", &folder]).code(1);
    assert_eq!(
        ended.last_line().split("runs/").next().map(|line| line.contains(&folder)),
        Some(true)
    );
    assert_eq!(lines(&home.campaign("whole")), lines(&campaign), "{whole}");
    same_folders(&home.campaign("whole"), &campaign);
    let again = home.chaos(&["run", "--resume", &folder]).code(1);
    let all = format!("{} runs", kills * 120);
    assert!(again.out.replace(',', "").contains(&all), "{again}");
    assert_eq!(lines(&home.campaign("whole")), lines(&campaign), "nothing was left to do");
}

/// Starts the program and kills it a while after some run is over; how many runs its journal has.
fn killed_after(home: &Home, args: &[&str], rng: &mut Rng) -> u64 {
    let before = finished(home);
    let mut command = home.command(args);
    let mut child =
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts");
    cli_support::eventually("a run is over", || {
        finished(home) > before || child.try_wait().is_ok_and(|status| status.is_some())
    });
    let until = Instant::now() + Duration::from_micros(rng.below(60_000));
    while Instant::now() < until {
        std::thread::yield_now();
    }
    child.kill().expect("a child");
    child.wait().expect("an end");
    finished(home)
}

/// How many whole lines the journal has.
fn finished(home: &Home) -> u64 {
    let campaigns = fs::read_dir(home.path().join("killed")).into_iter().flatten().flatten();
    let paths: Vec<PathBuf> = campaigns.map(|entry| entry.path().join("runs.jsonl")).collect();
    let text = paths.first().and_then(|path| fs::read(path).ok()).unwrap_or_default();
    text.iter().filter(|byte| **byte == b'\n').count() as u64
}

#[test]
fn what_was_interrupted_goes_on_as_it_was_asked_for() {
    let home = home();
    let ended = home.chaos(&["run", "--resume", "nowhere"]).code(64);
    assert!(ended.err.contains("nowhere/campaign.json: No such file"), "{ended}");
    home.chaos(&["run", "--resume", "nowhere", "w.yaml"]).code(64);
    home.chaos(&["run", "calm.yaml", "--sim", "-n", "4", "--seed", "3"]).code(0);
    let campaign = home.campaign("reports");
    let before = fs::read_to_string(campaign.join("runs.jsonl")).expect("runs.jsonl");
    let torn: Vec<&str> = before.split_inclusive('\n').take(2).collect();
    fs::write(campaign.join("runs.jsonl"), torn.concat() + "{\"workload\":\"ca").expect("a file");
    // The workload may have changed meanwhile; the campaign has not.
    home.write("calm.yaml", "nonsense");
    let folder = campaign.strip_prefix(home.path()).expect("below").display().to_string();
    let ended = home.chaos(&["run", "--resume", &folder]).code(0);
    assert!(ended.out.contains("calm: 4 runs"), "{ended}");
    let mut all: Vec<&str> = before.lines().collect();
    all.sort_unstable();
    assert_eq!(lines(&campaign), all);
    let replay = home.chaos(&["replay", "w.yaml", "--seed", "1", "--sim", "--out", "again"]);
    assert!(matches!(replay.status.code(), Some(0 | 1)), "{replay}");
    let again = home.campaign("again").display().to_string();
    let ended = home.chaos(&["run", "--resume", &again]).code(64);
    assert!(ended.err.contains("not a campaign of `chaos run`"), "{ended}");
}

#[test]
fn time_or_a_failure_ends_what_has_no_end() {
    let home = home();
    let ended = home.chaos(&["run", "calm.yaml", "--sim", "--budget", "200ms"]).code(0);
    assert!(ended.err.contains("runs without end"), "{ended}");
    assert!(home.runs("reports").len() > 1, "{ended}");
    assert_eq!(ended.last_line(), "all runs are valid", "time that is over is no interruption");

    let args = ["run", "w.yaml", "--sim", "--until-fail", "--seed", "1", "--out", "until"];
    home.chaos(&args).code(1);
    let runs = home.runs("until");
    let invalid = runs.iter().filter(|run| run["status"] == "invalid").count();
    assert_eq!(invalid, 1, "the first failure ends it");
    let folder = home.campaign("until").display().to_string();
    home.chaos(&["run", "--resume", &folder]).code(1);
    assert_eq!(home.runs("until").len(), runs.len(), "its end was reached");
    home.chaos(&["run", "w.yaml", "--sim", "--until-fail", "-n", "3"]).code(64);
}
