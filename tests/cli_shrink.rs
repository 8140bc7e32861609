//! Failures that are cut down, and mutants that are looked for, as a user does it.

#![allow(clippy::disallowed_methods, reason = "it starts the program on real files")]

mod cli_support;

use cli_support::{Home, names, repository};
use std::fs;

fn raft() -> Home {
    Home::with(&fs::read_to_string(repository("workloads/raft-kv.yaml")).expect("a workload"))
}

fn faults(plan: &std::path::Path) -> usize {
    let text = fs::read_to_string(plan.join("plan.json")).expect("a plan");
    let plan: serde_json::Value = serde_json::from_str(&text).expect("a whole plan");
    plan["faults"].as_array().expect("faults").len()
}

#[test]
fn a_campaign_shrinks_the_first_failure_of_each_kind() {
    let home = raft();
    let args = ["run", "w.yaml", "--sim", "-n", "30", "--seed", "1", "--mutant", "no-backtrack"];
    let ended = home.chaos(&args).code(1);
    let told = ended.out.lines().position(|line| line.trim_start().starts_with("shrunk to "));
    let told = told.unwrap_or_else(|| panic!("nothing was shrunk:\n{ended}"));
    let line = ended.out.lines().nth(told + 1).expect("the command is told").trim();
    let run = home.runs("reports").into_iter().find(|run| run["status"] == "invalid");
    let run = home.campaign("reports").join(run.expect("a failure")["folder"].as_str().unwrap());
    assert!(faults(&run.join("shrunk")) < faults(&run), "{ended}");

    let again = home.shell(&format!("{line} --out again")).code(1);
    let property = ended.out.lines().find_map(|line| line.strip_prefix("violated "));
    let property = property.and_then(|line| line.split(':').next()).expect("what was violated");
    assert!(again.out.contains(&format!("violated {property}")), "{again}");
}

#[test]
fn a_run_that_is_shrunk_twice_comes_to_the_same() {
    let home = raft();
    let args = ["run", "w.yaml", "--sim", "-n", "30", "--seed", "1", "--mutant", "no-noop"];
    home.chaos(&[&args[..], &["--fail-fast", "--no-shrink"]].concat()).code(1);
    let run = home.runs("reports").into_iter().find(|run| run["status"] == "invalid");
    let run = home.campaign("reports").join(run.expect("a failure")["folder"].as_str().unwrap());
    assert!(!names(&run).contains(&"shrunk".to_owned()));
    let run = run.display().to_string();
    for (jobs, out) in [("1", "one"), ("3", "three")] {
        let args = ["shrink", &run, "--sim", "--time", "10m", "-j", jobs, "--out", out];
        let ended = home.chaos(&args).code(1);
        assert!(ended.out.contains("nothing more can be spared"), "{ended}");
        home.shell(ended.last_line()).code(1);
    }
    let plan = |out| fs::read(home.campaign(out).join("plan.json")).expect("a plan");
    assert!(plan("one") == plan("three"), "threads must not matter");
}

#[test]
fn real_processes_are_run_again_and_again() {
    let home = Home::with(
        "target: raft\nnodes: 3\nsteps:\n  - await-leader: { within: 5s }\n  - submit: { count: 3 }\n  \
         - no-commit: 500ms\n  - wait: 1s\n  - heal\n",
    );
    let args = ["shrink", "w.yaml", "--seed", "1", "--time", "3s", "-j", "2", "--out", "few"];
    let ended = home.chaos(&args).code(1);
    assert!(ended.out.contains("shrunk to 3 operations and 3 steps"), "{ended}");
    assert!(ended.out.contains("as 10 of 10 replays did"), "{ended}");
    let again = home.shell(&format!("{} --out again", ended.last_line())).code(1);
    assert!(again.out.contains("violated script"), "{again}");

    let args = ["run", "w.yaml", "-n", "2", "--seed", "1", "-j", "2"];
    let ended = home.chaos(&args).code(1);
    assert!(ended.out.contains("and 3 steps"), "{ended}");
    assert!(ended.out.contains("it came back in 10 of 10 replays"), "{ended}");
}

#[test]
fn what_cannot_be_shrunk_is_told() {
    let home = raft();
    let seed = ["shrink", "w.yaml", "--seed", "1"];
    let valid = home.chaos(&[&seed[..], &["--sim"]].concat()).code(64);
    assert!(valid.err.contains("nothing to shrink"), "{valid}");
    let nowhere = home.chaos(&["shrink", "nowhere", "--sim"]).code(64);
    assert!(nowhere.err.contains("nowhere"), "{nowhere}");
    assert_eq!(names(home.path()), ["w.yaml"], "nothing is left behind");
}

#[test]
fn mutants_are_told_in_a_table_and_as_json() {
    let home = Home::new();
    let few = ["mutants", "raft", "--sim", "-n", "30", "--bases", "3", "--only", "no-noop"];
    let table = home.chaos(&few).code(0);
    assert!(table.out.contains("1 of 1 found from every base seed"), "{table}");
    let json = home.chaos(&[&few[..], &["--json", "--time", "0s"]].concat()).code(0);
    let row: serde_json::Value = serde_json::from_str(&json.out).expect("one line");
    assert_eq!((&row["mutant"], &row["check"]), (&"no-noop".into(), &"linearizable".into()));

    let none = ["--only", "no-noop", "-n", "1", "--bases", "3", "--seed", "2", "--time", "0s"];
    let none = home.chaos(&[&["mutants", "raft", "--sim"], &none[..]].concat()).code(1);
    assert!(none.out.contains(">1"), "{none}");
    let unknown = home.chaos(&["mutants", "raft", "--sim", "--only", "no-nop"]).code(64);
    assert!(unknown.err.contains("no-noop"), "{unknown}");
    let nobody = home.chaos(&["mutants", "raaft", "--sim"]).code(64);
    assert!(nobody.err.contains("unknown target `raaft`, expected one of: raft"), "{nobody}");
    let workload = repository("workloads/bully.yaml").display().to_string();
    let other = home.chaos(&["mutants", "raft", "--sim", "--workload", &workload]).code(64);
    assert!(other.err.contains("bully is for `bully`, not for `raft`"), "{other}");
}

#[test]
fn mutants_are_looked_for_on_processes() {
    let home = Home::new();
    let few = ["mutants", "bully", "-n", "20", "--bases", "1", "--only", "bully-no-quorum"];
    let table = home.chaos(&[&few[..], &["-j", "4", "--time", "0s"]].concat()).code(0);
    assert!(table.out.contains("1 of 1 found from every base seed"), "{table}");
}
