//! What the program says about itself.

#![allow(clippy::disallowed_methods, reason = "it starts the program on real files")]

mod cli_support;

use cli_support::{Home, repository};
use std::fs;
use std::path::Path;

#[test]
fn help_and_version_are_no_failure() {
    let help = Home::new().chaos(&["--help"]).code(0);
    let told = |command: &str| {
        help.out.lines().any(|line| line.split_whitespace().next() == Some(command))
    };
    for command in [
        "run",
        "replay",
        "open",
        "serve",
        "logs",
        "check",
        "list",
        "doctor",
        "schema",
        "completions",
        "man",
    ] {
        assert!(told(command), "{command} is not in the help:\n{help}");
        let own = Home::new().chaos(&[command, "--help"]).code(0);
        assert!(own.out.contains(&format!("Usage: chaos {command}")), "{own}");
    }
    assert!(help.out.contains("  130  interrupted"), "{help}");
    assert!(!told("node"), "the node's own subcommand is for chaos alone:\n{help}");
    let version = Home::new().chaos(&["--version"]).code(0);
    assert_eq!(version.out, format!("chaos {}\n", env!("CARGO_PKG_VERSION")));
    let nothing = Home::new().chaos(&[]).code(64);
    assert!(nothing.err.contains("Usage: chaos <COMMAND>"), "{nothing}");
}

/// `chaos schema > docs/workload.schema.json` makes it current.
#[test]
fn the_committed_schema_is_current() {
    let printed = Home::new().chaos(&["schema"]).code(0);
    let committed = fs::read_to_string(repository("docs/workload.schema.json")).unwrap_or_default();
    assert!(printed.out == committed, "docs/workload.schema.json is old: print it anew");
}

#[test]
fn every_workload_loads_and_names_the_schema() {
    for (folder, up) in [("workloads", ".."), ("workloads/raft", "../..")] {
        let files = fs::read_dir(repository(folder)).expect("the workloads");
        let files: Vec<_> = files.flatten().map(|entry| entry.path()).collect();
        assert!(!files.is_empty());
        for file in files.iter().filter(|file| file.extension().is_some_and(|end| end == "yaml")) {
            loads(file, up);
        }
    }
}

fn loads(file: &Path, up: &str) {
    let text = fs::read_to_string(file).expect("a workload");
    let head = format!("# yaml-language-server: $schema={up}/docs/workload.schema.json\n");
    assert!(text.starts_with(&head), "{}", file.display());
    chaos::workload::load("w", &text, &chaos::targets::Targets::builtin())
        .unwrap_or_else(|mistake| panic!("{}: {mistake}", file.display()));
}

#[test]
fn completions_and_the_manual_are_printed() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let printed = Home::new().chaos(&["completions", shell]).code(0);
        assert!(printed.out.contains("fail-fast"), "{shell}");
    }
    let man = Home::new().chaos(&["man"]).code(0);
    assert!(man.out.contains(".TH chaos 1"), "{man}");
    assert!(man.out.contains("fail\\-fast"), "the manual tells the options of run: {man}");
}

#[test]
fn the_list_tells_all_that_a_workload_can_name() {
    let list = Home::new().chaos(&["list"]).code(0);
    for word in ["raft", "--mutant no-dedupe", "majority-ring", "minority", "linearizable", "kv"] {
        assert!(list.out.contains(word), "{word} is not in the list:\n{list}");
    }
}

/// `chaos list | head` is no bug in chaos.
#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    for command in ["list", "schema", "man", "doctor", "--help"] {
        let ended = Home::new().pipe_into_nobody(&[command]);
        assert!(!ended.err.contains("panicked"), "{command}: {ended}");
        assert!(ended.status.code().is_some_and(|code| code != 70), "{command}: {ended}");
    }
}
