//! Campaigns as a user starts them, on real processes and in the simulator.

#![allow(clippy::disallowed_methods, reason = "it starts the program on real files")]

mod cli_support;

use cli_support::{CALM, Ended, Home, eventually, names, namespaces, program, repository, root};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

/// All that the folder of a simulated run holds besides what its nodes left.
const SIMULATED_FILES: [&str; 8] = [
    "faults.jsonl",
    "history.jsonl",
    "messages.jsonl",
    "nodes",
    "plan.json",
    "report.html",
    "trace.jsonl",
    "verdict.json",
];

#[test]
fn a_campaign_leaves_its_results_and_nothing_else() {
    let home = Home::with(CALM);
    let ended = home.chaos(&["run", "w.yaml", "-n", "3", "--seed", "10", "--out", "out"]).code(0);
    assert_eq!(ended.last_line(), "all runs are valid", "{ended}");
    let seeds: BTreeSet<_> = home.runs("out").iter().map(|run| run["seed"].as_u64()).collect();
    assert_eq!(seeds, BTreeSet::from([Some(10), Some(11), Some(12)]));
    assert_eq!(names(&home.campaign("out")), ["campaign.json", "index.html", "runs.jsonl"]);
    assert_eq!(names(home.path()), ["out", "w.yaml"]);
    if namespaces() {
        assert!(ended.err.contains("on processes in network namespaces"), "{ended}");
    }
}

#[test]
fn kept_runs_are_whole_and_can_be_replayed() {
    let home = Home::with(CALM);
    home.chaos(&["run", "w.yaml", "--seed", "7", "--keep", "--out", "out"]).code(0);
    let run = home.campaign("out").join("runs/7");
    let expected: Vec<_> = SIMULATED_FILES.into_iter().filter(|f| *f != "messages.jsonl").collect();
    assert_eq!(names(&run), expected, "only the simulator knows the messages");
    assert_eq!(names(&run.join("nodes")), ["n1", "n2", "n3"]);
    let run = run.display().to_string();
    home.chaos(&["replay", &run, "-n", "2", "--out", "again"]).code(0);
    assert_eq!(home.runs("again").len(), 2);
    assert_eq!(names(&home.campaign("again").join("runs")), ["7", "7-2"]);
    home.chaos(&["check", &run]).code(0);
}

#[test]
fn a_weakness_that_is_expected_is_a_success_and_a_failure_where_it_does_not_show() {
    let split = fs::read_to_string(repository("workloads/bully-split.yaml")).expect("a workload");
    let cured = split.replace("variant: plain", "variant: quorum");
    let args = ["run", "w.yaml", "--sim", "-n", "10", "--seed", "1", "--no-shrink", "--out", "out"];
    let found = Home::with(&split).chaos(&args).code(0);
    assert!(found.last_line().starts_with("as expected, one-leader was violated"), "{found}");
    let missed = Home::with(&cured).chaos(&args).code(1);
    assert!(missed.last_line().starts_with("one-leader was expected to be violated"), "{missed}");
}

#[test]
fn mutants_are_found_and_the_last_line_brings_them_back() {
    let workload = fs::read_to_string(repository("workloads/raft-kv.yaml")).expect("a workload");
    for mutant in ["no-dedupe", "deposed-leader-read"] {
        let home = Home::with(&workload);
        let args = [
            "run",
            "w.yaml",
            "--sim",
            "-n",
            "500",
            "--seed",
            "1",
            "--fail-fast",
            "--no-shrink",
            "--out",
            "my out",
        ];
        let found = home.chaos(&[&args[..], &["--mutant", mutant]].concat()).code(1);
        let bad = home.runs("my out").into_iter().find(|run| run["status"] == "invalid");
        let bad = bad.expect("a run that violates something");
        let folder = bad["folder"].as_str().expect("a failing run is kept");
        let folder = home.campaign("my out").join(folder);
        assert_eq!(names(&folder), SIMULATED_FILES);
        assert!(found.last_line().ends_with("--sim"), "{found}");
        assert_eq!(Some(found.last_line()), bad["replay"].as_str());

        let again = home.shell(found.last_line()).code(1);
        let again_folder = home.campaign("reports").join("runs").join(bad["seed"].to_string());
        for file in ["history.jsonl", "trace.jsonl", "faults.jsonl", "messages.jsonl", "plan.json"]
        {
            let bytes = |folder: &std::path::Path| fs::read(folder.join(file)).expect(file);
            assert!(bytes(&folder) == bytes(&again_folder), "{file} is another one\n{again}");
        }
        assert_eq!(home.runs("reports")[0]["outcomes"], bad["outcomes"]);
    }
}

