//! Drives a search over a case.

use super::case::{Case, Cut};
use super::config::Config;
use super::demand::Demand;
use super::search::{Limits, Search, Stop};
use super::space::{Space, StateId};
use super::unknown::{Role, roles};
use crate::model::Model;

/// How a search ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// A linearization exists.
    Alive,
    /// None exists.
    Dead(Box<Death>),
    /// The search was given up.
    Gave(Stop),
}

/// Where and how the last configuration died.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Death {
    /// The return that none survived.
    pub(super) moment: usize,
    /// The states that were possible before it.
    pub(super) states: Vec<StateId>,
    /// States that an operation still to come would have needed, and that nothing could make again.
    pub(super) stranded: Vec<StateId>,
    /// The last moment at which there was only one possibility.
    pub(super) cut: Cut,
}

/// The largest number of slots.
pub(super) const MOST_SLOTS: usize = 2048;

/// Searches a case; the caller has checked that [`MOST_SLOTS`] suffice.
///
/// First optimistically, and if the answer is not honest, exactly. Where actions are opaque, lending
/// without limit could lead to states without end, so there the first search is exact.
pub(super) fn run<M: Model>(space: &mut Space<'_, M>, case: &Case, limits: Limits<'_>) -> End {
    let demand = Demand::of(case.steps.iter(), space.states());
    match pass(space, case, demand, !case.is_plain(), limits) {
        (End::Alive, false) => {
            let demand = Demand::of(case.steps.iter(), space.states());
            pass(space, case, demand, true, limits).0
        }
        (end, _) => end,
    }
}

/// Searches a case without looking ahead, so that it dies where the contradiction shows.
pub(super) fn run_blind<M: Model>(
    space: &mut Space<'_, M>,
    case: &Case,
    limits: Limits<'_>,
) -> End {
    pass(space, case, Demand::unknown(), true, limits).0
}

/// Searches once; tells the end, and whether it can be relied on.
fn pass<M: Model>(
    space: &mut Space<'_, M>,
    case: &Case,
    demand: Demand,
    exact: bool,
    limits: Limits<'_>,
) -> (End, bool) {
    let open = case.concurrency();
    match open {
        0..=48 => {
            drive::<M, 1>(space, case, Search::new(case.initial, demand, exact, open, limits))
        }
        49..=112 => {
            drive::<M, 2>(space, case, Search::new(case.initial, demand, exact, open, limits))
        }
        113..=240 => {
            drive::<M, 4>(space, case, Search::new(case.initial, demand, exact, open, limits))
        }
        _ => drive::<M, { MOST_SLOTS / 64 }>(
            space,
            case,
            Search::new(case.initial, demand, exact, open, limits),
        ),
    }
}

fn drive<M: Model, const W: usize>(
    space: &mut Space<'_, M>,
    case: &Case,
    mut search: Search<'_, W>,
) -> (End, bool) {
    let roles = roles(&case.steps, &case.moments, &search.demand);
    let mut slots = vec![0u16; case.steps.len()];
    let mut single = (0, Config::start(case.initial));
    for (place, moment) in case.moments.iter().enumerate() {
        let number = moment.operation();
        let step = &case.steps[number];
        if moment.is_return() {
            match search.ret(space, slots[number] as usize) {
                Ok(()) => {}
                Err(Stop::Dead) => {
                    let cut = Cut::of(case, single.0, &single.1, &slots);
                    return (dead(place, cut, &search), true);
                }
                Err(stop) => return (End::Gave(stop), true),
            }
            if let [config] = search.frontier[..] {
                single = (place + 1, config);
            }
        } else if step.returns() {
            slots[number] = search.call(step.code, step.deadline) as u16;
        } else {
            let role = roles.get(&(number as u32)).copied().unwrap_or(Role::Pooled);
            search.call_unknown(step.code, role == Role::Single);
        }
    }
    (End::Alive, search.is_honest())
}

fn dead<const W: usize>(moment: usize, cut: Cut, search: &Search<'_, W>) -> End {
    let mut states: Vec<StateId> = search.frontier.iter().map(|config| config.state).collect();
    states.sort_unstable();
    states.dedup();
    let mut stranded = search.stranded.clone();
    stranded.sort_unstable();
    stranded.dedup();
    End::Dead(Box::new(Death { moment, states, stranded, cut }))
}
