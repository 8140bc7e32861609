//! Properties of an execution.
//!
//! A check reads an [`Execution`] and gives a [`Verdict`]. `Unknown` is a verdict of its own, with
//! its reason: it is never counted as valid. A violation says in one sentence what broke, and
//! carries the facts that contradict each other.

mod agreement;
mod clients;
mod commit_rule;
mod election_safety;
mod evidence;
mod file_region;
mod kind;
mod leader_append_only;
mod leader_completeness;
mod lease_exclusive;
mod lease_fencing;
mod linearizable;
mod log;
mod log_matching;
mod mutation_order;
mod no_crash;
mod one_leader;
mod punctuality;
mod record_append;
mod recovery;
mod script;
mod settled;
mod shadow_reads;
mod snapshot;
mod stability;
mod state_machine_safety;
mod termination;
#[cfg(test)]
pub(crate) mod testing;
mod validity;

pub(crate) use linearizable::retold;

use crate::execution::Execution;
use crate::workload::plan::{Plan, Property};
use chaos_checker::Budget;
use chaos_node::{Nanos, NodeId};
use serde::{Deserialize, Serialize};

/// What a check found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The property holds in all that was observed.
    Valid,
    /// It does not.
    Invalid(Box<Violation>),
    /// It could not be decided, for this reason.
    Unknown(String),
}

/// What broke.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Violation {
    /// The property that does not hold.
    pub property: Property,
    /// One sentence of the domain, without a full stop's worth of jargon: what contradicts what.
    pub summary: String,
    /// When it could first be seen, in true time since the run began.
    pub time: Option<Nanos>,
    /// The facts that contradict each other, in order of time.
    pub facts: Vec<Fact>,
    /// For histories: the counterexample in words, line by line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub story: Vec<String>,
    /// For histories: the indexes of the events of the operations that suffice to refute.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<u64>,
    /// For histories: the only state that was possible when the first of these was called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
}

/// One fact of a violation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// When it was so.
    pub time: Nanos,
    /// Whose fact it is, if a node's.
    pub node: Option<NodeId>,
    /// The fact in words.
    pub text: String,
}

/// A property with what its check found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Which property.
    pub property: Property,
    /// What was found.
    pub verdict: Verdict,
}

/// Checks an execution for all properties that its plan asks for, in the plan's order.
///
/// An execution with a [trouble](Execution::trouble) is never `Valid`: what is not refuted all the
/// same is `Unknown`, for that reason.
///
/// The budget is for the search that linearizability takes; all else takes time in proportion to
/// what was observed.
pub fn check(plan: &Plan, execution: &Execution, budget: &Budget<'_>) -> Vec<Outcome> {
    let judged = |property: &Property| {
        let verdict = judge(*property, plan, execution, budget);
        Outcome { property: *property, verdict: with_trouble(verdict, *property, execution) }
    };
    plan.checks.iter().map(judged).collect()
}

/// The violation to tell first: the one that could be seen first, for what follows is often but its
/// consequence.
pub fn foremost(outcomes: &[Outcome]) -> Option<&Violation> {
    let violations = outcomes.iter().filter_map(|outcome| match &outcome.verdict {
        Verdict::Invalid(violation) => Some(violation.as_ref()),
        Verdict::Valid | Verdict::Unknown(_) => None,
    });
    violations.min_by_key(|violation| violation.time.unwrap_or(Nanos::MAX))
}

fn judge(property: Property, plan: &Plan, execution: &Execution, budget: &Budget<'_>) -> Verdict {
    let trace = &execution.trace;
    match property {
        Property::Linearizable => linearizable::check(plan, execution, budget),
        Property::ElectionSafety => election_safety::check(trace),
        Property::LeaderAppendOnly => leader_append_only::check(trace),
        Property::LogMatching => log_matching::check(trace),
        Property::CommitRule => commit_rule::check(trace),
        Property::LeaderCompleteness => leader_completeness::check(trace),
        Property::StateMachineSafety => state_machine_safety::check(trace),
        Property::NoCrash => no_crash::check(&execution.nodes),
        Property::Recovery => recovery::check(plan, execution),
        Property::OneLeader => one_leader::check(execution),
        Property::Agreement => agreement::check(plan, execution),
        Property::Validity => validity::check(plan, execution),
        Property::Termination => termination::check(plan, execution),
        Property::Stability => stability::check(plan, execution),
        Property::Script => script::check(execution),
        Property::LeaseExclusive => lease_exclusive::check(trace),
        Property::LeaseFencing => lease_fencing::check(trace),
        Property::MutationOrder => mutation_order::check(trace),
        Property::RecordAppend => record_append::check(execution),
        Property::FileRegion => file_region::check(execution),
        Property::Snapshot => snapshot::check(execution),
        Property::ShadowReads => shadow_reads::check(execution),
    }
}

