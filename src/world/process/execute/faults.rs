//! Carrying out what the nemesis orders.

use super::nodes::{self, Program};
use super::stage::Stage;
use crate::execution::FaultRecord;
use crate::nemesis::{Nemesis, Order};
use crate::network::{Endpoint, Links};
use crate::world::process::Signalled;
use chaos_node::NodeId;
use std::rc::Rc;

/// Lets the nemesis strike for the plan's duration, then takes every fault back.
pub(super) async fn strike(stage: &Rc<Stage>, program: &Program) -> Result<(), String> {
    let mut nemesis = Nemesis::new(&stage.plan);
    let mut misses = Misses::default();
    let ready = stage.ready();
    while let Some(next) = nemesis.next().filter(|next| *next < stage.plan.duration) {
        stage.sleep_until(ready + next).await;
        let now = stage.arena.now().saturating_sub(ready);
        let orders = nemesis.act(now, &stage.view());
        obey(stage, program, orders, &mut misses)?;
    }
    stage.sleep_until(ready + stage.plan.duration).await;
    let orders = nemesis.heal(stage.arena.now().saturating_sub(ready));
    obey(stage, program, orders, &mut misses)?;
    let mut records = nemesis.records();
    for record in &mut records {
        record.attempted += ready;
        record.applied = record.applied.map(|time| time + ready);
        record.ended = record.ended.map(|time| time + ready);
        misses.correct(record);
    }
    stage.set_faults(records);
    Ok(())
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

fn obey(
    stage: &Rc<Stage>,
    program: &Program,
    orders: Vec<Order>,
    misses: &mut Misses,
) -> Result<(), String> {
    for order in orders {
        match order {
            Order::Kill(node) => {
                misses.note(node, stage.live(node, nodes::Live::kill));
                stage.no_leader(node);
            }
            Order::Pause(node) => misses.note(node, stage.live(node, nodes::Live::pause)),
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
