//! What a campaign tells besides its terminal: JUnit XML, JSON, GitHub; and a run in columns.

#![allow(clippy::disallowed_methods, reason = "it starts the program on real files")]

mod cli_support;

use cli_support::{Ended, Home, repository};
use std::fs;

/// A run that violates something, whatever machine it is on.
const BAD: [&str; 9] =
    ["run", "w.yaml", "--sim", "--seed", "1", "-n", "200", "--mutant", "deposed-leader-read"];

fn home() -> Home {
    Home::with(&fs::read_to_string(repository("workloads/raft-kv.yaml")).expect("a workload"))
}

#[test]
fn all_reports_say_the_same_sentence_and_the_same_command() {
    let home = home();
    let more = ["--fail-fast", "--no-shrink", "--format", "json", "--junit", "ci/junit.xml"];
    let mut command = home.command(&[&BAD[..], &more].concat());
    command.env("GITHUB_ACTIONS", "true");
    command.env("GITHUB_STEP_SUMMARY", home.path().join("summary.md"));
    let ended = Ended::from(command.output().expect("the program starts")).code(1);
    let report: serde_json::Value = serde_json::from_str(&ended.out).expect("JSON alone");
    let failure = &report["failures"][0];
    let word = |name: &str| failure[name].as_str().expect(name).to_owned();
    let (sentence, replay) = (word("sentence"), word("replay"));
    assert!(!sentence.is_empty() && replay.starts_with("chaos replay "), "{failure}");

    let folder = home.campaign("reports").join(word("folder"));
    let page = fs::read_to_string(folder.join("report.html")).expect("a page");
    let junit = fs::read_to_string(home.path().join("ci/junit.xml")).expect("JUnit XML");
    let summary = fs::read_to_string(home.path().join("summary.md")).expect("a summary");
    let escaped = sentence.replace('"', "&quot;");
    for (name, text) in [("page", &page), ("JUnit", &junit), ("summary", &summary)] {
        assert!(text.contains(&escaped) && text.contains(&replay), "{name}\n{escaped}\n{text}");
    }
    let annotation = ended.err.lines().find(|line| line.starts_with("::error title="));
    let annotation = annotation.expect("an annotation");
    assert!(annotation.contains(&sentence) && annotation.ends_with(&replay), "{annotation}");

    let again = home.shell(&replay).code(1);
    assert!(again.out.contains(&sentence), "the terminal says it too: {again}");
}

#[test]
fn nothing_is_told_to_github_elsewhere() {
    let home = home();
    let mut command = home.command(&[&BAD[..], &["--fail-fast", "--no-shrink"]].concat());
    command.env_remove("GITHUB_ACTIONS");
    let ended = Ended::from(command.output().expect("the program starts")).code(1);
    assert!(!ended.err.contains("::error"), "{ended}");
}

#[test]
fn a_place_that_no_file_can_be_in_is_told_before_anything_runs() {
    let home = home();
    for place in [".", "w.yaml/junit.xml"] {
        let ended = home.chaos(&["run", "w.yaml", "--sim", "--junit", place]).code(64);
        assert!(ended.err.contains(&format!("--junit {place}")), "{ended}");
        assert!(!home.path().join("reports").exists());
    }
}

/// `chaos schema report > docs/report.schema.json` makes it current.
#[test]
fn the_committed_schema_of_reports_is_current() {
    let printed = Home::new().chaos(&["schema", "report"]).code(0);
    let committed = fs::read_to_string(repository("docs/report.schema.json")).unwrap_or_default();
    assert!(printed.out == committed, "docs/report.schema.json is old: print it anew");
}

#[test]
fn a_run_is_shown_in_columns_when_it_is_saved_and_when_it_is_made_again() {
    let home = home();
    let ended = home.chaos(&["run", "w.yaml", "--sim", "--seed", "1", "--keep"]).code(0);
    assert!(ended.out.contains("all runs are valid"), "{ended}");
    let run = home.campaign("reports").join("runs/1").display().to_string();
    let look = ["--topics", "role", "--width", "160", "--color", "never"];
    let logs = home.chaos(&[&["logs", run.as_str()], &look[..]].concat()).code(0);
    for word in ["n1", "n5", "LEADER"] {
        assert!(logs.out.contains(word), "{word}: {logs}");
    }
    assert!(!logs.out.contains('\u{1b}'), "{logs}");
    assert!(logs.out.lines().all(|line| line.chars().count() <= 160), "{logs}");
    let again = ["replay", run.as_str(), "--trace", "--out", "again"];
    let again = home.chaos(&[&again[..], &look].concat()).code(0);
    // Each ends with the command that brings its own folder back.
    let columns = |ended: &Ended| {
        let from = ended.out.find("time, s").expect("a head");
        let (columns, _) = ended.out[from..].trim_end().rsplit_once('\n').expect("lines");
        columns.to_owned()
    };
    assert_eq!(columns(&again), columns(&logs), "the same run reads the same, in the same world");
}
