//! The states that were possible when the last operation of a case had to take effect, of which none
//! allowed it: those that a person would want to know.
//!
//! They are what the search meets from its call to its return: what stood at each moment, and what pending
//! operations lead to from there, in any order. The search must not look ahead for that, or it would
//! die before.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::case::Case;
use super::config::Config;
use super::demand::Demand;
use super::limits::{Limits, Stop};
use super::pool::OVERDRAWN;
use super::run::with_words;
use super::search::Search;
use super::space::{Space, StateId};
use super::walk::Walk;
use crate::history::Moment;
use crate::model::Model;

/// Some states.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct States {
    pub(super) some: Vec<StateId>,
    /// Whether these are all.
    pub(super) are_all: bool,
}

/// The possible states, or some of them where the search has to stop; `None` if the case has a linearization.
///
/// Where all actions are plain, operations of unknown outcome are first lent without limit: then those that
/// one has used tell nobody apart, and if there is no linearization even so, there is none. What can
/// only be had with more of them than there are is not among the states.
pub(super) fn possible<M: Model>(
    space: &mut Space<'_, M>,
    case: &Case,
    limits: Limits<'_>,
) -> Option<States> {
    let open = case.concurrency();
    with_words!(open, W => {
        let meet = |space: &mut Space<'_, M>, exact| {
            let search = Search::new(case.initial, Demand::unknown(), exact, open, limits);
            meet::<M, W>(space, Walk::new(case, search, FxHashMap::default()))
        };
        let lavish = if case.is_plain() { meet(space, false) } else { None };
        match lavish {
            Some(states) if states.are_all => Some(states),
            _ => meet(space, true),
        }
    })
}

fn meet<M: Model, const W: usize>(
    space: &mut Space<'_, M>,
    mut walk: Walk<'_, W>,
) -> Option<States> {
    let case = walk.case;
    let is_culprit = |moment: &Moment| Some(moment.operation()) == case.culprit();
    let called = case.moments.iter().position(is_culprit).unwrap_or(0);
    let mut met = Met::default();
    let stop = loop {
        if walk.at > called {
            met.note(&walk.search.frontier);
        }
        walk.search.seen.clear();
        match walk.pass(space) {
            Ok(()) if walk.is_over() => return None,
            Ok(()) if walk.at > called => met.note(walk.search.seen.iter()),
            Ok(()) => {}
            Err(stop) => break stop,
        }
    };
    met.note(walk.search.seen.iter());
    let is_last = walk.at + 1 == case.moments.len();
    let are_all = is_last && stop == Stop::Dead && met.overdrawn.is_subset(&met.honest);
    let some = if is_last { met.honest.into_iter().collect() } else { Vec::new() };
    Some(States { some, are_all })
}

/// States, by whether they can surely be had.
#[derive(Default)]
struct Met {
    honest: BTreeSet<StateId>,
    overdrawn: BTreeSet<StateId>,
}

impl Met {
    fn note<'a, const W: usize>(&mut self, configs: impl IntoIterator<Item = &'a Config<W>>) {
        for config in configs {
            let states = match config.usage {
                OVERDRAWN => &mut self.overdrawn,
                _ => &mut self.honest,
            };
            states.insert(config.state);
        }
    }
}
