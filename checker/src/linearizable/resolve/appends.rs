//! From what appends may have done to what they did.

use std::cell::Cell;

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::case::{Case, Span};
use super::super::clues::Clues;
use super::super::limits::Limits;
use super::super::space::{Code, Make, Need, PLAIN, StateId};
use super::relevant::{Relevant, Transition};

/// At most so many pairs of operations are looked at.
const EFFORT: usize = 20_000_000;

/// At most so many ways are told apart.
const MOST: usize = 32;

/// The appends of a case, and what each of them may still have done.
#[derive(Clone)]
pub(super) struct Appends<'a> {
    case: &'a Case,
    elsewhere: StateId,
    spans: Vec<Span>,
    /// By append, in the order of their steps.
    open: Vec<(u32, Vec<Transition>)>,
    done: FxHashMap<u32, Code>,
    /// Who can make a state, and from which other.
    makers: FxHashMap<StateId, Vec<Maker>>,
    /// Who would notice a state.
    finders: FxHashMap<StateId, Vec<u32>>,
    clues: Clues,
    effort: Cell<usize>,
    limits: Limits<'a>,
}

/// A step that can make a state, and the other state that it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Maker {
    step: u32,
    from: Option<StateId>,
}

/// Something that must have found a state, within some time.
#[derive(Clone, Copy, Debug)]
struct Found {
    step: u32,
    state: StateId,
    span: Span,
}

