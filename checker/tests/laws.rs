//! Laws that bind the verdicts on large histories, where the definition would take forever: what is
//! done to a history must leave its verdict, whether it was right or had one fault. A change that the
//! law does not allow is shown to be noticed.

mod common;

use std::collections::BTreeMap;

use chaos_checker::model::{CasRegister, KeyValue, Register};
use chaos_checker::{Event, EventType, Nanos, Value};
use common::large::{cas_register, unique_register};
use common::laws::{Pair, each, holds, load, mapped, numbered};

fn registers() -> Vec<Pair> {
    let unique = [(1, 0), (1, 3), (4, 0), (4, 3)];
    unique.map(|(keys, unknown)| Pair::stale(unique_register(7, &load(keys, unknown)))).into()
}

/// Behind every twentieth read a client of its own reads the same: during it, which is legal, or after
/// all is over, which is not.
fn reread(events: &[Event], at_once: bool) -> Vec<Event> {
    let (mut more, mut late) = (Vec::new(), Vec::new());
    let mut calls: BTreeMap<u64, usize> = BTreeMap::new();
    for event in events {
        let read = event.f == "read";
        if event.kind == EventType::Invoke {
            calls.insert(event.process, more.len());
        }
        more.push(event.clone());
        if read && event.kind == EventType::Ok && event.index % 20 == 0 {
            let other = Event { process: 1_000_000 + event.index, ..event.clone() };
            let call = Event { kind: EventType::Invoke, value: Value::Nil, ..other.clone() };
            if at_once {
                // The call stands where the other's does; the return right behind its return.
                let place = calls[&event.process];
                more.insert(place, call);
                calls.values_mut().filter(|call| **call >= place).for_each(|call| *call += 1);
                more.push(other);
            } else {
                late.extend([call, other]);
            }
        }
    }
    more.extend(late);
    numbered(more)
}

#[test]
fn a_read_beside_a_read_of_the_same_changes_nothing() {
    for pair in registers() {
        pair.keeps(&Register::default(), |events| reread(events, true));
        pair.loses(&Register::default(), |events| reread(events, false));
    }
    let swaps = Pair::stale(cas_register(7, &load(1, 0), 1_000));
    swaps.keeps(&CasRegister::default(), |events| reread(events, true));
}

#[test]
fn new_names_of_values_change_nothing() {
    let other = |number: i64| (number * 7_919 + 13) % 1_000_003;
    let rename = |events: &[Event]| {
        each(events, |event| Event { value: mapped(&event.value, &other), ..event })
    };
    for pair in registers() {
        pair.keeps(&Register::default(), rename);
        // Not where two values get one name: then what is read can be what was read before.
        let returns = |event: Event| match event.kind {
            EventType::Ok if event.f == "read" => {
                Event { value: mapped(&event.value, &|number| number / 2 * 2), ..event }
            }
            _ => event,
        };
        pair.loses(&Register::default(), |events| each(events, returns));
    }
    let texts = |events: &[Event]| {
        each(events, |event| {
            let value = event.value.as_int().map(|number| Value::from(format!("v{number}")));
            Event { value: value.unwrap_or(event.value), ..event }
        })
    };
    registers().iter().for_each(|pair| pair.keeps(&Register::default(), texts));
}

#[test]
fn new_names_of_clients_and_keys_change_nothing() {
    let clients = |events: &[Event]| {
        each(events, |event| Event { process: event.process ^ 0x5555_5555, ..event })
    };
    let keys = |events: &[Event]| {
        let text = |key: Value| Value::from(format!("key {}", 9 - key.as_int().unwrap_or(0)));
        each(events, |event| Event { key: Some(text(event.key.unwrap_or_default())), ..event })
    };
    for pair in registers() {
        pair.keeps(&Register::default(), clients);
        pair.keeps(&Register::default(), keys);
    }
    // Not where two keys get one name.
    let same = |events: &[Event]| each(events, |event| Event { key: None, ..event });
    registers()[2].loses(&Register::default(), same);
}

#[test]
fn later_and_longer_times_change_nothing() {
    let later = |events: &[Event]| {
        each(events, |event| Event { time: Nanos(event.time.0 * 3 + 1_000_000_007), ..event })
    };
    let at_once = |events: &[Event]| each(events, |event| Event { time: Nanos(0), ..event });
    for pair in registers() {
        pair.keeps(&Register::default(), later);
        pair.keeps(&Register::default(), at_once);
        // It is the order that counts.
        pair.loses(&Register::default(), last_first);
    }
}

