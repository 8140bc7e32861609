//! Every mistake that a user can make gives one clear message and its exit code.

#![allow(clippy::disallowed_methods, reason = "it starts the program on real files")]

mod cli_support;

use cli_support::{CALM, Home, repository};
use std::fs;

/// A workload with a mistake, and all that is said about it behind `error: `.
const WORKLOADS: &[(&str, &str)] = &[
    (
        "target: raft\nnodess: 5\n",
        "…  --> w.yaml:2:1
   |
 2 | nodess: 5
   | ^
  help: did you mean `nodes`?",
    ),
    (
        "target: raft\nduration: 5 parsecs\n",
        "expected a time with its unit, such as 200ms, 1.5s or 2m, found `5 parsecs`
  --> w.yaml:2:11
   |
 2 | duration: 5 parsecs
   |           ^",
    ),
    (
        "target: raft\nrate: 5\n",
        "expected a rate such as 50/s or 600/m, found `5`
  --> w.yaml:2:7
   |
 2 | rate: 5
   |       ^",
    ),
    (
        "target: raft\nnetwork: { loss: 2 }\n",
        "expected a share between 0% and 100%, such as 0.1%, found `2`
  --> w.yaml:2:18
   |
 2 | network: { loss: 2 }
   |                  ^",
    ),
    (
        "nodes: 5\n",
        "the key `target` is missing
  --> w.yaml:1:1
   |
 1 | nodes: 5
   | ^",
    ),
    (
        "nodes: 5\ntarget: rafd\n",
        "…  --> w.yaml:2:9
   |
 2 | target: rafd
   |         ^
  help: did you mean `raft`?",
    ),
    (
        "target: { name: raft, mutant: no-dedup }\n",
        "…  --> w.yaml:1:31
   |
 1 | target: { name: raft, mutant: no-dedup }
   |                               ^
  help: did you mean `no-dedupe`?",
    ),
    (
        "target: raft\nnodes: 1\nfaults:\n  - kill: { victims: [minority] }\n",
        "`minority` of 1 nodes is nobody
  --> w.yaml:4:23
   |
 4 |   - kill: { victims: [minority] }
   |                       ^",
    ),
    (
        "target: raft\nfaults:\n  - pause: { victims: [n7] }\n",
        "`n7` of 5 nodes is nobody
  --> w.yaml:3:24
   |
 3 |   - pause: { victims: [n7] }
   |                        ^",
    ),
    (
        "target: raft\nfaults:\n  - kill: { victims: [] }\n",
        "a fault with no victims: leave the fault out instead
  --> w.yaml:3:22
   |
 3 |   - kill: { victims: [] }
   |                      ^",
    ),
    (
        "target: raft\nnodes: 2\nfaults:\n  - partition: { shapes: [bridge] }\n",
        "a partition `bridge` needs 3 nodes, the workload has 2
  --> w.yaml:4:27
   |
 4 |   - partition: { shapes: [bridge] }
   |                           ^",
    ),
    (
        "target: raft\nfaults:\n  - kil: {}\n",
        "…  --> w.yaml:3:5
   |
 3 |   - kil: {}
   |     ^
  help: did you mean `kill`?",
    ),
    (
        "target: raft\nnodes: 100000\n",
        "expected 1 to 9 nodes, found 100000
  --> w.yaml:2:8
   |
 2 | nodes: 100000
   |        ^",
    ),
    (
        "{ target: raft, nodes: five, keys: 3 }\n",
        "expected a whole number, found `five`
  --> w.yaml:1:24
   |
 1 | { target: raft, nodes: five, keys: 3 }
   |                        ^",
    ),
    (
        "target: raft\nswarm: maybe\n",
        "expected true or false, found `maybe`
  --> w.yaml:2:8
   |
 2 | swarm: maybe
   |        ^",
    ),
    (
        "target: raft\nmodel: kvv\n",
        "…  --> w.yaml:2:8
   |
 2 | model: kvv
   |        ^",
    ),
    (
        "target: raft\noperations: { got: 3 }\n",
        "unknown operation `got`, expected one of: get, put, append, cas, delete
  --> w.yaml:2:13
   |
 2 | operations: { got: 3 }
   |             ^
  help: did you mean `get`?",
    ),
    (
        "target: raft\ntarget: raft\n",
        "duplicate mapping key `target` is not allowed here
  --> w.yaml:2:1
   |
 2 | target: raft
   | ^",
    ),
    ("", "unexpected end of file\n  --> w.yaml:1:1"),
];

