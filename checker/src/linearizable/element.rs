//! One element of a set at a time.
//!
//! Who reads all of a set ties its elements together, and where elements are removed and outcomes are
//! unknown, the sets that were possible are soon beyond number. But a set of which everything is
//! forgotten but one element is a register of true and false: whether the element is a member.
//! Operations on others do nothing to it, and to read all is to read it. Any order of the operations on
//! the set is one of those on the register. So if a register has none, the set has none, and the few
//! operations on one element are all that has to be told. If each register has an order, nothing is
//! known: the orders need not agree.

mod account;

use super::case::{Case, Cut};
use super::explain::explain;
use super::limits::Limits;
use super::partition::{Partition, partitions};
use super::run::{Death, End};
use super::space::Space;
use super::violation::Violation;
use crate::history::{Brief, History, Operation, Value};
use crate::model::{CellAction, Grown, Hint, Model, Needs, NotInModel};
use account::{Account, Wrong};

/// How a search of the case would end, if an element alone shows it; `None` if none does.
pub(super) fn refute<M: Model>(
    space: &Space<'_, M>,
    case: &Case,
    limits: Limits<'_>,
) -> Option<End> {
    let Wrong { moment, .. } = Account::of(space, case)?.first_wrong(limits)?;
    let (stranded, start) = (Vec::new(), Cut::start(case.initial));
    Some(End::Dead(Box::new(Death { moment, stranded, cut: start.clone(), sure: start })))
}

/// The story of one element, and how many others there are; `None` if none is wrong alone up to this moment.
pub(super) fn tell<M: Model>(
    partition: &Partition<'_, M>,
    last: usize,
    limits: Limits<'_>,
) -> Option<(Violation, usize)> {
    // From a later moment on an element may be wrong only by what others tell of the time before.
    let case = partition.case.tail(&Cut::start(partition.case.initial), last);
    alone(partition, &case, limits, |mut part, others| {
        let End::Dead(death) = part.search(limits) else { return None };
        let (violation, _) = explain(&mut part, &death, limits)?;
        Some((violation, others))
    })
}

/// Does something with what was done to the element that is wrong alone, as a partition, and with the number of
/// the others.
pub(super) fn alone<M: Model, T>(
    partition: &Partition<'_, M>,
    case: &Case,
    limits: Limits<'_>,
    with: impl FnOnce(Partition<'_, Element<'_>>, usize) -> Option<T>,
) -> Option<T> {
    let account = Account::of(&partition.space, case)?;
    let Wrong { element, .. } = account.first_wrong(limits)?;
    let (element, others) = (account.elements[element], account.elements.len() - 1);
    let history = history(partition, case, element);
    let model = Element {
        name: partition.model.name(),
        element,
        is_member: account.is_member(case.initial, element),
        read: &|operation| read(partition.model, operation, element),
    };
    with(partitions(&model, &history).ok()?.pop()?, others)
}

/// A set of which everything is forgotten but one element.
pub(super) struct Element<'a> {
    name: &'static str,
    element: &'a Value,
    /// Whether it is a member at first.
    is_member: bool,
    /// Reads an operation on the set.
    read: &'a (dyn Fn(&Operation) -> Result<CellAction, NotInModel> + Sync),
}

impl Model for Element<'_> {
    type State = Value;
    type Action = CellAction;

    fn name(&self) -> &'static str {
        self.name
    }

    fn initial(&self) -> Value {
        Value::Bool(self.is_member)
    }

    fn action(&self, operation: &Operation) -> Result<CellAction, NotInModel> {
        (self.read)(operation)
    }

    fn step(&self, state: &Value, action: &CellAction) -> Vec<Value> {
        action.apply(state).into_iter().collect()
    }

    fn partition(&self, _operation: &Operation) -> Option<Value> {
        None
    }

    fn hint(&self, action: &CellAction) -> Hint<Value> {
        action.hint()
    }

    fn describe(&self, state: &Value) -> String {
        let is = if *state == Value::Bool(true) { "with" } else { "without" };
        format!("the {} {is} {}", self.name, Brief(self.element))
    }
}

