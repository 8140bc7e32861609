//! Validity of an election by rank: once elections are over and the network is whole, the live node
//! of the highest id leads, and no other does (Garcia-Molina 1982; Chang & Roberts 1979).

use super::evidence::refuted;
use super::{Verdict, settled};
use crate::execution::Execution;
use crate::workload::plan::{Plan, Property};

pub(super) fn check(plan: &Plan, execution: &Execution) -> Verdict {
    let view = match settled::view(plan, execution) {
        Ok(view) => view,
        Err(reason) => return Verdict::Unknown(reason),
    };
    if view.nodes.values().all(|settled| settled.role.is_none()) {
        return Verdict::Unknown("no node told its role".to_owned());
    }
    let Some(highest) = view.nodes.keys().next_back() else {
        return Verdict::Unknown("no node was alive".to_owned());
    };
    let leaders = view.leaders();
    let others: Vec<_> = leaders.iter().filter(|said| said.node != *highest).collect();
    let leads = leaders.len() > others.len();
    if leads && others.is_empty() {
        return Verdict::Valid;
    }
    let names: Vec<String> = leaders.iter().map(|said| said.node.to_string()).collect();
    let names = if names.is_empty() { "nobody".to_owned() } else { names.join(" and ") };
    let summary =
        format!("when elections had to be over {names} led, and {highest} was the highest alive");
    let elected = leaders.iter().map(|said| said.fact(format!("led in term {}", said.what.1)));
    let facts = elected.chain([view.deadline()]).collect();
    refuted(Property::Validity, summary, facts)
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::check::testing::{Trace, invalid, is_unknown, is_valid, plan, settled};
    use crate::execution::Crash;
    use chaos_node::Nanos;

    #[test]
    fn the_highest_leads() {
        let mut trace = Trace::new();
        trace.leads(1, 1).follows(1, 2).leads(3, 2).follows(2, 2);
        is_valid(&check(&plan(), &settled(&trace, 3)));
    }

    #[test]
    fn a_lower_one_must_not_lead_alone_nor_beside_it() {
        let mut trace = Trace::new();
        trace.leads(2, 1).follows(3, 1);
        let violation = invalid(check(&plan(), &settled(&trace, 3)));
        let wanted = "when elections had to be over n2 led, and n3 was the highest alive";
        assert_eq!(violation.summary, wanted);
        trace.leads(3, 2);
        invalid(check(&plan(), &settled(&trace, 3)));
    }

    #[test]
    fn a_crashed_node_is_not_asked_for() {
        let mut trace = Trace::new();
        trace.leads(2, 1);
        let mut execution = settled(&trace, 3);
        let crash = Crash { time: Nanos(1), status: String::new(), last_words: String::new() };
        execution.nodes[2].crashed = Some(crash);
        is_valid(&check(&plan(), &execution));
    }

    #[test]
    fn silence_decides_nothing() {
        is_unknown(&check(&plan(), &settled(&Trace::new(), 3)), "no node told its role");
    }
}
