//! Histories that no check decides quickly.

use chaos_checker::{Event, EventType, History, Kind, Value};

use super::generate::Rng;
use super::large::{
    Load, cas_register, history, queue_with_looks, stack_with_looks, unique_register,
};

/// What makes a history.
pub type Make = fn() -> History;

/// The histories, with their models.
pub const ALL: [(&str, Kind, Make); 7] = [
    ("cas over 5 values, 100 clients", Kind::CasRegister, || cas(100, 0)),
    ("cas over 5 values, 300 clients, 10 % unknown", Kind::CasRegister, || cas(300, 10)),
    ("queue, elements equal, 40 clients, 5 % unknown", Kind::Queue, || queue(&load(40))),
    ("stack, elements equal, 40 clients, 5 % unknown", Kind::Stack, || stack(&load(40))),
    ("set of 30 adds at once", Kind::Set, || all_at_once("add", 30)),
    ("30 appends at once", Kind::KeyValue, || all_at_once("append", 30)),
    ("1 key, 10 clients, 3 M operations", Kind::Register, long),
];

fn load(clients: u64) -> Load {
    Load { operations: 20_000, clients, keys: 1, unknown: 5 }
}

fn cas(clients: u64, unknown: u64) -> History {
    history(cas_register(7, &Load { operations: 20_000, clients, keys: 1, unknown }, 5))
}

fn long() -> History {
    let load = Load { operations: 3_000_000, clients: 10, keys: 1, unknown: 0 };
    history(unique_register(7, &load))
}

/// A queue of which many elements are equal: who took which cannot be told.
pub fn queue(load: &Load) -> History {
    history(equal(queue_with_looks(7, load, 10)))
}

/// Such a stack.
pub fn stack(load: &Load) -> History {
    history(equal(stack_with_looks(7, load, 10)))
}

fn equal(mut events: Vec<Event>) -> Vec<Event> {
    for event in &mut events {
        if let Value::Int(element) = &mut event.value {
            *element %= 100;
        }
    }
    events
}

/// Everybody does something else at the same time, and two find what cannot both be.
pub fn all_at_once(f: &str, clients: u64) -> History {
    let mut events = Vec::new();
    let mut event = |process, kind, f: &str, value| {
        let (index, f) = (events.len() as u64, f.to_owned());
        let (time, key, error, node) = (chaos_checker::Nanos(index), None, None, None);
        events.push(Event { index, time, process, kind, f, key, value, error, node });
    };
    let mut order: Vec<u64> = (0..clients).collect();
    let mut rng = Rng(7);
    let (read, readers) = (if f == "add" { "read" } else { "get" }, clients..clients + 2);
    for process in 0..clients {
        event(process, EventType::Invoke, f, argument(f, process));
    }
    for process in readers.clone() {
        event(process, EventType::Invoke, read, Value::Nil);
    }
    while !order.is_empty() {
        let process = order.swap_remove(rng.below(order.len() as u64) as usize);
        // Who adds is told that the element is new, which keeps the set from being one that only grows.
        let told = if f == "add" { true.into() } else { argument(f, process) };
        event(process, EventType::Ok, f, told);
    }
    for (process, found) in readers.zip(found(f, clients)) {
        event(process, EventType::Ok, read, found);
    }
    history(events)
}

fn argument(f: &str, process: u64) -> Value {
    if f == "add" { Value::Int(process as i64) } else { Value::from(format!("{process} ")) }
}

/// One half and the other half of a set, or what nobody wrote.
fn found(f: &str, clients: u64) -> [Value; 2] {
    let half = clients as i64 / 2;
    match f {
        "add" => [0..half, half..2 * half].map(|half| Value::list(half.map(Value::Int))),
        _ => ["nobody wrote this", "nor this"].map(Value::from),
    }
}
