//! How fast it is. The bounds are far above what a quiet machine needs.

use crate::stage::{Ear, arenas, beacons, cast, folder, links, percentile};
use chaos::world::process::{Arena, Ground, cpu_times, monotonic};
use chaos_node::{Nanos, NodeId};
use std::thread::sleep;
use std::time::Duration;

pub(crate) fn arenas_are_made_fast_and_reused(ground: &Ground) {
    let folder = folder();
    let arenas = arenas(ground, &folder);
    let round = || {
        let start = monotonic();
        let held: Vec<_> = (0..10).map(|_| arenas.acquire(links(5)).expect("an arena")).collect();
        let took = monotonic() - start;
        drop(held);
        took / 10
    };
    let (made, reused) = (round(), round());
    println!("made in {} us, reused in {} us", made.0 / 1_000, reused.0 / 1_000);
    assert!(reused < Nanos::from_millis(10));
}

pub(crate) fn round_trips_are_short(ground: &Ground) {
    let folder = folder();
    let arenas = arenas(ground, &folder);
    let arena = arenas.acquire(links(2)).expect("an arena");
    let far = arena.addresses(NodeId(2)).peer_address.to_string();
    let _echo = cast(&arena, 2, &["echo", &far]);
    let across = round_trip(&arena, 1, &far);
    let near = format!("127.0.0.1:{}", 9_000);
    let _echo = cast(&arena, 2, &["echo", &near]);
    let within = round_trip(&arena, 2, &near);
    println!("{} us across the switch, {} us within a node", across / 1_000, within / 1_000);
    assert!(across < 20_000_000);
}

fn round_trip(arena: &Arena, node: u16, target: &str) -> u64 {
    let mut ping = cast(arena, node, &["ping", target, "5000"]);
    let mut ear = Ear::new(ping.take_stdout().expect("its first time"));
    let mut times: Vec<u64> = ear.wait(5_000).iter().filter_map(|line| line.parse().ok()).collect();
    percentile(&mut times, 50)
}

pub(crate) fn streams_are_fast(ground: &Ground) {
    const BYTES: u64 = 100_000_000;
    let folder = folder();
    let arenas = arenas(ground, &folder);
    let arena = arenas.acquire(links(2)).expect("an arena");
    let target = arena.addresses(NodeId(2)).peer_address.to_string();
    let mut sink = cast(&arena, 2, &["sink", &target]);
    let mut ear = Ear::new(sink.take_stdout().expect("its first time"));
    let _pour = cast(&arena, 1, &["pour", &target, &BYTES.to_string()]);
    let line = ear.wait(1).remove(0);
    let (bytes, nanos) = line.split_once(' ').expect("two numbers");
    let nanos: u64 = nanos.parse().expect("a number");
    assert_eq!(bytes, BYTES.to_string());
    println!("{} MB/s, {} frames lost for want of room", BYTES * 1_000 / nanos, arena.overflows());
    assert!(nanos < 20_000_000_000);
}

/// Twenty clusters of five, each node sending to each other one every 10 ms: 40 000 frames a second.
pub(crate) fn many_clusters_cost_little(ground: &Ground) {
    const FOR: Duration = Duration::from_secs(3);
    let folder = folder();
    let arenas = arenas(ground, &folder);
    let held: Vec<_> = (0..20).map(|_| arenas.acquire(links(5)).expect("an arena")).collect();
    let begin = |arena: &Arena| beacons(arena, 5, Duration::from_millis(10));
    let start = monotonic();
    let nodes: Vec<_> = held.iter().flat_map(begin).collect();
    println!("{} nodes started in {} ms", nodes.len(), (monotonic() - start).as_millis());
    sleep(Duration::from_millis(200));
    let (start, before) = (monotonic(), carried(&held));
    let tester = cpu_times().tester;
    sleep(FOR);
    let (took, frames) = (monotonic() - start, carried(&held) - before);
    let tester = cpu_times().tester - tester;
    let cpu: Nanos = nodes.iter().map(|(node, _)| node.cpu()).sum();
    let overflows: u64 = held.iter().map(Arena::overflows).sum();
    println!(
        "{} frames/s, {} ns each; tester {tester} of CPU, nodes {cpu}; {overflows} lost",
        frames * 1_000_000_000 / took.0,
        tester.0 / frames.max(1)
    );
    assert!(frames > 0);
}

fn carried(arenas: &[Arena]) -> u64 {
    arenas.iter().map(|arena| arena.with_links(|links, _| links.totals().delivered)).sum()
}
