//! How an operation of unknown outcome takes part in the search.
//!
//! If it is a reset to a state that few others make, it is followed one by one, in a slot, for as long
//! as somebody asks for that state; one that nobody asks for never enters. Otherwise it is pooled
//! with its equals. One by one is not for histories in which operations have to find *anything but*
//! some state: there every value is asked for, until the end.

use rustc_hash::FxHashMap;

use super::demand::Demand;
use super::partition::Step;
use super::space::Code;
use crate::history::Moment;

/// The part that an operation of unknown outcome plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It has a slot while it is asked for.
    Single,
    /// It is one of a number of equals.
    Pooled,
}

/// At most so many equals are followed one by one.
const FEW: u32 = 2;

/// The roles of the operations of unknown outcome, by step; those not listed are pooled.
pub(super) fn roles(steps: &[Step], moments: &[Moment], demand: &Demand) -> FxHashMap<u32, Role> {
    if !demand.is_known() || demand.others > 0 || demand.has_exits() {
        return FxHashMap::default();
    }
    let calls =
        moments.iter().filter(|moment| !moment.is_return()).map(|moment| moment.operation());
    let unknown = calls.filter(|step| !steps[*step].returns());
    let mut counts: FxHashMap<Code, u32> = FxHashMap::default();
    for step in unknown.clone() {
        *counts.entry(steps[step].code).or_default() += 1;
    }
    let role = |step: usize| {
        let code = steps[step].code;
        if code.is_reset() && counts[&code] <= FEW { Role::Single } else { Role::Pooled }
    };
    unknown.map(|step| (step as u32, role(step))).collect()
}
