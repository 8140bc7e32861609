//! All replicas apply the same mutations in the same order (Ghemawat, Gobioff & Leung, *The Google
//! File System*, SOSP 2003, §3.1): what has one place in the order of an epoch is the same on every
//! replica, and each replica goes from lower places to higher ones.
//!
//! A node that dies between a change and telling of it leaves a gap in the trace, so gaps decide
//! nothing here; that no replica lacks what was acknowledged shows in what clients read.

use super::Verdict;
use super::evidence::{Said, refuted};
use crate::execution::Traced;
use crate::workload::plan::Property;
use chaos_node::{Digest, LeaseFact, NodeId, Observation};
use std::collections::BTreeMap;

/// A resource, an epoch and a place in its order.
type Place = (u64, u64, u64);

pub(super) fn check(trace: &[Traced]) -> Verdict {
    let mut known: BTreeMap<Place, Said<Digest>> = BTreeMap::new();
    let mut last: BTreeMap<(NodeId, u64, u64), Said<u64>> = BTreeMap::new();
    for traced in trace {
        let Observation::Lease(LeaseFact::Mutated { resource, epoch, serial, digest, .. }) =
            traced.observation
        else {
            continue;
        };
        let place = (resource, epoch, serial);
        let here = Said::by(traced, digest);
        let there = *known.entry(place).or_insert(here);
        if there.what != digest {
            return differs(place, there, here);
        }
        let next = Said::by(traced, serial);
        if let Some(before) = last.insert((traced.node, resource, epoch), next)
            && before.what >= serial
        {
            return disordered((resource, epoch), before, next);
        }
    }
    match known.is_empty() {
        true => Verdict::Unknown("no replica changed".to_owned()),
        false => Verdict::Valid,
    }
}

fn differs((resource, epoch, serial): Place, one: Said<Digest>, two: Said<Digest>) -> Verdict {
    let summary = format!(
        "mutation {serial} of resource {resource} in epoch {epoch} is one on {} and another on {}",
        one.node, two.node
    );
    let text = |said: Said<Digest>| {
        let digest = said.what.0;
        format!("applied mutation {serial} of resource {resource}, epoch {epoch}: #{digest:016x}")
    };
    let facts = vec![one.fact(text(one)), two.fact(text(two))];
    refuted(Property::MutationOrder, summary, facts)
}

fn disordered((resource, epoch): (u64, u64), before: Said<u64>, next: Said<u64>) -> Verdict {
    let summary = format!(
        "{} applied mutation {} of resource {resource} in epoch {epoch} behind mutation {}",
        next.node, next.what, before.what
    );
    let text = |said: Said<u64>| {
        format!("applied mutation {} of resource {resource}, epoch {epoch}", said.what)
    };
    let facts = vec![before.fact(text(before)), next.fact(text(next))];
    refuted(Property::MutationOrder, summary, facts)
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::check::testing::{Trace, invalid, is_unknown, is_valid};
    use chaos_node::{Digest, LeaseFact, Nanos, Observation};

    fn mutated(trace: &mut Trace, node: u16, (epoch, serial): (u64, u64), what: &str) {
        let digest = Digest::EMPTY.then(0, what.as_bytes());
        let (resource, at) = (7, Nanos::ZERO);
        trace.tells(
            node,
            Observation::Lease(LeaseFact::Mutated { resource, epoch, serial, digest, at }),
        );
    }

    #[test]
    fn the_same_in_the_same_order_is_fine_and_each_epoch_begins_anew() {
        let mut trace = Trace::new();
        for node in [2, 3] {
            mutated(&mut trace, node, (1, 1), "a");
            mutated(&mut trace, node, (1, 2), "b");
            mutated(&mut trace, node, (2, 1), "c");
        }
        is_valid(&check(trace.done()));
    }

    #[test]
    fn another_mutation_at_a_place_is_told() {
        let mut trace = Trace::new();
        mutated(&mut trace, 2, (1, 1), "a");
        mutated(&mut trace, 3, (1, 1), "b");
        let wanted = "mutation 1 of resource 7 in epoch 1 is one on n2 and another on n3";
        assert_eq!(invalid(check(trace.done())).summary, wanted);
    }

    #[test]
    fn another_order_is_told() {
        let mut trace = Trace::new();
        mutated(&mut trace, 2, (1, 2), "b");
        mutated(&mut trace, 2, (1, 1), "a");
        let wanted = "n2 applied mutation 1 of resource 7 in epoch 1 behind mutation 2";
        assert_eq!(invalid(check(trace.done())).summary, wanted);
    }

    #[test]
    fn without_mutations_nothing_is_decided() {
        is_unknown(&check(&[]), "no replica changed");
    }
}
