//! Large histories of objects that work, as a run would record them: every client always has something
//! to do, and each operation takes effect somewhere between its call and its return.

use std::collections::{BTreeSet, VecDeque};

use chaos_checker::{Event, EventType, History, HistoryBuilder, Nanos, Value};

use super::generate::{Call, Rng};

/// What to record.
pub struct Load {
    pub operations: u64,
    pub clients: u64,
    pub keys: u64,
    /// Per cent of the operations whose outcome is unknown; of these half take effect.
    pub unknown: u64,
}

enum Stage {
    Idle,
    Called(Call, u64),
    Done(Call, u64, Value),
}

/// Records a history. `call` makes up an invocation, `apply` lets it happen to the object of a key.
pub fn record<S>(
    rng: &mut Rng,
    load: &Load,
    mut objects: Vec<S>,
    mut call: impl FnMut(&mut Rng) -> Call,
    mut apply: impl FnMut(&mut S, &Call) -> Value,
    mut sink: impl FnMut(Event),
) {
    let mut stages: Vec<Stage> = (0..load.clients).map(|_| Stage::Idle).collect();
    let mut processes: Vec<u64> = (0..load.clients).collect();
    let (mut calls, mut index, mut open) = (0, 0, 0);
    while calls < load.operations || open > 0 {
        let client = rng.below(load.clients) as usize;
        let mut emit = |process, kind, f: &str, key: u64, value| {
            sink(event(index, process, kind, f, (load.keys > 1).then_some(key), value));
            index += 1;
        };
        stages[client] = match std::mem::replace(&mut stages[client], Stage::Idle) {
            Stage::Idle if calls == load.operations => Stage::Idle,
            Stage::Idle => {
                let (made, key) = (call(rng), rng.below(load.keys));
                emit(processes[client], EventType::Invoke, made.0, key, made.1.clone());
                calls += 1;
                open += 1;
                Stage::Called(made, key)
            }
            Stage::Called(made, key) if rng.chance(load.unknown) => {
                if rng.chance(50) {
                    apply(&mut objects[key as usize], &made);
                }
                emit(processes[client], EventType::Info, made.0, key, Value::Nil);
                processes[client] += load.clients;
                open -= 1;
                Stage::Idle
            }
            Stage::Called(made, key) => {
                let found = apply(&mut objects[key as usize], &made);
                Stage::Done(made, key, found)
            }
            Stage::Done(made, key, found) => {
                emit(processes[client], EventType::Ok, made.0, key, found);
                open -= 1;
                Stage::Idle
            }
        };
    }
}

fn event(
    index: u64,
    process: u64,
    kind: EventType,
    f: &str,
    key: Option<u64>,
    value: Value,
) -> Event {
    let (f, time) = (f.to_owned(), Nanos(index * 1_000));
    let key = key.map(|key| Value::Int(key as i64));
    Event { index, time, process, kind, f, key, value, error: None, node: None }
}

/// A register whose writes are all different.
pub fn unique_register(seed: u64, load: &Load) -> Vec<Event> {
    let mut events = Vec::new();
    record_unique_register(seed, load, |event| events.push(event));
    events
}

/// The same, event by event.
pub fn record_unique_register(seed: u64, load: &Load, sink: impl FnMut(Event)) {
    let mut next = 0;
    record(
        &mut Rng(seed),
        load,
        vec![Value::Nil; load.keys as usize],
        |rng| {
            if rng.chance(50) {
                return ("read", Value::Nil);
            }
            next += 1;
            ("write", Value::Int(next))
        },
        on_register,
        sink,
    );
}

/// A register of few values, with cas.
pub fn cas_register(seed: u64, load: &Load, values: u64) -> Vec<Event> {
    let mut events = Vec::new();
    record(
        &mut Rng(seed),
        load,
        vec![Value::Nil; load.keys as usize],
        |rng| {
            let mut value = || Value::Int(rng.below(values) as i64);
            let (first, second) = (value(), value());
            match rng.below(3) {
                0 => ("read", Value::Nil),
                1 => ("write", first),
                _ => ("cas", Value::list([first, second])),
            }
        },
        on_register,
        |event| events.push(event),
    );
    events
}

