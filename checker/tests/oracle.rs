//! The checker against the definition, on small random histories of every model. The example `soak`
//! does the same for as long as one likes.

mod common;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use common::models::TRIALS;

/// 200,000 a model where the compiler optimises, fewer where it does not.
const HISTORIES: u64 = if cfg!(debug_assertions) { 1_500 } else { 200_000 };

#[test]
fn every_model_agrees_with_the_definition() {
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some((name, trial)) = TRIALS.get(next.fetch_add(1, Ordering::Relaxed)) {
            let valid = (0..HISTORIES).filter(|seed| trial(*seed)).count() as u64;
            println!("{name}: {valid} of {HISTORIES} are linearizable, all agree");
            // Histories that are all right or all wrong would test nothing.
            let telling = HISTORIES / 100..HISTORIES * 99 / 100;
            assert!(telling.contains(&valid), "{name}: {valid} of {HISTORIES}");
        }
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| (0..cores).for_each(|_| drop(scope.spawn(work))));
}

/// Seeds whose histories an earlier search got wrong, each by a pruning that looked sound, and whether
/// they are linearizable.
#[test]
fn what_was_once_wrong_stays_right() {
    let once = [
        // A write of the value that is there lets others hide before it, ahead of a cas.
        ("cas-register", 18_331, true),
        // A value to be visited before a cas, when no reset is due at which to visit it for free.
        ("rare-cas-register", 21_101_393, true),
        // A delete is of use right before an append that must not find what was there.
        ("kv-unique", 303_715, false),
    ];
    for (model, seed, valid) in once {
        let trial = TRIALS.iter().find(|(name, _)| *name == model).expect("a trial").1;
        assert_eq!(trial(seed), valid, "{model} {seed}");
    }
}
