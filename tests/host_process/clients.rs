//! Clients: the protocol, the node's clock, and those who mean harm.

use crate::support::{Client, Cluster, DONE, Probe, eventually, prepared, program, text};
use chaos_node::{NodeId, Reply, Rng, Value};
use std::io::{ErrorKind, Write};
use std::process::Command;
use std::time::{Duration, Instant};

fn refused(client: &mut Client, why: &str) {
    let answer = client.answer().expect("a last word");
    assert_eq!(answer.id, None);
    let Reply::Fail(reason) = answer.reply else { panic!("{answer:?}") };
    assert!(reason.starts_with(why), "{reason}");
    assert_eq!(client.answer(), None);
}

#[test]
fn each_kind_of_answer_arrives() {
    let cluster = Cluster::new(1);
    let node = cluster.start(1);
    let mut client = node.client();
    let list = Value::List(vec![Value::Nil, 7.into(), "x".into()]);
    assert_eq!(client.ask("echo", "", list.clone()), Reply::Ok(list));
    assert_eq!(client.ask("redirect", "n2", ""), Reply::Redirect(Some(NodeId(2))));
    assert_eq!(client.ask("redirect", "", ""), Reply::Redirect(None));
    assert_eq!(client.ask("dance", "", ""), Reply::Fail("no such thing as dance".to_owned()));
}

#[test]
fn many_requests_can_be_under_way() {
    let cluster = Cluster::new(1);
    let node = cluster.start(1);
    let mut client = node.client();
    let first = client.line("later", "", "20ms");
    let lines: String = (0..5_000i64).map(|number| client.line("echo", "", number)).collect();
    client.write(first + &lines);
    let mut ids: Vec<u64> = (0..5_001).map(|_| client.answer().unwrap().id.unwrap()).collect();
    ids.sort_unstable();
    assert!(ids.into_iter().eq(1..=5_001));
}

#[test]
fn a_line_may_come_in_pieces() {
    let cluster = Cluster::new(1);
    let node = cluster.start(1);
    let (mut slow, mut quick) = (node.client(), node.client());
    let line = slow.line("echo", "", "slow");
    for byte in line.bytes() {
        slow.write([byte]);
        assert_eq!(quick.ask("echo", "", "quick"), text("quick"));
    }
    assert_eq!(slow.answer().unwrap().reply, text("slow"));
}

#[test]
fn the_clock_runs_as_fast_as_it_is_told() {
    let cluster = Cluster::new(1);
    let mut config = cluster.config(1);
    config.clock_ppm = 500_000;
    let node = Probe::start(config);
    let mut client = node.client();
    let now = |client: &mut Client| match client.ask("now", "", "") {
        Reply::Ok(Value::Int(millis)) => millis,
        other => panic!("{other:?}"),
    };
    // Two readings lie apart by no less than the time between the calls, and no more than the time
    // from the first call's begin to the second one's end.
    let outer = Instant::now();
    let before = now(&mut client);
    let inner = Instant::now();
    client.ask("later", "", "150ms");
    assert!(outer.elapsed() >= Duration::from_millis(100));
    let least = inner.elapsed().as_millis() as i64 * 3 / 2;
    let between = now(&mut client) - before;
    let most = outer.elapsed().as_millis() as i64 * 3 / 2;
    assert!((least - 1..=most + 3).contains(&between), "{least} {between} {most}");
}

#[test]
fn nonsense_closes_its_own_connection_and_no_other() {
    let cluster = Cluster::new(1);
    let node = cluster.start(1);
    let mut good = node.client();
    for nonsense in [
        "\n",
        "GET / HTTP/1.1\r\n",
        "{\"id\":1}\n",
        "{\"id\":1,\"session\":1,\"sequence\":1,\"f\":\"echo\",\"value\":1.5}\n",
        "{\"id\":-1,\"session\":1,\"sequence\":1,\"f\":\"echo\"}\n",
        &format!("{}\n", "[".repeat(100_000)),
    ] {
        let mut bad = node.client();
        bad.write(nonsense);
        refused(&mut bad, "malformed request: ");
    }
    let mut half = node.client();
    half.write("{\"id\":1,\"session\":1,");
    drop(half);
    assert_eq!(good.ask("echo", "", "still here"), text("still here"));
}

#[test]
fn random_bytes_do_no_harm() {
    let cluster = Cluster::new(1);
    let node = cluster.start(1);
    let mut rng = Rng::new(1);
    for _ in 0..100 {
        let len = rng.below(2_000);
        let bytes: Vec<u8> = (0..len).map(|_| rng.next_u64() as u8).collect();
        // The node may be quick to close.
        let _ = node.client().stream.get_mut().write_all(&bytes);
    }
    assert_eq!(node.ask("echo", "", "still here"), text("still here"));
}

#[test]
fn a_line_without_an_end_is_refused() {
    let cluster = Cluster::new(1);
    let node = cluster.start(1);
    let mut client = node.client();
    let chunk = vec![b'x'; 1 << 20];
    for _ in 0..17 {
        if client.stream.get_mut().write_all(&chunk).is_err() {
            break;
        }
    }
    refused(&mut client, "a line of more than 16777216 bytes");
    eventually("the memory is given back", || node.memory("VmRSS:") < 10_000);
}

#[test]
fn a_client_that_never_reads_is_given_up() {
    let cluster = Cluster::new(1);
    let node = cluster.start(1);
    let mut client = node.client();
    client.stream.get_mut().set_write_timeout(Some(Duration::from_secs(20))).unwrap();
    let line = client.line("echo", "", "x".repeat(1 << 20).as_str());
    let closed = |error: std::io::Error| {
        matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset)
    };
    let mut wrote = (0..60).map(|_| client.stream.get_mut().write_all(line.as_bytes()));
    assert!(wrote.find_map(Result::err).is_some_and(closed));
    assert!(node.memory("VmHWM:") < 120_000);
    assert_eq!(node.ask("echo", "", "still here"), text("still here"));
}

#[test]
fn there_is_room_for_many_clients_and_an_end_to_it() {
    let cluster = Cluster::new(1);
    let node = cluster.start(1);
    let mut clients: Vec<Client> = (0..600).map(|_| node.client()).collect();
    for client in &mut clients[..512] {
        assert_eq!(client.ask("echo", "", "room"), text("room"));
    }
    assert!(clients[512..].iter_mut().all(|client| client.answer().is_none()));
    drop(clients);
    eventually("there is room again", || {
        let mut client = node.client();
        let line = client.line("append", "log", "x");
        client.stream.get_mut().write_all(line.as_bytes()).is_ok()
            && client.answer().is_some_and(|answer| answer.reply == DONE)
    });
}

#[test]
fn a_shortage_of_descriptors_passes() {
    let cluster = Cluster::new(1);
    let config = cluster.config(1);
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -n 20; exec \"$0\" \"$1\""]).arg(program());
    let node = Probe::spawn(prepared(shell, &config), config);
    let mut early: Vec<Client> = (0..20).map(|_| node.client()).collect();
    let mut late = node.client();
    let line = late.line("echo", "", "at last");
    late.write(line);
    assert_eq!(early[0].ask("echo", "", "served"), text("served"));
    drop(early);
    assert_eq!(late.answer().unwrap().reply, text("at last"));
}