#[test]
fn a_mistake_in_a_workload_is_told_with_its_place() {
    for (workload, expected) in WORKLOADS {
        let ended = Home::with(workload).chaos(&["run", "w.yaml"]).code(64);
        match expected.strip_prefix('…') {
            // Where the list of what is known would be long, or grows.
            Some(end) => assert!(ended.err.ends_with(&format!("{end}\n")), "{ended}"),
            None => assert_eq!(ended.err, format!("error: {expected}\n")),
        }
        assert_eq!(ended.out, "");
    }
}

/// A command line with a mistake, and the first line that it gives.
const COMMAND_LINES: &[(&[&str], &str)] = &[
    (
        &["run", "w.yaml", "-n", "0"],
        "invalid value '0' for '--runs <N>': expected a whole number, 1 or more",
    ),
    (
        &["run", "w.yaml", "-j", "0"],
        "invalid value '0' for '--jobs <N>': expected a whole number, 1 or more",
    ),
    (&["run", "w.yaml", "-j", "257"], "--jobs 257: at most 128 clusters can run at once"),
    (&["run", "nope.yaml"], "nope.yaml: No such file or directory (os error 2)"),
    (&["run", "w.yaml", "--out", "w.yaml/x"], "--out w.yaml/x: Not a directory (os error 20)"),
    (
        &["run", "w.yaml", "--data-dir", "w.yaml/x"],
        "--data-dir w.yaml/x: Not a directory (os error 20)",
    ),
    (
        &["run", "w.yaml", "--sim", "--data-dir", "d"],
        "the argument '--sim' cannot be used with '--data-dir <DIR>'",
    ),
    (
        &["run", "own.yaml", "--sim"],
        "--sim cannot run the target's program /bin/false: leave --sim out",
    ),
    (
        &["run", "gone.yaml"],
        "the target's program /nowhere/node: No such file or directory (os error 2)",
    ),
    (&["replay", "w.yaml"], "w.yaml: a workload needs its --seed"),
    (&["replay", "nope.json"], "nope.json: No such file or directory (os error 2)"),
    (&["replay", "."], "./plan.json: No such file or directory (os error 2)"),
    (
        &["replay", "nope.json", "--mutant", "no-dedupe"],
        "nope.json: a plan has its own seed, mutant and arguments: leave --seed, --mutant and -- out",
    ),
    (&["check", "nope.jsonl"], "nope.jsonl: No such file or directory (os error 2)"),
    (
        &["check", "--timeout", "5", "x"],
        "invalid value '5' for '--timeout <TIME>': expected a time with its unit, such as 200ms, \
         1.5s or 2m, found `5`",
    ),
    (&["rum"], "unrecognized subcommand 'rum'"),
];

#[test]
fn a_mistake_on_the_command_line_is_told() {
    for (args, expected) in COMMAND_LINES {
        let home = Home::with(CALM);
        home.write("own.yaml", "target: { name: raft, program: [/bin/false] }");
        home.write("gone.yaml", "target: { name: raft, program: [/nowhere/node] }");
        let ended = home.chaos(args).code(64);
        let first = ended.err.lines().next().unwrap_or_default();
        assert_eq!(first, format!("error: {expected}"), "{args:?}");
        assert_eq!(ended.out, "");
        assert!(!home.path().join("reports").exists(), "{args:?} left results");
    }
}

