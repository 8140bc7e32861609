//! What a kill loses and what it leaves, and the order of things around a sync.

use crate::support::{Cluster, DONE, eventually, text};
use chaos_node::{Reply, Value};
use nix::sys::signal::Signal;
use std::fs;
use std::thread;
use std::time::Duration;

#[test]
fn a_kill_loses_exactly_what_was_not_synced() {
    let cluster = Cluster::new(1);
    let node = cluster.start(1);
    assert_eq!(node.ask("append-sync", "log", "synced "), DONE);
    assert_eq!(node.ask("append", "log", "lost"), DONE);
    assert_eq!(node.ask("append", "other", "lost"), DONE);
    assert_eq!(node.ask("read", "log", ""), text("synced lost"));
    node.kill();

    let node = cluster.start(1);
    assert_eq!(node.notes("start"), ["log"]);
    assert_eq!(node.ask("read", "log", ""), text("synced "));
}

#[test]
fn a_graceful_end_loses_nothing() {
    let cluster = Cluster::new(1);
    let node = cluster.start(1);
    assert_eq!(node.ask("append", "log", "kept"), DONE);
    node.signal(Signal::SIGTERM);
    assert_eq!(node.end().0.code(), Some(0));
    assert_eq!(cluster.start(1).ask("read", "log", ""), text("kept"));
}

#[test]
fn what_stands_behind_a_sync_waits_for_it_and_what_stands_before_does_not() {
    let cluster = Cluster::new(1);
    let node = cluster.start(1);
    assert_eq!(node.ask("sync-between", "log", "x"), DONE);
    eventually("both notes", || node.notes("order") == ["before", "behind"]);

    fs::remove_dir_all(cluster.config(1).data).unwrap();
    let mut client = node.client();
    let line = client.line("sync-between", "new", "x");
    client.write(line);
    assert_eq!(client.answer(), None);
    eventually("one more note", || node.notes("order") == ["before", "behind", "before"]);
    let (status, said) = node.end();
    assert_eq!(status.code(), Some(74));
    assert!(said.starts_with("disk failure: cannot create"), "{said}");
    assert_eq!(said.lines().count(), 1);
}

#[test]
fn a_kill_at_any_moment_leaves_a_written_file_whole() {
    let cluster = Cluster::new(1);
    let mut node = cluster.start(1);
    for round in 1..=20 {
        let mut client = node.client();
        let contents = ["a".repeat(300_000), "b".repeat(300_000)];
        let lines = contents.map(|content| client.line("write-sync", "state", content.as_str()));
        client.write(lines.concat());
        assert_eq!(client.answer().unwrap().reply, DONE);
        client.write(lines.concat());
        thread::sleep(Duration::from_micros(200 * round));
        node.kill();
        node = cluster.start(1);
        let Reply::Ok(Value::Text(content)) = node.ask("read", "state", "") else { panic!() };
        let first = &content[..1];
        assert_eq!(content, first.repeat(300_000));
        assert_eq!(node.notes("start"), ["state"]);
    }
}
