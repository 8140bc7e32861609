//! What faults inside machines do, on a node that ticks.

use super::{execute, execute_recorded, execute_unless};
use crate::execution::{Execution, MessageRecord};
use crate::targets::Targets;
use crate::workload::fault::{Fault, NodeSpec};
use crate::workload::plan::{Moment, Plan, PlannedFault};
use crate::workload::trouble::{DiskTrouble, Skew};
use crate::workload::{draw, load};
use chaos_node::{
    ConfigError, Context, Mutant, Nanos, Node, NodeConfig, NodeId, Observation, Reply, Request,
    Target, Ticket, Timer, Value,
};
use std::collections::BTreeSet;

/// Every 10 ms by its own clock it writes a byte, makes it durable and says `tick`. When it starts
/// it says what it finds. If it is loud, it answers each message with two.
struct Ticker {
    loud: bool,
}

const TICK: Nanos = Nanos::from_millis(10);

impl Node for Ticker {
    fn start(&mut self, ctx: &mut Context<'_>) {
        ctx.note("found", format!("{:?}", ctx.disk().read("log").unwrap_or_default()));
        ctx.arm(Timer(0), TICK);
        ctx.peers().for_each(|peer| ctx.send(peer, &()));
    }

    fn receive(&mut self, ctx: &mut Context<'_>, from: NodeId, _: &[u8]) {
        (0..if self.loud { 2 } else { 0 }).for_each(|_| ctx.send(from, &()));
    }

    fn timeout(&mut self, ctx: &mut Context<'_>, _: Timer) {
        ctx.append("log", vec![0]);
        ctx.sync();
        ctx.note("tick", String::new());
        ctx.arm(Timer(0), TICK);
    }

    fn request(&mut self, ctx: &mut Context<'_>, ticket: Ticket, _: Request) {
        ctx.reply(ticket, Reply::Ok(Value::Nil));
    }
}

struct Tickers;

impl Target for Tickers {
    fn name(&self) -> &'static str {
        "ticker"
    }

    fn about(&self) -> &'static str {
        "ticks"
    }

    fn mutants(&self) -> Vec<Mutant> {
        Vec::new()
    }

    fn node(&self, config: &NodeConfig) -> Result<Box<dyn Node>, ConfigError> {
        Ok(Box::new(Ticker { loud: config.mutant.is_some() }))
    }
}

const N1: NodeSpec = NodeSpec::Node(NodeId(1));

/// A second of one node without faults.
fn calm(targets: &Targets) -> Plan {
    let text = "target: ticker\nnodes: 1\nduration: 1s\nrate: 1/s\nfaults: []\nchecks: [no-crash]";
    draw::plan(&load("w.yaml", text, targets).expect("a right workload"), 1)
}

/// A second of one node, with these faults, each from and for so many milliseconds.
fn run_with(faults: &[(u64, u64, Fault)]) -> Execution {
    let targets = Targets::builtin().with(&[&Tickers]);
    let planned = |(draw, (at, lasts, fault)): (usize, &(u64, u64, Fault))| PlannedFault {
        at: Nanos::from_millis(*at),
        when: Moment::Anytime,
        lasts: Nanos::from_millis(*lasts),
        fault: fault.clone(),
        draw: draw as u64,
    };
    let faults = faults.iter().enumerate().map(planned).collect();
    let plan = Plan { faults, ..calm(&targets) };
    plan.check(&targets).expect("a right plan");
    execute(&plan, &targets)
}

/// With one fault, for half of the time.
fn run(fault: Fault) -> Execution {
    run_with(&[(200, 500, fault)])
}

fn notes<'a>(execution: &'a Execution, wanted: &str) -> Vec<(Nanos, &'a str)> {
    let note = |one: &'a crate::execution::Traced| match &one.observation {
        Observation::Note { topic, text } if topic == wanted => Some((one.time, text.as_str())),
        _ => None,
    };
    execution.trace.iter().filter_map(note).collect()
}

/// How many ticks there were while the fault struck.
fn ticks(execution: &Execution) -> usize {
    let ready = execution.phases.ready.expect("it serves");
    let (from, to) = (ready + Nanos::from_millis(200), ready + Nanos::from_millis(700));
    let within = notes(execution, "tick").into_iter().filter(|(at, _)| (from..to).contains(at));
    within.count()
}

fn effect(execution: &Execution) -> &str {
    execution.faults[0].effect.as_deref().unwrap_or("nothing")
}

#[test]
fn without_faults_it_ticks_by_true_time() {
    let execution = run_with(&[]);
    assert_eq!(ticks(&execution), 50);
    assert!(execution.trace.iter().all(|traced| traced.clock == traced.time));
}

#[test]
fn timers_follow_a_clock_that_runs_fast_or_slow() {
    let rate = |ppm| run(Fault::Clock { victims: N1, skew: Skew::Rate { ppm } });
    assert!((74..=76).contains(&ticks(&rate(500_000))));
    assert!((24..=26).contains(&ticks(&rate(-500_000))));
    let strobe = Skew::Strobe { ppm: 500_000, period: Nanos::from_millis(7) };
    let strobe = run(Fault::Clock { victims: N1, skew: strobe });
    assert!((49..=52).contains(&ticks(&strobe)), "{}", ticks(&strobe));
    assert_eq!(effect(&strobe), "1 clocks wrong");
    let (fault, ready) = (&strobe.faults[0], strobe.phases.ready.unwrap());
    let millis = |count| Some(ready + Nanos::from_millis(count));
    assert_eq!((fault.applied, fault.ended), (millis(200), millis(700)), "by the run's own time");
    assert!(strobe.trace.is_sorted_by_key(|traced| traced.clock));
}

