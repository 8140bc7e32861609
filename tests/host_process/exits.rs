//! How a node's process ends, and by which exit code it says so.

use crate::support::{Cluster, DONE, Probe, command, eventually};
use chaos::host::READY;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

#[test]
fn a_start_ends_with_the_line_that_says_so() {
    let cluster = Cluster::new(1);
    let lines = cluster.start(1).lines();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].starts_with("@chaos {\"time\":"), "{lines:?}");
    assert_eq!(lines[1], READY);
}

#[test]
fn a_panic_of_the_node_ends_the_process_at_once() {
    let cluster = Cluster::new(1);
    let node = cluster.start(1);
    let mut client = node.client();
    let line = client.line("panic", "", "die");
    client.write(line);
    assert_eq!(client.answer(), None);
    let (status, said) = node.end();
    assert_eq!(status.code(), Some(101));
    assert!(said.starts_with("node n1 panicked at "), "{said}");
    assert!(said.contains("told to: die"), "{said}");
    assert_eq!(said.lines().count(), 2, "no backtrace: {said}");
}

#[test]
fn a_send_to_nobody_is_a_bug_of_the_node() {
    let cluster = Cluster::new(2);
    let node = cluster.start(1);
    let mut client = node.client();
    let line = client.line("send", "n3", "hello");
    client.write(line);
    let (status, said) = node.end();
    assert_eq!(status.code(), Some(101));
    assert!(said.contains("n1 sent a message to n3, which is not among its peers"), "{said}");
}

#[test]
fn a_taken_port_has_its_own_exit_code() {
    let cluster = Cluster::new(1);
    let _first = cluster.start(1);
    let output = command(&cluster.config(1)).output().unwrap();
    assert_eq!(output.status.code(), Some(69));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.starts_with("cannot listen on 127."), "{said}");
}

#[test]
fn a_wrong_configuration_has_its_own_exit_code() {
    let cluster = Cluster::new(1);
    let mut config = cluster.config(1);
    config.node.options.0.insert("pace".to_owned(), "fast".into());
    let output = command(&config).output().unwrap();
    assert_eq!(output.status.code(), Some(64));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.starts_with("invalid node configuration: unknown option `pace`"), "{said}");
}

#[test]
fn a_node_whose_output_nobody_reads_ends_quietly() {
    let cluster = Cluster::new(1);
    let config = cluster.config(1);
    let mut child = command(&config).spawn().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while line.trim_end() != READY {
        line.clear();
        assert!(output.read_line(&mut line).unwrap() > 0, "it never served");
    }
    drop(output);
    let mut client = crate::support::Client::connect(config.client_address);
    let line = client.line("sync-between", "log", "x");
    client.write(line);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(said, "");
}

#[test]
fn a_node_dies_with_its_parent() {
    let cluster = Cluster::new(1);
    let config = serde_json::to_string(&cluster.config(1)).unwrap();
    let mut shell = Command::new("sh")
        .args(["-c", "\"$0\" \"$1\" & echo $!; wait"])
        .arg(crate::support::program())
        .arg(config)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(shell.stdout.take().unwrap()).lines().map(Result::unwrap);
    let node = lines.next().unwrap();
    assert!(lines.any(|line| line == READY));
    kill(Pid::from_raw(shell.id() as i32), Signal::SIGKILL).unwrap();
    shell.wait().unwrap();
    eventually("the node dies too", || {
        match std::fs::read_to_string(format!("/proc/{node}/stat")) {
            Ok(stat) => stat.contains(") Z "),
            Err(_) => true,
        }
    });
}

#[test]
fn a_request_to_end_is_heard_while_clients_are_loud() {
    let cluster = Cluster::new(1);
    let node: Probe = cluster.start(1);
    let mut client = node.client();
    let lines: String = (0..2_000).map(|_| client.line("append", "log", "x")).collect();
    client.write(lines);
    assert_eq!(client.answer().unwrap().reply, DONE);
    node.signal(Signal::SIGTERM);
    assert_eq!(node.end().0.code(), Some(0));
}
