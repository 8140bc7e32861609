//! No mutation under a lease that is over, nor under an older one than the replica knows (Ghemawat,
//! Gobioff & Leung, *The Google File System*, SOSP 2003, §3.1 and §4.5).
//!
//! Whoever gives a mutation its place must decide so before its lease ends by its own clock. And a
//! replica that has *fenced* an epoch applies nothing of an older one: that is what helps where a
//! holder stands still between the look at its clock and what it does then.

use super::Verdict;
use super::evidence::{At, Said, refuted};
use crate::execution::Traced;
use crate::workload::plan::Property;
use chaos_node::{LeaseFact, Nanos, NodeId, Observation};
use std::collections::BTreeMap;

pub(super) fn check(trace: &[Traced]) -> Verdict {
    let mut fences: BTreeMap<(NodeId, u64), Said<u64>> = BTreeMap::new();
    let mut leases: BTreeMap<(NodeId, u64, u64), Said<Nanos>> = BTreeMap::new();
    let mut mutated = false;
    for traced in trace {
        let node = traced.node;
        match traced.observation {
            Observation::Lease(LeaseFact::Fenced { resource, epoch }) => {
                fences.insert((node, resource), Said::by(traced, epoch));
            }
            Observation::Lease(LeaseFact::Held { resource, epoch, until }) => {
                let lease = leases.entry((node, resource, epoch));
                let said = lease.or_insert(Said::by(traced, until));
                if said.what < until {
                    *said = Said::by(traced, until);
                }
            }
            Observation::Role { .. } => leases.retain(|(holder, ..), _| *holder != node),
            Observation::Lease(LeaseFact::Mutated { resource, epoch, serial, at, .. }) => {
                mutated = true;
                let fence = fences.get(&(node, resource)).filter(|fence| epoch < fence.what);
                if let Some(fence) = fence {
                    return fenced(*fence, Said::by(traced, (resource, epoch, serial)));
                }
                let lease = leases.get(&(node, resource, epoch)).filter(|lease| lease.what <= at);
                if let Some(lease) = lease {
                    return over(*lease, Said::by(traced, (resource, epoch, serial)), at);
                }
            }
            _ => {}
        }
    }
    match mutated {
        true => Verdict::Valid,
        false => Verdict::Unknown("no replica changed".to_owned()),
    }
}

type Mutation = (u64, u64, u64);

fn fenced(fence: Said<u64>, said: Said<Mutation>) -> Verdict {
    let (resource, epoch, serial) = said.what;
    let summary = format!(
        "{} applied mutation {serial} of resource {resource} in epoch {epoch}, though it takes \
         nothing older than epoch {}",
        said.node, fence.what
    );
    let facts = vec![
        fence.fact(format!("takes nothing of resource {resource} older than epoch {}", fence.what)),
        said.fact(format!("applied mutation {serial} of resource {resource} in epoch {epoch}")),
    ];
    refuted(Property::LeaseFencing, summary, facts)
}

fn over(lease: Said<Nanos>, said: Said<Mutation>, at: Nanos) -> Verdict {
    let (resource, epoch, serial) = said.what;
    let summary = format!(
        "{} ordered mutation {serial} of resource {resource} when its own clock showed {}, but \
         its lease of epoch {epoch} was over at {}",
        said.node,
        At(at),
        At(lease.what)
    );
    let facts = vec![
        lease.fact(format!(
            "holds the lease of resource {resource}, epoch {epoch}, until its own clock shows {}",
            At(lease.what)
        )),
        said.fact(format!(
            "applied mutation {serial} of resource {resource}, epoch {epoch}, which it had ordered \
             when its own clock showed {}",
            At(at)
        )),
    ];
    refuted(Property::LeaseFencing, summary, facts)
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::check::testing::{Trace, invalid, is_unknown, is_valid};
    use chaos_node::{Digest, LeaseFact, Nanos, Observation};

    const MS: fn(u64) -> Nanos = Nanos::from_millis;

    fn mutated(trace: &mut Trace, node: u16, epoch: u64, at: u64) {
        let digest = Digest::EMPTY;
        let (resource, serial, at) = (7, 1, MS(at));
        trace.tells(
            node,
            Observation::Lease(LeaseFact::Mutated { resource, epoch, serial, digest, at }),
        );
    }

    #[test]
    fn a_mutation_in_time_that_shows_later_is_fine() {
        let mut trace = Trace::new();
        trace.tells(2, Observation::Lease(LeaseFact::Fenced { resource: 7, epoch: 3 }));
        trace
            .tells(2, Observation::Lease(LeaseFact::Held { resource: 7, epoch: 3, until: MS(40) }));
        mutated(&mut trace, 2, 3, 39);
        mutated(&mut trace, 3, 3, 90);
        is_valid(&check(trace.done()));
    }

    #[test]
    fn a_mutation_behind_the_end_of_the_lease_is_told() {
        let mut trace = Trace::new();
        trace
            .tells(2, Observation::Lease(LeaseFact::Held { resource: 7, epoch: 3, until: MS(40) }));
        mutated(&mut trace, 2, 3, 40);
        let wanted = "n2 ordered mutation 1 of resource 7 when its own clock showed 0.040 s, but its \
                      lease of epoch 3 was over at 0.040 s";
        assert_eq!(invalid(check(trace.done())).summary, wanted);
    }

    #[test]
    fn a_mutation_of_an_older_epoch_is_told() {
        let mut trace = Trace::new();
        trace.tells(2, Observation::Lease(LeaseFact::Fenced { resource: 7, epoch: 3 }));
        mutated(&mut trace, 2, 2, 5);
        let wanted = "n2 applied mutation 1 of resource 7 in epoch 2, though it takes nothing older \
                      than epoch 3";
        assert_eq!(invalid(check(trace.done())).summary, wanted);
    }

    #[test]
    fn without_mutations_nothing_is_decided() {
        is_unknown(&check(&[]), "no replica changed");
    }
}
