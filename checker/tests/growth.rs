//! Sets and logs that only grow, thousands of operations long and full of operations of unknown outcome, are
//! judged; and where they are wrong the story is that of the few elements that matter.

mod common;

use chaos_checker::{Budget, Event, EventType, Kind, Value, Verdict, Violation};
use common::large::{Load, growing_set, history, log};

const LOAD: Load = Load { operations: 2_000, clients: 10, keys: 1, unknown: 0 };

fn verdict(kind: Kind, events: &[Event]) -> Verdict {
    let budget = Budget { configurations: 50_000, ..Budget::default() };
    kind.check(&history(events.to_vec()), &budget).expect("in the model")
}

fn refuted(kind: Kind, events: &[Event]) -> Violation {
    match verdict(kind, events) {
        Verdict::Invalid(violation) => *violation,
        other => panic!("{kind}: {other}"),
    }
}

/// The last completed operation of the name, with a result other than nil.
fn last<'a>(events: &'a mut [Event], f: &str) -> &'a mut Value {
    let of =
        |event: &&mut Event| event.f == f && event.kind == EventType::Ok && !event.value.is_nil();
    &mut events.iter_mut().rev().find(of).expect("one").value
}

#[test]
fn they_are_judged_however_many_outcomes_are_unknown() {
    for (unknown, seed) in [0, 1, 5, 20, 50].into_iter().flat_map(|of| [(of, 1), (of, 2)]) {
        let load = Load { unknown, ..LOAD };
        for elements in [20, 1_000_000] {
            let set = verdict(Kind::Set, &growing_set(seed, &load, elements));
            assert!(set.is_valid(), "{elements} elements, {unknown} % unknown, seed {seed}: {set}");
        }
        for (whole, told) in [(0, 0), (0, 100), (0, 50), (100, 0), (20, 50)] {
            let log = verdict(Kind::Log, &log(seed, &load, whole, told));
            assert!(log.is_valid(), "{whole} {told}, {unknown} % unknown, seed {seed}: {log}");
        }
    }
}

#[test]
fn an_element_that_was_lost_is_told_alone() {
    let mut events = growing_set(7, &LOAD, 1_000_000);
    let found = last(&mut events, "read");
    let rest = found.as_list().expect("a list").iter().skip(1).cloned();
    *found = Value::list(rest);
    let violation = refuted(Kind::Set, &events);
    let names: Vec<&str> = violation.counterexample.iter().map(|of| &*of.f).collect();
    assert_eq!(names, ["add", "read"], "{violation}");
    assert!(violation.left_out > 1_000 && violation.sentence.starts_with("apart from"));
}

#[test]
fn an_element_that_nobody_added_is_told_alone() {
    let mut events = growing_set(7, &LOAD, 1_000_000);
    let found = last(&mut events, "read");
    let more = found.as_list().expect("a list").iter().cloned().chain([Value::Int(-1)]);
    *found = Value::list(more);
    let violation = refuted(Kind::Set, &events);
    assert_eq!(violation.counterexample.len(), 1, "{violation}");
    assert_eq!(violation.operation.output, Value::list([Value::Int(-1)]));
}

#[test]
fn two_orders_of_a_log_are_told_by_two_elements() {
    let mut events = log(7, &LOAD, 100, 0);
    let found = last(&mut events, "read");
    let mut all = found.as_list().expect("a list").to_vec();
    all.swap(100, 101);
    *found = Value::list(all);
    let violation = refuted(Kind::Log, &events);
    let puts = violation.counterexample.iter().filter(|of| of.f == "append").count();
    assert!(puts <= 2 && violation.counterexample.len() <= 4, "{violation}");
}

#[test]
fn two_places_of_an_element_are_told_by_those_who_saw_them() {
    let mut events = log(7, &LOAD, 0, 100);
    let first = events.iter().find(|event| event.f == "append").expect("one").value.clone();
    *last(&mut events, "read") = first;
    let violation = refuted(Kind::Log, &events);
    let names: Vec<&str> = violation.counterexample.iter().map(|of| &*of.f).collect();
    assert_eq!(names, ["append", "read"], "{violation}");
}

/// Whoever writes the file may make up any place: it takes no memory.
#[test]
fn a_place_far_away_is_refuted_at_once() {
    for at in [1_000_000, i64::from(u32::MAX) - 1, i64::from(u32::MAX), i64::MAX, -1] {
        let mut events = log(7, &LOAD, 0, 100);
        let told = |event: &&mut Event| event.f == "append" && event.value.as_int().is_some();
        events.iter_mut().rev().find(told).expect("one").value = Value::Int(at);
        let last = refuted(Kind::Log, &events).counterexample.pop();
        assert!(last.is_some_and(|last| last.output == Value::Int(at)), "{at}");
    }
}

#[test]
fn who_returns_before_it_can_have_come_is_refuted() {
    let mut events = log(7, &LOAD, 0, 100);
    let told: Vec<usize> = (0..events.len())
        .filter(|at| events[*at].f == "append" && events[*at].value.as_int().is_some())
        .collect();
    let (early, late) = (told[10], told[told.len() - 10]);
    let value = events[early].value.clone();
    events[early].value = std::mem::replace(&mut events[late].value, value);
    let violation = refuted(Kind::Log, &events);
    assert!(violation.counterexample.len() <= 100, "{violation}");
}
