//! A point in a search to come back to.
//!
//! What is pending and what survives is small and is copied. What the search counts is not: from there
//! on every call and return has to be taken back, latest first.

use super::config::Config;
use super::partition::Step;
use super::pending::Pending;
use super::search::Search;
use crate::history::Moment;

/// What is needed to come back to a point.
#[derive(Clone, Debug)]
pub(super) struct Bookmark<const W: usize> {
    pending: Pending<W>,
    frontier: Vec<Config<W>>,
    unknown: Vec<usize>,
    lossy: bool,
    foresaw: bool,
}

impl<const W: usize> Search<'_, W> {
    /// What is needed to come back to this point.
    pub(super) fn bookmark(&self) -> Bookmark<W> {
        Bookmark {
            pending: self.pending.clone(),
            frontier: self.frontier.clone(),
            unknown: self.unknown.clone(),
            lossy: self.lossy,
            foresaw: self.foresaw,
        }
    }

    /// Goes back to a bookmark, once what happened since has been taken back.
    pub(super) fn restore(&mut self, bookmark: &Bookmark<W>) {
        self.pending.clone_from(&bookmark.pending);
        self.frontier.clone_from(&bookmark.frontier);
        self.unknown.clone_from(&bookmark.unknown);
        (self.lossy, self.foresaw) = (bookmark.lossy, bookmark.foresaw);
    }

    /// Takes back a call or a return: what the search counts, while a bookmark holds the rest.
    pub(super) fn take_back(&mut self, moment: Moment, step: &Step, pooled: bool) {
        match moment.is_return() {
            true => self.demand.take_back_return(step.code),
            false => self.demand.take_back_call(step.code, step.returns()),
        }
        if pooled {
            self.pool.take_back(step.code);
        }
    }
}