impl<'a> Appends<'a> {
    pub(super) fn of(case: &'a Case, relevant: &Relevant, limits: Limits<'a>) -> Appends<'a> {
        let steps = (0..).zip(&case.steps);
        let open = steps.filter(|(_, step)| !step.code.is_plain());
        let open = open.map(|(step, told)| (step, relevant.transitions(told.code).to_vec()));
        Appends {
            open: open.collect(),
            case,
            elsewhere: relevant.elsewhere,
            clues: Clues::of(std::iter::empty()),
            spans: case.spans(),
            done: FxHashMap::default(),
            makers: FxHashMap::default(),
            finders: FxHashMap::default(),
            effort: Cell::new(0),
            limits,
        }
    }

    /// What each of them did, in one way or another; `None` if these are too many.
    pub(super) fn resolve(self) -> Option<Vec<FxHashMap<u32, Code>>> {
        let (mut todo, mut ways) = (vec![self], Vec::new());
        while let Some(mut way) = todo.pop() {
            way.conclude();
            if way.effort.get() > EFFORT || ways.len() + todo.len() >= MOST {
                return None;
            }
            match way.open.first().cloned() {
                None => ways.push(way.done),
                Some(append) => todo.extend(way.split(append)?),
            }
        }
        Some(ways)
    }

    /// Goes on for as long as one thing follows from another.
    fn conclude(&mut self) {
        let mut before = 0;
        while self.left() != before && self.has_patience() {
            before = self.left();
            self.look();
            self.drop_the_impossible();
            self.trace();
            self.settle();
        }
    }

    /// Assumes that an append took one of its transitions, or none.
    fn split(&self, (step, transitions): (u32, Vec<Transition>)) -> Option<Vec<Self>> {
        let mut ways = vec![self.assume(step, self.none_of(&transitions)?)];
        ways.extend(transitions.into_iter().rev().map(|taken| self.assume(step, swap(taken))));
        Some(ways)
    }

    fn assume(&self, step: u32, code: Code) -> Self {
        let mut way = self.clone();
        way.done.insert(step, code);
        way.settle();
        way
    }

    /// What an append is that takes none of its transitions. That it leads elsewhere from where one of
    /// them begins does no harm if nobody has to miss what it would really have led to.
    fn none_of(&self, transitions: &[Transition]) -> Option<Code> {
        let make = Make::To(self.elsewhere);
        if !self.may_be_missed(transitions) {
            return Some(Code { need: Need::Any, make, action: PLAIN });
        }
        let [(from, _)] = *transitions else { return None };
        Some(Code { need: Need::Not(from), make, action: PLAIN })
    }

    /// Whether somebody has to find anything but where the transitions lead, or appends lead from there.
    fn may_be_missed(&self, transitions: &[Transition]) -> bool {
        let mut todo: Vec<StateId> = transitions.iter().map(|(_, to)| *to).collect();
        let mut seen = FxHashSet::default();
        let needs = self.case.steps.iter().map(|step| step.code.need);
        let missed: FxHashSet<Need> = needs.filter(|need| matches!(need, Need::Not(_))).collect();
        while let Some(state) = todo.pop().filter(|_| self.has_patience()) {
            if missed.contains(&Need::Not(state)) {
                return true;
            }
            if seen.insert(state) {
                let onwards = self.open.iter().flat_map(|(_, transitions)| transitions);
                todo.extend(onwards.filter(|(from, _)| *from == state).map(|(_, to)| to));
            }
        }
        false
    }

    /// How much is open.
    fn left(&self) -> usize {
        self.open.iter().map(|(_, transitions)| 1 + transitions.len()).sum()
    }

    fn code(&self, step: u32) -> Code {
        self.done.get(&step).copied().unwrap_or(self.case.steps[step as usize].code)
    }

    /// Notes who makes and who finds which state, as things stand.
    fn look(&mut self) {
        self.makers.clear();
        self.finders.clear();
        for step in 0..self.case.steps.len() as u32 {
            let code = self.code(step);
            if let Some(state) = code.made() {
                let from = code.needed();
                self.makers.entry(state).or_default().push(Maker { step, from });
            }
            if let Need::Is(state) | Need::Not(state) = code.need {
                self.finders.entry(state).or_default().push(step);
            }
        }
        for (step, transitions) in &self.open {
            for (from, to) in transitions {
                let maker = Maker { step: *step, from: Some(*from) };
                self.makers.entry(*to).or_default().push(maker);
                self.finders.entry(*from).or_default().push(*step);
            }
        }
        // Those called first are to come first.
        self.makers.values_mut().for_each(|makers| makers.sort_by_key(|maker| maker.step));
        let completed = (0..).zip(&self.case.steps).filter(|(_, told)| told.returns());
        let told = completed.map(|(step, _)| (self.code(step), self.spans[step as usize]));
        self.clues = Clues::of(told);
    }

    /// Drops transitions from what cannot stand, and to what nobody can notice.
    fn drop_the_impossible(&mut self) {
        let mut open = std::mem::take(&mut self.open);
        for (step, transitions) in &mut open {
            let span = self.spans[*step as usize];
            transitions.retain(|(from, to)| {
                let found = Found { step: *step, state: *from, span };
                self.can_be_found(found) && self.can_be_noticed(*step, *to)
            });
        }
        self.open = open;
    }

    fn can_be_found(&self, found: Found) -> bool {
        let starts = found.state == self.case.initial;
        starts && self.clues.allow(None, found.span, found.state)
            || self.makers_for(found).next().is_some()
    }

    fn can_be_noticed(&self, maker: u32, state: StateId) -> bool {
        let span = Some(self.spans[maker as usize]);
        let finders = self.finders.get(&state).into_iter().flatten();
        let mut others = finders.take_while(|_| self.has_patience()).filter(|it| **it != maker);
        others.any(|finder| self.clues.allow(span, self.spans[*finder as usize], state))
    }

    /// Who can have made what was found, those called last first.
    fn makers_for(&self, found: Found) -> impl Iterator<Item = Maker> {
        let makers = self.makers.get(&found.state).map_or(&[][..], Vec::as_slice);
        let makers = makers.iter().rev().copied().take_while(|_| self.has_patience());
        makers.filter(move |maker| {
            let span = Some(self.spans[maker.step as usize]);
            maker.step != found.step && self.clues.allow(span, found.span, found.state)
        })
    }

    /// Counts what is looked at; once there is no patience left, nothing that was found counts.
    fn has_patience(&self) -> bool {
        const OFTEN: usize = 1024;
        let late = self.effort.get().is_multiple_of(OFTEN) && self.limits.is_expired();
        self.effort.set(if late { EFFORT } else { self.effort.get() } + 1);
        self.effort.get() <= EFFORT
    }

    /// Goes backwards from what completed operations found, as far as it is certain who made it.
    fn trace(&mut self) {
        let steps = (0..).zip(&self.case.steps).filter(|(_, told)| told.returns());
        let found = steps.filter_map(|(step, _)| {
            let span = self.spans[step as usize];
            Some(Found { step, state: self.code(step).needed()?, span })
        });
        let mut todo: Vec<Found> = found.collect();
        let mut traced: FxHashSet<u32> = FxHashSet::default();
        while let Some(found) = todo.pop() {
            let Some(maker) = self.only_maker(found) else { continue };
            let Some(from) = maker.from.filter(|_| traced.insert(maker.step)) else { continue };
            if !self.case.steps[maker.step as usize].code.is_plain() {
                self.done.insert(maker.step, swap((from, found.state)));
            }
            let Span { call, ret } = self.spans[maker.step as usize];
            let span = Span { call, ret: ret.min(found.span.ret) };
            todo.push(Found { step: maker.step, state: from, span });
        }
    }

    /// Who made what was found, if it can only be one.
    fn only_maker(&self, found: Found) -> Option<Maker> {
        if found.state == self.case.initial && self.clues.allow(None, found.span, found.state) {
            return None;
        }
        let mut makers = self.makers_for(found);
        let maker = makers.next()?;
        makers.next().is_none().then_some(maker)
    }

    /// Takes note of what is certain now.
    fn settle(&mut self) {
        for (step, transitions) in &self.open {
            if transitions.is_empty() && !self.done.contains_key(step) {
                let code = Code { need: Need::Any, make: Make::To(self.elsewhere), action: PLAIN };
                self.done.insert(*step, code);
            }
        }
        self.open.retain(|(step, _)| !self.done.contains_key(step));
    }
}

fn swap((from, to): Transition) -> Code {
    Code { need: Need::Is(from), make: Make::To(to), action: PLAIN }
}