#[test]
fn an_unknown_mutant_is_told_with_the_nearest() {
    let ended = Home::with(CALM).chaos(&["run", "w.yaml", "--mutant", "no-dedup"]).code(64);
    assert!(ended.err.starts_with("error: raft has no mutant `no-dedup`: "), "{ended}");
    assert!(ended.err.trim_end().ends_with("did you mean `no-dedupe`?"), "{ended}");
}

#[test]
fn an_out_that_nobody_may_write_to_is_told() {
    let ended = Home::with(CALM).chaos(&["run", "w.yaml", "--out", "/proc/nowhere"]).code(64);
    assert!(ended.err.starts_with("error: --out /proc/nowhere: "), "{ended}");
}

/// What is done to a good plan, and what is said about it behind the file's name.
const PLANS: &[(&str, &str, &str)] = &[
    ("\"version\": 1,", "\"version\": 2,", "a plan of version 2, this is version 1"),
    ("\"nodes\": 3,", "\"nodes\": 0,", "nodes: expected 1 to 9, found 0"),
    ("\"nodes\": 3,", "\"nodez\": 3,", "unknown field `nodez`, expected one of `version`,"),
    ("\"name\": \"raft\"", "\"name\": \"rafd\"", "unknown target `rafd`"),
    ("\"model\": \"kv\"", "\"model\": \"vk\"", "unknown model `vk`, expected one of: kv"),
    ("\"attempt\": 300000000", "\"attempt\": 0", "timeouts: an attempt of 0s, an operation of 1s"),
    ("\"nodes\": 3,", "\"nodes\": 3", "expected `,` or `}` at line"),
];

#[test]
fn a_plan_that_was_edited_into_nonsense_is_told() {
    let home = Home::with(CALM);
    home.chaos(&["run", "w.yaml", "--sim", "--keep", "--seed", "1", "--out", "out"]).code(0);
    let good = fs::read_to_string(home.campaign("out").join("runs/1/plan.json")).expect("a plan");
    home.write("good.json", &good);
    home.chaos(&["replay", "good.json", "--sim"]).code(0);
    for (from, to, expected) in PLANS {
        assert!(good.contains(from), "{from}");
        home.write("plan.json", &good.replacen(from, to, 1));
        let ended = home.chaos(&["replay", "plan.json", "--sim"]).code(64);
        assert!(ended.err.starts_with(&format!("error: plan.json: {expected}")), "{ended}");
    }
}

#[test]
fn a_plan_in_which_a_client_asks_nobody_is_told() {
    let home = Home::with(CALM);
    home.chaos(&["run", "w.yaml", "--sim", "--keep", "--seed", "1", "--out", "out"]).code(0);
    let path = home.campaign("out").join("runs/1/plan.json");
    let mut plan: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(path).expect("a plan")).expect("JSON");
    plan["clients"][0]["operations"][0]["first"] = 7.into();
    home.write("plan.json", &plan.to_string());
    let ended = home.chaos(&["replay", "plan.json", "--sim"]).code(64);
    assert_eq!(ended.err, "error: plan.json: clients[0] asks n7 of 3 nodes\n");
}

/// A history that cannot be judged, and what is said about it behind the file's name.
const HISTORIES: &[(&str, &str)] = &[
    ("{\"index\":0,\"time\":", "line 1: the last line is cut off: "),
    (
        "{\"index\":0,\"time\":1,\"process\":1,\"type\":\"ok\",\"f\":\"get\",\"key\":1}\n",
        "line 1: process 1 completes `get`, but has no operation open",
    ),
    ("all went well\n", "line 1: expected "),
];

#[test]
fn a_history_that_makes_no_sense_is_told_with_its_line() {
    for (history, expected) in HISTORIES {
        let home = Home::new();
        home.write("h.jsonl", history);
        let ended = home.chaos(&["check", "h.jsonl"]).code(64);
        assert!(ended.err.starts_with(&format!("error: h.jsonl: {expected}")), "{ended}");
    }
}

