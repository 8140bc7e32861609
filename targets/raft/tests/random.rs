//! Thousands of short runs under all faults at once.

mod network;

use chaos_node::{Nanos, NodeConfig, NodeId, Options, Rng, Target, Ticket, Timer, Value};
use chaos_raft::Raft;
use network::clients::Operation;
use network::sim::{Faults, Setup, Sim};
use network::{Effect, Host};
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

/// How many runs; `RAFT_SEEDS` at build time makes them more.
fn seeds() -> u64 {
    let usual = if cfg!(debug_assertions) { 150 } else { 2_000 };
    option_env!("RAFT_SEEDS").and_then(|text| text.parse().ok()).unwrap_or(usual)
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

/// Each of these breaks something within a few runs. The others need rarer accidents; the scripts
/// show them one by one.
#[test]
fn mutants_break_something() {
    let common = [
        "forget-vote",
        "ack-before-sync",
        "length-only-up-to-date",
        "double-vote",
        "count-duplicate-votes",
        "heartbeat-skips-prev-check",
        "truncate-on-stale-append",
        "match-from-next",
        "commit-not-capped",
        "no-backtrack",
        "deposed-leader-read",
        "no-noop",
        "no-dedupe",
        "wake-by-index",
    ];
    for mutant in common {
        assert!(hunt(mutant, 100).is_some(), "{mutant} was not found");
    }
}

/// What a broken or hostile peer may send: messages with bytes changed, and no messages at all.
#[test]
fn no_bytes_of_a_peer_bring_a_node_down() {
    let mut rng = Rng::new(1);
    let ids: Vec<NodeId> = (1..=3).map(NodeId).collect();
    let config = |id: NodeId| {
        let nodes = ids.clone();
        NodeConfig { id, nodes, mutant: None, options: Options::default() }
    };
    let mut hosts: Vec<Host> = ids.iter().map(|id| Host::new(config(*id), 1)).collect();
    let mut now = Nanos::ZERO;
    let mut under_way = Vec::new();
    for host in &mut hosts {
        host.start(now);
    }
    for step in 0..30_000u64 {
        let at = rng.below(3) as usize;
        let effects = match rng.below(20) {
            0 => {
                now += Nanos::from_millis(rng.below(100));
                hosts[at].timeout(now, None, Timer(rng.below(2) as u32))
            }
            1 => {
                hosts[at].request(now, None, Ticket(step), Operation::append(1, step, now).request)
            }
            2 => {
                let bytes = rng.next_u64().to_le_bytes();
                hosts[at].receive(now, None, NodeId(rng.below(5) as u16), &bytes)
            }
            _ => {
                let Some((from, mut message)) = under_way.pop() else { continue };
                if rng.chance(200_000) {
                    damage(&mut rng, &mut message);
                }
                hosts[at].receive(now, None, from, &message)
            }
        };
        for effect in effects {
            if let Effect::Send { message, .. } = effect {
                under_way.push((ids[at], message));
            }
        }
        under_way.truncate(50);
    }
}

fn damage(rng: &mut Rng, message: &mut Vec<u8>) {
    if message.is_empty() {
        return;
    }
    let at = rng.below(message.len() as u64) as usize;
    match rng.below(3) {
        0 => message[at] = rng.next_u64() as u8,
        1 => message.truncate(at),
        _ => message.insert(at, rng.next_u64() as u8),
    }
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
