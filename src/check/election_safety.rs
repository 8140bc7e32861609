//! Election safety (Raft §5.2, figure 3): at most one leader can be elected in a given term.
//!
//! Any node that once took itself for the leader of a term counts, however shortly: a second one
//! must not exist in the same term even after the first is dead. A node that died before it could
//! tell of its election only hides a leader; it never makes one up.

use super::evidence::{Said, refuted};
use super::{Fact, Verdict};
use crate::execution::Traced;
use crate::workload::plan::Property;
use chaos_node::{Observation, Role};
use rustc_hash::FxHashMap;

pub(super) fn check(trace: &[Traced]) -> Verdict {
    let mut leaders: FxHashMap<u64, Said<()>> = FxHashMap::default();
    let mut roles = false;
    for traced in trace {
        let Observation::Role { role, term } = traced.observation else { continue };
        roles = true;
        if role != Role::Leader {
            continue;
        }
        let first = *leaders.entry(term).or_insert_with(|| Said::by(traced, ()));
        if first.node != traced.node {
            return two_leaders(term, first, Said::by(traced, ()));
        }
    }
    if roles { Verdict::Valid } else { Verdict::Unknown("no node told its role".to_owned()) }
}

fn two_leaders(term: u64, first: Said<()>, second: Said<()>) -> Verdict {
    let summary =
        format!("{} and {} were both elected leader in term {term}", first.node, second.node);
    let elected = |said: Said<()>| -> Fact { said.fact(format!("became leader in term {term}")) };
    refuted(Property::ElectionSafety, summary, vec![elected(first), elected(second)])
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::check::testing::{Trace, invalid, is_unknown, is_valid};
    use chaos_node::NodeId;

    #[test]
    fn one_leader_a_term_is_fine_even_if_it_says_so_twice() {
        let mut trace = Trace::new();
        trace.leads(1, 1).leads(2, 2).leads(2, 2).restored(2).leads(1, 3);
        is_valid(&check(trace.done()));
    }

    #[test]
    fn two_leaders_in_one_term_are_named_with_their_times() {
        let mut trace = Trace::new();
        trace.leads(1, 1).leads(3, 4).follows(3, 4).leads(5, 4);
        let violation = invalid(check(trace.done()));
        assert_eq!(violation.summary, "n3 and n5 were both elected leader in term 4");
        let nodes: Vec<_> = violation.facts.iter().map(|fact| fact.node).collect();
        assert_eq!(nodes, [Some(NodeId(3)), Some(NodeId(5))]);
        assert_eq!(violation.time, Some(violation.facts[1].time));
    }

    #[test]
    fn silence_is_not_safety() {
        is_unknown(&check(&[]), "no node told its role");
    }
}
