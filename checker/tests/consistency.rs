//! Sequential and causal consistency and the session guarantees, against their definitions.

mod common;

use std::collections::BTreeMap;

use chaos_checker::model::{CasRegister, KeyValue, Model};
use chaos_checker::{Budget, Consistency, Event, EventType, Finding, History, Kind, Value};
use chaos_checker::{check_consistency, write_jsonl};
use common::generate::{Rng, Shape, events};
use common::weaker::holds;

const HISTORIES: u64 = if cfg!(debug_assertions) { 20_000 } else { 200_000 };

/// Few clients, one or two registers, values that are written once; most reads find something recent.
fn small(seed: u64) -> Vec<Event> {
    let rng = &mut Rng(seed);
    let unknown = [0, 0, 20, 40][rng.below(4) as usize];
    let shape = Shape { clients: 2 + rng.below(2), operations: 2 + rng.below(7), unknown };
    let mut writes = 0;
    let call = |rng: &mut Rng| {
        writes += 1;
        match rng.below(8) {
            0..=2 if writes <= 5 => ("write", Value::Int(writes)),
            3 if writes <= 5 => ("cas", Value::list([Value::Nil, Value::Int(writes)])),
            _ => ("read", Value::Nil),
        }
    };
    let mut events = events(rng, &shape, call, |rng, call| rng.chance(95).then(|| call.1.clone()));
    let keys = 1 + rng.below(2);
    fill_in(rng, keys, &mut events);
    events
}

/// Gives operations their keys, and reads and swaps what they find.
fn fill_in(rng: &mut Rng, keys: u64, events: &mut [Event]) {
    let mut written: BTreeMap<u64, Vec<Value>> = BTreeMap::new();
    let mut open: BTreeMap<u64, (u64, Value)> = BTreeMap::new();
    for event in events {
        let found = |rng: &mut Rng, written: &BTreeMap<u64, Vec<Value>>, key: u64| {
            let values = written.get(&key).map_or(&[][..], |values| values);
            let back = if rng.chance(60) { 0 } else { rng.below(3) as usize };
            values.len().checked_sub(back + 1).map_or(Value::Nil, |at| values[at].clone())
        };
        if event.kind == EventType::Invoke {
            let key = rng.below(keys);
            if let Some((_, to)) = event.value.as_pair() {
                event.value = Value::list([found(rng, &written, key), to.clone()]);
            }
            let wrote = event.value.as_pair().map_or(&event.value, |(_, to)| to);
            written.entry(key).or_default().extend((event.f != "read").then(|| wrote.clone()));
            open.insert(event.process, (key, event.value.clone()));
        } else if event.kind == EventType::Ok {
            let (key, value) = open[&event.process].clone();
            event.value = if event.f == "read" { found(rng, &written, key) } else { value };
        }
        event.key = Some(Value::Int(open[&event.process].0 as i64));
    }
}

/// Few clients, texts of letters that are put or appended once; most reads find something recent.
fn texts(seed: u64) -> Vec<Event> {
    let rng = &mut Rng(seed);
    let unknown = [0, 0, 20, 40][rng.below(4) as usize];
    let shape = Shape { clients: 2 + rng.below(2), operations: 2 + rng.below(6), unknown };
    let mut letters = ["a", "b", "c", "d", "e"].into_iter();
    let call = |rng: &mut Rng| {
        let f = ["put", "append", "append", "get", "get", "get"][rng.below(6) as usize];
        match letters.next().filter(|_| f != "get") {
            Some(letter) => (f, Value::from(letter)),
            None => ("get", Value::Nil),
        }
    };
    let mut events = events(rng, &shape, call, |rng, call| rng.chance(95).then(|| call.1.clone()));
    let keys = 1 + rng.below(2);
    let mut held = [vec![Value::Nil], vec![Value::Nil]];
    let mut open: BTreeMap<u64, u64> = BTreeMap::new();
    for event in &mut events {
        if event.kind == EventType::Invoke {
            open.insert(event.process, rng.below(keys));
        }
        let key = open[&event.process];
        event.key = Some(Value::Int(key as i64));
        let held = &mut held[key as usize];
        let recent = |rng: &mut Rng, chance: u64, far: u64| {
            let back = if rng.chance(chance) { 0 } else { rng.below(far) as usize };
            held[held.len().saturating_sub(back + 1)].clone()
        };
        match (event.kind, event.f.as_str()) {
            (EventType::Invoke, "append") => {
                let text = format!("{}{}", bare(&recent(rng, 50, 2)), bare(&event.value));
                held.push(Value::from(text));
            }
            (EventType::Invoke, "put") => held.push(event.value.clone()),
            (EventType::Ok, "get") => event.value = recent(rng, 60, 3),
            _ => {}
        }
    }
    events
}

fn bare(value: &Value) -> &str {
    if let Value::Text(text) = value { text.as_str() } else { "" }
}