#[test]
fn a_seed_gives_the_same_run_however_many_run_at_once() {
    let workload = fs::read_to_string(repository("workloads/raft-kv.yaml")).expect("a workload");
    let home = Home::with(&workload);
    let runs = |jobs: &str| {
        let args =
            ["run", "w.yaml", "--sim", "-n", "2000", "--seed", "1", "-j", jobs, "--out", jobs];
        home.chaos(&args).code(0);
        let file = home.campaign(jobs).join("runs.jsonl");
        let text = fs::read_to_string(file).expect("runs.jsonl");
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let (one, three) = (runs("1"), runs("3"));
    assert_eq!(one.len(), 2000);
    assert!(one.iter().all(|line| line.contains(r#""trace_hash":""#)));
    assert_eq!(one, three);
}

#[test]
fn campaigns_that_begin_at_the_same_time_get_a_folder_each() {
    let home = Home::with(CALM);
    let start = |_| home.command(&["run", "w.yaml", "--sim"]).stdout(Stdio::null()).spawn();
    let all: Vec<_> = (0..4).map(start).map(|child| child.expect("the program starts")).collect();
    for mut child in all {
        assert!(child.wait().expect("an end").success());
    }
    assert_eq!(names(&home.path().join("reports")).len(), 4);
}

#[test]
fn nodes_that_exit_at_once_are_told_in_their_own_words() {
    let home = Home::new();
    script(&home, "node", "echo 'no moon tonight' >&2; exit 3");
    let ended = home.chaos(&["run", "w.yaml", "-n", "2"]).code(2);
    let words = "n1 ended before it was ready (exit status: 3): no moon tonight";
    assert!(ended.out.contains(words), "{ended}");
    assert_eq!(home.runs("reports").len(), 2);
}

#[test]
fn a_program_of_the_user_is_found_as_a_shell_finds_it() {
    let home = Home::new();
    let words = format!("exec '{}' \"$@\"", program().display());
    let path = script(&home, "my-node", &words);
    for word in ["./my-node", "my-node"] {
        let target = format!("target: {{ name: raft, program: [{word}] }}");
        home.write("w.yaml", &CALM.replacen("target: raft", &target, 1));
        let mut command = home.command(&["run", "w.yaml"]);
        let folder = path.parent().expect("a folder").display().to_string();
        command.env("PATH", format!("/usr/bin:/bin:{folder}"));
        Ended::from(command.output().expect("the program starts")).code(0);
    }
}

#[test]
fn nodes_that_cannot_start_are_told() {
    let home = Home::new();
    let node = script(&home, "node", "exit 0");
    fs::set_permissions(&node, fs::Permissions::from_mode(0o600)).expect("a file of ours");
    let ended = home.chaos(&["run", "w.yaml"]).code(2);
    assert!(ended.out.contains("cannot start n1 ("), "{ended}");
    assert!(ended.out.contains("Permission denied"), "{ended}");
}

#[test]
fn nodes_that_print_megabytes_harm_nobody() {
    let home = Home::new();
    let noise = "head -c 20000000 /dev/zero | tr '\\0'";
    let words = format!(
        "{noise} 'e' >&2; {noise} 'o'; {noise} '\\n'; exec '{}' \"$@\"",
        program().display()
    );
    script(&home, "node", &words);
    home.chaos(&["run", "w.yaml", "--keep", "--seed", "1"]).code(0);
    for node in ["n1", "n2", "n3"] {
        let kept = home.campaign("reports").join("runs/1/nodes").join(node).join("stderr.log");
        let kept = fs::metadata(kept).expect("what it said").len();
        assert!((1..=65_536).contains(&kept), "{kept} bytes of {node} are kept");
    }
}

/// Makes a node's program of a shell script, and a workload with it.
fn script(home: &Home, name: &str, words: &str) -> std::path::PathBuf {
    let path = home.write(name, &format!("#!/bin/sh\n{words}\n"));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a file of ours");
    let target = format!("target: {{ name: raft, program: ['{}'] }}", path.display());
    home.write("w.yaml", &CALM.replacen("target: raft", &target, 1));
    path
}

#[test]
fn an_interrupted_campaign_reports_what_it_has() {
    for world in [&["-j", "2"][..], &["--sim"]] {
        for signal in [Signal::SIGINT, Signal::SIGTERM] {
            interrupt(world, signal);
        }
    }
}

fn interrupt(world: &[&str], signal: Signal) {
    let home = Home::with(CALM);
    let args = ["run", "w.yaml", "-n", "10000000", "--out", "out"];
    let mut command = home.command(&[&args[..], world].concat());
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a start");
    eventually("some runs are over", || {
        let campaigns = fs::read_dir(home.path().join("out")).into_iter().flatten().flatten();
        let mut runs = campaigns.map(|entry| fs::read_to_string(entry.path().join("runs.jsonl")));
        runs.any(|text| text.is_ok_and(|text| text.lines().count() > 3))
    });
    kill(Pid::from_raw(child.id().cast_signed()), signal).expect("a child that runs");
    let ended = Ended::from(child.wait_with_output().expect("an end")).code(130);
    assert!(ended.err.contains("interrupted: giving up what is still running"), "{ended}");
    let runs = home.runs("out").len();
    assert!(runs > 3, "{ended}");
    assert!(ended.out.contains(" of 10000000"), "{ended}");
    assert_eq!(ended.last_line(), "no violation in the runs that were finished", "{ended}");
    assert_eq!(names(&home.campaign("out")), ["campaign.json", "index.html", "runs.jsonl"]);
    let campaign = fs::read(home.campaign("out").join("campaign.json")).expect("campaign.json");
    let campaign: serde_json::Value = serde_json::from_slice(&campaign).expect("JSON");
    assert_eq!(campaign["end"]["interrupted"], true);
    assert_eq!(campaign["end"]["tally"]["valid"], runs);
}

/// A shell makes a small disk that nobody else sees, fills it and says what is left on it.
#[test]
fn a_full_disk_loses_no_result_already_won() {
    if !root() {
        return;
    }
    let home = Home::with(CALM);
    fs::create_dir(home.path().join("disk")).expect("a folder");
    let words = "mount -t tmpfs -o size=600k tmpfs disk || exit 77
        \"$0\" run w.yaml -n 12 -j 1 --keep --sim --out disk; code=$?
        echo '--- runs'; cat disk/*/runs.jsonl; exit $code";
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", words]).arg(program()).current_dir(home.path());
    let ended = Ended::from(command.output().expect("unshare"));
    if ended.status.code() == Some(77) {
        println!("skipped: nothing can be mounted here");
        return;
    }
    let ended = ended.code(69);
    let (told, runs) = ended.out.split_once("--- runs\n").expect("both parts");
    assert!(told.ends_with("all runs are valid\n"), "{ended}");
    let warnings: Vec<&str> =
        ended.err.lines().filter(|line| line.starts_with("warning: ")).collect();
    assert!(matches!(warnings[..], [one] if one.contains("No space left on device")), "{ended}");
    let whole = runs.lines().filter(|line| serde_json::from_str::<serde_json::Value>(line).is_ok());
    let whole = whole.count();
    assert!(whole >= 2, "the first runs had room: {ended}");
}

#[test]
fn loopback_is_told_and_works() {
    let home = Home::with(CALM);
    let ended = home.chaos(&["run", "w.yaml", "-n", "2", "--isolation", "loopback"]).code(0);
    assert!(ended.err.contains("on processes on loopback"), "{ended}");
    assert!(ended.err.contains("warning: nodes share the loopback device"), "{ended}");
    assert_eq!(names(&home.campaign("reports")), ["campaign.json", "index.html", "runs.jsonl"]);
}

#[test]
fn nodes_keep_their_files_on_the_disk_that_is_named() {
    let home = Home::with(CALM);
    home.chaos(&["run", "w.yaml", "-n", "2", "--data-dir", "disk", "--out", "out"]).code(0);
    assert!(home.path().join("disk").is_dir());
    assert_eq!(names(&home.path().join("disk")), Vec::<String>::new(), "files are left");
    assert_eq!(names(&home.campaign("out")), ["campaign.json", "index.html", "runs.jsonl"]);
}

#[test]
fn a_terminal_that_is_gone_spoils_nothing() {
    let home = Home::with(CALM);
    let ended = home.pipe_into_nobody(&["run", "w.yaml", "-n", "2", "--sim"]).code(0);
    assert!(!ended.err.contains("warning"), "{ended}");
    assert_eq!(home.runs("reports").len(), 2);
}
