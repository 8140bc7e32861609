//! Histories full of operations of unknown outcome are judged within few configurations:
//! * short ones, appends among them, from a system that is right (`testdata/raft-kv` tells of their
//!   origin), refuted where one read is changed to what nobody wrote, or what was overwritten;
//! * those of queues, stacks and priority queues of which nobody knows who took what.
#![allow(clippy::disallowed_methods, reason = "a test reads its data")]

use std::fs;

use chaos_checker::{Budget, Event, EventType, History, Kind, Value, Verdict};

#[path = "common/mod.rs"]
mod common;

use common::large::{
    Load, cas_register, changing_set, growing_text, history, priority_queue_with_looks,
    queue_with_looks, stack_with_looks, swap_results,
};

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
fn a_text_that_grows_all_the_time_is_judged() {
    for unknown in [0, 5] {
        let load = Load { operations: 10_000, clients: 10, keys: 1, unknown };
        let verdict = verdict(growing_text(7, &load));
        assert!(verdict.is_valid(), "{unknown} % unknown: {verdict}");
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

/// The verdicts on histories of a collection, as they are and with two results swapped.
fn collections(
    kind: Kind,
    record: fn(u64, &Load, u64) -> Vec<Event>,
    looks: &[u64],
) -> (usize, usize) {
    let (mut right, mut wrong) = (0, 0);
    let all = looks.iter().flat_map(|looks| [5, 20, 50].map(|unknown| (*looks, unknown)));
    for ((looks, unknown), seed) in all.flat_map(|of| (0..30).map(move |seed| (of, seed))) {
        let mut events =
            record(seed, &Load { operations: 300, clients: 10, keys: 1, unknown }, looks);
        let budget = Budget { configurations: 50_000, ..Budget::default() };
        let told = format!("{kind}, seed {seed}, {unknown} % unknown, {looks} % looks");
        let verdict = kind.check(&history(events.clone()), &budget).expect("in the model");
        assert!(verdict.is_valid(), "{told}: {verdict}");
        swap_results(&mut events);
        match kind.check(&history(events), &budget).expect("in the model") {
            Verdict::Valid(_) => right += 1,
            Verdict::Invalid(_) => wrong += 1,
            unknown @ Verdict::Unknown(_) => panic!("{told}, swapped: {unknown}"),
        }
    }
    (right, wrong)
}

#[test]
fn queues_of_which_nobody_knows_who_took_what_are_judged() {
    let (right, wrong) = collections(Kind::Queue, queue_with_looks, &[0, 20]);
    assert!(right.min(wrong) > 10, "{right} {wrong}");
}

/// Of stacks that somebody looks at, one in a hundred such histories is left undecided.
#[test]
fn stacks_of_which_nobody_knows_who_took_what_are_judged() {
    let (right, wrong) = collections(Kind::Stack, stack_with_looks, &[0]);
    assert!(right.min(wrong) > 10, "{right} {wrong}");
}

#[test]
fn priority_queues_of_which_nobody_knows_who_took_what_are_judged() {
    let (right, wrong) = collections(Kind::PriorityQueue, priority_queue_with_looks, &[0, 20]);
    assert!(right.min(wrong) > 10, "{right} {wrong}");
}

/// Many values make many ways to one of them.
#[test]
fn a_cas_register_of_fifty_values_is_judged() {
    for (unknown, seed) in
        [1, 5, 20, 50].into_iter().flat_map(|of| (0..8).map(move |seed| (of, seed)))
    {
        let load = Load { operations: 10_000, clients: 10, keys: 1, unknown };
        let budget = Budget { configurations: 50_000, ..Budget::default() };
        let history = history(cas_register(seed, &load, 50));
        let verdict = Kind::CasRegister.check(&history, &budget).expect("in the model");
        assert!(verdict.is_valid(), "{unknown} % unknown, seed {seed}: {verdict}");
    }
}

/// Whoever reads all of it tells which removals and additions of unknown outcome it takes.
#[test]
fn a_set_from_which_elements_are_removed_is_judged() {
    for (unknown, seed) in [1, 2, 5].into_iter().flat_map(|of| [(of, 1), (of, 2), (of, 3)]) {
        let load = Load { operations: 5_000, clients: 10, keys: 1, unknown };
        let events = changing_set(seed, &load, 30);
        let budget = Budget { configurations: 50_000, ..Budget::default() };
        let verdict = Kind::Set.check(&history(events), &budget).expect("in the model");
        assert!(verdict.is_valid(), "{unknown} % unknown, seed {seed}: {verdict}");
    }
}

/// Where a read misses an element that nobody can have removed, or finds one that was; also where so
/// much is unknown that the sets that were possible are beyond number.
#[test]
fn an_element_that_such_a_set_lost_is_found() {
    let mut wrong = 0;
    for (unknown, seed) in [1, 5, 20].into_iter().flat_map(|of| (1..9).map(move |seed| (of, seed)))
    {
        let load = Load { operations: 5_000, clients: 10, keys: 1, unknown };
        let mut events = changing_set(seed, &load, 30);
        let is_read = |event: &Event| event.f == "read" && event.kind == EventType::Ok;
        let read = events.iter().rposition(is_read).expect("a read");
        let found = events[read].value.as_list().expect("a list").iter().skip(1).cloned();
        events[read].value = Value::list(found);
        let budget = Budget { configurations: 50_000, ..Budget::default() };
        // A removal of unknown outcome may have come late.
        if let Verdict::Invalid(why) = Kind::Set.check(&history(events), &budget).expect("a set") {
            assert_eq!(why.left_out, 29, "{unknown} % unknown, seed {seed}: {why}");
            wrong += 1;
        }
    }
    assert!(wrong > 12, "{wrong}");
}
