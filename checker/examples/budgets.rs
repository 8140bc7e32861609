//! Asks for little time, then for little memory, on histories that would take much, and tells what was
//! taken: `cargo run --release -p chaos-checker --example budgets [filter]`.
#![allow(clippy::disallowed_methods, reason = "a measurement reads the machine")]

use std::time::{Duration, Instant};

use chaos_checker::{Budget, History, Kind, Verdict};

#[path = "../tests/common/mod.rs"]
mod common;

use common::hard;
use common::machine::{forget_peak, memory, peak};

fn main() {
    let filter = std::env::args().nth(1).unwrap_or_default();
    println!("{:<44} {:>8} {:>9} {:>9} verdict", "history", "asked", "took", "memory");
    for (name, kind, make) in hard::ALL.into_iter().filter(|(name, ..)| name.contains(&filter)) {
        let history = make();
        for seconds in [1, 5] {
            let limit = Duration::from_secs(seconds);
            let began = Instant::now();
            let budget = Budget { expired: &|| began.elapsed() > limit, ..unbounded() };
            measure(name, &format!("{seconds} s"), kind, &history, &budget);
        }
        for megabytes in [32, 256] {
            let began = Instant::now();
            let late = || began.elapsed() > Duration::from_secs(20);
            let budget = Budget { bytes: megabytes << 20, expired: &late, ..unbounded() };
            measure(name, &format!("{megabytes} MB"), kind, &history, &budget);
        }
    }
}

fn unbounded() -> Budget<'static> {
    Budget { configurations: usize::MAX, bytes: usize::MAX, ..Budget::default() }
}

fn measure(name: &str, asked: &str, kind: Kind, history: &History, budget: &Budget<'_>) {
    forget_peak();
    let (before, began) = (memory(), Instant::now());
    let verdict = kind.check(history, budget);
    let (seconds, grown) = (began.elapsed().as_secs_f64(), peak().saturating_sub(before) / 1024);
    let verdict = match verdict {
        Ok(Verdict::Valid(_)) => "valid".to_owned(),
        Ok(Verdict::Invalid(_)) => "invalid".to_owned(),
        Ok(Verdict::Unknown(unknown)) => format!("unknown: {unknown}"),
        Err(error) => error.to_string(),
    };
    println!("{name:<44} {asked:>8} {seconds:>7.3} s {grown:>6} MB {verdict}");
}
