//! What the fuzzer's targets do, fed with their seeds and with mutations of these. `checker/fuzz/run` feeds
//! them by coverage, for as long as one likes; `CHAOS_MUTATIONS` asks for more of them here.
#![allow(clippy::disallowed_methods, reason = "a test reads its seeds")]

mod common;

use std::fs;
use std::panic::catch_unwind;

use common::fuzz::{TARGETS, run};
use common::generate::Rng;

/// The seeds of a target, in the order of their names: what was once found among them.
fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = format!("{}/fuzz/seeds/{target}", env!("CARGO_MANIFEST_DIR"));
    let files = fs::read_dir(&folder).expect("a folder of seeds");
    let mut paths: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    paths.sort();
    let read =
        |path: std::path::PathBuf| (path.display().to_string(), fs::read(&path).expect("a file"));
    paths.into_iter().map(read).collect()
}

fn mutations() -> u64 {
    let asked = std::env::var("CHAOS_MUTATIONS").ok().and_then(|text| text.parse().ok());
    asked.unwrap_or(2_000)
}

/// The target's verdict on bytes that it should survive.
fn survive(target: &'static str, name: &str, bytes: &[u8]) {
    if catch_unwind(|| run(target, bytes)).is_err() {
        panic!("{target}, {name}: {:?}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn every_seed_is_survived() {
    for (target, _) in TARGETS {
        let seeds = seeds(target);
        assert!(seeds.len() > 2, "{target} has {} seeds", seeds.len());
        seeds.iter().for_each(|(name, bytes)| survive(target, name, bytes));
    }
}

#[test]
fn every_mutation_of_a_seed_is_survived() {
    for (target, _) in TARGETS {
        let (seeds, mut rng) = (seeds(target), Rng(1));
        for round in 0..mutations() {
            let (name, seed) = &seeds[rng.below(seeds.len() as u64) as usize];
            let other = &seeds[rng.below(seeds.len() as u64) as usize].1;
            let bytes = mutated(&mut rng, seed, other);
            survive(target, &format!("mutation {round} of {name}"), &bytes);
        }
    }
}

/// The seed with a few bytes, lines or ends changed.
fn mutated(rng: &mut Rng, seed: &[u8], other: &[u8]) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=rng.below(6) {
        let length = bytes.len() as u64 + 1;
        let (from, to) = (rng.below(length) as usize, rng.below(length) as usize);
        let (from, to) = (from.min(to), from.max(to));
        match rng.below(7) {
            0 => bytes.truncate(to),
            1 => drop(bytes.drain(from..to)),
            2 => bytes.extend_from_within(from..to),
            3 => bytes.insert(from, b"[]{}()\":#_0 \n-9\\u,;"[rng.below(19) as usize]),
            4 => {
                let at = rng.below(other.len() as u64 + 1) as usize;
                bytes.splice(from..from, other[at..].iter().copied().take(80));
            }
            _ if from < bytes.len() => bytes[from] = rng.next() as u8,
            _ => {}
        }
    }
    bytes
}
