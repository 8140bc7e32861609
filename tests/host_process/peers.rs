//! Peers: connections, their end and their return, and those who only claim to be peers.

use crate::support::{Cluster, DONE, PATIENCE, Probe, eventually, text};
use chaos::host::frame::{FrameBuffer, Hello, MAX_FRAME, put_frame};
use chaos::host::{HostConfig, SENT};
use chaos::network::Sent;
use chaos_node::{NodeId, Reply, Value, encode};
use nix::sys::signal::Signal;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

fn heard(node: &Probe, what: &str) -> bool {
    match node.ask("heard", "", "") {
        Reply::Ok(Value::List(heard)) => heard.contains(&what.into()),
        other => panic!("{other:?}"),
    }
}

/// Sends until it arrives: messages may be lost.
fn reaches(from: &Probe, name: &str, to: &Probe, to_name: &str, what: &str) {
    eventually(&format!("`{what}` reaches {to_name}"), || {
        assert_eq!(from.ask("send", to_name, what), DONE);
        heard(to, &format!("{name} {what}"))
    });
}

/// One who claims to be a node.
fn dial(address: SocketAddr, id: u16) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut bytes = Vec::new();
    put_frame(&mut bytes, &Hello(NodeId(id)).to_bytes());
    stream.write_all(&bytes).unwrap();
    stream
}

/// A message as the probe encodes it.
fn message(text: &str) -> Vec<u8> {
    let mut frame = Vec::new();
    put_frame(&mut frame, &encode(&(0u8, text)));
    frame
}

fn is_closed(stream: &mut TcpStream) -> bool {
    match stream.read(&mut [0; 64]) {
        Ok(len) => len == 0,
        Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
    }
}

/// What a node says that it has sent, so far.
fn told(node: &Probe) -> Vec<Sent> {
    let lines = node.lines();
    let told = lines.iter().filter_map(|line| line.strip_prefix(SENT));
    told.map(|sent| serde_json::from_str(sent).expect("what it sent")).collect()
}

#[test]
fn a_node_that_is_asked_to_counts_what_it_sends() {
    let cluster = Cluster::new(2);
    let config = HostConfig { count: true, ..cluster.config(1) };
    let (counting, silent) = (Probe::start(config), cluster.start(2));
    for (from, to) in [(&counting, "n2"), (&silent, "n1")] {
        (0..3).for_each(|_| assert_eq!(from.ask("send", to, "four"), DONE));
    }
    let bytes = encode(&(0u8, "four")).len() as u64;
    let all = [1, 2, 3].map(|messages| Sent { messages, bytes: messages * bytes });
    eventually("all three are told", || told(&counting) == all);
    assert_eq!(told(&silent), []);
}

#[test]
fn messages_go_both_ways() {
    let cluster = Cluster::new(3);
    let nodes = [1, 2, 3].map(|id| cluster.start(id));
    for (from, name) in nodes.iter().zip(["n1", "n2", "n3"]) {
        for (to, to_name) in nodes.iter().zip(["n1", "n2", "n3"]) {
            if name != to_name {
                reaches(from, name, to, to_name, "hello");
            }
        }
    }
}

#[test]
fn a_restart_of_either_side_mends_the_connection() {
    let cluster = Cluster::new(2);
    let (one, two) = (cluster.start(1), cluster.start(2));
    reaches(&one, "n1", &two, "n2", "first");
    one.kill();
    let one = cluster.start(1);
    reaches(&one, "n1", &two, "n2", "second");
    reaches(&two, "n2", &one, "n1", "second");
    two.kill();
    let two = cluster.start(2);
    reaches(&one, "n1", &two, "n2", "third");
    reaches(&two, "n2", &one, "n1", "third");
}

#[test]
fn long_messages_pass() {
    let cluster = Cluster::new(2);
    let (one, two) = (cluster.start(1), cluster.start(2));
    reaches(&one, "n1", &two, "n2", "ready");
    let long = "x".repeat(9 << 20);
    reaches(&one, "n1", &two, "n2", &long);
    reaches(&one, "n1", &two, "n2", "behind it");
}