#[test]
fn a_verdict_has_its_exit_code() {
    let history = |name: &str| repository("checker/testdata").join(name).display().to_string();
    let (good, bad) = (history("porcupine-kv/c10-ok.txt"), history("porcupine-kv/c10-bad.txt"));
    let home = Home::new();
    let valid = home.chaos(&["check", &good]).code(0);
    assert!(valid.out.contains(": linearizable ("), "{valid}");
    let invalid = home.chaos(&["check", &good, &bad]).code(1);
    assert!(invalid.out.contains("c10-bad.txt: NOT linearizable ("), "{invalid}");
    let unknown = home.chaos(&["check", "--timeout", "0s", &good]).code(2);
    assert!(unknown.out.contains("c10-ok.txt: unknown ("), "{unknown}");
}

/// One client sees another's write and then no longer does; the other sees all in order.
const GOES_BACK: [(u64, &str, &str, u64); 4] =
    [(0, "write", "1", 1), (0, "write", "2", 2), (1, "read", "2", 3), (1, "read", "1", 4)];

fn history_of(deeds: &[(u64, &str, &str, u64)]) -> String {
    let line = |index: u64, process: u64, kind: &str, f: &str, value: &str| {
        format!(
            r#"{{"index":{index},"time":{index},"process":{process},"type":"{kind}","f":"{f}","value":{value}}}"#
        ) + "\n"
    };
    let deed = |(process, f, value, at): &(u64, &str, &str, u64)| {
        let asked = if *f == "read" { "null" } else { value };
        line(2 * at, *process, "invoke", f, asked) + &line(2 * at + 1, *process, "ok", f, value)
    };
    deeds.iter().map(deed).collect()
}

#[test]
fn promises_are_judged_apart() {
    let home = Home::new();
    home.write("h.jsonl", &history_of(&GOES_BACK));
    let check = |levels: &str| home.chaos(&["check", "--consistency", levels, "h.jsonl"]);
    let both = check("monotonic-reads,monotonic-writes").code(1);
    assert!(both.out.contains("h.jsonl: monotonic-reads (register, "), "{both}");
    assert!(both.out.contains("h.jsonl: NOT monotonic-writes (register, "), "{both}");
    assert!(both.out.contains("no order explains what client 1 did: read → 1"), "{both}");
    let session = check("session").code(1);
    assert_eq!(session.out.matches("h.jsonl: ").count(), 5, "{session}");
    check("read-your-writes").code(0);
    check("sequential,linearizable").code(1);
    let unknown = check("eventual").code(64);
    assert!(unknown.err.contains("expected linearizable, sequential, causal"), "{unknown}");
    let twice =
        [(0, "write", "1", 1), (0, "write", "1", 2), (1, "read", "1", 3), (1, "read", "null", 4)];
    home.write("twice.jsonl", &history_of(&twice));
    let sequential =
        |files: &[&str]| home.chaos(&[&["check", "--consistency", "sequential"], files].concat());
    let unknown = sequential(&["twice.jsonl"]).code(2);
    assert!(unknown.out.contains("may come from several writes"), "{unknown}");
    // A violation outranks what could not be decided.
    sequential(&["h.jsonl", "twice.jsonl"]).code(1);
}

#[test]
fn a_run_is_checked_by_its_plan() {
    let home = Home::new();
    let workload = repository("workloads/gfs-lease.yaml").display().to_string();
    home.chaos(&["run", &workload, "--sim", "-n", "1", "--keep", "--out", "out"]).code(0);
    let runs = home.campaign("out").join("runs");
    let run = std::fs::read_dir(runs).expect("runs").next().expect("a run").expect("a folder");
    let checked = home.chaos(&["check", &run.path().display().to_string()]).code(0);
    assert!(checked.out.contains(": linearizable (namespace, "), "{checked}");
}
