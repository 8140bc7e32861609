//! How far each attempt at an order gets: numbers on the operations of a counterexample, and in words
//! where it is stuck. Which attempt is shown is chosen by buttons that need no script.

use super::lanes::keys;
use super::scale::percent;
use super::story::Operation;
use crate::check::{Violation, retold};
use crate::report::{Run, text};
use crate::workload::plan::Property;
use chaos_checker::{Attempt, Retold};
use maud::{Markup, html};

/// More attempts are not told: the first get farthest.
const MOST: usize = 4;
/// A state of more letters is cut.
const LONG: usize = 40;

/// The attempts of a counterexample.
pub(super) struct Attempts {
    /// The events that begin its operations.
    events: Vec<u64>,
    told: Retold,
}

impl Attempts {
    /// Those of a violation of linearizability with no more operations than can be drawn.
    pub(super) fn of(run: &Run<'_>, violation: &Violation, most: usize) -> Option<Attempts> {
        if violation.property != Property::Linearizable {
            return None;
        }
        let (events, told) = retold(run.plan, run.execution)?;
        (events.len() <= most && !told.attempts.is_empty()).then_some(Attempts { events, told })
    }

    /// The events that begin the operations.
    pub(super) fn events(&self) -> &[u64] {
        &self.events
    }

    /// The state that they begin in; nothing if no state leaves them an order.
    pub(super) fn start(&self) -> Option<&str> {
        self.told.start.as_deref()
    }

    fn shown(&self) -> impl Iterator<Item = (usize, &Attempt)> {
        self.told.attempts.iter().take(MOST).enumerate()
    }

    /// The places of an operation in the orders, as marks at the beginning of its bar.
    pub(super) fn marks(&self, operation: &Operation, x: f64) -> Markup {
        let own = self.events.iter().position(|event| *event == operation.index);
        let mark = |attempt: &Attempt| {
            let place = attempt.placed.iter().position(|placed| Some(placed.operation) == own);
            match place {
                Some(place) => Some((place + 1).to_string()),
                None => (Some(attempt.stuck) == own).then(|| "✗".to_owned()),
            }
        };
        html! {
            @for (number, mark) in self.shown().filter_map(|(n, a)| mark(a).map(|mark| (n, mark))) {
                g class={ "order attempt" (number) } transform="translate(12,0)" {
                    circle.stuck[mark == "✗"] cx=(percent(x)) cy="35" r="8" {}
                    text x=(percent(x)) y="39" text-anchor="middle" { (mark) }
                }
            }
        }
    }

    /// The choice among them, and each in words.
    pub(super) fn choice(&self, operations: &[&Operation]) -> Markup {
        let count = self.shown().count();
        html! {
            fieldset.attempts {
                legend {
                    @if count == 1 { "How far an order gets" }
                    @else { "How far each order gets" }
                }
                @if count > 1 {
                    @for (number, attempt) in self.shown() {
                        label {
                            input type="radio" name="attempt" id={ "attempt" (number) }
                                checked[number == 0];
                            " " (number + 1) ": " (attempt.placed.len()) " of "
                            (self.events.len())
                        }
                    }
                }
                @for (number, attempt) in self.shown() {
                    p class={ "order attempt" (number) } { (self.words(attempt, operations)) }
                }
            }
        }
    }

    fn words(&self, attempt: &Attempt, operations: &[&Operation]) -> Markup {
        let named = |place: usize| {
            let index = self.events.get(place);
            let operation = operations.iter().find(|op| Some(&op.index) == index);
            operation
                .map_or(String::new(), |operation| text::shortened(&operation.told(), 60).into())
        };
        let key = match keys(operations) {
            key if key.is_empty() => "it".to_owned(),
            key => key,
        };
        let state = |state: &str| text::shortened(&text::one_line(state), LONG).into_owned();
        let last = attempt.placed.last().map(|placed| placed.state.as_str()).or(self.start());
        html! {
            @for (place, placed) in (1..).zip(&attempt.placed) {
                span.number { (place) } " " code { (named(placed.operation)) } " "
            }
            span.number { "✗" } " " code { (named(attempt.stuck)) }
            " would have to be next"
            @match (&attempt.needed, last) {
                (Some(needed), Some(last)) => {
                    ", but needs " strong { (state(needed)) } " where " (key) " is "
                    strong { (state(last)) } "."
                }
                (Some(needed), None) => { ", but needs " strong { (state(needed)) } "." }
                (None, Some(last)) => {
                    ", but cannot have been so where " (key) " is " strong { (state(last)) } "."
                }
                (None, None) => ", but cannot.",
            }
        }
    }
}
