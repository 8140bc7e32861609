//! Measures the checker on the histories of the README's table: `cargo run --release -p chaos-checker
//! --example bars [filter] [size limit]`. CPU time of one thread, and the most memory used
//! meanwhile, with the history itself and what the allocator has kept. Where there are several keys,
//! also the time that passes on two threads.
#![allow(clippy::disallowed_methods, reason = "a measurement reads the machine")]

use std::fs;
use std::time::{Duration, Instant};

use chaos_checker::{Budget, Event, History, HistoryBuilder, Kind, Verdict, read};

#[path = "../tests/common/mod.rs"]
mod common;

use common::large::{
    Load, cas_register, history, log, make_stale, priority_queue_with_looks, queue_with_looks,
    record_unique_register, stack_with_looks, swap_results,
};
use common::machine::{cpu, forget_peak, peak};

type Record = fn(u64, &Load, u64) -> Vec<Event>;

const COLLECTIONS: [(&str, Kind, Record); 3] = [
    ("queue", Kind::Queue, queue_with_looks),
    ("stack", Kind::Stack, stack_with_looks),
    ("priority queue", Kind::PriorityQueue, priority_queue_with_looks),
];

fn main() {
    let mut arguments = std::env::args().skip(1);
    let filter = arguments.next().unwrap_or_default();
    let most: u64 = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    println!("{:<52} {:>12} {:>10} verdict", "history", "CPU", "peak");
    recorded(&filter);
    for operations in [1_000, 10_000, 100_000, 1_000_000].into_iter().filter(|n| *n <= most) {
        for unknown in [0, 1, 5] {
            unique(&filter, operations, unknown);
        }
        for unknown in [0, 1] {
            let load = Load { operations, clients: 10, keys: 1, unknown };
            let name = format!("cas5 c10 {operations} unknown {unknown}%");
            made(&filter, &name, Kind::CasRegister, || history(cas_register(7, &load, 5)));
        }
        for (name, kind, record) in COLLECTIONS {
            collections(&filter, &format!("{name} c10 {operations}"), kind, record, operations);
        }
        let load = Load { operations, clients: 10, keys: 1, unknown: 5 };
        let name = format!("log c10 {operations} unknown 5%");
        made(&filter, &name, Kind::Log, || history(log(7, &load, 0, 100)));
        let load = Load { operations, clients: 50, keys: 10, unknown: 5 };
        let name = format!("10 keys c50 {operations} unknown 5%");
        made(&filter, &name, Kind::Register, || unique_register(&load, |_| {}));
        on_two_threads(&filter, &name, Kind::Register, || unique_register(&load, |_| {}));
    }
    for operations in [1_000, 10_000].into_iter().filter(|n| *n <= most) {
        let load = Load { operations, clients: 50, keys: 1, unknown: 0 };
        let name = format!("cas5 c50 {operations}");
        made(&filter, &name, Kind::CasRegister, || history(cas_register(7, &load, 5)));
    }
}

fn recorded(filter: &str) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata");
    let load = |name: &str| {
        let bytes = fs::read(format!("{folder}/{name}")).expect("a file");
        let (format, history) = read(&bytes[..]).expect("a history");
        (Kind::detect(format, &history).expect("a model"), history)
    };
    let logs: Vec<_> = (0..104)
        .step_by(2)
        .map(|number| format!("jepsen-etcd/etcd_{number:03}.log"))
        .filter(|name| fs::exists(format!("{folder}/{name}")).unwrap_or(false))
        .map(|name| load(&name))
        .collect();
    let name = format!("{} etcd logs", logs.len());
    if name.contains(filter) {
        measure(&name, || {
            let all = logs.iter().map(|(kind, history)| kind.check(history, &Budget::default()));
            let bad = all.filter(|verdict| verdict.as_ref().is_ok_and(Verdict::is_invalid)).count();
            format!("{bad} invalid")
        });
    }
    for name in ["porcupine-kv/c10-ok.txt", "porcupine-kv/c10-bad.txt"] {
        let (kind, history) = load(name);
        if name.contains(filter) {
            measure(name, || summary(kind, &history));
        }
    }
}

/// A queue, a stack or a priority queue: as it is, and with two results swapped near the end.
fn collections(filter: &str, name: &str, kind: Kind, record: Record, operations: u64) {
    for unknown in [0, 5] {
        let load = Load { operations, clients: 10, keys: 1, unknown };
        let name = format!("{name} unknown {unknown}%");
        made(filter, &name, kind, || history(record(7, &load, 0)));
        made(filter, &format!("{name} swapped"), kind, || {
            let mut events = record(7, &load, 0);
            swap_results(&mut events);
            history(events)
        });
    }
}

fn unique(filter: &str, operations: u64, unknown: u64) {
    let load = Load { operations, clients: 10, keys: 1, unknown };
    let name = format!("unique c10 {operations} unknown {unknown}%");
    made(filter, &name, Kind::Register, || unique_register(&load, |_| {}));
    let stale = make_stale(operations);
    made(filter, &format!("{name} stale"), Kind::Register, || unique_register(&load, stale));
}

/// As it would be read from a file: the events are not held, so that the peak is that of the history.
fn unique_register(load: &Load, mut change: impl FnMut(&mut Event)) -> History {
    let mut builder = HistoryBuilder::default();
    record_unique_register(7, load, |mut event| {
        change(&mut event);
        builder.push(event.index + 1, event).expect("an honest history");
    });
    builder.finish()
}

fn made(filter: &str, name: &str, kind: Kind, history: impl FnOnce() -> History) {
    if name.contains(filter) {
        let history = history();
        measure(name, || summary(kind, &history));
    }
}

fn on_two_threads(filter: &str, name: &str, kind: Kind, history: impl FnOnce() -> History) {
    if !name.contains(filter) {
        return;
    }
    let history = history();
    let began = Instant::now();
    let verdict = kind.check(&history, &Budget { threads: 2, ..Budget::default() });
    let (micros, peak) = (began.elapsed().as_micros(), peak() / 1024);
    let valid = verdict.is_ok_and(|verdict| verdict.is_valid());
    println!("{name:<52} {micros:>7} µs passed {peak:>4} MB valid: {valid}");
}

fn summary(kind: Kind, history: &History) -> String {
    let start = cpu();
    let budget = Budget { expired: &|| cpu() - start > 20_000_000_000, ..Budget::default() };
    match kind.check(history, &budget) {
        Ok(Verdict::Valid(_)) => "valid".to_owned(),
        Ok(Verdict::Invalid(violation)) => violation.sentence.clone(),
        Ok(Verdict::Unknown(unknown)) => format!("UNKNOWN: {unknown}"),
        Err(error) => error.to_string(),
    }
}

/// Small work is repeated for a while: the kernel counts CPU time in steps of milliseconds.
fn measure(name: &str, work: impl Fn() -> String) {
    forget_peak();
    let (began, start) = (Instant::now(), cpu());
    let mut result = work();
    let mut times = 1;
    while began.elapsed() < Duration::from_millis(200) {
        result = work();
        times += 1;
    }
    let micros = (cpu() - start) as f64 / 1000.0 / f64::from(times);
    println!("{name:<52} {micros:>9.1} µs {:>7} MB {result}", peak() / 1024);
}
