//! One leader at a time, as clients can tell.
//!
//! Clients ask nodes `who` leads. A node that leads answers `[n3, 7]`: it leads, in epoch 7; such an
//! answer of a node about itself is a *claim*, true at some instant between its call and its return.
//! A node leads an epoch in one go, its *reign*: from the return of one claim to the call of a later
//! one it surely led. Another's claim that lies wholly within that time contradicts it. What nodes
//! say of others is hearsay and is not used.

use super::evidence::refuted;
use super::{Fact, Verdict};
use crate::execution::Execution;
use crate::workload::plan::Property;
use chaos_checker::{Event, EventType, Value};
use chaos_node::{Nanos, NodeId};
use std::collections::BTreeMap;

/// The operation by which clients ask.
const WHO: &str = "who";

/// A node said that it leads.
#[derive(Clone, Copy, Debug)]
struct Claim {
    node: NodeId,
    epoch: i64,
    call: Nanos,
    ret: Nanos,
}

pub(super) fn check(execution: &Execution) -> Verdict {
    let (claims, answers) = claims(&execution.history);
    if answers == 0 {
        return Verdict::Unknown("no client was told who leads".to_owned());
    }
    let mut reigns: BTreeMap<(NodeId, i64), (Claim, Claim)> = BTreeMap::new();
    for claim in &claims {
        let (first, last) = reigns.entry((claim.node, claim.epoch)).or_insert((*claim, *claim));
        if claim.ret < first.ret {
            *first = *claim;
        }
        if claim.call > last.call {
            *last = *claim;
        }
    }
    for (first, last) in reigns.values() {
        let within = |claim: &&Claim| {
            claim.node != first.node && first.ret < claim.call && claim.ret < last.call
        };
        if let Some(other) = claims.iter().find(within) {
            return two_leaders(*first, *other, *last);
        }
    }
    Verdict::Valid
}

/// The claims, and how many answers there were at all.
fn claims(history: &[Event]) -> (Vec<Claim>, usize) {
    let mut open: BTreeMap<u64, Nanos> = BTreeMap::new();
    let (mut claims, mut answers) = (Vec::new(), 0);
    for event in history.iter().filter(|event| event.f == WHO) {
        if event.kind == EventType::Invoke {
            open.insert(event.process, Nanos(event.time.0));
        } else if let Some(call) = open.remove(&event.process)
            && event.kind == EventType::Ok
        {
            answers += 1;
            claims.extend(claim(event, call));
        }
    }
    (claims, answers)
}

/// What the answer claims, if its node speaks of itself.
fn claim(event: &Event, call: Nanos) -> Option<Claim> {
    let [leader, epoch] = event.value.as_list()? else { return None };
    let Value::Text(leader) = leader else { return None };
    if event.node.as_deref() != Some(&**leader) {
        return None;
    }
    let node = leader.parse().ok()?;
    Some(Claim { node, epoch: epoch.as_int()?, call, ret: Nanos(event.time.0) })
}

fn two_leaders(first: Claim, other: Claim, last: Claim) -> Verdict {
    let summary = format!(
        "{} said that it leads while {} led: {} said so before and after, both times of epoch {}",
        other.node, first.node, first.node, first.epoch
    );
    let fact = |claim: Claim, time, text: &str| Fact {
        time,
        node: Some(claim.node),
        text: format!("{text} that it leads in epoch {}", claim.epoch),
    };
    let facts = vec![
        fact(first, first.ret, "had told a client"),
        fact(other, other.call, "was then asked, and told a client"),
        fact(last, last.call, "was asked again, and still told a client"),
    ];
    refuted(Property::OneLeader, summary, facts)
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::check::Verdict;
    use crate::check::testing::{Clients, invalid, is_unknown, is_valid};
    use crate::execution::Execution;
    use chaos_checker::Value;

    /// Answers of a node: when, by whom, whom it named, in which epoch.
    fn judged(answers: &[((u64, u64), u16, u16, i64)]) -> Verdict {
        let mut clients = Clients::default();
        for (process, (time, by, leader, epoch)) in (0..).zip(answers) {
            let answer = Value::list([format!("n{leader}").as_str().into(), (*epoch).into()]);
            clients.did(process, *time, ("who", "x", Value::Nil), Ok(answer)).by(*by);
        }
        check(&Execution { history: clients.done(), ..Execution::default() })
    }

    #[test]
    fn one_after_the_other_is_fine_and_so_is_what_may_have_been() {
        is_valid(&judged(&[((0, 1), 1, 1, 1), ((2, 3), 1, 1, 1), ((4, 5), 2, 2, 2)]));
        is_valid(&judged(&[((0, 1), 1, 1, 1), ((0, 9), 2, 2, 2), ((5, 6), 1, 1, 1)]));
        is_valid(&judged(&[((0, 1), 1, 1, 1), ((2, 3), 2, 2, 2), ((4, 5), 1, 1, 3)]));
    }

    #[test]
    fn a_claim_within_anothers_reign_is_told() {
        let verdict = judged(&[((0, 1), 1, 1, 1), ((2, 3), 2, 2, 1), ((4, 5), 1, 1, 1)]);
        let wanted = "n2 said that it leads while n1 led: n1 said so before and after, both times \
                      of epoch 1";
        assert_eq!(invalid(verdict).summary, wanted);
    }

    #[test]
    fn hearsay_is_no_claim() {
        is_valid(&judged(&[((0, 1), 1, 1, 1), ((2, 3), 3, 2, 1), ((4, 5), 1, 1, 1)]));
    }

    #[test]
    fn nobody_asked_decides_nothing() {
        is_unknown(&judged(&[]), "no client was told who leads");
    }
}
