use super::{Attempt, Placed, Retold};
use crate::history::{Event, EventType, History, Nanos, Value};
use crate::linearizable::Kind;
use crate::testing::draws;
use crate::{Budget, Verdict};

/// An operation of a register: its client, its call and return, what it is and what came of it. What
/// is written or compared is its argument, what a read found its result.
type Did = (u64, (u64, u64), &'static str, Value, Value);

fn history(did: &[Did]) -> History {
    let mut events: Vec<Event> = Vec::new();
    for (process, (call, ret), f, input, output) in did {
        let event = |time: u64, kind, value: &Value| Event {
            index: 0,
            time: Nanos(time),
            process: *process,
            kind,
            f: (*f).to_owned(),
            key: None,
            value: value.clone(),
            error: None,
            node: None,
        };
        events.push(event(*call, EventType::Invoke, input));
        events.push(event(*ret, EventType::Ok, output));
    }
    events.sort_by_key(|event| event.time);
    (0..).zip(&mut events).for_each(|(index, event)| event.index = index);
    History::from_events(events).unwrap()
}

fn retold(did: &[Did]) -> Retold {
    Kind::CasRegister.retell(&history(did), None, &Budget::default()).unwrap().unwrap()
}

fn write(client: u64, when: (u64, u64), value: i64) -> Did {
    (client, when, "write", value.into(), Value::Nil)
}

fn read(client: u64, when: (u64, u64), value: i64) -> Did {
    (client, when, "read", Value::Nil, value.into())
}

#[test]
fn a_stale_read_contradicts_the_last_write_whatever_was_before() {
    let told = retold(&[write(0, (1, 2), 1), write(0, (3, 4), 2), read(1, (5, 6), 1)]);
    assert_eq!((told.operations.len(), &told.start), (2, &None));
    let placed = vec![Placed { operation: 0, state: "2".to_owned() }];
    let only = Attempt { placed, stuck: 1, needed: Some("1".to_owned()) };
    assert_eq!(told.attempts, [only]);
}

#[test]
fn the_state_at_the_start_of_all_is_no_premise() {
    let told = retold(&[read(1, (1, 2), 7)]);
    assert_eq!((told.operations.len(), told.start.as_deref()), (1, Some("nil")));
    let only = Attempt { placed: Vec::new(), stuck: 0, needed: Some("7".to_owned()) };
    assert_eq!(told.attempts, [only]);
}

fn failed(client: u64, when: (u64, u64), from: i64, to: i64) -> Did {
    (client, when, "cas", Value::list([from.into(), to.into()]), false.into())
}

#[test]
fn a_state_that_may_be_any_is_not_given_a_name() {
    let before = [write(0, (1, 2), 5), write(0, (3, 4), 7)];
    let wrong = [failed(0, (5, 6), 5, 6), read(0, (7, 8), 5)];
    let told = retold(&[before, wrong].concat());
    assert_eq!((told.operations.len(), &told.start), (2, &None));
    let placed = vec![Placed { operation: 0, state: "something else".to_owned() }];
    assert_eq!(told.attempts[0], Attempt { placed, stuck: 1, needed: Some("5".to_owned()) });
}

#[test]
fn what_forces_the_state_is_taken_in() {
    // The long write of 40 was read before 45 was written, so that nothing follows 45.
    let told = retold(&[
        write(3, (1, 2), 9),
        write(0, (3, 20), 40),
        read(1, (5, 6), 40),
        write(2, (10, 12), 45),
        failed(2, (22, 24), 45, 52),
    ]);
    let told_of: Vec<_> = told.operations.iter().map(|operation| operation.call.0).collect();
    assert_eq!((told_of, &told.start), (vec![3, 5, 10, 22], &None));
    let best = &told.attempts[0];
    let order: Vec<_> = best.placed.iter().map(|placed| placed.operation).collect();
    assert_eq!((order, best.stuck), (vec![0, 1, 2], 3));
    assert_eq!(best.needed.as_deref(), Some("anything but 45"));
}

#[test]
fn there_are_several_attempts_where_several_orders_fit() {
    let told = retold(&[
        write(0, (1, 9), 1),
        write(1, (2, 10), 2),
        read(2, (20, 21), 1),
        read(2, (30, 31), 2),
    ]);
    let farthest: Vec<_> = told.attempts.iter().map(|attempt| attempt.placed.len()).collect();
    assert_eq!(farthest, [3, 2], "{told:#?}");
    assert_eq!((told.attempts[0].stuck, told.attempts[1].stuck), (3, 2));
}

/// A few clients that write, read and compare at random.
fn random(seed: u64) -> Vec<Did> {
    let mut draw = draws(seed);
    let mut did = Vec::new();
    for client in 0..3 {
        let mut time = draw(4);
        for _ in 0..5 {
            let call = 12 * (time + draw(3)) + client;
            time = call / 12 + 1 + draw(4);
            let (when, value) = ((call, 12 * time + 6 + client), draw(3) as i64);
            did.push(match draw(3) {
                0 => write(client, when, value),
                1 => read(client, when, value),
                _ => {
                    let pair = Value::list([value.into(), (draw(3) as i64).into()]);
                    (client, when, "cas", pair, (draw(2) == 0).into())
                }
            });
            time += 1;
        }
    }
    did
}

#[test]
fn without_a_premise_no_state_leaves_an_order_and_with_one_that_state_leaves_none() {
    let (mut without, mut with) = (0, 0);
    for did in (0..400).map(random) {
        let all = history(&did);
        let budget = Budget::default();
        let Some(told) = Kind::CasRegister.retell(&all, None, &budget).unwrap() else { continue };
        let small: Vec<Did> = did
            .iter()
            .filter(|did| told.operations.iter().any(|kept| kept.call.0 == did.1.0))
            .map(|(client, (call, ret), f, input, output)| {
                (*client, (call + 10, ret + 10), *f, input.clone(), output.clone())
            })
            .collect();
        let first = told.operations.iter().map(|operation| operation.call.0).min().unwrap();
        let made = did.iter().filter(|did| did.1.0 < first).filter_map(|did| match did.2 {
            "write" => did.3.as_int(),
            "cas" if did.4 == true.into() => did.3.as_list()?[1].as_int(),
            _ => None,
        });
        let starts: Vec<i64> = match &told.start {
            None => made.chain([9]).collect(),
            Some(start) => start.parse().into_iter().collect(),
        };
        *(if told.start.is_none() { &mut without } else { &mut with }) += 1;
        for start in starts {
            let first = write(9, (1, 2), start);
            let from: Vec<Did> = std::iter::once(first).chain(small.clone()).collect();
            let verdict = Kind::CasRegister.check(&history(&from), &budget).unwrap();
            assert!(matches!(verdict, Verdict::Invalid(_)), "from {start}: {told:#?}");
        }
        assert!(told.attempts.iter().all(|attempt| attempt.placed.len() < small.len()));
        assert!(!told.attempts.is_empty());
    }
    assert!(without > 50 && with > 10, "{without} without a premise, {with} with one");
}

/// However much else a set holds.
#[test]
fn of_a_set_the_element_that_is_wrong_is_told_alone() {
    let add = |at: i64| (0, (4 * at as u64, 4 * at as u64 + 1), "add", at.into(), at.into());
    let found = |all: &[i64]| Value::list(all.iter().map(|at| (*at).into()));
    let only_added: Vec<Did> = (0..5).map(add).collect();
    let also_removed = [&only_added[..], &[(0, (39, 42), "remove", 4.into(), 4.into())]].concat();
    for did in [only_added, also_removed] {
        let lost = (1, (40, 41), "read", Value::Nil, found(&[0, 1, 3, 4]));
        let history = history(&[&did[..], &[lost]].concat());
        let told = Kind::Set.retell(&history, None, &Budget::default()).unwrap().unwrap();
        let operations: Vec<String> = told.operations.iter().map(ToString::to_string).collect();
        assert_eq!(operations, ["add 2", "read → []"], "{told:#?}");
        assert_eq!(told.attempts.len(), 1, "{told:#?}");
    }
}
