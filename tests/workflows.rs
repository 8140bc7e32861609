//! The commands that users copy: the steps of the nightly workflow and the line for `git bisect`,
//! as they stand in the files, with this program and less time.

#![allow(clippy::disallowed_methods, reason = "it runs shell commands on real files")]

mod cli_support;

use cli_support::{Ended, Home, program, repository};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

#[derive(Deserialize)]
struct Workflow {
    jobs: BTreeMap<String, Job>,
}

#[derive(Deserialize)]
struct Job {
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    #[serde(default)]
    run: Option<String>,
}

/// What this machine has done already, or does another way.
const ELSEWHERE: [&str; 3] = ["sudo sysctl ", "cargo build ", ".ci/run"];

/// The commands of a job that run anywhere.
fn steps(file: &str, job: &str) -> Vec<String> {
    let text = fs::read_to_string(repository(".github/workflows").join(file)).expect("a workflow");
    let workflow: Workflow = serde_saphyr::from_str(&text).expect("a workflow");
    let runs = workflow.jobs[job].steps.iter().filter_map(|step| step.run.clone());
    runs.filter(|run| !ELSEWHERE.iter().any(|other| run.starts_with(other))).collect()
}

/// Runs a script as a workflow does, with this program.
fn shell(home: &Home, script: &str, env: &[(&str, &str)]) -> Ended {
    let script = script.replace("./target/release/chaos", &program().display().to_string());
    let mut bash = Command::new("bash");
    bash.args(["-e", "-o", "pipefail", "-c", &script]).current_dir(home.path());
    bash.envs(env.iter().copied()).env("NO_COLOR", "1");
    bash.output().expect("a shell").into()
}

#[test]
fn the_nightly_workflow_does_what_it_says() {
    assert!(steps("ci.yml", "all").is_empty(), "all of it is in .ci/run");
    let home = Home::new();
    fs::create_dir(home.path().join("workloads")).expect("a folder");
    let bug = "target: { name: raft, mutant: ack-before-sync }\nnodes: 3\nduration: 1s\n\
               faults:\n  - kill: { victims: [all], every: 600ms, lasts: 100ms }\n";
    home.write("workloads/raft-kv.yaml", bug);
    let campaign = steps("nightly.yml", "campaign");
    let [campaign] = &campaign[..] else { panic!("one step of its own: {campaign:?}") };
    assert!(campaign.contains("--budget 40m"), "{campaign}");
    let campaign = campaign.replace("--budget 40m", "-n 12 --no-shrink --sim");
    let mut codes = Vec::new();
    for shard in ["1", "2", "3", "4"] {
        let place = format!("parts/shard-{shard}");
        fs::create_dir_all(home.path().join(&place)).expect("a folder");
        let script = campaign.replace("shards/", &format!("{place}/shards/"));
        codes.push(shell(&home, &script, &[("NIGHT", "7"), ("SHARD", shard)]).status.code());
    }
    assert!(codes.contains(&Some(1)), "a shard fails by itself: {codes:?}");
    assert!(codes.iter().all(|code| matches!(code, Some(0 | 1))), "{codes:?}");
    let report = steps("nightly.yml", "report");
    let [merge] = &report[..] else { panic!("one step of its own: {report:?}") };
    // What the shards found is said by their own jobs.
    let ended = shell(&home, merge, &[]).code(0);
    assert!(ended.out.contains("12 runs"), "{ended}");
    for file in ["reports", "junit.xml", "workloads/regressions.jsonl"] {
        assert!(home.path().join(file).exists(), "{file}: {ended}");
    }
}

/// Six commits, of which the fourth brings a bug.
#[test]
fn git_bisect_finds_the_commit_that_brought_a_bug() {
    let home = Home::new();
    let name = ["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"];
    let names = name.map(|name| (name, "t@example.org"));
    let git = |command: &str| shell(&home, command, &names);
    if git("git init -q -b main").status.code() != Some(0) {
        return println!("skipped: no git here");
    }
    let good = "target: raft\nnodes: 3\nduration: 1s\nfaults:\n  \
                - kill: { victims: [all], every: 600ms, lasts: 100ms }\n";
    let bad = good.replace("raft\n", "{ name: raft, mutant: ack-before-sync }\n");
    for commit in 1..=6 {
        home.write("workload.yaml", if commit < 4 { good } else { &bad });
        home.write("other", &commit.to_string());
        git(&format!("git add . && git commit -qm c{commit} && git tag v1.{commit}")).code(0);
    }
    let page = fs::read_to_string(repository("docs/CI.md")).expect("the page");
    let block = page.split("```sh\n").find(|block| block.starts_with("git bisect start"));
    let block = block.and_then(|block| block.split("```").next()).expect("the lines");
    // Seed 8 is one that fails.
    let script = block.replace("cargo build --release", "true").replace("--seed 7", "--seed 8");
    let script = script.replace("v1.2", "v1.1");
    let ended = git(&script).code(0);
    let first = git("git log -1 --format=%s refs/bisect/bad").code(0);
    assert_eq!(first.out.trim(), "c4", "{ended}");
}
