//! A search that walks over the moments of a case, forwards and, from a bookmark, once more.

use rustc_hash::FxHashMap;

use super::bookmark::Bookmark;
use super::case::Case;
use super::config::Config;
use super::limits::Stop;
use super::search::Search;
use super::space::Space;
use super::unknown::Role;
use crate::model::Model;

/// In the place of a slot: an operation of unknown outcome is in the pool.
const POOLED: u16 = u16::MAX;

/// A search and its place in a case.
pub(super) struct Walk<'a, const W: usize> {
    pub(super) case: &'a Case,
    pub(super) search: Search<'a, W>,
    /// How many moments have passed.
    pub(super) at: usize,
    /// The last moment at which there was surely only one possibility.
    pub(super) single: (usize, Config<W>),
    /// The last such moment of which that is so whatever is asked for later.
    pub(super) sure: (usize, Config<W>),
    roles: FxHashMap<u32, Role>,
    /// The slot of each operation that returns, once it is called; or [`POOLED`].
    pub(super) slots: Vec<u16>,
}

impl<'a, const W: usize> Walk<'a, W> {
    pub(super) fn new(
        case: &'a Case,
        search: Search<'a, W>,
        roles: FxHashMap<u32, Role>,
    ) -> Walk<'a, W> {
        let single = (0, Config::start(case.initial));
        let slots = vec![0; case.steps.len()];
        Walk { case, search, at: 0, single, sure: single, roles, slots }
    }

    /// Whether all moments have passed.
    pub(super) fn is_over(&self) -> bool {
        self.at == self.case.moments.len()
    }

    /// Passes a moment. On failure it has not passed.
    pub(super) fn pass<M: Model>(&mut self, space: &mut Space<'_, M>) -> Result<(), Stop> {
        let moment = self.case.moments[self.at];
        let number = moment.operation();
        let step = &self.case.steps[number];
        if moment.is_return() {
            self.search.ret(space, self.slots[number] as usize)?;
        } else if step.returns() {
            self.slots[number] = self.search.call(step.code, step.deadline) as u16;
        } else {
            let role = self.roles.get(&(number as u32)).copied().unwrap_or(Role::Pooled);
            let pooled = self.search.call_unknown(step.code, role == Role::Single);
            self.slots[number] = if pooled { POOLED } else { 0 };
        }
        self.at += 1;
        if let ([config], false) = (&self.search.frontier[..], self.search.lossy) {
            self.single = (self.at, *config);
            if !self.search.foresaw {
                self.sure = self.single;
            }
        }
        Ok(())
    }

    /// Passes all moments that are left.
    pub(super) fn pass_all<M: Model>(&mut self, space: &mut Space<'_, M>) -> Result<(), Stop> {
        while !self.is_over() {
            self.pass(space)?;
        }
        Ok(())
    }

    /// Notes the place, to come back to.
    pub(super) fn bookmark(&self) -> Place<W> {
        let Walk { at, single, sure, .. } = *self;
        Place { at, single, sure, bookmark: self.search.bookmark() }
    }

    /// Goes back to a place passed before.
    pub(super) fn go_back(&mut self, place: &Place<W>) {
        for moment in self.case.moments[place.at..self.at].iter().rev() {
            let step = &self.case.steps[moment.operation()];
            let pooled = !step.returns() && self.slots[moment.operation()] == POOLED;
            self.search.take_back(*moment, step, pooled);
        }
        self.search.restore(&place.bookmark);
        (self.at, self.single, self.sure) = (place.at, place.single, place.sure);
    }
}

/// A place to come back to.
pub(super) struct Place<const W: usize> {
    pub(super) at: usize,
    single: (usize, Config<W>),
    sure: (usize, Config<W>),
    bookmark: Bookmark<W>,
}
