//! Agreement: once elections are over and the network is whole, all live nodes take the same node
//! for the leader (Garcia-Molina, *Elections in a Distributed Computing System*, 1982, assertion 1).
//!
//! Who knows no leader then disagrees with those who know one. It is observed with `Follows`.

use super::evidence::refuted;
use super::{Verdict, settled};
use crate::execution::Execution;
use crate::workload::plan::{Plan, Property};
use std::collections::BTreeMap;

pub(super) fn check(plan: &Plan, execution: &Execution) -> Verdict {
    let view = match settled::view(plan, execution) {
        Ok(view) => view,
        Err(reason) => return Verdict::Unknown(reason),
    };
    let mut followers: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for (node, settled) in &view.nodes {
        match settled.leader {
            Some(said) => followers.entry(said.what).or_default().push(node.to_string()),
            None => return Verdict::Unknown(format!("{node} never told whom it follows")),
        }
    }
    if followers.len() <= 1 {
        return Verdict::Valid;
    }
    let follow = |(leader, nodes): (&Option<_>, &Vec<String>)| match leader {
        Some(leader) => format!("{} followed {leader}", nodes.join(", ")),
        None => format!("{} knew no leader", nodes.join(", ")),
    };
    let camps: Vec<String> = followers.iter().map(follow).collect();
    let mut facts = view.facts();
    facts.push(view.deadline());
    let summary = format!("when elections had to be over {}", camps.join(", and "));
    refuted(Property::Agreement, summary, facts)
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::check::testing::{Trace, invalid, is_unknown, is_valid, plan, settled};

    #[test]
    fn all_follow_the_same_whatever_was_before() {
        let mut trace = Trace::new();
        trace.takes(1, Some(2)).takes(2, Some(2)).takes(3, None);
        trace.takes(1, Some(3)).takes(2, Some(3)).takes(3, Some(3));
        is_valid(&check(&plan(), &settled(&trace, 3)));
    }

    #[test]
    fn two_camps_are_named() {
        let mut trace = Trace::new();
        trace.takes(1, Some(2)).takes(2, Some(2)).takes(3, Some(3));
        let violation = invalid(check(&plan(), &settled(&trace, 3)));
        let wanted = "when elections had to be over n1, n2 followed n2, and n3 followed n3";
        assert_eq!(violation.summary, wanted);
    }

    #[test]
    fn who_knows_nobody_disagrees() {
        let mut trace = Trace::new();
        trace.takes(1, Some(2)).takes(2, Some(2)).takes(3, None);
        invalid(check(&plan(), &settled(&trace, 3)));
    }

    #[test]
    fn silence_and_a_short_run_decide_nothing() {
        let mut trace = Trace::new();
        trace.takes(1, Some(1));
        is_unknown(&check(&plan(), &settled(&trace, 2)), "n2 never told whom it follows");
        let mut short = settled(&trace, 1);
        short.phases.healed = None;
        is_unknown(&check(&plan(), &short), "the faults were never over");
    }
}