#[test]
fn a_clock_that_leaps_lets_timers_end_at_once_and_stays_ahead() {
    let by = Nanos::from_millis(300);
    let execution = run(Fault::Clock { victims: N1, skew: Skew::Jump { by } });
    assert!((50..=51).contains(&ticks(&execution)));
    let last = execution.trace.last().unwrap();
    assert_eq!(last.clock, last.time + by);
}

#[test]
fn a_slow_disk_or_node_does_less_and_the_rest_waits() {
    let sync = Nanos::from_millis(40);
    let trouble = DiskTrouble::Slow { sync };
    let disk = run(Fault::Disk { victims: N1, trouble });
    assert!((10..=11).contains(&ticks(&disk)), "{}", ticks(&disk));
    assert!(effect(&disk).ends_with("syncs late"), "{}", effect(&disk));
    let slow = run(Fault::Slow { victims: N1, step: sync });
    assert!((8..=13).contains(&ticks(&slow)), "{}", ticks(&slow));
    assert!(effect(&slow).ends_with("steps slow"), "{}", effect(&slow));
}

#[test]
fn a_node_whose_disk_refuses_ends_and_starts_again_when_it_is_mended() {
    for trouble in [DiskTrouble::Full, DiskTrouble::Broken] {
        let execution = run(Fault::Disk { victims: N1, trouble });
        assert_eq!(ticks(&execution), 0, "{trouble}");
        assert_eq!(execution.nodes[0].starts, 2);
        assert_eq!(execution.nodes[0].crashed, None, "it was the disk's doing");
        assert_eq!(effect(&execution), "1 nodes ended by their disk");
        let found = notes(&execution, "found");
        assert_eq!(found[1].0, execution.faults[0].ended.unwrap());
        assert!(found[1].1.starts_with("[0, 0, "), "what was synced is there: {}", found[1].1);
        assert!(notes(&execution, "tick").last().unwrap().0 > Nanos::from_millis(900));
    }
}

#[test]
fn a_kill_amid_a_slow_sync_loses_what_was_not_synced() {
    let trouble = DiskTrouble::Slow { sync: Nanos::from_secs(1) };
    let slow = Fault::Disk { victims: N1, trouble };
    let execution = run_with(&[(200, 500, slow), (400, 100, Fault::Kill { victims: N1 })]);
    let killed = execution.faults[1].applied.unwrap();
    let before = notes(&execution, "tick").into_iter().filter(|(at, _)| *at < killed).count();
    let found = notes(&execution, "found");
    let synced = found[1].1.matches('0').count();
    assert!((before..=before + 1).contains(&synced), "{before} ticks, {found:?}");
}

#[test]
fn a_bit_reads_wrong_at_a_start_and_is_right_on_the_disk() {
    let flip = Fault::Disk { victims: N1, trouble: DiskTrouble::BitFlip };
    let kill = |at| (at, 50, Fault::Kill { victims: N1 });
    let execution = run_with(&[(200, 500, flip), kill(300), kill(800)]);
    assert_eq!(effect(&execution), "1 bits read wrong");
    let found = notes(&execution, "found");
    let wrong = |text: &str| text.contains(|c: char| ('1'..='9').contains(&c));
    assert_eq!(found.iter().map(|(_, text)| wrong(text)).collect::<Vec<_>>(), [false, true, false]);
}

/// Of a workload that says nothing of its network as of one that only has it lose messages.
#[test]
fn messages_take_their_time_and_not_all_the_same() {
    let targets = Targets::builtin().with(&[&Tickers]);
    for network in ["", "network: { loss: 1% }"] {
        let text = format!(
            "target: ticker\nnodes: 5\nduration: 1s\nrate: 1/s\nchecks: [no-crash]\n{network}\n"
        );
        let plan = draw::plan(&load("w.yaml", &text, &targets).expect("a right workload"), 1);
        let sent = execute_recorded(&plan, &targets).messages.expect("recorded").sent;
        let took = |one: &MessageRecord| one.arrived.first().map(|at| *at - one.time);
        let times: BTreeSet<Nanos> = sent.iter().filter_map(took).collect();
        assert!(sent.len() >= 20 && times.len() > sent.len() / 2, "{network}: {times:?}");
        assert!(times.first() >= Some(&Nanos::from_micros(100)), "{network}: {times:?}");
    }
}

#[test]
fn nodes_that_send_each_other_ever_more_are_stopped() {
    let targets = Targets::builtin().with(&[&Tickers]);
    let mut plan = Plan { nodes: 2, ..calm(&targets) };
    assert_eq!(execute(&plan, &targets).trouble, None);
    plan.target.mutant = Some("loud".to_owned());
    let trouble = execute(&plan, &targets).trouble.expect("a storm");
    assert!(trouble.starts_with("a storm: "), "{trouble}");
}

#[test]
fn a_run_that_nobody_waits_for_ends_and_tells_nothing() {
    let targets = Targets::builtin().with(&[&Tickers]);
    let mut plan = Plan { nodes: 2, ..calm(&targets) };
    plan.target.mutant = Some("loud".to_owned());
    assert!(execute_unless(&plan, &targets, &|| true).is_none());
    let quiet = Plan { nodes: 1, ..plan };
    let whole = execute_unless(&quiet, &targets, &|| false).expect("somebody waits");
    assert_eq!(whole.trace_hash, execute(&quiet, &targets).trace_hash);
}