/// The operations that returned, each alone, the last first.
fn last_first(events: &[Event]) -> Vec<Event> {
    let mut alone: Vec<[Event; 2]> = Vec::new();
    let mut open: BTreeMap<u64, Event> = BTreeMap::new();
    for event in events {
        match event.kind {
            EventType::Invoke => drop(open.insert(event.process, event.clone())),
            EventType::Ok => {
                let call = open.remove(&event.process).expect("a call");
                alone.push([call, event.clone()]);
            }
            EventType::Fail | EventType::Info => drop(open.remove(&event.process)),
        }
    }
    numbered(alone.into_iter().rev().flatten().collect())
}

#[test]
fn the_whole_is_right_where_every_key_is() {
    let swaps = cas_register(11, &load(5, 0), 1_000);
    for pair in [Pair::stale(unique_register(7, &load(5, 2))), Pair::stale(swaps)] {
        let model = CasRegister::default();
        for (events, valid) in [(&pair.right, true), (&pair.wrong, false)] {
            let wrong = (0..5).filter(|key| !holds(&model, &of_key(events, *key))).count();
            assert_eq!((wrong == 0, holds(&model, events)), (valid, valid), "{wrong} keys");
            assert_eq!(wrong, usize::from(!valid), "the fault is of one key");
        }
    }
}

fn of_key(events: &[Event], key: i64) -> Vec<Event> {
    let of = |event: &&Event| event.key == Some(Value::Int(key));
    events.iter().filter(of).cloned().collect()
}

#[test]
fn an_object_apart_changes_nothing() {
    let beside = |key: i64, events: &[Event]| {
        let added = unique_register(23, &load(1, 2));
        let added = each(&added, |event| Event {
            process: event.process + 1_000_000,
            key: Some(Value::Int(key)),
            ..event
        });
        let mut both = Vec::new();
        for at in 0..events.len().max(added.len()) {
            both.extend([events.get(at), added.get(at)].into_iter().flatten().cloned());
        }
        numbered(both)
    };
    let pair = Pair::stale(unique_register(7, &load(3, 0)));
    pair.keeps(&Register::default(), |events| beside(77, events));
    // Not if it is the same object.
    pair.loses(&Register::default(), |events| beside(1, events));
}

/// The history without the writes of unknown outcome that nobody read, or without those that were read.
fn without_unknown(events: &[Event], unread: bool) -> Vec<Event> {
    let ends = |kind: EventType, f: &'static str| {
        events.iter().filter(move |event| event.kind == kind && event.f == f)
    };
    let read: Vec<(&Option<Value>, &Value)> =
        ends(EventType::Ok, "read").map(|event| (&event.key, &event.value)).collect();
    let unknown: Vec<u64> = ends(EventType::Info, "write").map(|event| event.process).collect();
    let gone: Vec<(u64, &Value)> = ends(EventType::Invoke, "write")
        .filter(|call| unknown.contains(&call.process))
        .filter(|call| read.contains(&(&call.key, &call.value)) != unread)
        .filter(|call| last_call(events, call))
        .map(|call| (call.process, &call.value))
        .collect();
    assert!(!gone.is_empty(), "there are such writes");
    let stays = |event: &&Event| {
        let place = gone.iter().find(|(process, _)| *process == event.process);
        place.is_none_or(|(_, value)| {
            let ends = event.kind == EventType::Info;
            let calls = event.kind == EventType::Invoke && event.value == **value;
            !ends && !calls
        })
    };
    numbered(events.iter().filter(stays).cloned().collect())
}

/// Whether it is the call that its process never heard of again.
fn last_call(events: &[Event], call: &Event) -> bool {
    events[call.index as usize + 1..]
        .iter()
        .find(|event| event.process == call.process)
        .is_some_and(|event| event.kind == EventType::Info)
}

#[test]
fn a_write_of_unknown_outcome_that_nobody_read_may_go() {
    for keys in [1, 4] {
        let pair = Pair::stale(unique_register(7, &load(keys, 10)));
        pair.keeps(&Register::default(), |events| without_unknown(events, true));
        pair.loses(&Register::default(), |events| without_unknown(events, false));
    }
}

#[test]
fn a_map_of_registers_is_a_store() {
    let stored = |events: &[Event]| {
        each(events, |event| {
            let f = if event.f == "read" { "get" } else { "put" }.to_owned();
            Event { f, ..event }
        })
    };
    for pair in registers() {
        let pair = Pair { right: stored(&pair.right), wrong: stored(&pair.wrong) };
        pair.keeps(&KeyValue::default(), <[Event]>::to_vec);
    }
}
