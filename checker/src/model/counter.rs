//! A counter: `add` takes an integer, `read` gives the sum.

use super::{Hint, Makes, Model, Needs, NotInModel, result_of};
use crate::history::{Operation, Value};

/// The model of a counter that starts at 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counter;

/// Something done to a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CounterAction {
    /// Added this much.
    Add(i64),
    /// Found this sum.
    Read(i64),
    /// Asked, but what was found is not known.
    Nothing,
}

impl Model for Counter {
    type State = i64;
    type Action = CounterAction;

    fn name(&self) -> &'static str {
        "counter"
    }

    fn initial(&self) -> i64 {
        0
    }

    fn action(&self, operation: &Operation) -> Result<CounterAction, NotInModel> {
        let refuse = |reason: &str| Err(NotInModel::new("counter", operation, reason));
        match (operation.f.as_str(), &operation.input, result_of(operation)) {
            ("add", Value::Int(amount), _) => Ok(CounterAction::Add(*amount)),
            ("add", _, _) => refuse("add takes an integer"),
            ("read", _, None) => Ok(CounterAction::Nothing),
            ("read", _, Some(Value::Int(sum))) => Ok(CounterAction::Read(*sum)),
            ("read", _, Some(_)) => refuse("read gives an integer"),
            _ => refuse("expected add or read"),
        }
    }

    fn step(&self, state: &i64, action: &CounterAction) -> Vec<i64> {
        match action {
            CounterAction::Add(amount) => vec![state.wrapping_add(*amount)],
            CounterAction::Read(sum) if sum != state => vec![],
            CounterAction::Read(_) | CounterAction::Nothing => vec![*state],
        }
    }

    fn hint(&self, action: &CounterAction) -> Hint<i64> {
        let (needs, makes) = match action {
            CounterAction::Add(0) | CounterAction::Nothing => (Needs::Any, Makes::Same),
            CounterAction::Add(_) => (Needs::Any, Makes::Unsaid),
            CounterAction::Read(sum) => (Needs::Is(*sum), Makes::Same),
        };
        Hint { needs, makes }
    }
}
