//! What the network does.

use crate::stage::{Arrival, Ear, arenas, beacons, cast, eventually, folder, links, percentile};
use chaos::network::{Endpoint, LinkParams, Ppm};
use chaos::world::process::{Arena, Footing, Ground, NodeProcess, monotonic};
use chaos_node::{Nanos, NodeId};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::thread::sleep;
use std::time::Duration;

const N1: Endpoint = Endpoint(0);
const N2: Endpoint = Endpoint(1);

pub(crate) fn a_cut_is_one_way(ground: &Ground) {
    let folder = folder();
    let arenas = arenas(ground, &folder);
    let arena = arenas.acquire(links(3)).expect("an arena");
    let mut nodes = beacons(&arena, 3, Duration::from_millis(1));
    for (_, ear) in &mut nodes {
        ear.wait(100);
    }
    arena.with_links(|links, _| links.cut(0, N1, N2));
    sleep(Duration::from_millis(20));
    let heard = hear(&mut nodes, Duration::from_millis(200));
    assert_eq!(from(&heard[1], 1), 0, "n2 hears nothing of n1");
    assert!(from(&heard[0], 2) > 20, "n1 hears n2");
    assert!(from(&heard[2], 1) > 20, "n3 hears n1");
    arena.with_links(|links, _| links.lift(0));
    eventually("n2 hears n1 again", || from(&nodes[1].1.arrivals(), 1) > 0);
    let effect = arena.with_links(|links, _| links.effect(0));
    assert!(effect.dropped > 20, "{effect}");
}

pub(crate) fn delays_are_exact(ground: &Ground) {
    let folder = folder();
    let arenas = arenas(ground, &folder);
    let arena = arenas.acquire(links(2)).expect("an arena");
    let mut nodes = beacons(&arena, 2, Duration::from_millis(2));
    let delay = Nanos::from_millis(20);
    let slow = LinkParams { delay, ..LinkParams::default() };
    arena.with_links(|links, _| links.degrade(0, N1, N2, slow));
    let is_slow = |one: &Arrival| one.took >= delay;
    eventually("it is slow", || nodes[1].1.arrivals().last().is_some_and(is_slow));
    let heard = hear(&mut nodes, Duration::from_secs(2));
    let mut late: Vec<u64> = heard[1].iter().map(|one| one.took.saturating_sub(delay).0).collect();
    let mut straight: Vec<u64> = heard[0].iter().map(|one| one.took.0).collect();
    println!(
        "too late by: p50 {} us, p99 {} us; without delay: p50 {} us, p99 {} us",
        percentile(&mut late, 50) / 1_000,
        percentile(&mut late, 99) / 1_000,
        percentile(&mut straight, 50) / 1_000,
        percentile(&mut straight, 99) / 1_000,
    );
    assert!(heard[1].iter().all(is_slow), "never too early");
    assert!(percentile(&mut late, 50) < 5_000_000);
}

pub(crate) fn as_told(ground: &Ground) {
    let folder = folder();
    let arenas = arenas(ground, &folder);
    let arena = arenas.acquire(links(2)).expect("an arena");
    let bad = LinkParams {
        loss: Ppm(300_000),
        duplicate: Ppm(100_000),
        reorder: Ppm(100_000),
        hold: Nanos::from_millis(50),
        ..LinkParams::default()
    };
    arena.with_links(|links, _| links.degrade(0, N1, N2, bad));
    let mut nodes = beacons(&arena, 2, Duration::from_millis(1));
    let heard = hear(&mut nodes, Duration::from_secs(2)).remove(1);
    let effect = arena.with_links(|links, _| links.effect(0));
    println!("{} heard; {effect}", heard.len());
    let sent = heard.iter().map(|one| one.number).max().expect("something was heard") + 1;
    let mut numbers: Vec<u64> = heard.iter().map(|one| one.number).collect();
    assert!(!numbers.is_sorted(), "some overtake");
    numbers.sort_unstable();
    numbers.dedup();
    let copies = heard.len() - numbers.len();
    assert!(
        (550..850).contains(&(numbers.len() as u64 * 1_000 / sent)),
        "{} of {sent}",
        numbers.len()
    );
    assert!(copies > 10, "{copies} copies");
}

/// A connection that was cut for long must not sleep through the healing.
pub(crate) fn streams_recover_soon(ground: &Ground) {
    let folder = folder();
    let arenas = arenas(ground, &folder);
    let arena = arenas.acquire(links(2)).expect("an arena");
    let far = arena.addresses(NodeId(2)).peer_address.to_string();
    let _echo = cast(&arena, 2, &["echo", &far]);
    let mut ping = cast(&arena, 1, &["ping", &far, "1000000000"]);
    let mut ear = Ear::new(ping.take_stdout().expect("its first time"));
    ear.wait(100);
    arena.with_links(|links, _| links.cut(0, N1, N2));
    sleep(Duration::from_secs(5));
    ear.lines();
    arena.with_links(|links, _| links.lift(0));
    let healed = monotonic();
    ear.wait(1);
    let took = monotonic() - healed;
    println!("speaks {} ms after the healing", took.as_millis());
    assert!(took < Nanos::from_secs(5));
}

