//! Termination: every election is over within the stated time after the last fault. Then somebody
//! leads, and nobody stands for election (Garcia-Molina 1982, assertion 2).

use super::evidence::refuted;
use super::{Verdict, settled};
use crate::execution::Execution;
use crate::workload::plan::{Plan, Property};
use chaos_node::Role;

pub(super) fn check(plan: &Plan, execution: &Execution) -> Verdict {
    let view = match settled::view(plan, execution) {
        Ok(view) => view,
        Err(reason) => return Verdict::Unknown(reason),
    };
    let roles: Vec<_> = view.nodes.values().filter_map(|settled| settled.role).collect();
    if roles.is_empty() {
        return Verdict::Unknown("no node told its role".to_owned());
    }
    let candidates = roles.iter().filter(|said| said.what.0 == Role::Candidate);
    let mut facts: Vec<_> = candidates
        .map(|said| {
            said.fact(format!("stood for election in term {}, and so it stayed", said.what.1))
        })
        .collect();
    let nodes: Vec<_> = facts.iter().filter_map(|fact| fact.node).map(|n| n.to_string()).collect();
    let summary = match nodes.is_empty() {
        true if !view.leaders().is_empty() => return Verdict::Valid,
        true => "when elections had to be over nobody led".to_owned(),
        false => {
            format!("{} still stood for election when elections had to be over", nodes.join(", "))
        }
    };
    facts.push(view.deadline());
    refuted(Property::Termination, summary, facts)
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::check::testing::{Trace, invalid, is_unknown, is_valid, plan, settled};
    use chaos_node::{Observation, Role};

    const STANDS: Observation = Observation::Role { role: Role::Candidate, term: 2 };

    #[test]
    fn an_election_that_is_over_is_fine() {
        let mut trace = Trace::new();
        trace.tells(2, STANDS).leads(2, 2).follows(1, 2);
        is_valid(&check(&plan(), &settled(&trace, 2)));
    }

    #[test]
    fn one_that_goes_on_is_not() {
        let mut trace = Trace::new();
        trace.leads(1, 1).tells(2, STANDS);
        let violation = invalid(check(&plan(), &settled(&trace, 2)));
        let wanted = "n2 still stood for election when elections had to be over";
        assert_eq!(violation.summary, wanted);
    }

    #[test]
    fn nor_is_a_cluster_without_a_leader() {
        let mut trace = Trace::new();
        trace.follows(1, 1).follows(2, 1);
        let violation = invalid(check(&plan(), &settled(&trace, 2)));
        assert_eq!(violation.summary, "when elections had to be over nobody led");
    }

    #[test]
    fn silence_decides_nothing() {
        is_unknown(&check(&plan(), &settled(&Trace::new(), 2)), "no node told its role");
    }
}
