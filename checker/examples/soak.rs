//! Checks random histories against the definition, without end unless told otherwise:
//! `cargo run --release -p chaos-checker --example soak [model] [histories] [first seed]`.
//! A disagreement panics with the model, the seed and the history.

#[path = "../tests/common/mod.rs"]
mod common;

use common::models::TRIALS;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let model = arguments.next().unwrap_or_else(|| "all".to_owned());
    let mut number =
        |default| arguments.next().and_then(|text| text.parse().ok()).unwrap_or(default);
    let (histories, first): (u64, u64) = (number(10_000_000), number(0));
    for (name, trial) in TRIALS.iter().filter(|(name, _)| model == "all" || model == *name) {
        let valid = (first..first + histories).filter(|seed| trial(*seed)).count();
        println!(
            "{name}: {histories} histories from seed {first}, {valid} linearizable, all agree"
        );
    }
}
