//! The checker against the definition, on small random histories of every model. The example `soak`
//! does the same for as long as one likes.

mod common;

use common::models::TRIALS;

/// 200,000 a model where the compiler optimises, fewer where it does not.
const HISTORIES: u64 = if cfg!(debug_assertions) { 1_500 } else { 200_000 };

#[test]
fn every_model_agrees_with_the_definition() {
    for (name, trial) in TRIALS {
        let valid = (0..HISTORIES).filter(|seed| trial(*seed)).count() as u64;
        // Histories that are all right or all wrong would test nothing.
        let telling = HISTORIES / 100..HISTORIES * 99 / 100;
        assert!(telling.contains(&valid), "{name}: {valid} of {HISTORIES} are linearizable");
    }
}
