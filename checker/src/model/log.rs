//! An append-only log: `append` takes an element and may give its offset; `read` takes an offset and
//! gives the element there, nil beyond the end; `read` of nil gives the whole log as a list.

use super::collection::listed;
use super::difference;
use super::{Grown, Growth, Hint, Makes, Model, Needs, NotInModel, result_of};
use crate::history::{Operation, Value};

/// The model of an append-only log that is empty at first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Log;

/// Something done to a log.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum LogAction {
    /// Appended the element, at this offset if known.
    Append(Value, Option<i64>),
    /// Found this element at this offset.
    ReadAt(i64, Value),
    /// Found all these elements.
    ReadAll(Vec<Value>),
    /// Read, but what was found is not known.
    Nothing,
}

impl Model for Log {
    type State = Vec<Value>;
    type Action = LogAction;

    fn name(&self) -> &'static str {
        "log"
    }

    fn initial(&self) -> Vec<Value> {
        Vec::new()
    }

    fn action(&self, operation: &Operation) -> Result<LogAction, NotInModel> {
        let refuse = |reason: &str| Err(NotInModel::new("log", operation, reason));
        let input = operation.input.clone();
        match (operation.f.as_str(), &operation.input, result_of(operation)) {
            // An `append` that gives its own argument back says nothing about the offset.
            ("append", Value::Int(_), Some(output)) if *output == input => {
                Ok(LogAction::Append(input, None))
            }
            ("append", _, Some(Value::Int(offset))) => Ok(LogAction::Append(input, Some(*offset))),
            ("append", _, _) => Ok(LogAction::Append(input, None)),
            ("read", _, None) => Ok(LogAction::Nothing),
            ("read", Value::Int(at), Some(found)) => Ok(LogAction::ReadAt(*at, found.clone())),
            ("read", Value::Nil, Some(Value::List(all))) => Ok(LogAction::ReadAll(all.to_vec())),
            ("read", Value::Nil, Some(Value::Nil)) => Ok(LogAction::ReadAll(Vec::new())),
            ("read", _, _) => refuse("read takes an offset, or nil for a list of all"),
            _ => refuse("expected append or read"),
        }
    }

    fn step(&self, log: &Vec<Value>, action: &LogAction) -> Vec<Vec<Value>> {
        let end = log.len() as i64;
        match action {
            LogAction::Append(_, Some(offset)) if *offset != end => vec![],
            LogAction::Append(element, _) => vec![log.iter().chain([element]).cloned().collect()],
            LogAction::ReadAt(at, found) if at_offset(log, *at) != *found => vec![],
            LogAction::ReadAll(all) if all != log => vec![],
            LogAction::ReadAt(..) | LogAction::ReadAll(_) | LogAction::Nothing => vec![log.clone()],
        }
    }

    fn hint(&self, action: &LogAction) -> Hint<Vec<Value>> {
        let (needs, makes) = match action {
            LogAction::Append(_, None) => (Needs::Any, Makes::Unsaid),
            LogAction::Append(_, Some(_)) => (Needs::Unsaid, Makes::Unsaid),
            LogAction::ReadAt(..) => (Needs::Unsaid, Makes::Same),
            LogAction::ReadAll(all) => (Needs::Is(all.clone()), Makes::Same),
            LogAction::Nothing => (Needs::Any, Makes::Same),
        };
        Hint { needs, makes }
    }

    fn as_growth<'a>(&self, action: &'a LogAction) -> Option<Growth<'a>> {
        match action {
            LogAction::Append(element, at) => Some(Growth::Put(element, *at)),
            LogAction::ReadAt(at, found) => Some(Growth::At(*at, found)),
            LogAction::ReadAll(_) | LogAction::Nothing => None,
        }
    }

    fn grown<'a>(&self, log: &'a Vec<Value>) -> Option<Grown<'a>> {
        Some(Grown::List(log))
    }

    fn heap(&self, state: &Vec<Value>) -> usize {
        size_of_val(&**state)
    }

    fn describe(&self, log: &Vec<Value>) -> String {
        listed("log", log)
    }

    fn distance(&self, from: &Vec<Value>, to: &Vec<Value>) -> Option<usize> {
        Some(difference::apart(from, to))
    }

    fn difference(&self, possible: &Vec<Value>, found: &Vec<Value>) -> Option<String> {
        difference::of_lists(possible, found)
    }
}

fn at_offset(log: &[Value], at: i64) -> Value {
    usize::try_from(at).ok().and_then(|at| log.get(at)).cloned().unwrap_or_default()
}
