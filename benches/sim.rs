//! How fast the simulator is: `cargo bench --bench sim`.
//!
//! Each number stands beside a baseline of the same minute, for machines differ and are noisy: the
//! network's messages beside a bare heap that takes in and gives out as many entries, the whole
//! runs beside the time that they simulate. Processor time, one thread.

#![allow(clippy::disallowed_methods, reason = "a bench reads the clock")]

use chaos::check::check;
use chaos::event::Status;
use chaos::targets::Targets;
use chaos::workload::{draw, load};
use chaos::world::sim;
use chaos_checker::Budget;
use chaos_node::{
    ConfigError, Context, Mutant, Nanos, Node, NodeConfig, NodeId, Reply, Request, Rng, Target,
    Ticket, Timer, Value,
};
use nix::time::{ClockId, clock_gettime};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

const RAFT: &str = "\
target: raft
duration: 10s
faults:
  - kill: { victims: [one, minority, majority, all, leader], every: 900ms, lasts: 300ms }
  - kill: { victims: [majority, all], when: leadership, every: 700ms, lasts: 40ms }
  - pause: { every: 900ms, lasts: 300ms }
  - partition: { every: 900ms, lasts: 600ms }
  - links: { every: 1s, lasts: 600ms }
";
const FLOOD: &str = "target: flood\nduration: 1s\nrate: 1/s\nfaults: []\nchecks: [no-crash]\n";
const RUNS: u64 = 200;
/// Messages under way from each node to each other.
const UNDER_WAY: u8 = 20;

/// Answers every message with one.
struct Echo;

impl Node for Echo {
    fn start(&mut self, ctx: &mut Context<'_>) {
        let (own, nodes) = (ctx.id(), ctx.nodes().to_vec());
        for to in nodes.into_iter().filter(|to| *to != own) {
            (0..UNDER_WAY).for_each(|number| ctx.send(to, &number));
        }
    }

    fn receive(&mut self, ctx: &mut Context<'_>, from: NodeId, message: &[u8]) {
        ctx.send(from, &message[0]);
    }

    fn timeout(&mut self, _: &mut Context<'_>, _: Timer) {}

    fn request(&mut self, ctx: &mut Context<'_>, ticket: Ticket, _: Request) {
        ctx.reply(ticket, Reply::Ok(Value::Nil));
    }
}

struct Flood;

impl Target for Flood {
    fn name(&self) -> &'static str {
        "flood"
    }

    fn about(&self) -> &'static str {
        "every message is answered with one"
    }

    fn mutants(&self) -> Vec<Mutant> {
        Vec::new()
    }

    fn node(&self, _: &NodeConfig) -> Result<Box<dyn Node>, ConfigError> {
        Ok(Box::new(Echo))
    }
}

fn main() {
    messages();
    runs();
}

fn messages() {
    let targets = Targets::builtin().with(&[&Flood]);
    let workload = load("flood", FLOOD, &targets).expect("a right workload");
    let plan = draw::plan(&workload, 1);
    let (took, execution) = timed(|| sim::execute(&plan, &targets));
    let delivered = execution.traffic.delivered;
    let (bare, _) = timed(|| heap(delivered));
    let rate = delivered as f64 / took.as_secs_f64();
    println!("network only: {delivered} messages delivered, {rate:.0} a second");
    println!("  a bare heap takes {:.2} of that time", bare.as_secs_f64() / took.as_secs_f64());
}

/// As many entries through a heap that holds as many as there are messages under way.
fn heap(count: u64) -> u64 {
    let mut rng = Rng::new(1);
    let mut heap: BinaryHeap<Reverse<(u64, u64)>> =
        (0..20 * u64::from(UNDER_WAY)).map(|order| Reverse((rng.below(500), order))).collect();
    for order in 0..count {
        let Some(Reverse((at, _))) = heap.pop() else { return 0 };
        heap.push(Reverse((at + 100 + rng.below(400), order)));
    }
    heap.pop().map_or(0, |Reverse((at, _))| at)
}

fn runs() {
    let targets = Targets::builtin();
    let workload = load("raft", RAFT, &targets).expect("a right workload");
    let one = |seed| {
        let plan = draw::plan(&workload, seed);
        let execution = sim::execute(&plan, &targets);
        let outcomes = check(&plan, &execution, &Budget::default());
        assert_eq!(Status::of(&outcomes), Status::Valid, "seed {seed}");
        execution.phases.end
    };
    let (took, simulated) = timed(|| (1..=RUNS).map(one).sum::<Nanos>());
    let rate = RUNS as f64 / took.as_secs_f64();
    println!("raft, 5 nodes, 5 clients, 10 s with faults, all checks: {rate:.0} runs a second");
    println!("  {:.0} times as fast as time", simulated.as_secs_f64() / took.as_secs_f64());
}

/// What it gives, and the processor time that it took.
fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let now = || {
        let time = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID);
        Duration::from(time.expect("every Linux counts a thread's time"))
    };
    let began = now();
    let result = work();
    (now() - began, result)
}
