//! What a model may tell the checker about an action, once and for all states.

use std::collections::BTreeSet;

use super::{Grown, Growth, Model};
use crate::history::Value;

/// In which states an action can happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Needs<S> {
    /// In every state.
    Any,
    /// In this one alone.
    Is(S),
    /// In every state but this one.
    Not(S),
    /// The model does not say.
    #[default]
    Unsaid,
}

/// Which state an action leads to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Makes<S> {
    /// The one it came from.
    Same,
    /// Always this one.
    Is(S),
    /// The model does not say.
    #[default]
    Unsaid,
}

/// A fact about an action that holds in every state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hint<S> {
    /// When it can happen.
    pub needs: Needs<S>,
    /// What it leads to.
    pub makes: Makes<S>,
}

impl<S> Default for Hint<S> {
    fn default() -> Self {
        Hint { needs: Needs::Unsaid, makes: Makes::Unsaid }
    }
}

/// Checks an action's hint, its [sources](Model::sources), its [growth](Model::as_growth) and its
/// [membership](Model::as_membership) against the model's step in the given state: a test's work, for a
/// false hint would make for false verdicts.
///
/// # Errors
/// What the hint says and what the step does, in words.
pub fn audit_hints<M: Model>(
    model: &M,
    state: &M::State,
    action: &M::Action,
) -> Result<(), String> {
    let (next, hint) = (model.step(state, action), model.hint(action));
    let legal = match &hint.needs {
        Needs::Any => !next.is_empty(),
        Needs::Is(needed) => next.is_empty() != (needed == state),
        Needs::Not(refused) => next.is_empty() == (refused == state),
        Needs::Unsaid => true,
    };
    let leads = match &hint.makes {
        Makes::Same => next.iter().all(|next| next == state),
        Makes::Is(made) => next.iter().all(|next| next == made),
        Makes::Unsaid => true,
    };
    if !(legal && leads) {
        let leads = format!("{action:?} in {state:?} leads to {next:?}");
        return Err(format!("{leads}, but its hint is {hint:?}"));
    }
    for to in &next {
        let Some(sources) = model.sources(action, to) else { continue };
        if next.len() > 1 || !sources.contains(state) {
            let leads = format!("{action:?} in {state:?} leads to {next:?}");
            return Err(format!("{leads}, but the sources of {to:?} are {sources:?}"));
        }
    }
    audit_membership(model, state, action, &next)?;
    let (Some(growth), Some(grown)) = (model.as_growth(action), model.grown(state)) else {
        return Ok(());
    };
    let expected = grows(growth, grown);
    let found: Option<Vec<Value>> = match &next[..] {
        [] => None,
        [next, ..] => model.grown(next).map(elements),
    };
    let one = next.len() < 2 && (expected.is_none() == next.is_empty());
    match one && found == expected {
        true => Ok(()),
        false => Err(format!("{action:?} in {state:?} leads to {next:?}, but it is {growth:?}")),
    }
}

/// Checks what an action is said to do to one element of a set.
fn audit_membership<M: Model>(
    model: &M,
    state: &M::State,
    action: &M::Action,
    next: &[M::State],
) -> Result<(), String> {
    let (Some((element, cell)), Some(grown)) = (model.as_membership(action), model.grown(state))
    else {
        return Ok(());
    };
    let mut expected: BTreeSet<Value> = elements(grown).into_iter().collect();
    let is_member = Value::Bool(expected.contains(element));
    let after = cell.apply(&is_member);
    if after == Some(Value::Bool(true)) {
        expected.insert(element.clone());
    } else {
        expected.remove(element);
    }
    let found = next.iter().filter_map(|next| model.grown(next)).map(elements);
    let found: Vec<BTreeSet<Value>> = found.map(|all| all.into_iter().collect()).collect();
    let expected: Vec<BTreeSet<Value>> = after.map(|_| expected).into_iter().collect();
    match found == expected {
        true => Ok(()),
        false => {
            let leads = format!("{action:?} in {state:?} leads to {next:?}");
            Err(format!("{leads}, but to {element:?} it does {cell:?}"))
        }
    }
}

/// The elements after a growth, if it is possible.
fn grows(growth: Growth<'_>, grown: Grown<'_>) -> Option<Vec<Value>> {
    let (before, is_list) = (elements(grown), matches!(grown, Grown::List(_)));
    let nil = Value::Nil;
    let there = |at: i64| usize::try_from(at).ok().and_then(|at| before.get(at)).unwrap_or(&nil);
    let can = match growth {
        Growth::Put(_, at) => at.is_none_or(|at| usize::try_from(at) == Ok(before.len())),
        Growth::At(at, found) => there(at) == found,
        Growth::Has(element, has) => before.contains(element) == has,
    };
    let new = match growth {
        Growth::Put(element, _) if is_list || !before.contains(element) => Some(element.clone()),
        Growth::Put(..) | Growth::At(..) | Growth::Has(..) => None,
    };
    let mut after: Vec<Value> = before.iter().cloned().chain(new).collect();
    if !is_list {
        after.sort();
    }
    can.then_some(after)
}

fn elements(grown: Grown<'_>) -> Vec<Value> {
    match grown {
        Grown::List(all) => all.to_vec(),
        Grown::Members(all) => all.iter().cloned().collect(),
    }
}