/// Through a cut between the nodes as well, for it is none of the clients'.
pub(crate) fn clients_reach_nodes(ground: &Ground) {
    let folder = folder();
    let arenas = arenas(ground, &folder);
    let arena = arenas.acquire(links(2)).expect("an arena");
    arena.with_links(|links, _| links.cut(0, N1, N2));
    let address = arena.addresses(NodeId(2)).client_address.to_string();
    let _echo = cast(&arena, 2, &["echo", &address]);
    let mut stream = connected(&arena, NodeId(2));
    let mut times = Vec::new();
    for _ in 0..1_000 {
        let start = monotonic();
        stream.write_all(&[1; 64]).expect("a connection");
        stream.read_exact(&mut [0; 64]).expect("an answer");
        times.push((monotonic() - start).0);
    }
    println!("a client's round trip: {} us", percentile(&mut times, 50) / 1_000);
}

/// A connection, once somebody listens.
fn connected(arena: &Arena, node: NodeId) -> TcpStream {
    let mut found = None;
    eventually("a client connects", || {
        let Ok(stream) = arena.connect(node) else { return false };
        sleep(Duration::from_millis(5));
        let fine = matches!(stream.take_error(), Ok(None)) && stream.peer_addr().is_ok();
        found = fine.then_some(stream);
        fine
    });
    let stream = found.expect("it was found");
    stream.set_nonblocking(false).expect("a socket");
    stream
}

/// One message over and over, each answered with itself, from n1 to n2 over their relay.
pub(crate) fn relays_obey_the_links(ground: &Ground) {
    assert!(matches!(ground.footing(), Footing::Loopback { .. }));
    let folder = folder();
    let arenas = arenas(ground, &folder);
    let arena = arenas.acquire(links(2)).expect("an arena");
    let listens = arena.addresses(NodeId(2)).peer_address.to_string();
    let _echo = cast(&arena, 2, &["echo", &listens]);
    let door = arena.addresses(NodeId(1)).peers[&NodeId(2)];
    let mut stream = dial(door);
    stream.set_read_timeout(Some(Duration::from_millis(300))).expect("a socket");
    let straight = exchange(&mut stream).expect("a hello that comes back");
    let slow = LinkParams { delay: Nanos::from_millis(40), ..LinkParams::default() };
    arena.with_links(|links, _| links.degrade(0, N1, N2, slow));
    let slowed = exchange(&mut stream).expect("an answer");
    arena.with_links(|links, _| links.lift(0));
    arena.with_links(|links, _| links.cut(1, N2, N1));
    assert_eq!(exchange(&mut stream), None, "the answer is cut off");
    arena.with_links(|links, _| links.lift(1));
    let healed = exchange(&mut stream).expect("an answer");
    println!("{straight}, delayed {slowed}, healed {healed}");
    assert!(slowed >= Nanos::from_millis(40));
    assert_eq!(arena.with_links(|links, _| links.effect(1).dropped), 1);
}

/// The echo does not listen at once, and what it does not accept the relay gives up.
fn dial(door: std::net::SocketAddr) -> TcpStream {
    let mut found = None;
    eventually("the relay reaches its node", || {
        let Ok(mut stream) = TcpStream::connect(door) else { return false };
        let fine = exchange(&mut stream).is_some();
        found = fine.then_some(stream);
        fine
    });
    found.expect("it was found")
}

/// How long a message and its answer took, if there was one.
fn exchange(stream: &mut TcpStream) -> Option<Nanos> {
    let start = monotonic();
    let message = [3, 0, 0, 0, b'a', b'b', b'c'];
    stream.write_all(&message).ok()?;
    let mut answer = [0; 7];
    match stream.read_exact(&mut answer) {
        Ok(()) => assert_eq!(answer, message),
        Err(error) if error.kind() == ErrorKind::WouldBlock => return None,
        Err(_) => return None,
    }
    Some(monotonic() - start)
}

type Beacons = [(NodeProcess, Ear)];

/// What each node hears for so long.
fn hear(nodes: &mut Beacons, time: Duration) -> Vec<Vec<Arrival>> {
    nodes.iter_mut().for_each(|(_, ear)| drop(ear.arrivals()));
    let mut heard = vec![Vec::new(); nodes.len()];
    let end = monotonic() + time.into();
    while monotonic() < end {
        sleep(Duration::from_millis(10));
        for (heard, (_, ear)) in heard.iter_mut().zip(&mut *nodes) {
            heard.append(&mut ear.arrivals());
        }
    }
    heard
}

fn from(heard: &[Arrival], node: u16) -> usize {
    heard.iter().filter(|one| one.from == node).count()
}
