//! What an append can only have done.
//!
//! An append leads somewhere from every state, and where to no hint can say. A search that has to ask
//! the model at every step knows nothing of what lies ahead, and drowns in operations of unknown
//! outcome. But few states can be told from the others at all: those that some operation has to find
//! or to miss, and those from which appends lead to these. They are the [`relevant`] states. All the
//! rest look alike to everybody from then on, and are one state, *elsewhere*.
//!
//! Among the relevant states an append has only a few *transitions*, and from everywhere else it leads
//! elsewhere. A transition goes
//! * if the state that it comes from cannot stand while the append takes effect;
//! * or if nobody can come right after it who would notice.
//!
//! One without transitions is a blind write, to elsewhere. And if a completed operation has found a
//! state that it can have from one transition of one append alone, then that append came that way: it
//! is a swap, and has itself found the state before, and so on. Who can have a state from whom is
//! told by the order in time ([`Clues`](super::clues::Clues)).
//!
//! Where every text is appended once, as in most recorded histories, little else is left. Of a last few
//! appends it is tried which of their transitions they took, or none. So
//! the case has become one, or some, of blind writes, reads and swaps, of which one is linearizable
//! exactly if the one at hand is. Where more is left the search has to do without.

mod appends;
mod relevant;

use super::case::Case;
use super::limits::Limits;
use super::space::Space;
use crate::model::Model;
use appends::Appends;
use relevant::Relevant;

/// Cases of plain actions, of which one is linearizable exactly if the given one is; `None` if they cannot
/// be had. All irrelevant states go by one name, which is not known to the space: the number of its
/// states.
pub(super) fn resolve<M: Model>(
    space: &mut Space<'_, M>,
    case: &Case,
    limits: Limits<'_>,
) -> Option<Vec<Case>> {
    let relevant = Relevant::of(space, case, limits)?;
    let mut plain = case.clone();
    plain.initial = relevant.name(case.initial);
    for step in &mut plain.steps {
        step.code = relevant.rename(step.code);
    }
    let ways = Appends::of(&plain, &relevant, limits).resolve()?.into_iter();
    let cases = ways.map(|codes| {
        let mut case = plain.clone();
        codes.into_iter().for_each(|(step, code)| case.steps[step as usize].code = code);
        case
    });
    Some(cases.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{EventType, History, Value};
    use crate::linearizable::partition::partitions;
    use crate::linearizable::space::{Make, Need, StateId};
    use crate::model::KeyValue;
    use crate::testing::event;

    const LIMITS: Limits<'_> =
        Limits { configurations: 100_000, bytes: 1 << 30, expired: &|| false };

    /// Completed operations of one client each, in the order of their calls and returns: an
    /// operation is named by its place, twice. An odd client's has an unknown outcome.
    fn history(operations: &[(&str, Value)], order: &[usize], unknown: &[usize]) -> History {
        let mut called = vec![false; operations.len()];
        let events = (0..).zip(order).map(|(index, at)| {
            let (f, value) = operations[*at].clone();
            let kind = match std::mem::replace(&mut called[*at], true) {
                false => EventType::Invoke,
                true if unknown.contains(at) => EventType::Info,
                true => EventType::Ok,
            };
            event(index, *at as u64, kind, f, value)
        });
        History::from_events(events.collect::<Vec<_>>()).unwrap()
    }

    /// What the operations come to, in each way.
    fn told(history: &History) -> Vec<Vec<String>> {
        let model = KeyValue::default();
        let mut part = partitions(&model, history).unwrap().remove(0);
        let ways = resolve(&mut part.space, &part.case, LIMITS).unwrap();
        let space = &part.space;
        let name = |state: StateId| match (state as usize) < space.states() {
            true => space.state(state).to_string(),
            false => "elsewhere".to_owned(),
        };
        let tell = |need: Need, make: Make| match (need, make) {
            (Need::Is(from), Make::To(to)) => format!("{} to {}", name(from), name(to)),
            (Need::Not(from), Make::To(to)) => format!("not {} to {}", name(from), name(to)),
            (_, Make::To(to)) => format!("to {}", name(to)),
            (need, make) => format!("{need:?} {make:?}"),
        };
        let told = |way: &Case| {
            let steps = way.steps.iter();
            let appends = steps.filter(|step| part.operation(step).f == "append");
            appends.map(|step| tell(step.code.need, step.code.make)).collect()
        };
        ways.iter().map(told).collect()
    }

    #[test]
    fn what_was_read_tells_of_the_appends() {
        let operations = [
            ("append", "a".into()),
            ("append", "b".into()),
            ("append", "c".into()),
            ("get", "ac".into()),
        ];
        let history = history(&operations, &[0, 0, 1, 1, 2, 2, 3, 3], &[1]);
        assert_eq!(told(&history), [["nil to \"a\"", "to elsewhere", "\"a\" to \"ac\""]]);
    }

    #[test]
    fn what_can_have_come_about_in_two_ways_is_tried_in_both() {
        let operations = [
            ("put", "a".into()),
            ("append", "b".into()),
            ("append", "ab".into()),
            ("delete", Value::Nil),
            ("get", "ab".into()),
        ];
        let at_once = history(&operations, &[0, 0, 1, 2, 3, 4, 1, 2, 3, 4], &[1]);
        let ways = told(&at_once);
        assert!(ways.len() > 1, "{ways:?}");
        assert!(ways.contains(&vec!["\"a\" to \"ab\"".into(), "to elsewhere".into()]));
    }

    #[test]
    fn time_tells_who_cannot_have_made_what_was_read() {
        let operations = [
            ("put", "a".into()),
            ("append", "b".into()),
            ("delete", Value::Nil),
            ("append", "ab".into()),
            ("get", "ab".into()),
        ];
        let history = history(&operations, &[0, 0, 1, 1, 2, 2, 3, 3, 4, 4], &[]);
        assert_eq!(told(&history), [["to elsewhere", "nil to \"ab\""]]);
    }
}
