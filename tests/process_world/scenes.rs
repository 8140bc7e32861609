//! The scenes, one function each.

use crate::stage::{Ear, arenas, beacons, cast, eventually, folder, links, percentile};
use chaos::network::{Endpoint, LinkParams, Ppm};
use chaos::world::process::{Ground, Signalled, cpu_times, monotonic};
use chaos_node::{Nanos, NodeId};
use std::thread::sleep;
use std::time::Duration;

type Scene = (&'static str, &'static str, fn(&Ground));

pub(crate) const ALL: &[Scene] = &[
    ("arenas_are_made_fast_and_reused", "namespaces", arenas_are_made_fast_and_reused),
    ("round_trips_are_short", "namespaces", round_trips_are_short),
];

fn arenas_are_made_fast_and_reused(ground: &Ground) {
    let folder = folder();
    let arenas = arenas(ground, 5, &folder);
    for round in 0..3 {
        let start = monotonic();
        let held: Vec<_> = (0..10).map(|_| arenas.acquire(links(5)).expect("an arena")).collect();
        println!("round {round}: {} us each", (monotonic() - start).0 / 10_000);
        drop(held);
    }
}

fn round_trips_are_short(ground: &Ground) {
    let folder = folder();
    let arenas = arenas(ground, 2, &folder);
    let arena = arenas.acquire(links(2)).expect("an arena");
    let target = arena.addresses(NodeId(2)).peer_address.to_string();
    let _echo = cast(&arena, 2, &["echo", &target]);
    let mut ping = cast(&arena, 1, &["ping", &target, "5000"]);
    let mut ear = Ear::new(ping.take_stdout().expect("its first time"));
    let mut times: Vec<u64> = ear.wait(5000).iter().filter_map(|line| line.parse().ok()).collect();
    println!(
        "p50 {} us, p99 {} us",
        percentile(&mut times, 50) / 1000,
        percentile(&mut times, 99) / 1000
    );
    println!("{:?}", cpu_times());
}
