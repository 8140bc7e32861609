//! What the nodes last took themselves, and whom they took for the leader, when elections had to be
//! over: the plan's `settle` behind the last fault. The network is whole then and stays so.
//!
//! A run that was over sooner decides nothing, and so does one on a machine that was too busy to
//! drive it.

use super::Fact;
use super::evidence::{At, Said};
use super::punctuality::is_late;
use crate::execution::Execution;
use crate::workload::plan::Plan;
use chaos_node::{Nanos, NodeId, Observation, Role};
use std::collections::BTreeMap;

/// What a live node said last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settled {
    /// What it took itself for, and in which term.
    pub(super) role: Option<Said<(Role, u64)>>,
    /// Whom it took for the leader.
    pub(super) leader: Option<Said<Option<NodeId>>>,
}

/// The live nodes when elections had to be over, and that time.
#[derive(Debug)]
pub(super) struct View {
    pub(super) nodes: BTreeMap<NodeId, Settled>,
    pub(super) time: Nanos,
}

/// The view, or why there is none.
pub(super) fn view(plan: &Plan, execution: &Execution) -> Result<View, String> {
    let Some(healed) = execution.phases.healed else {
        return Err("the faults were never over".to_owned());
    };
    let time = healed + plan.settle;
    if execution.phases.end < time {
        return Err("the run ended before the time for elections was over".to_owned());
    }
    if is_late(execution, plan.settle) {
        let lag = At(execution.lag);
        return Err(format!("the machine was overloaded: the tester was up to {lag} late"));
    }
    let mut nodes = live(execution, time);
    for traced in execution.trace.iter().filter(|traced| traced.time <= time) {
        let Some(settled) = nodes.get_mut(&traced.node) else { continue };
        match traced.observation {
            Observation::Role { role, term } => {
                settled.role = Some(Said::by(traced, (role, term)));
            }
            Observation::Follows { leader, term: _ } => {
                settled.leader = Some(Said::by(traced, leader));
            }
            _ => {}
        }
    }
    Ok(View { nodes, time })
}

fn live(execution: &Execution, time: Nanos) -> BTreeMap<NodeId, Settled> {
    let ids = (1..).map(NodeId).zip(&execution.nodes);
    let alive = ids.filter(|(_, node)| node.crashed.as_ref().is_none_or(|crash| crash.time > time));
    alive.map(|(id, _)| (id, Settled { role: None, leader: None })).collect()
}

impl View {
    /// Those that take themselves for the leader.
    pub(super) fn leaders(&self) -> Vec<Said<(Role, u64)>> {
        let roles = self.nodes.values().filter_map(|settled| settled.role);
        roles.filter(|said| said.what.0 == Role::Leader).collect()
    }

    /// Whom each takes for the leader, as facts.
    pub(super) fn facts(&self) -> Vec<Fact> {
        let said = self.nodes.values().filter_map(|settled| settled.leader);
        said.map(|said| {
            let whom = said.what.map_or("nobody".to_owned(), |leader| leader.to_string());
            said.fact(format!("took {whom} for the leader, and so it stayed"))
        })
        .collect()
    }

    /// The end of the time for elections, as a fact.
    pub(super) fn deadline(&self) -> Fact {
        let text = "the time for elections was over".to_owned();
        Fact { time: self.time, node: None, text }
    }
}
