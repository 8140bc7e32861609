//! The check event by event against the check of the whole, on histories with and without a fault.
//! `CHAOS_HISTORIES` asks for more of them.
#![allow(clippy::disallowed_methods, reason = "a test reads its environment")]

mod common;

use std::collections::VecDeque;

use chaos_checker::linearizable::Reason;
use chaos_checker::model::{CasRegister, KeyValue, Queue, Register, UniqueIds};
use chaos_checker::{Budget, Event, EventType, Model, Online, Standing, Value, check};
use common::generate::{Call, Rng};
use common::large::{Load, cas_register, history, record, unique_register, unique_texts};

fn histories() -> u64 {
    std::env::var("CHAOS_HISTORIES").ok().and_then(|text| text.parse().ok()).unwrap_or(1_500)
}

/// What a check with a small window makes of the events.
fn standing<M: Model>(model: &M, events: &[Event], window: usize) -> Standing {
    let budget = Budget { configurations: 20_000, ..Budget::default() };
    let mut online = Online::new(model, budget).with_window(window);
    for event in events {
        if let refuted @ Standing::Refuted(_) = online.push(event.clone()).expect("honest") {
            return refuted.clone();
        }
    }
    online.finish().expect("in the model")
}

/// Whether the events are linearizable, once both checks agree; `None` if one gave up.
fn agree<M: Model>(model: &M, seed: u64, events: &[Event]) -> Option<bool> {
    let whole = check(model, &history(events.to_vec()), &Budget::default()).expect("in the model");
    let window = [1, 3, 10, 40, 4_000][(seed % 5) as usize];
    let found = standing(model, events, window);
    match &found {
        Standing::Sound => assert!(whole.is_valid(), "{} {seed}: sound, but {whole}", model.name()),
        Standing::Unknown(_) => return None,
        Standing::Refuted(refuted) => {
            assert!(whole.is_invalid(), "{} {seed} window {window}: {found}", model.name());
            let prefix = events[..refuted.events as usize].to_vec();
            let prefix = check(model, &history(prefix), &Budget::default()).expect("in the model");
            assert!(prefix.is_invalid(), "{} {seed}: the prefix is {prefix}", model.name());
        }
    }
    Some(whole.is_valid())
}

fn load(rng: &mut Rng, operations: u64) -> Load {
    let unknown = [0, 2, 10, 30][rng.below(4) as usize];
    let (operations, keys) = (1 + rng.below(operations), 1 + rng.below(2));
    Load { operations, clients: 2 + rng.below(5), keys, unknown }
}

/// Lets an operation find something else, now and then, near where it was right.
fn spoil(rng: &mut Rng, events: &mut [Event]) {
    let values: Vec<Value> = events
        .iter()
        .filter(|event| match &event.f[..] {
            "write" | "enqueue" => event.kind == EventType::Invoke,
            "get" => event.kind == EventType::Ok,
            _ => false,
        })
        .map(|event| event.value.clone())
        .collect();
    if values.is_empty() || rng.chance(30) {
        return;
    }
    let at = rng.below(events.len() as u64) as usize;
    let near = rng.below(values.len() as u64) as usize;
    let finds = |event: &Event| matches!(&event.f[..], "read" | "get" | "dequeue");
    let reads = |event: &&mut Event| finds(event) && event.kind == EventType::Ok;
    if let Some(read) = events[at..].iter_mut().find(reads) {
        let place = values.iter().position(|value| *value == read.value).unwrap_or(near);
        let from = place.saturating_sub(4);
        let last = (place + 4).min(values.len());
        read.value = values[from + rng.below((last - from) as u64) as usize].clone();
    }
}

/// A queue, with whatever it says when it is empty.
fn queue(seed: u64, load: &Load) -> Vec<Event> {
    let (mut next, mut events) = (0, Vec::new());
    record(
        &mut Rng(seed),
        load,
        vec![VecDeque::new(); load.keys as usize],
        |rng| {
            if rng.chance(50) {
                return ("dequeue", Value::Nil);
            }
            next += 1;
            ("enqueue", Value::Int(next))
        },
        |queue, call| {
            if call.0 == "dequeue" {
                return queue.pop_front().unwrap_or_default();
            }
            queue.push_back(call.1.clone());
            call.1.clone()
        },
        |event| events.push(event),
    );
    events
}

/// Tells that of the trials some were right, some wrong, and how many were given up.
fn all_agree(name: &str, histories: u64, trial: impl Fn(u64) -> Option<bool>) {
    let (mut right, mut wrong, mut given_up) = (0, 0, 0);
    for seed in 0..histories {
        match trial(seed) {
            Some(true) => right += 1,
            Some(false) => wrong += 1,
            None => given_up += 1,
        }
    }
    println!("{name}: {right} right, {wrong} wrong, {given_up} given up");
    assert!(right.min(wrong) > 5 * given_up && right.min(wrong) > histories / 20, "{name}");
}

#[test]
fn registers_of_unique_values_agree() {
    all_agree("unique", histories(), |seed| {
        let rng = &mut Rng(seed);
        let mut events = unique_register(seed, &load(rng, 200));
        spoil(rng, &mut events);
        agree(&Register::default(), seed, &events)
    });
}

#[test]
fn registers_with_cas_agree() {
    all_agree("cas", histories(), |seed| {
        let rng = &mut Rng(seed);
        let (load, values) = (load(rng, 60), 2 + rng.below(8));
        let mut events = cas_register(seed, &load, values);
        spoil(rng, &mut events);
        agree(&CasRegister::default(), seed, &events)
    });
}

#[test]
fn keys_with_texts_agree() {
    all_agree("texts", histories() / 2, |seed| {
        let rng = &mut Rng(seed);
        let load = Load { unknown: [0, 5, 20][rng.below(3) as usize], keys: 1, ..load(rng, 24) };
        let mut events = unique_texts(seed, &load);
        spoil(rng, &mut events);
        agree(&KeyValue::default(), seed, &events)
    });
}

#[test]
fn models_without_hints_agree() {
    all_agree("queue", histories() / 8, |seed| {
        let rng = &mut Rng(seed);
        let load = Load { unknown: [0, 3][rng.below(2) as usize], ..load(rng, 20) };
        let mut events = queue(seed, &load);
        spoil(rng, &mut events);
        agree(&Queue, seed, &events)
    });
}

#[test]
fn objects_that_only_results_tell_are_not_judged_by_guesses() {
    let events = generated();
    let Standing::Unknown(unknown) = standing(&UniqueIds, &events, 1) else { panic!() };
    assert_eq!(unknown.reason, Reason::LatePartition);
    assert!(check(&UniqueIds, &history(events), &Budget::default()).expect("ids").is_valid());
}

/// Ids that are given in a row.
fn generated() -> Vec<Event> {
    let mut events = Vec::new();
    let load = Load { operations: 4, clients: 1, keys: 1, unknown: 0 };
    let next = |given: &mut i64, _: &Call| {
        *given += 1;
        Value::Int(*given)
    };
    let call = |_: &mut Rng| ("generate", Value::Nil);
    record(&mut Rng(1), &load, vec![0], call, next, |event| events.push(event));
    events
}