/// A key to which every text is put or appended once, for as long as the texts last; that some are the
/// ends of others makes values that can have come about in more than one way.
pub fn unique_texts(seed: u64, load: &Load) -> Vec<Event> {
    const TEXTS: [&str; 4] = ["1", "2", "12", "22"];
    let puts = TEXTS.map(Value::from);
    let appends = TEXTS.map(|text| Value::from(format!("{text},")));
    let (mut puts, mut appends) = (puts.to_vec(), appends.to_vec());
    let mut known = Value::Nil;
    let mut events = Vec::new();
    record(
        &mut Rng(seed),
        load,
        vec![Value::Nil],
        |rng| {
            let mut used = |rng: &mut Rng, all: &mut Vec<Value>| {
                let text = all.swap_remove(rng.below(all.len() as u64) as usize);
                (std::mem::replace(&mut known, text.clone()), text)
            };
            match rng.below(10) {
                0 => ("delete", Value::Nil),
                1 | 2 if !puts.is_empty() => ("put", used(rng, &mut puts).1),
                3..6 if !appends.is_empty() => ("append", used(rng, &mut appends).1),
                6 if !puts.is_empty() => {
                    let (before, text) = used(rng, &mut puts);
                    ("cas", Value::list([before, text]))
                }
                _ => ("get", Value::Nil),
            }
        },
        on_key,
        |event| events.push(event),
    );
    events
}

/// A key whose text grows all the time, by different texts, with as many reads.
pub fn growing_text(seed: u64, load: &Load) -> Vec<Event> {
    let mut events = Vec::new();
    let mut next = 0;
    record(
        &mut Rng(seed),
        load,
        vec![Value::Nil; load.keys as usize],
        |rng| {
            if rng.chance(50) {
                return ("get", Value::Nil);
            }
            next += 1;
            ("append", Value::from(format!("a{next};")))
        },
        on_key,
        |event| events.push(event),
    );
    events
}

/// A FIFO queue of different elements, where some operations, in per cent, only look.
pub fn queue_with_looks(seed: u64, load: &Load, looks: u64) -> Vec<Event> {
    let next = |queue: &VecDeque<i64>| (!queue.is_empty()).then_some(0);
    collection(seed, load, looks, ["enqueue", "dequeue"], next)
}

/// A stack of different elements.
pub fn stack_with_looks(seed: u64, load: &Load, looks: u64) -> Vec<Event> {
    let next = |stack: &VecDeque<i64>| stack.len().checked_sub(1);
    collection(seed, load, looks, ["push", "pop"], next)
}

/// A priority queue of different elements.
pub fn priority_queue_with_looks(seed: u64, load: &Load, looks: u64) -> Vec<Event> {
    let next = |queue: &VecDeque<i64>| (0..queue.len()).max_by_key(|at| queue[*at]);
    collection(seed, load, looks, ["insert", "poll"], next)
}