/// What an operation on a set does to an element.
fn read<M: Model>(
    model: &M,
    operation: &Operation,
    element: &Value,
) -> Result<CellAction, NotInModel> {
    let action = model.action(operation)?;
    if let Some((_, action)) = model.as_membership(&action) {
        return Ok(action);
    }
    Ok(match model.hint(&action).needs {
        Needs::Is(state) => match model.grown(&state) {
            Some(Grown::Members(all)) => CellAction::Read(Value::Bool(all.contains(element))),
            Some(Grown::List(_)) | None => CellAction::Nothing,
        },
        Needs::Any | Needs::Not(_) | Needs::Unsaid => CellAction::Nothing,
    })
}

/// What was done to the element, and whether it was found by who read all.
fn history<M: Model>(partition: &Partition<'_, M>, case: &Case, element: &Value) -> History {
    partition.history_of(case, |_, step| {
        let about = partition.space.membership(step.code).map(|(element, _)| element);
        if about.is_some_and(|about| about != element) {
            return None;
        }
        let mut operation = partition.operation(step).clone();
        if let (None, Some(all)) = (about, operation.output.as_list()) {
            operation.output = Value::list(all.iter().filter(|found| *found == element).cloned());
        }
        Some(operation)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linearizable::possible::possible;
    use crate::model::Set;
    use crate::testing::three_clients;

    const LIMITS: Limits<'_> =
        Limits { configurations: 100_000, bytes: 1 << 30, expired: &|| false };

    /// Three clients and two elements; who adds or removes may tell whether that changed anything.
    fn random(seed: u64) -> History {
        let call = |below: &mut dyn FnMut(u64) -> u64| {
            let f = ["add", "add", "remove", "remove", "contains", "read"][below(6) as usize];
            (f, if f == "read" { Value::Nil } else { Value::Int(below(2) as i64) })
        };
        let ret = |below: &mut dyn FnMut(u64) -> u64, f: &str, input| match f {
            "read" => Value::list((0..2).filter(|_| below(2) == 0).map(Value::Int)),
            "contains" => Value::Bool(below(2) == 0),
            _ if below(4) == 0 => Value::Bool(below(2) == 0),
            _ => input,
        };
        three_clients(seed, 20, call, ret)
    }

    #[test]
    fn where_an_element_is_wrong_the_set_is() {
        let (mut wrong, mut more, mut right) = (0, 0, 0);
        for seed in 0..40_000 {
            let history = random(seed);
            let mut parts = partitions(&Set, &history).unwrap();
            let Some(part) = parts.first_mut() else { continue };
            let found = Account::of(&part.space, &part.case).and_then(|it| it.first_wrong(LIMITS));
            let is_wrong = possible(&mut part.space, &part.case, LIMITS).is_some();
            let Some(Wrong { moment, .. }) = found else {
                *(if is_wrong { &mut more } else { &mut right }) += 1;
                continue;
            };
            let before = part.case.part(moment, |_| false);
            assert!(possible(&mut part.space, &before, LIMITS).is_some(), "seed {seed}");
            let Some(End::Dead(_)) = refute(&part.space, &part.case, LIMITS) else {
                panic!("seed {seed}")
            };
            wrong += 1;
            if Account::of(&part.space, &before).is_none() {
                // Until then it only grew.
                continue;
            }
            let (violation, _) = tell(part, moment, LIMITS).expect("a story");
            let culprit = part.operation(&before.steps[before.culprit().unwrap()]);
            assert_eq!(violation.operation.invoke_index, culprit.invoke_index, "seed {seed}");
        }
        assert!(wrong.min(more).min(right) > 200, "{wrong} {more} {right}");
    }
}
