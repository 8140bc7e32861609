//! Thousands of short runs under all faults at once.

mod network;

use chaos_node::{Nanos, Options, Rng, Target, Value};
use chaos_raft::Raft;
use network::sim::{Faults, Setup, Sim};
use std::collections::BTreeMap;

/// A run whose faults, sizes and options are all drawn from the seed.
fn setup(seed: u64, mutant: Option<&'static str>) -> Setup {
    let mut rng = Rng::stream(seed, "setup");
    let mut rate = |most: u64| match rng.below(3) {
        0 => 0,
        _ => rng.below(most) as u32,
    };
    let (loss, duplication, delay) = (rate(100_000), rate(100_000), rate(100_000));
    let crash = rate(3_000);
    let mut options = BTreeMap::new();
    let mut set = |name: &str, value: u64| {
        options.insert(name.to_owned(), Value::Int(value as i64));
    };
    set("snapshot_every", [5, 20, 200][rng.below(3) as usize]);
    set("max_batch", [1, 4, 64][rng.below(3) as usize]);
    let impatient = rng.chance(500_000);
    set("max_inflight", [1, 16][rng.below(2) as usize]);
    if impatient {
        options.insert("election_timeout".to_owned(), Value::from("50ms"));
        options.insert("heartbeat".to_owned(), Value::from("20ms"));
    }
    let latency = [(100, 900), (1_000, 8_000), (5_000, 40_000)][rng.below(3) as usize];
    let faults = Faults {
        latency: (Nanos::from_micros(latency.0), Nanos::from_micros(latency.1)),
        loss,
        duplication,
        delay,
        delay_up_to: Nanos::from_millis([20, 150, 600][rng.below(3) as usize]),
        crash,
        every: Some(Nanos::from_millis(rng.within(100..=600))),
    };
    let nodes = [3, 3, 5][rng.below(3) as usize];
    Setup { nodes, options: Options(options), mutant, faults, duration: Nanos::from_secs(3) }
}

fn seeds() -> u64 {
    option_env!("RAFT_SEEDS").and_then(|text| text.parse().ok()).unwrap_or(300)
}

#[test]
fn the_correct_node_breaks_nothing() {
    for seed in 0..seeds() {
        let mut sim = Sim::new(setup(seed, None), seed);
        if let Err(violation) = sim.run() {
            panic!("seed {seed}: {violation}");
        }
    }
}

/// Runs with a mutant until something breaks; the count of runs and what broke.
fn hunt(mutant: &'static str, runs: u64) -> Option<(u64, String)> {
    for seed in 0..runs {
        let run = std::panic::catch_unwind(|| Sim::new(setup(seed, Some(mutant)), seed).run());
        match run {
            Ok(Ok(())) => {}
            Ok(Err(violation)) => return Some((seed + 1, violation)),
            Err(_) => return Some((seed + 1, "the node panicked".to_owned())),
        }
    }
    None
}

/// How many runs each mutant takes, out of very many: `cargo test --release -- --ignored
/// --nocapture`, with `RAFT_SEEDS` and `RAFT_MUTANT` at build time.
#[test]
#[ignore = "a survey, not a test"]
fn survey_of_mutants() {
    for mutant in Raft.mutants() {
        if option_env!("RAFT_MUTANT").is_none_or(|names| names.contains(mutant.name)) {
            eprintln!("{:28} {:?}", mutant.name, hunt(mutant.name, seeds()));
        }
    }
}
