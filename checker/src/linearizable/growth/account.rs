//! What was put in, and what was found.

use rustc_hash::FxHashMap;

use super::super::case::{Case, Span};
use super::super::limits::Limits;
use super::super::space::{Make, Need, Space};
use super::Judged;
use crate::history::Value;
use crate::model::{Grown, Growth, Model};

/// After so many operations it is time to look at the clock.
const OFTEN: usize = 256;

/// An element, with the time it has to come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element {
    pub(super) span: Span,
    /// Its number, if somebody told.
    pub(super) at: Option<u32>,
}

/// All that is known, before any order is made of it.
pub(super) struct Account<'a> {
    pub(super) elements: Vec<Element>,
    /// What was read as a whole.
    pub(super) reads: Vec<(Grown<'a>, Span)>,
    /// Who found no element of this number yet, and when that was asked.
    pub(super) ends: Vec<(u32, u32)>,
    is_list: bool,
    names: FxHashMap<&'a Value, usize>,
}

impl<'a> Account<'a> {
    pub(super) fn of<M: Model>(
        space: &'a Space<'_, M>,
        case: &Case,
        limits: Limits<'_>,
    ) -> Result<Account<'a>, Judged> {
        let empty = space.grown(case.initial).ok_or(Judged::Unclear)?;
        if !empty.is_empty() {
            return Err(Judged::Unclear);
        }
        let is_list = matches!(empty, Grown::List(_));
        let (elements, reads, ends) = (Vec::new(), Vec::new(), Vec::new());
        let mut account = Account { elements, reads, ends, is_list, names: FxHashMap::default() };
        let mut finds = Vec::new();
        for (number, (step, span)) in case.steps.iter().zip(case.spans()).enumerate() {
            if number.is_multiple_of(OFTEN) && limits.is_expired() {
                return Err(Judged::Late);
            }
            if step.satisfied {
                return Err(Judged::Unclear);
            }
            if let (Need::Is(state), Make::Same) = (step.code.need, step.code.make) {
                // Whoever was not told what it found says nothing.
                if step.returns() {
                    account.reads.push((space.grown(state).ok_or(Judged::Unclear)?, span));
                }
                continue;
            }
            match space.growth(step.code).ok_or(Judged::Unclear)? {
                Growth::Put(element, at) => {
                    account.put(element, at.filter(|_| step.returns()), span)?;
                }
                find if step.returns() => finds.push((find, span)),
                Growth::At(..) | Growth::Has(..) => {}
            }
        }
        finds.into_iter().try_for_each(|(find, span)| account.find(find, span))?;
        Ok(account)
    }

    /// Of equal elements of a set the first one counts: it comes before any of them has returned.
    fn put(&mut self, element: &'a Value, at: Option<i64>, span: Span) -> Result<(), Judged> {
        let next = self.elements.len();
        let number = *self.names.entry(element).or_insert(next);
        if number == next {
            self.elements.push(Element { span, at: None });
        } else if self.is_list {
            return Err(Judged::Unclear);
        } else {
            let first = &mut self.elements[number].span;
            first.ret = first.ret.min(span.ret);
        }
        if element.is_nil() {
            return Err(Judged::Unclear);
        }
        at.map_or(Ok(()), |at| self.stands_at(number, at))
    }

    /// Two places for one element are one too many.
    fn stands_at(&mut self, number: usize, at: i64) -> Result<(), Judged> {
        let at = u32::try_from(at).map_err(|_| Judged::Wrong)?;
        match self.elements[number].at.replace(at) {
            Some(other) if other != at => Err(Judged::Wrong),
            _ => Ok(()),
        }
    }

    fn find(&mut self, find: Growth<'a>, span: Span) -> Result<(), Judged> {
        match find {
            Growth::At(at, found) if found.is_nil() => {
                let at = u32::try_from(at).map_err(|_| Judged::Unclear)?;
                self.ends.push((at, span.call));
            }
            Growth::At(at, found) => {
                let number = self.number(found)?;
                self.stands_at(number, at)?;
                self.is_there_by(number, span.ret);
            }
            Growth::Has(element, true) => {
                let number = self.number(element)?;
                self.is_there_by(number, span.ret);
            }
            Growth::Has(element, false) => {
                if let Some(number) = self.names.get(element) {
                    let own = &mut self.elements[*number].span;
                    own.call = own.call.max(span.call);
                }
            }
            Growth::Put(..) => {}
        }
        Ok(())
    }

    /// What was found must have been put in.
    pub(super) fn number(&self, element: &Value) -> Result<usize, Judged> {
        self.names.get(element).copied().ok_or(Judged::Wrong)
    }

    fn is_there_by(&mut self, number: usize, ret: u32) {
        let own = &mut self.elements[number].span;
        own.ret = own.ret.min(ret);
    }
}