/// A collection, of which `next` tells the element to be taken. Elements come in no order of size.
fn collection(
    seed: u64,
    load: &Load,
    looks: u64,
    [put, take]: [&'static str; 2],
    next: impl Fn(&VecDeque<i64>) -> Option<usize>,
) -> Vec<Event> {
    let mut puts = 0i64;
    let mut events = Vec::new();
    record(
        &mut Rng(seed),
        load,
        vec![VecDeque::new(); load.keys as usize],
        |rng| {
            if rng.chance(looks) {
                return ("peek", Value::Nil);
            }
            if rng.chance(50) {
                return (take, Value::Nil);
            }
            puts += 1;
            (put, Value::Int(puts * 0x9e37_79b1 % 0x1_0000_0000))
        },
        |elements, call| {
            if call.0 == put {
                elements.extend(call.1.as_int());
                return call.1.clone();
            }
            let Some(at) = next(elements) else { return Value::Nil };
            let found = if call.0 == "peek" { Some(elements[at]) } else { elements.remove(at) };
            found.map_or(Value::Nil, Value::Int)
        },
        |event| events.push(event),
    );
    events
}

/// A set to which so many elements are added, some of them more than once, and from which none is taken.
pub fn growing_set(seed: u64, load: &Load, elements: u64) -> Vec<Event> {
    set(seed, load, |rng| {
        let element = Value::Int(rng.below(elements) as i64);
        match rng.below(10) {
            0..3 => ("read", Value::Nil),
            3 => ("contains", element),
            _ => ("add", element),
        }
    })
}

/// A set to which so many elements are added and from which they are removed, time and again.
pub fn changing_set(seed: u64, load: &Load, elements: u64) -> Vec<Event> {
    set(seed, load, |rng| {
        let element = Value::Int(rng.below(elements) as i64);
        match rng.below(8) {
            0 => ("read", Value::Nil),
            1..4 => ("add", element),
            4 => ("remove", element),
            _ => ("contains", element),
        }
    })
}

fn set(seed: u64, load: &Load, call: impl FnMut(&mut Rng) -> Call) -> Vec<Event> {
    let mut events = Vec::new();
    record(
        &mut Rng(seed),
        load,
        vec![BTreeSet::new(); load.keys as usize],
        call,
        |set: &mut BTreeSet<Value>, call| match call.0 {
            "read" => Value::list(set.iter().cloned()),
            "contains" => Value::Bool(set.contains(&call.1)),
            "remove" => {
                set.remove(&call.1);
                call.1.clone()
            }
            _ => {
                set.insert(call.1.clone());
                call.1.clone()
            }
        },
        |event| events.push(event),
    );
    events
}

/// A log of different elements. Of its reads so many in a hundred are of all of it, the others of a place;
/// and so many in a hundred of its appends tell the place, if they return.
pub fn log(seed: u64, load: &Load, whole: u64, told: u64) -> Vec<Event> {
    let mut next = 0;
    let mut events = Vec::new();
    let mut tells = Rng(!seed);
    record(
        &mut Rng(seed),
        load,
        vec![Vec::new(); load.keys as usize],
        |rng| {
            if rng.chance(60) {
                next += 1;
                return ("append", Value::from(format!("e{next}")));
            }
            let at = Value::Int(rng.below(next + 1) as i64);
            ("read", if rng.chance(whole) { Value::Nil } else { at })
        },
        |log: &mut Vec<Value>, call| match (call.0, &call.1) {
            ("read", Value::Int(at)) => log.get(*at as usize).cloned().unwrap_or_default(),
            ("read", _) => Value::list(log.iter().cloned()),
            (_, element) => {
                log.push(element.clone());
                let place = Value::Int(log.len() as i64 - 1);
                if tells.chance(told) { place } else { element.clone() }
            }
        },
        |event| events.push(event),
    );
    events
}

fn on_key(state: &mut Value, call: &Call) -> Value {
    match (call.0, &call.1) {
        ("get", _) => state.clone(),
        ("append", Value::Text(text)) => {
            let before = if let Value::Text(before) = &*state { before.as_str() } else { "" };
            *state = Value::from(format!("{before}{}", text.as_str()));
            Value::Nil
        }
        ("put" | "delete", value) => {
            *state = value.clone();
            Value::Nil
        }
        _ => on_register(state, call),
    }
}

fn on_register(state: &mut Value, call: &Call) -> Value {
    match call.0 {
        "read" => state.clone(),
        "write" => {
            *state = call.1.clone();
            call.1.clone()
        }
        _ => match call.1.as_pair() {
            Some((from, to)) if from == state => {
                *state = to.clone();
                call.1.clone()
            }
            _ => Value::Bool(false),
        },
    }
}

/// Makes one of the last reads of so many operations return what was written long before.
pub fn make_stale(operations: u64) -> impl FnMut(&mut Event) {
    let (mut old, mut from) = (None, 2 * operations * 99 / 100);
    move |event| {
        if old.is_none() && event.f == "write" {
            old = Some(event.value.clone());
        }
        if event.index >= from && event.f == "read" && event.kind == EventType::Ok {
            event.value = old.clone().unwrap_or_default();
            from = u64::MAX;
        }
    }
}

/// Makes two takes near the end, far apart, swap what they found.
pub fn swap_results(events: &mut [Event]) {
    let from = events.len() * 98 / 100;
    let finds = |at: &usize| {
        let takes = ["dequeue", "pop", "poll"].contains(&events[*at].f.as_str());
        takes && events[*at].kind == EventType::Ok && !events[*at].value.is_nil()
    };
    let finds: Vec<usize> = (from..events.len()).filter(finds).collect();
    if let [first, .., last] = finds[..] {
        let value = std::mem::take(&mut events[first].value);
        events[first].value = std::mem::replace(&mut events[last].value, value);
    }
}

/// The history of the events.
pub fn history(events: Vec<Event>) -> History {
    let mut builder = HistoryBuilder::default();
    for (line, event) in (1..).zip(events) {
        builder.push(line, event).expect("an honest history");
    }
    builder.finish()
}
