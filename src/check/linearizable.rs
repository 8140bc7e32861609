//! Linearizability (Herlihy & Wing 1990): the operations could have happened one at a time, each
//! at some instant between its call and its return. The `chaos-checker` crate decides it; here its
//! answer becomes one of ours, with the events that suffice to refute.

use super::{Verdict, Violation};
use crate::execution::Execution;
use crate::workload::plan::{Plan, Property};
use chaos_checker::{Budget, Event, History, Kind, Operation, Retold, Verdict as Checked};
use chaos_node::Nanos;
use std::collections::BTreeSet;

pub(super) fn check(plan: &Plan, execution: &Execution, budget: &Budget<'_>) -> Verdict {
    match decide(plan, execution, budget) {
        Ok(Checked::Valid(valid)) if valid.operations == 0 => {
            Verdict::Unknown("no client operation says anything".to_owned())
        }
        Ok(Checked::Valid(_)) => Verdict::Valid,
        Ok(Checked::Unknown(unknown)) => Verdict::Unknown(unknown.to_string()),
        Ok(Checked::Invalid(violation)) => {
            Verdict::Invalid(Box::new(ours(&violation, plan, execution)))
        }
        Err(reason) => Verdict::Unknown(reason),
    }
}

/// A history that makes no sense, or that the model cannot read, is not judged.
fn decide(plan: &Plan, execution: &Execution, budget: &Budget<'_>) -> Result<Checked, String> {
    let kind: Kind = plan.model.parse().map_err(|error| format!("{error}"))?;
    let events = modelled(plan, execution).map(bare);
    let history = History::from_events(events).map_err(|error| error.to_string())?;
    kind.check(&history, budget).map_err(|error| error.to_string())
}

/// The events of the operations that the model knows.
fn modelled<'a>(plan: &'a Plan, execution: &'a Execution) -> impl Iterator<Item = &'a Event> {
    execution.history.iter().filter(|event| !plan.unmodelled.contains(&event.f))
}

/// The event without what says nothing about linearizability.
fn bare(event: &Event) -> Event {
    let (f, key, value) = (event.f.clone(), event.key.clone(), event.value.clone());
    Event { f, key, value, error: None, node: None, ..*event }
}

/// The violation of a history retold for people to see. The events that begin its operations are those
/// of the execution; `None` if there is none, or it cannot be told in so much time.
pub(crate) fn retold(plan: &Plan, execution: &Execution) -> Option<(Vec<u64>, Retold)> {
    let budget = Budget { configurations: 100_000, ..Budget::default() };
    let Ok(Checked::Invalid(violation)) = decide(plan, execution, &budget) else { return None };
    let kind: Kind = plan.model.parse().ok()?;
    let events = modelled(plan, execution).map(bare);
    let history = History::from_events(events).ok()?;
    let retold = kind.retell(&history, violation.key.as_ref(), &budget).ok()??;
    let known: Vec<&Event> = modelled(plan, execution).collect();
    let began = |operation: &Operation| {
        let place = usize::try_from(operation.invoke_index).ok()?;
        known.get(place).map(|event| event.index)
    };
    let events: Option<Vec<u64>> = retold.operations.iter().map(began).collect();
    Some((events?, retold))
}

fn ours(violation: &chaos_checker::Violation, plan: &Plan, execution: &Execution) -> Violation {
    let fault = std::iter::once(&violation.operation);
    let operations = violation.counterexample.iter().chain(fault);
    let places: BTreeSet<u64> = operations.flat_map(places).collect();
    let known: Vec<&Event> = modelled(plan, execution).collect();
    let index = |place: u64| {
        let place = usize::try_from(place).ok()?;
        known.get(place).map(|event| event.index)
    };
    Violation {
        property: Property::Linearizable,
        summary: violation.sentence.clone(),
        time: violation.operation.ret.map(|time| Nanos(time.0)),
        facts: Vec::new(),
        story: violation.to_string().lines().skip(1).map(str::to_owned).collect(),
        events: places.into_iter().filter_map(index).collect(),
        start: Some(violation.start.clone()),
    }
}

fn places(operation: &Operation) -> impl Iterator<Item = u64> {
    std::iter::once(operation.invoke_index).chain(operation.complete_index)
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::check::testing::{Clients, invalid, is_unknown, is_valid, plan};
    use crate::check::{Verdict, Violation};
    use chaos_checker::{Budget, EventType, Value};
    use chaos_node::Nanos;

    fn judged(script: impl FnOnce(&mut Clients)) -> Verdict {
        check(&plan(), &Clients::execution(script), &Budget::default())
    }

    fn stale_read() -> Violation {
        invalid(judged(|clients| {
            clients
                .did(0, (10, 20), ("put", "x", 1.into()), Ok(Value::Nil))
                .did(1, (25, 28), ("put", "y", 5.into()), Ok(Value::Nil))
                .did(0, (30, 40), ("put", "x", 2.into()), Ok(Value::Nil))
                .did(2, (50, 60), ("get", "x", Value::Nil), Ok(1.into()));
        }))
    }

    #[test]
    fn a_right_history_with_unknown_outcomes_is_fine() {
        is_valid(&judged(|clients| {
            clients
                .did(0, (10, 20), ("put", "x", 1.into()), Ok(Value::Nil))
                .did(0, (30, 40), ("put", "x", 2.into()), Err(EventType::Info))
                .did(1, (50, 60), ("get", "x", Value::Nil), Ok(1.into()))
                .did(1, (70, 80), ("get", "x", Value::Nil), Ok(2.into()));
        }));
    }

    #[test]
    fn a_stale_read_is_a_violation_with_a_sentence_a_story_and_events() {
        let violation = stale_read();
        assert!(!violation.summary.is_empty() && !violation.story.is_empty());
        assert!(!violation.events.is_empty() && violation.time.is_some());
        assert!(!violation.events.contains(&2), "the put of y has nothing to do with it");
    }

    #[test]
    fn a_stale_read_is_named_with_the_events_that_suffice() {
        let violation = stale_read();
        assert!(violation.summary.starts_with("get x by client 2 returned 1 at 0.060 s"));
        assert_eq!(violation.time, Some(Nanos::from_millis(60)));
        assert_eq!(
            (violation.start.as_deref(), &violation.events[..]),
            (Some("1"), &[4, 5, 6, 7][..])
        );
    }

    #[test]
    fn what_cannot_be_judged_is_unknown() {
        is_unknown(&judged(|_| {}), "no client operation says anything");
        let strange = judged(|clients| {
            clients.did(0, (1, 2), ("pop", "x", Value::Nil), Ok(Value::Nil));
        });
        assert!(matches!(strange, Verdict::Unknown(_)));
        let dishonest = judged(|clients| {
            clients.did(0, (1, 20), ("get", "x", Value::Nil), Ok(Value::Nil));
            clients.did(0, (5, 10), ("get", "x", Value::Nil), Ok(Value::Nil));
        });
        assert!(matches!(dishonest, Verdict::Unknown(_)));
    }
}
