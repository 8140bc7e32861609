//! The script: every step did what it says. It fails with the first that did not.
//!
//! On a machine that was too busy to drive the cluster a step that failed decides nothing.

use super::evidence::At;
use super::punctuality::is_late;
use super::{Fact, Verdict, Violation};
use crate::execution::{Execution, ScriptEnd, ScriptFailure};
use crate::workload::plan::Property;
use chaos_node::Nanos;

pub(super) fn check(execution: &Execution) -> Verdict {
    match &execution.script {
        Some(ScriptEnd::Passed) => Verdict::Valid,
        Some(ScriptEnd::Unseen(why)) => Verdict::Unknown(why.clone()),
        None => Verdict::Unknown("the script was not played to its end".to_owned()),
        Some(ScriptEnd::Failed(failure)) if is_late(execution, window(failure)) => {
            Verdict::Unknown(format!(
                "step {} did not hold, but the machine was overloaded: the tester itself was up to \
                 {} late",
                failure.step,
                At(execution.lag)
            ))
        }
        Some(ScriptEnd::Failed(failure)) => failed(failure),
    }
}

/// How long the step was under way.
fn window(failure: &ScriptFailure) -> Nanos {
    failure.time.saturating_sub(failure.entered)
}

fn failed(failure: &ScriptFailure) -> Verdict {
    let ScriptFailure { step, line, expected, seen, entered, time } = failure;
    let began = format!("step {step} (line {line}) began: expected {expected}");
    let facts = vec![
        Fact { time: *entered, node: None, text: began },
        Fact { time: *time, node: None, text: format!("found {seen}") },
    ];
    Verdict::Invalid(Box::new(Violation {
        property: Property::Script,
        summary: format!("step {step} (line {line}): expected {expected}, found {seen}"),
        time: Some(*time),
        facts,
        story: Vec::new(),
        events: Vec::new(),
        start: None,
    }))
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::check::testing::{invalid, is_unknown, is_valid};
    use crate::execution::{Execution, ScriptEnd, ScriptFailure};
    use chaos_node::Nanos;

    fn played(end: ScriptEnd) -> Execution {
        Execution { script: Some(end), ..Execution::default() }
    }

    fn failure() -> ScriptEnd {
        ScriptEnd::Failed(ScriptFailure {
            step: 3,
            line: 7,
            expected: "no new leader for 1s".to_owned(),
            seen: "n1 leader in term 2".to_owned(),
            entered: Nanos::from_millis(10),
            time: Nanos::from_millis(20),
        })
    }

    #[test]
    fn a_script_that_came_to_its_end_holds() {
        is_valid(&check(&played(ScriptEnd::Passed)));
    }

    #[test]
    fn the_first_step_that_does_not_hold_is_told_with_its_line() {
        let violation = invalid(check(&played(failure())));
        let wanted = "step 3 (line 7): expected no new leader for 1s, found n1 leader in term 2";
        assert_eq!(violation.summary, wanted);
        assert_eq!(violation.facts.len(), 2);
    }

    #[test]
    fn what_was_not_played_or_not_seen_or_not_in_time_is_unknown() {
        is_unknown(&check(&Execution::default()), "the script was not played to its end");
        is_unknown(&check(&played(ScriptEnd::Unseen("dark".to_owned()))), "dark");
        let busy = Execution { lag: Nanos::from_millis(700), ..played(failure()) };
        let reason = "step 3 did not hold, but the machine was overloaded: the tester itself was \
                      up to 0.700 s late";
        is_unknown(&check(&busy), reason);
    }
}
