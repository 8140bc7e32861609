//! Whether the tester was on time: where it was not, the machine had more to do than it could, and
//! that something took its time says nothing about the system.

use crate::execution::Execution;
use chaos_node::Nanos;

/// A tester that was this late could not drive a cluster as planned.
const TOO_LATE: Nanos = Nanos::from_millis(500);
/// Nor could one that was late by this part of the time that the cluster had,
const TOO_LARGE_A_PART: u64 = 4;
/// unless it was by no more than any process is now and then.
const USUAL: Nanos = Nanos::from_millis(250);

/// Whether the tester was too late to judge what should have happened within this time. The nodes
/// of a machine without time are late themselves, at any moment of the run: so it is the whole run
/// that counts.
pub(super) fn is_late(execution: &Execution, allowed: Nanos) -> bool {
    execution.lag > Nanos(allowed.0 / TOO_LARGE_A_PART).clamp(USUAL, TOO_LATE)
}

#[cfg(test)]
mod tests {
    use super::is_late;
    use crate::execution::Execution;
    use chaos_node::Nanos;

    #[test]
    fn a_short_time_wants_a_punctual_tester() {
        let late = |lag, allowed| {
            let execution = Execution { lag: Nanos::from_millis(lag), ..Execution::default() };
            is_late(&execution, Nanos::from_millis(allowed))
        };
        assert!(!late(0, 0), "in virtual time everything is on time");
        assert!(!late(250, 0));
        assert!(late(251, 0));
        assert!(!late(400, 1600));
        assert!(late(401, 1600));
        assert!(!late(500, 60_000));
        assert!(late(501, 60_000));
    }
}
