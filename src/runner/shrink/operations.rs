//! Fewer operations, by fewer clients, on fewer keys.

use super::{Search, ddmin};
use crate::workload::plan::{ClientPlan, Plan, PlannedOperation};
use chaos_node::Value;
use std::collections::BTreeSet;
use std::ops::Range;

/// Takes operations out.
pub(super) fn remove(search: &mut Search<'_>) {
    let mut all = flat(&search.plan);
    ddmin(all.len(), &mut |count, part| {
        let plan = search.plan.clone();
        let found = search.first(count, &|index| without(&plan, &all, part(index)))?;
        all.drain(part(found));
        Some(found)
    });
}

/// All operations with their clients, in order of time.
fn flat(plan: &Plan) -> Vec<(usize, PlannedOperation)> {
    let of = |(client, plan): (usize, &ClientPlan)| {
        plan.operations.iter().map(move |operation| (client, operation.clone())).collect::<Vec<_>>()
    };
    let mut all: Vec<_> = plan.clients.iter().enumerate().flat_map(of).collect();
    all.sort_by_key(|(client, operation)| (operation.at, *client));
    all
}

/// The plan with all operations but this part of them.
fn without(plan: &Plan, all: &[(usize, PlannedOperation)], part: Range<usize>) -> Plan {
    let mut clients = vec![ClientPlan { operations: Vec::new() }; plan.clients.len()];
    for (client, operation) in all[..part.start].iter().chain(&all[part.end..]) {
        clients[*client].operations.push(operation.clone());
    }
    Plan { clients, ..plan.clone() }
}

/// Fewer clients and keys, and no node to ask first.
pub(super) fn simplify(search: &mut Search<'_>) {
    search.fixpoint(&no_idle_clients);
    search.fixpoint(&merged);
    search.fixpoint(&fewer_keys);
    search.fixpoint(&no_first);
}

fn no_idle_clients(plan: &Plan) -> Vec<Plan> {
    let mut less = plan.clone();
    less.clients.retain(|client| !client.operations.is_empty());
    vec![less]
}

/// One client does all; or one does what two did.
fn merged(plan: &Plan) -> Vec<Plan> {
    let count = plan.clients.len();
    let pairs = (0..count).flat_map(|one| (one + 1..count).map(move |other| (one, other)));
    let all = (count > 2).then(|| {
        let operations = flat(plan).into_iter().map(|(_, operation)| operation).collect();
        Plan { clients: vec![ClientPlan { operations }], ..plan.clone() }
    });
    all.into_iter().chain(pairs.map(|(one, other)| merge(plan, one, other))).collect()
}

fn merge(plan: &Plan, one: usize, other: usize) -> Plan {
    let mut plan = plan.clone();
    let more = plan.clients.remove(other).operations;
    let operations = &mut plan.clients[one].operations;
    operations.extend(more);
    operations.sort_by_key(|operation| operation.at);
    plan
}

/// With fewer final reads, or with all operations on one key.
fn fewer_keys(plan: &Plan) -> Vec<Plan> {
    let used = |plan: &Plan| -> BTreeSet<Value> {
        let operations = plan.clients.iter().flat_map(|client| &client.operations);
        operations.map(|operation| operation.op.key.clone()).collect()
    };
    let mut plans = Vec::new();
    // The first key is what the cluster is asked for to see whether it serves at all.
    for place in 0..plan.final_reads.len().saturating_sub(1) {
        let mut less = plan.clone();
        less.final_reads.remove(place + 1);
        plans.push(less);
    }
    let keys: Vec<Value> = used(plan).into_iter().collect();
    if keys.len() > 1 {
        plans.extend(keys.iter().map(|key| on(plan, key)));
    }
    if let (Some(first), [only]) = (plan.final_reads.first(), &keys[..])
        && first != only
    {
        plans.push(on(plan, first));
    }
    plans
}

/// The plan with all operations on this key.
fn on(plan: &Plan, key: &Value) -> Plan {
    let mut plan = plan.clone();
    for operation in plan.clients.iter_mut().flat_map(|client| &mut client.operations) {
        operation.op.key = key.clone();
    }
    plan
}

/// Operations that go wherever the client went last: all of them, or one of them.
fn no_first(plan: &Plan) -> Vec<Plan> {
    let cleared = |only: Option<(usize, usize)>| {
        let mut plan = plan.clone();
        for (client, operations) in plan.clients.iter_mut().enumerate() {
            for (place, operation) in operations.operations.iter_mut().enumerate() {
                if only.is_none_or(|only| only == (client, place)) {
                    operation.first = None;
                }
            }
        }
        plan
    };
    let places = plan.clients.iter().enumerate().flat_map(|(client, operations)| {
        let named = |(place, operation): (usize, &PlannedOperation)| {
            operation.first.map(|_| Some((client, place)))
        };
        operations.operations.iter().enumerate().filter_map(named).collect::<Vec<_>>()
    });
    std::iter::once(None).chain(places).map(cleared).collect()
}
