//! The order in which the elements came.

use std::collections::BTreeSet;

use super::super::case::Span;
use super::super::limits::Limits;
use super::super::pending::NEVER;
use super::Judged;
use super::account::Account;
use crate::history::Value;
use crate::model::Grown;

/// A place in the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// It is not taken before this moment, and before that one.
    pub(super) from: u32,
    pub(super) until: u32,
    /// Whether it is known who takes it; that one's time is part of the above.
    pub(super) is_taken: bool,
}

/// What is in the places that nobody has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Gaps {
    /// Elements that nobody has seen.
    Filled,
    /// Anything, at any time.
    Free,
}

/// All places up to the last one that somebody has seen, and who has none.
pub(super) struct Line {
    pub(super) places: Vec<Place>,
    pub(super) length: usize,
    /// Places behind the last one that are not taken before some moment.
    pub(super) ends: Vec<(u32, u32)>,
    /// Those whom nobody has seen: they come into a place that nobody has seen, or behind the last.
    pub(super) unplaced: Vec<Span>,
}

const OPEN: Place = Place { from: 0, until: NEVER, is_taken: false };

impl Line {
    pub(super) fn of(
        account: &Account<'_>,
        gaps: Gaps,
        limits: Limits<'_>,
    ) -> Result<Line, Judged> {
        let at = told(account, limits)?;
        if gaps == Gaps::Free {
            return Line::with_gaps(account, &at);
        }
        let length = at.iter().flatten().map(|at| *at as usize + 1).max().unwrap_or(0);
        if length > account.elements.len() {
            return Err(Judged::Wrong);
        }
        let (places, ends, unplaced) = (vec![OPEN; length], Vec::new(), Vec::new());
        let mut line = Line { places, length, ends, unplaced };
        for (element, at) in account.elements.iter().zip(&at) {
            match at {
                Some(at) => line.take(*at as usize, element.span)?,
                None => line.unplaced.push(element.span),
            }
        }
        for (all, span) in &account.reads {
            if let Some(last) = all.len().checked_sub(1) {
                let last = &mut line.places[last];
                last.until = last.until.min(span.ret);
            }
            line.is_short(all.len() as u32, span.call);
        }
        account.ends.iter().for_each(|(at, call)| line.is_short(*at, *call));
        Ok(line)
    }

    /// Only the places that somebody speaks of, one after another: what lies between them is of no interest,
    /// and there may be billions. So is who has no place, for there is one for him.
    fn with_gaps(account: &Account<'_>, at: &[Option<u32>]) -> Result<Line, Judged> {
        let asked = account.ends.iter().map(|(at, _)| *at);
        let told: BTreeSet<u32> = at.iter().flatten().copied().chain(asked).collect();
        let told: Vec<u32> = told.into_iter().collect();
        let place = |at: u32| told.partition_point(|told| *told < at);
        let (places, ends, unplaced) = (vec![OPEN; told.len()], Vec::new(), Vec::new());
        let mut line = Line { length: places.len(), places, ends, unplaced };
        for (element, at) in account.elements.iter().zip(at) {
            at.map_or(Ok(()), |at| line.take(place(at), element.span))?;
        }
        line.places.iter_mut().for_each(|place| place.is_taken = true);
        account.ends.iter().for_each(|(at, call)| line.is_short(place(*at) as u32, *call));
        Ok(line)
    }

    fn take(&mut self, at: usize, span: Span) -> Result<(), Judged> {
        let place = &mut self.places[at];
        if place.is_taken {
            return Err(Judged::Wrong);
        }
        *place = Place { from: span.call, until: span.ret, is_taken: true };
        Ok(())
    }

    /// Somebody who asked at the moment found less than would be there with this place taken.
    fn is_short(&mut self, at: u32, moment: u32) {
        match self.places.get_mut(at as usize) {
            Some(place) => place.from = place.from.max(moment),
            None => self.ends.push((at, moment)),
        }
    }
}

/// The places of the elements.
fn told(account: &Account<'_>, limits: Limits<'_>) -> Result<Vec<Option<u32>>, Judged> {
    let (mut lists, mut sets) = (Vec::new(), Vec::new());
    for (all, _) in &account.reads {
        match all {
            Grown::List(all) => lists.push(*all),
            Grown::Members(all) => sets.push(*all),
        }
    }
    let at = account.elements.iter().map(|element| element.at).collect();
    if sets.is_empty() {
        told_by_lists(account, at, &lists, limits)
    } else {
        told_by_sets(account, at, sets, limits)
    }
}

/// The places of a log's elements: the longest of the whole reads tells, besides those who told already.
fn told_by_lists(
    account: &Account<'_>,
    mut at: Vec<Option<u32>>,
    reads: &[&[Value]],
    limits: Limits<'_>,
) -> Result<Vec<Option<u32>>, Judged> {
    let longest = reads.iter().max_by_key(|all| all.len()).copied().unwrap_or_default();
    for all in reads {
        if limits.is_expired() {
            return Err(Judged::Late);
        }
        if !longest.starts_with(all) {
            return Err(Judged::Wrong);
        }
    }
    for (place, element) in (0..).zip(longest) {
        let number = account.number(element)?;
        if at[number].replace(place).is_some_and(|other| other != place) {
            return Err(Judged::Wrong);
        }
    }
    Ok(at)
}

/// The places of a set's elements: by the first read that found them, and among those by return.
fn told_by_sets(
    account: &Account<'_>,
    mut at: Vec<Option<u32>>,
    mut reads: Vec<&BTreeSet<Value>>,
    limits: Limits<'_>,
) -> Result<Vec<Option<u32>>, Judged> {
    reads.sort_unstable_by_key(|all| all.len());
    let (none, mut next) = (BTreeSet::new(), 0);
    let mut before = &none;
    for all in reads {
        if limits.is_expired() {
            return Err(Judged::Late);
        }
        // It must have found all that a smaller one did.
        if !before.is_subset(all) {
            return Err(Judged::Wrong);
        }
        let new = all.difference(before).map(|element| account.number(element));
        let mut new = new.collect::<Result<Vec<usize>, Judged>>()?;
        new.sort_unstable_by_key(|number| account.elements[*number].span.ret);
        for number in new {
            at[number] = Some(next);
            next += 1;
        }
        before = all;
    }
    Ok(at)
}
