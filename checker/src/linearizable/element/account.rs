//! Which operations are about which element, and which element is wrong.

use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::case::{Case, Cut, Span};
use super::super::limits::Limits;
use super::super::partition::Step;
use super::super::pending::NEVER;
use super::super::run::{End, is_dead, run};
use super::super::space::{Code, Space, StateId};
use crate::history::Value;
use crate::model::{CellAction, Grown, Membership, Model};

/// How many operations may be looked at, over all elements.
const EFFORT: usize = 30_000_000;

/// The operations of a case, by element.
pub(super) struct Account<'a, M: Model> {
    space: &'a Space<'a, M>,
    case: &'a Case,
    spans: Vec<Span>,
    /// All elements, in the order in which they were met.
    pub(super) elements: Vec<&'a Value>,
    /// The steps about each of them.
    about: Vec<Vec<u32>>,
    /// The steps that read all of them.
    reads: Vec<u32>,
}

/// An element that is wrong alone, and the moment at which that shows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wrong {
    pub(super) element: usize,
    pub(super) moment: usize,
}

impl<'a, M: Model> Account<'a, M> {
    /// `None` if the object is not a set from which elements are removed.
    pub(super) fn of(space: &'a Space<'a, M>, case: &'a Case) -> Option<Account<'a, M>> {
        let only_grows = |step: &Step| step.code.is_plain() || space.growth(step.code).is_some();
        if case.steps.iter().all(only_grows) {
            return None;
        }
        let mut account = Account {
            space,
            case,
            spans: case.spans(),
            elements: Vec::new(),
            about: Vec::new(),
            reads: Vec::new(),
        };
        let (mut places, mut seen) = (FxHashMap::default(), FxHashSet::default());
        account.note_all(case.initial, &mut places)?;
        for (number, step) in (0..).zip(&case.steps) {
            match (space.membership(step.code), step.code.needed()) {
                (Some((element, _)), _) => {
                    let place = account.note(element, &mut places);
                    account.about[place].push(number);
                }
                (None, Some(all)) if step.code.is_observer() => {
                    if seen.insert(all) {
                        account.note_all(all, &mut places)?;
                    }
                    account.reads.push(number);
                }
                _ => return None,
            }
        }
        Some(account)
    }

    fn note(&mut self, element: &'a Value, places: &mut FxHashMap<&'a Value, usize>) -> usize {
        *places.entry(element).or_insert_with(|| {
            self.elements.push(element);
            self.about.push(Vec::new());
            self.elements.len() - 1
        })
    }

    fn note_all(&mut self, all: StateId, places: &mut FxHashMap<&'a Value, usize>) -> Option<()> {
        for element in members(self.space, all)? {
            self.note(element, places);
        }
        Some(())
    }

    pub(super) fn is_member(&self, state: StateId, element: &Value) -> bool {
        members(self.space, state).is_some_and(|all| all.contains(element))
    }

    /// The element of which it shows first that it is wrong alone, as far as time allows.
    pub(super) fn first_wrong(&self, limits: Limits<'_>) -> Option<Wrong> {
        let mut space = Space::new(&Membership);
        let (mut first, mut effort) = (None::<Wrong>, 0);
        for element in 0..self.elements.len() {
            let part = self.part(&mut space, element, first.map(|wrong| wrong.moment));
            effort += part.moments.len();
            if effort > EFFORT || limits.is_expired() {
                break;
            }
            let moment = wrong_at(&mut space, &part, limits);
            first = moment.map(|at| Wrong { element, moment: at as usize }).or(first);
        }
        first
    }

    /// What was done to an element, and who read whether it was there, before a moment.
    fn part(
        &self,
        space: &mut Space<'_, Membership>,
        element: usize,
        until: Option<usize>,
    ) -> Part {
        let mut steps: Vec<u32> = self.about[element].iter().chain(&self.reads).copied().collect();
        steps.sort_unstable();
        let spans = steps.iter().map(|step| self.spans[*step as usize]);
        let moments = spans.flat_map(|span| [span.call, span.ret]).filter(|at| *at != NEVER);
        let mut moments: Vec<u32> =
            moments.filter(|at| until.is_none_or(|until| (*at as usize) < until)).collect();
        moments.sort_unstable();
        let is_member = self.is_member(self.case.initial, self.elements[element]);
        let mut case = Case::new(space.intern(Value::Bool(is_member)), steps.len());
        for at in &moments {
            let moment = self.case.moments[*at as usize];
            let step = self.case.steps[moment.operation()];
            if !moment.is_return() {
                let code = self.code(space, &step, self.elements[element]);
                case.open(Step { code, deadline: NEVER, ..step });
            } else if let Ok(place) = steps.binary_search(&(moment.operation() as u32)) {
                // They are called in the order of their numbers.
                case.close(place);
            }
        }
        Part { case, moments }
    }

    /// What a step does to an element, or finds of it.
    fn code(&self, space: &mut Space<'_, Membership>, step: &Step, element: &Value) -> Code {
        let read = || {
            let found = step.code.needed().is_some_and(|all| self.is_member(all, element));
            CellAction::Read(Value::Bool(found))
        };
        space.encode(self.space.membership(step.code).map_or_else(read, |(_, action)| action))
    }
}

/// What is about an element.
struct Part {
    case: Case,
    /// When its calls and returns were, as places among the moments of the whole.
    moments: Vec<u32>,
}

/// The first return after which it is wrong, if it is.
fn wrong_at(
    space: &mut Space<'_, Membership>,
    Part { case, moments }: &Part,
    limits: Limits<'_>,
) -> Option<u32> {
    let End::Dead(_) = run(space, case, limits) else { return None };
    let returns = case.moments.iter().enumerate().filter(|(_, moment)| moment.is_return());
    let returns: Vec<usize> = returns.map(|(at, _)| at).collect();
    let start = Cut::start(case.initial);
    let first = returns.partition_point(|last| !is_dead(space, &case.tail(&start, *last), limits));
    returns.get(first).map(|at| moments[*at])
}

fn members<'a, M: Model>(space: &'a Space<'_, M>, state: StateId) -> Option<&'a BTreeSet<Value>> {
    match space.grown(state)? {
        Grown::Members(all) => Some(all),
        Grown::List(_) => None,
    }
}
