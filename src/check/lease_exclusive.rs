//! At most one valid holder of a lease at any instant (Ghemawat, Gobioff & Leung, *The Google File
//! System*, SOSP 2003, §3.1; Gray & Cheriton, *Leases*, SOSP 1989, §2).
//!
//! Clocks run at rates of their own, so when a lease ended in true time is not known. But it was
//! surely valid from the instant at which its holder told that it has it up to the last one at which
//! that node told anything while its clock did not show the end, unless it had said that the lease
//! is over, or started again. Two such spans of different holders of one resource must not meet.

use super::evidence::{At, refuted};
use super::{Fact, Verdict};
use crate::execution::Traced;
use crate::workload::plan::Property;
use chaos_node::{LeaseFact, Nanos, NodeId, Observation};
use std::collections::BTreeMap;

/// A time during which a node surely held a lease.
#[derive(Clone, Copy, Debug)]
struct Span {
    node: NodeId,
    epoch: u64,
    from: Nanos,
    to: Nanos,
    /// The end of the lease by the holder's clock.
    until: Nanos,
}

pub(super) fn check(trace: &[Traced]) -> Verdict {
    let mut spans: BTreeMap<u64, Vec<Span>> = BTreeMap::new();
    for (resource, span) in held(trace) {
        spans.entry(resource).or_default().push(span);
    }
    if spans.is_empty() {
        return Verdict::Unknown("no node held a lease".to_owned());
    }
    for (resource, spans) in &mut spans {
        spans.sort_by_key(|span| span.from);
        if let Some((first, second)) = meeting(spans) {
            return two_holders(*resource, first, second);
        }
    }
    Verdict::Valid
}

/// All spans.
fn held(trace: &[Traced]) -> Vec<(u64, Span)> {
    let (mut open, mut done) = (BTreeMap::<(NodeId, u64), Span>::new(), Vec::new());
    for traced in trace {
        let node = traced.node;
        if starts(&traced.observation) {
            let over = open.extract_if(.., |(holder, _), _| *holder == node);
            done.extend(over.map(|((_, resource), span)| (resource, span)));
            continue;
        }
        let own = open.iter_mut().filter(|((holder, _), _)| *holder == node);
        for (_, span) in own.filter(|(_, span)| traced.clock < span.until) {
            span.to = traced.time;
        }
        match traced.observation {
            Observation::Lease(LeaseFact::Held { resource, epoch, until }) => {
                let from = traced.time;
                let new = Span { node, epoch, from, to: from, until };
                match open.get_mut(&(node, resource)) {
                    Some(span) if span.epoch == epoch && traced.clock < span.until => {
                        span.until = until.max(span.until);
                    }
                    _ => {
                        let before = open.insert((node, resource), new);
                        done.extend(before.map(|span| (resource, span)));
                    }
                }
            }
            Observation::Lease(LeaseFact::Ended { resource, .. }) => {
                let over = open.remove(&(node, resource));
                done.extend(over.map(|span| (resource, span)));
            }
            _ => {}
        }
    }
    done.extend(open.into_iter().map(|((_, resource), span)| (resource, span)));
    done
}

/// Whether the node has started, perhaps again: what it held it lost when it stopped, and its clock,
/// which may begin anew, says nothing of that.
fn starts(observation: &Observation) -> bool {
    matches!(observation, Observation::Role { .. } | Observation::Restored { .. })
}

/// Two spans of different holders that meet, of spans in order of their beginnings.
fn meeting(spans: &[Span]) -> Option<(Span, Span)> {
    let mut last: BTreeMap<NodeId, Span> = BTreeMap::new();
    for span in spans {
        let other = last.values().find(|other| other.node != span.node && span.from < other.to);
        if let Some(other) = other {
            return Some((*other, *span));
        }
        let longest = last.entry(span.node).or_insert(*span);
        if longest.to < span.to {
            *longest = *span;
        }
    }
    None
}

fn two_holders(resource: u64, first: Span, second: Span) -> Verdict {
    let summary = format!(
        "{} holds the lease of resource {resource} in epoch {} from {} on, while {} holds it in \
         epoch {}",
        second.node,
        second.epoch,
        At(second.from),
        first.node,
        first.epoch
    );
    let fact = |span: Span, time, text: String| Fact { time, node: Some(span.node), text };
    let got = |span: Span| format!("holds the lease of resource {resource}, epoch {}", span.epoch);
    let facts = vec![
        fact(first, first.from, got(first)),
        fact(second, second.from, got(second)),
        fact(
            first,
            first.to,
            format!("still holds it: it ends when its own clock shows {}", At(first.until)),
        ),
    ];
    refuted(Property::LeaseExclusive, summary, facts)
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::check::testing::{Trace, invalid, is_unknown, is_valid};
    use chaos_node::{LeaseFact, Nanos, Observation};

    /// The node holds the lease up to this millisecond of its clock, which shows true time here.
    fn held(trace: &mut Trace, node: u16, epoch: u64, until: u64) {
        let until = Nanos::from_millis(until);
        trace.tells(node, Observation::Lease(LeaseFact::Held { resource: 7, epoch, until }));
    }

    fn says(trace: &mut Trace, node: u16) {
        trace.tells(node, Observation::Lease(LeaseFact::Fenced { resource: 1, epoch: 1 }));
    }

    #[test]
    fn one_after_the_other_and_what_ended_early_is_fine() {
        let mut trace = Trace::new();
        held(&mut trace, 2, 1, 3);
        says(&mut trace, 2);
        held(&mut trace, 3, 2, 90);
        says(&mut trace, 2);
        trace.tells(3, Observation::Lease(LeaseFact::Ended { resource: 7, epoch: 2 }));
        held(&mut trace, 2, 3, 90);
        trace.follows(2, 1);
        held(&mut trace, 3, 4, 90);
        says(&mut trace, 2);
        is_valid(&check(trace.done()));
    }

    #[test]
    fn a_holder_that_stopped_holds_nothing_however_early_its_new_clock_is() {
        let mut trace = Trace::new();
        held(&mut trace, 2, 1, 9);
        held(&mut trace, 3, 2, 9);
        trace.follows(2, 1);
        says(&mut trace, 2);
        is_valid(&check(trace.done()));
    }

    #[test]
    fn a_lease_within_anothers_is_told() {
        let mut trace = Trace::new();
        held(&mut trace, 2, 1, 9);
        held(&mut trace, 3, 2, 9);
        says(&mut trace, 2);
        let wanted = "n3 holds the lease of resource 7 in epoch 2 from 0.002 s on, while n2 holds it in \
             epoch 1";
        assert_eq!(invalid(check(trace.done())).summary, wanted);
    }

    #[test]
    fn an_extended_lease_counts_as_long_as_it_is_extended() {
        let mut trace = Trace::new();
        held(&mut trace, 2, 1, 3);
        held(&mut trace, 2, 1, 9);
        held(&mut trace, 3, 2, 9);
        says(&mut trace, 2);
        invalid(check(trace.done()));
    }

    #[test]
    fn without_leases_nothing_is_decided() {
        is_unknown(&check(&[]), "no node held a lease");
    }
}