#[test]
fn the_newest_connection_of_a_peer_wins() {
    let cluster = Cluster::new(2);
    let two = cluster.start(2);
    let mut old = dial(cluster.peer_address(2), 1);
    old.write_all(&message("old")).unwrap();
    eventually("the old one is heard", || heard(&two, "n1 old"));
    let mut new = dial(cluster.peer_address(2), 1);
    new.write_all(&message("new")).unwrap();
    eventually("the new one is heard", || heard(&two, "n1 new"));
    assert!(is_closed(&mut old));

    assert_eq!(two.ask("send", "n1", "hello"), DONE);
    let (mut frames, mut got) = (FrameBuffer::default(), Vec::new());
    while got.is_empty() {
        let mut bytes = [0; 64];
        let len = new.read(&mut bytes).unwrap();
        frames.feed(&bytes[..len], |frame| got.push(frame.to_vec())).unwrap();
    }
    assert_eq!(got, [encode(&(0u8, "hello"))]);
}

#[test]
fn those_who_are_no_peers_are_turned_away() {
    let cluster = Cluster::new(3);
    let two = cluster.start(2);
    let address = cluster.peer_address(2);
    // Itself, one who has to be dialed, one who is not in the cluster, and nobody.
    for id in [2, 3, 9, 0] {
        assert!(is_closed(&mut dial(address, id)), "n{id}");
    }
    for bytes in [b"GET / HTTP/1.1\r\n\r\n".as_slice(), &message("no hello"), &[0; 4], &[0xff; 9]] {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(bytes).unwrap();
        assert!(is_closed(&mut stream), "{bytes:?}");
    }
    assert_eq!(two.ask("heard", "", ""), Reply::Ok(Value::List(Vec::new())));
}

#[test]
fn a_hostile_peer_loses_its_connection() {
    let cluster = Cluster::new(2);
    let two = cluster.start(2);
    let mut stream = dial(cluster.peer_address(2), 1);
    stream.write_all(&(MAX_FRAME as u32 + 1).to_le_bytes()).unwrap();
    assert!(is_closed(&mut stream));

    let mut half = dial(cluster.peer_address(2), 1);
    half.write_all(&message("never whole")[..7]).unwrap();
    drop(half);

    let mut garbage = dial(cluster.peer_address(2), 1);
    garbage.write_all(&[3, 0, 0, 0, 0xff, 0xff, 0xff]).unwrap();
    garbage.write_all(&message("sound")).unwrap();
    eventually("the sound one is heard", || heard(&two, "n1 sound"));
    eventually("the garbage is noted", || two.notes("garbage").len() == 1);
}

#[test]
fn silent_strangers_keep_nobody_out_for_long() {
    let cluster = Cluster::new(2);
    let two = cluster.start(2);
    let mut silent: Vec<TcpStream> =
        (0..200).map(|_| TcpStream::connect(cluster.peer_address(2)).unwrap()).collect();
    let one = cluster.start(1);
    reaches(&one, "n1", &two, "n2", "through");
    assert!(silent.iter_mut().all(is_closed));
}

#[test]
fn a_peer_that_takes_nothing_costs_no_memory() {
    let cluster = Cluster::new(2);
    let (one, two) = (cluster.start(1), cluster.start(2));
    reaches(&one, "n1", &two, "n2", "ready");
    two.signal(Signal::SIGSTOP);
    let long = "x".repeat(1 << 20);
    let mut client = one.client();
    (0..100).for_each(|_| assert_eq!(client.ask("send", "n2", long.as_str()), DONE));
    assert!(one.memory("VmRSS:") < 30_000, "{} kB", one.memory("VmRSS:"));
    two.signal(Signal::SIGCONT);
    reaches(&one, "n1", &two, "n2", "again");
    assert_eq!(one.ask("echo", "", "well"), text("well"));
}