/// A run that went wrong can still refute a property by what was seen before, but it cannot show
/// that one holds; and a cluster that does not recover in a run that was given up says nothing.
fn with_trouble(verdict: Verdict, property: Property, execution: &Execution) -> Verdict {
    match (&execution.trouble, &verdict) {
        (None, _) => verdict,
        (Some(_), Verdict::Invalid(_)) if !takes_time(property) => verdict,
        (Some(trouble), _) => Verdict::Unknown(trouble.clone()),
    }
}

/// Whether a property is about what must have happened by some time.
fn takes_time(property: Property) -> bool {
    use Property::{Agreement, Recovery, Script, Stability, Termination, Validity};
    matches!(property, Recovery | Agreement | Validity | Termination | Stability | Script)
}

#[cfg(test)]
mod tests {
    use super::testing::{Clients, RAFT, Trace, plan};
    use super::{Verdict, check, foremost};
    use crate::event::Status;
    use crate::execution::{Execution, NodeRecord, Phases};
    use crate::workload::plan::Property;
    use chaos_checker::Budget;
    use chaos_node::Nanos;

    fn good() -> Execution {
        let mut trace = Trace::new();
        trace.restored(1).leads(1, 1).appends(1, &[1]).commits(1, 1, 1).applies(1, &[1]);
        let mut clients = Clients::default();
        clients.did(0, (10, 20), ("put", "x", 1.into()), Ok(1.into()));
        Execution {
            history: clients.done(),
            trace: trace.done().to_vec(),
            nodes: vec![NodeRecord::default(); 5],
            phases: Phases {
                ready: Some(Nanos(1)),
                healed: Some(Nanos(2)),
                recovered: Some(Nanos(3)),
                end: Nanos(4),
            },
            ..Execution::default()
        }
    }

    #[test]
    fn a_good_run_is_valid_in_all_that_the_plan_asks_for_and_in_its_order() {
        let outcomes = check(&plan(), &good(), &Budget::default());
        let properties: Vec<_> = outcomes.iter().map(|outcome| outcome.property).collect();
        assert_eq!(properties, RAFT);
        assert_eq!(Status::of(&outcomes), Status::Valid, "{outcomes:?}");
    }

    #[test]
    fn the_violation_that_was_seen_first_is_told_first() {
        let mut trace = Trace::new();
        trace.restored(1).applies(1, &[1]).applies(2, &[2]).appends(1, &[1]);
        trace.commits(1, 1, 1).leads(1, 3).leads(2, 3);
        let execution = Execution { trace: trace.done().to_vec(), ..good() };
        let outcomes = check(&plan(), &execution, &Budget::default());
        let property = foremost(&outcomes).map(|violation| violation.property);
        assert_eq!(property, Some(Property::StateMachineSafety), "{outcomes:?}");
        assert_eq!(foremost(&[]), None);
    }

    #[test]
    fn trouble_makes_all_unknown_but_what_is_refuted_all_the_same() {
        let mut trace = Trace::new();
        trace.restored(1).leads(1, 1).leads(2, 1).appends(1, &[1]).commits(1, 1, 1);
        let mut execution = Execution { trace: trace.done().to_vec(), ..good() };
        execution.trouble = Some("the machine stood still".to_owned());
        execution.phases.recovered = None;
        execution.phases.end = Nanos::from_secs(60);
        let outcomes = check(&plan(), &execution, &Budget::default());
        for outcome in &outcomes {
            let invalid = matches!(outcome.verdict, Verdict::Invalid(_));
            assert_eq!(invalid, outcome.property == Property::ElectionSafety, "{outcome:?}");
        }
        let unknown = Verdict::Unknown("the machine stood still".to_owned());
        assert_eq!(outcomes[0].verdict, unknown);
        assert_eq!(Status::of(&outcomes), Status::Invalid);
    }
}