fn agree<M: Model>(model: &M, draw: impl Fn(u64) -> Vec<Event>) {
    for level in Consistency::ALL {
        let mut valid = 0;
        for seed in 0..HISTORIES {
            let events = draw(seed);
            let history = History::from_events(events.clone()).expect("honest");
            let expected = holds(level, history.operations());
            let found = check_consistency(model, &history, level, &Budget::default());
            let found = found.expect("in the model");
            let right = if expected { found.is_valid() } else { found.is_invalid() };
            assert!(right, "{level}, seed {seed}: {found}, not {expected}:\n{}", told(&events));
            valid += u64::from(expected);
        }
        println!("{level}: {valid} of {HISTORIES} valid");
        let telling = HISTORIES / 100..HISTORIES * 99 / 100;
        assert!(telling.contains(&valid), "{level}: {valid} of {HISTORIES} are valid");
    }
}

#[test]
fn every_level_agrees_with_its_definition() {
    agree(&CasRegister::default(), small);
}

#[test]
fn every_level_agrees_with_its_definition_where_texts_grow() {
    agree(&KeyValue::default(), texts);
}

fn told(events: &[Event]) -> String {
    let mut text = Vec::new();
    write_jsonl(&mut text, events).expect("memory");
    String::from_utf8_lossy(&text).into_owned()
}

#[test]
fn the_stronger_implies_the_weaker() {
    for seed in 0..HISTORIES {
        let history = History::from_events(small(seed)).expect("honest");
        let of = |level| {
            Kind::CasRegister.check_consistency(&history, level, &Budget::default()).expect("known")
        };
        let linearizable = Kind::CasRegister.check(&history, &Budget::default()).expect("known");
        let mut strongest = linearizable.is_valid();
        for level in [Consistency::Sequential, Consistency::Causal] {
            let found = of(level).is_valid();
            assert!(found || !strongest, "{level}, seed {seed}");
            strongest = found;
        }
        let single = Consistency::ALL[2..].iter();
        assert!(single.clone().all(|level| of(*level).is_valid() || !strongest), "{seed}");
    }
}

fn judged(level: Consistency, script: &str) -> Finding {
    let mut events = Vec::new();
    for (process, deed) in
        script.split(';').map(str::trim).map(|deed| deed.split_once(' ').expect("a client"))
    {
        let (f, value) = deed.split_at(1);
        let process = process.parse().expect("a client");
        let value = value.trim().parse().map_or(Value::Nil, Value::Int);
        let f = if f == "w" { "write" } else { "read" }.to_owned();
        for kind in [EventType::Invoke, EventType::Ok] {
            let asks = kind == EventType::Invoke && f == "read";
            let (index, value) =
                (events.len() as u64, if asks { Value::Nil } else { value.clone() });
            let time = chaos_checker::Nanos(index);
            let f = f.clone();
            events.push(Event {
                index,
                time,
                process,
                kind,
                f,
                key: None,
                value,
                error: None,
                node: None,
            });
        }
    }
    let history = History::from_events(events).expect("honest");
    Kind::Register.check_consistency(&history, level, &Budget::default()).expect("in the model")
}

#[test]
fn each_guarantee_is_broken_by_its_own_history() {
    use Consistency as C;
    let broken = |script: &str| -> Vec<C> {
        C::ALL.into_iter().filter(|level| judged(*level, script).is_invalid()).collect()
    };
    let all = |single: C| vec![C::Sequential, C::Causal, single];
    assert_eq!(broken("0 w1; 0 r"), all(C::ReadYourWrites));
    assert_eq!(
        broken("0 w1; 1 r1; 1 r")[2..],
        [C::MonotonicReads, C::MonotonicWrites, C::WritesFollowReads]
    );
    assert_eq!(broken("0 w1; 0 w2; 1 r2; 1 r1")[2..], [C::MonotonicWrites]);
    assert_eq!(broken("0 w1; 1 r1; 1 w2; 2 r2; 2 r1")[2..], [C::WritesFollowReads]);
    assert_eq!(
        broken("0 w1; 1 w2; 2 r1; 2 r2; 3 r2; 3 r1"),
        [C::Sequential, C::Causal, C::MonotonicReads, C::MonotonicWrites, C::WritesFollowReads]
    );
    // A stale read of somebody else's write breaks nothing but linearizability.
    assert_eq!(broken("0 w1; 0 w2; 1 r1"), []);
}

#[test]
fn what_values_do_not_tell_is_unknown_and_says_why() {
    let twice = judged(Consistency::Sequential, "0 w1; 0 w1; 1 r1; 1 r");
    assert_eq!(twice.to_string(), "unknown: the value 1 was read and may come from several writes");
    let nobody = judged(Consistency::MonotonicReads, "0 w1; 1 r7");
    assert_eq!(nobody.to_string().trim(), "violated: client 1: read → 7 is what nobody wrote");
    let late = Budget { expired: &|| true, ..Budget::default() };
    let history = History::from_events(small(11)).expect("honest");
    for level in Consistency::ALL {
        let found = check_consistency(&CasRegister::default(), &history, level, &late);
        assert!(!found.expect("in the model").is_valid(), "{level}");
    }
}
