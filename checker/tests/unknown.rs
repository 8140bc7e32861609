//! Short histories full of operations of unknown outcome, appends among them, from a system that is
//! right: `testdata/raft-kv` tells of their origin. Judged within few configurations, and refuted
//! where one read is changed to what nobody wrote, or what was overwritten.
#![allow(clippy::disallowed_methods, reason = "a test reads its data")]

use std::fs;

use chaos_checker::{Budget, Event, EventType, History, Kind, Verdict};

const SEEDS: [u64; 3] = [9018, 9026, 9034];

fn events(seed: u64) -> Vec<Event> {
    let path = format!("{}/testdata/raft-kv/{seed}.jsonl", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(path).expect("the file");
    text.lines().map(|line| serde_json::from_str(line).expect("an event")).collect()
}

fn verdict(events: Vec<Event>) -> Verdict {
    let history = History::from_events(events).expect("an honest history");
    let budget = Budget { configurations: 50_000, ..Budget::default() };
    Kind::KeyValue.check(&history, &budget).expect("in the model")
}

/// The reads that found a value, as places among the events.
fn reads(events: &[Event]) -> Vec<usize> {
    let found = |event: &Event| event.f == "get" && event.kind == EventType::Ok;
    let all = 0..events.len();
    all.filter(|at| found(&events[*at]) && !events[*at].value.is_nil()).collect()
}

#[test]
fn they_are_linearizable_within_few_configurations() {
    for seed in SEEDS {
        let verdict = verdict(events(seed));
        assert!(verdict.is_valid(), "{seed}: {verdict}");
    }
}

#[test]
fn a_read_of_what_nobody_wrote_is_refuted() {
    for seed in SEEDS {
        for read in reads(&events(seed)) {
            let mut changed = events(seed);
            changed[read].value = "never".into();
            let verdict = verdict(changed);
            assert!(verdict.is_invalid(), "{seed}, event {read}: {verdict}");
        }
    }
}

#[test]
fn a_read_of_what_was_overwritten_is_refuted() {
    let events = events(9018);
    let reads = reads(&events);
    let (first, last) = (reads[0], reads[reads.len() - 1]);
    let mut changed = events.clone();
    changed[last].value = events[first].value.clone();
    let verdict = verdict(changed);
    assert!(verdict.is_invalid(), "event {last}: {verdict}");
}
