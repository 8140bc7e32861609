//! Carrying out what the nemesis orders.

use super::clients::Worker;
use super::nodes::{self, Program};
use super::stage::Stage;
use crate::execution::FaultRecord;
use crate::nemesis::{Nemesis, Order, Powers, Wish};
use crate::network::{Endpoint, Links};
use crate::workload::plan::{Plan, PlannedOperation};
use crate::world::process::Signalled;
use chaos_checker::EventType;
use chaos_node::{Nanos, NodeId, Role};
use std::rc::Rc;
use tokio::task::JoinSet;

/// The nemesis of a run, and what it aimed at in vain.
pub(super) struct Striker {
    nemesis: Nemesis,
    misses: Misses,
}

impl Striker {
    pub(super) fn new(plan: &Plan) -> Striker {
        Striker { nemesis: Nemesis::new(plan, Powers::Plain), misses: Misses::default() }
    }
}

/// Lets the nemesis strike for the plan's duration, then takes every fault back.
pub(super) async fn strike(stage: &Rc<Stage>, program: &Program) -> Result<(), String> {
    let ready = stage.ready();
    let end = stage.plan.duration;
    loop {
        let due = stage.striker.borrow().nemesis.next().map_or(end, |next| next.min(end));
        tokio::select! {
            () = stage.sleep_until(ready + due) => {}
            () = stage.stirred.notified() => continue,
        }
        if due == end {
            break;
        }
        let now = stage.arena.now().saturating_sub(ready);
        let orders = stage.striker.borrow_mut().nemesis.act(now, &stage.view());
        obey(stage, program, orders)?;
    }
    let orders = stage.striker.borrow_mut().nemesis.heal(stage.arena.now().saturating_sub(ready));
    obey(stage, program, orders)?;
    note(stage);
    Ok(())
}

/// Plays the plan's script to its end, then takes everything back.
pub(super) async fn play(
    stage: &Rc<Stage>,
    program: &Program,
    clients: &mut JoinSet<()>,
) -> Result<(), String> {
    stage.script(|script| script.begin(stage.arena.now()));
    loop {
        let now = stage.arena.now();
        let sent = stage.all_sent();
        let wishes = stage.script(|script| script.act(now, sent)).unwrap_or_default();
        for wish in wishes {
            match wish {
                Wish::Order(order) => obey(stage, program, vec![order])?,
                Wish::Submit { number, operation } => {
                    clients.spawn_local(submit(stage.clone(), number, operation));
                }
            }
        }
        let next = stage.script(|script| script.end().is_none().then(|| script.next()));
        let Some(next) = next.flatten() else { break };
        tokio::select! {
            () = stage.sleep_until(next) => {}
            () = stage.stirred.notified() => {}
        }
    }
    let orders = stage.script(|script| script.heal(stage.arena.now())).unwrap_or_default();
    obey(stage, program, orders)?;
    note(stage);
    Ok(())
}

async fn submit(stage: Rc<Stage>, number: usize, operation: PlannedOperation) {
    let index = stage.plan.clients.len() + 1 + number;
    let done = Worker::new(stage.clone(), index).operation(&operation).await;
    stage.script(|script| script.completed(number, done.kind == EventType::Ok));
    stage.stirred.notify_one();
}

/// A node has taken a role, and some fault may have waited for that.
pub(super) fn saw(stage: &Stage, role: Role) {
    let now = stage.arena.now().saturating_sub(stage.ready());
    if stage.striker.borrow_mut().nemesis.saw(role, now) {
        stage.stirred.notify_one();
    }
}

/// Notes what became of each fault so far.
pub(super) fn note(stage: &Stage) {
    let played = stage.script(|script| script.records().to_vec());
    stage.set_faults(played.unwrap_or_else(|| records(stage, stage.ready())));
}

/// What became of each fault, by the run's own time.
fn records(stage: &Stage, ready: Nanos) -> Vec<FaultRecord> {
    let striker = stage.striker.borrow();
    let records = striker.nemesis.records().into_iter();
    let mut records: Vec<FaultRecord> = records.map(|record| record.since(ready)).collect();
    records.iter_mut().for_each(|record| striker.misses.correct(record));
    records
}

/// Nodes that were to be struck and had ended by themselves before.
#[derive(Default)]
struct Misses(Vec<NodeId>);

impl Misses {
    fn note(&mut self, node: NodeId, signalled: Signalled) {
        if signalled == Signalled::Dead {
            self.0.push(node);
        }
    }

    /// A fault of nodes that were all gone already struck nobody.
    fn correct(&self, record: &mut FaultRecord) {
        let strikes_nodes = ["kill", "pause"].contains(&record.kind.as_str());
        if strikes_nodes && record.victims.iter().all(|node| self.0.contains(node)) {
            record.applied = None;
        }
    }
}

fn obey(stage: &Rc<Stage>, program: &Program, orders: Vec<Order>) -> Result<(), String> {
    let miss = |node, signalled| stage.striker.borrow_mut().misses.note(node, signalled);
    for order in orders {
        match order {
            Order::Kill(node) => {
                miss(node, stage.live(node, nodes::Live::kill));
                stage.no_leader(node);
            }
            Order::Pause(node) => miss(node, stage.live(node, nodes::Live::pause)),
            Order::Resume(node) => {
                stage.live(node, nodes::Live::resume);
            }
            // A node that crashed by itself is left as it is: its crash is the finding.
            Order::Start(node) if stage.live(node, |live| live.crashed.is_some()) => {}
            Order::Start(node) => nodes::start(stage, program, node)?,
            Order::Cut { fault, from, to } => stage
                .arena
                .with_links(|links, _| links.cut(fault, Endpoint::of(from), Endpoint::of(to))),
            Order::Degrade { fault, from, to, params } => stage.arena.with_links(|links, _| {
                links.degrade(fault, Endpoint::of(from), Endpoint::of(to), params);
            }),
            Order::Trouble { .. } => unreachable!("this world has plain powers"),
            Order::Lift { fault } => stage.arena.with_links(|links, _| links.lift(fault)),
        }
    }
    Ok(())
}

/// The records with what shows that each fault made a difference.
pub(super) fn with_effects(mut records: Vec<FaultRecord>, links: &Links) -> Vec<FaultRecord> {
    for record in records.iter_mut().filter(|record| record.applied.is_some()) {
        record.effect = match record.kind.as_str() {
            "kill" => Some("killed by SIGKILL".to_owned()),
            "pause" => stopped(record),
            _ => {
                let effect = links.effect(record.index);
                (!effect.is_nothing()).then(|| format!("frames: {effect}"))
            }
        };
    }
    records
}

fn stopped(record: &FaultRecord) -> Option<String> {
    let span = record.ended?.saturating_sub(record.applied?);
    Some(format!("stood still for {} ms", span.as_millis()))
}
