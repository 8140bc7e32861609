//! What hosting costs. Run by hand, in release:
//!
//! ```text
//! cargo test --release --test host_process -- --ignored --nocapture measure
//! ```

use crate::support::{Cluster, Probe, eventually};
use chaos_node::{Reply, Value};
use std::time::Instant;

fn bounces(node: &Probe) -> i64 {
    match node.ask("bounces", "", "") {
        Reply::Ok(Value::Int(count)) => count,
        other => panic!("{other:?}"),
    }
}

/// Milliseconds on a CPU so far, in user mode and in the kernel.
fn cpu(node: &Probe) -> (u64, u64) {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", node.pid())).unwrap();
    let fields: Vec<&str> = stat.split(") ").nth(1).unwrap().split(' ').collect();
    (fields[11].parse::<u64>().unwrap() * 10, fields[12].parse::<u64>().unwrap() * 10)
}

fn ping_pong(balls: i64, times: i64) {
    let cluster = Cluster::new(2);
    let (one, two) = (cluster.start(1), cluster.start(2));
    eventually("a first ball comes back", || {
        let mut client = one.client();
        let line = client.line("balls", "n2", Value::List(vec![1.into(), 1.into()]));
        client.write(line);
        bounces(&one) > 0
    });
    let (before, cpu_before, start) = (bounces(&one), [cpu(&one), cpu(&two)], Instant::now());
    let mut client = one.client();
    let line = client.line("balls", "n2", Value::List(vec![balls.into(), times.into()]));
    client.write(line);
    eventually("all balls are down", || bounces(&one) - before >= balls * times / 2);
    let (messages, took) = ((balls * times) as f64, start.elapsed().as_secs_f64());
    let spent = |now: (u64, u64), then: (u64, u64)| (now.0 - then.0, now.1 - then.1);
    let (a, b) = (spent(cpu(&one), cpu_before[0]), spent(cpu(&two), cpu_before[1]));
    let busy = (a.0 + a.1 + b.0 + b.1) as f64 / 1e3;
    println!(
        "{balls} balls: {:.0} messages/s, {:.0} messages per CPU second, \
         {:.2} us CPU a message ({:.0} % user), RSS {} + {} kB (own {} kB)",
        messages / took,
        messages / busy,
        busy * 1e6 / messages,
        (a.0 + b.0) as f64 * 100.0 / (busy * 1e3),
        one.memory("VmRSS:"),
        two.memory("VmRSS:"),
        one.memory("RssAnon:"),
    );
}

#[test]
#[ignore = "a measurement"]
fn measure_ping_pong() {
    ping_pong(1, 200_000);
    ping_pong(10, 100_000);
    ping_pong(100, 50_000);
}

#[test]
#[ignore = "a measurement"]
fn measure_rest() {
    let cluster = Cluster::new(5);
    let start = Instant::now();
    let nodes: Vec<Probe> = (1..=5).map(|id| cluster.start(id)).collect();
    println!("five nodes serve after {:?}", start.elapsed());
    eventually("they are connected", || nodes[0].memory("Threads:") == 1);
    let before: Vec<_> = nodes.iter().map(cpu).collect();
    let switches = || -> u64 {
        let of = |node: &Probe| node.memory("voluntary_ctxt_switches:");
        nodes.iter().map(of).sum()
    };
    let first = switches();
    let start = Instant::now();
    eventually("three seconds pass", || start.elapsed().as_secs() >= 3);
    let after: Vec<_> = nodes.iter().map(cpu).collect();
    println!("at rest for 3 s: CPU {before:?} → {after:?}, {} wake-ups", switches() - first);
    println!("RSS {} kB, own {} kB", nodes[0].memory("VmRSS:"), nodes[0].memory("RssAnon:"));
}
