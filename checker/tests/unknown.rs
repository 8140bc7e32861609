//! Short histories full of operations of unknown outcome, appends among them, from a system that is
//! right: `testdata/raft-kv` tells of their origin. Judged within few configurations, and refuted
//! where one read is changed to what nobody wrote.
#![allow(clippy::disallowed_methods, reason = "a test reads its data")]

use std::fs;

use chaos_checker::{Budget, History, Kind, Verdict, read};

const SEEDS: [u64; 3] = [9018, 9026, 9034];

fn text(seed: u64) -> String {
    let path = format!("{}/testdata/raft-kv/{seed}.jsonl", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(path).expect("the file")
}

fn history(text: &str) -> History {
    read(text.as_bytes()).expect("a history").1
}

fn verdict(history: &History) -> Verdict {
    let budget = Budget { configurations: 50_000, ..Budget::default() };
    Kind::KeyValue.check(history, &budget).expect("in the model")
}

#[test]
fn they_are_linearizable_within_few_configurations() {
    for seed in SEEDS {
        let verdict = verdict(&history(&text(seed)));
        assert!(verdict.is_valid(), "{seed}: {verdict}");
    }
}

#[test]
fn a_read_of_what_nobody_wrote_is_never_called_valid() {
    for seed in SEEDS {
        let text = text(seed);
        let read = text.lines().rfind(|line| line.contains(r#""type":"ok","f":"get""#));
        let read = read.expect("a read");
        let (before, after) = read.split_once(r#""value":"#).expect("what it found");
        let (_, node) = after.rsplit_once(r#","node""#).expect("who answered");
        let changed = format!(r#"{before}"value":"never","node"{node}"#);
        let verdict = verdict(&history(&text.replace(read, &changed)));
        assert!(!verdict.is_valid(), "{seed}: {verdict}");
    }
}
