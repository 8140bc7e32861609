//! The states that were possible when the last operation of a case had to take effect, of which none
//! allowed it: those that a person would want to know.
//!
//! They are what the search meets while that operation returns: what stood before, and what pending
//! operations lead to from there, in any order. The search must not look ahead for that, or it would
//! die before.

use rustc_hash::FxHashMap;

use super::case::Case;
use super::demand::Demand;
use super::limits::{Limits, Stop};
use super::run::with_words;
use super::search::Search;
use super::space::{Space, StateId};
use super::walk::Walk;
use crate::model::Model;

/// Some states.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct States {
    pub(super) some: Vec<StateId>,
    /// Whether these are all.
    pub(super) are_all: bool,
}

/// The possible states, or some of them where the search has to stop; `None` if the case has a linearization.
pub(super) fn possible<M: Model>(
    space: &mut Space<'_, M>,
    case: &Case,
    limits: Limits<'_>,
) -> Option<States> {
    let open = case.concurrency();
    with_words!(open, W => {
        let search = Search::new(case.initial, Demand::unknown(), true, open, limits);
        meet::<M, W>(space, Walk::new(case, search, FxHashMap::default()))
    })
}

fn meet<M: Model, const W: usize>(
    space: &mut Space<'_, M>,
    mut walk: Walk<'_, W>,
) -> Option<States> {
    let stop = walk.pass_all(space).err()?;
    let is_last = walk.at + 1 == walk.case.moments.len();
    let are_all = is_last && stop == Stop::Dead;
    let some = if is_last { walk.search.states_met() } else { Vec::new() };
    Some(States { some, are_all })
}
