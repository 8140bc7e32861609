//! Laws of the verdicts on large histories of collections, where the definition would take forever. A
//! change that a law does not allow is shown to be noticed.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use chaos_checker::model::{Membership, PriorityQueue, Queue, Set, Stack};
use chaos_checker::{Event, EventType, History, Nanos, Value};
use common::generate::Rng;
use common::large::{history, priority_queue_with_looks, queue_with_looks, stack_with_looks};
use common::laws::{OPERATIONS, Pair, each, holds, load, mapped, numbered};

#[test]
fn new_names_of_elements_change_nothing() {
    let rename = |modulus: i64| {
        move |events: &[Event]| {
            each(events, |event| Event {
                value: mapped(&event.value, &|number| number * 7_919 % modulus),
                ..event
            })
        }
    };
    const PRIME: i64 = 1_000_000_000_039;
    let queue = Pair::swapped(queue_with_looks(7, &load(1, 0), 0));
    let stack = Pair::swapped(stack_with_looks(7, &load(1, 0), 0));
    queue.keeps(&Queue, rename(PRIME));
    stack.keeps(&Stack, rename(PRIME));
    // Not if what is taken keeps its name.
    let half = |events: &[Event]| {
        let mut renamed = rename(PRIME)(events);
        let takes = |event: &Event| ["dequeue", "pop"].contains(&event.f.as_str());
        for (at, event) in events.iter().enumerate().filter(|(_, event)| takes(event)) {
            renamed[at] = event.clone();
        }
        renamed
    };
    queue.loses(&Queue, half);
    stack.loses(&Stack, half);
}

/// The history from its end to its beginning: what was a return is a call. A FIFO queue that is emptied
/// gives back, when run backwards, what is put first first: puts become takes.
fn backwards(events: &[Event]) -> Vec<Event> {
    let complete = History::from_events(events.to_vec()).expect("honest");
    let mut elements: BTreeMap<(u64, u64), Value> = BTreeMap::new();
    for operation in complete.operations() {
        let value = if operation.f == "dequeue" { &operation.output } else { &operation.input };
        for at in [Some(operation.invoke_index), operation.complete_index].into_iter().flatten() {
            elements.insert((operation.process, at), value.clone());
        }
    }
    let turned = |(at, event): (usize, &Event)| {
        let value = elements[&(event.process, at as u64)].clone();
        let kind = match event.kind {
            EventType::Invoke => EventType::Ok,
            EventType::Ok | EventType::Fail | EventType::Info => EventType::Invoke,
        };
        let f = if event.f == "enqueue" { "dequeue" } else { "enqueue" }.to_owned();
        let asks = kind == EventType::Invoke && f == "dequeue";
        Event { kind, f, value: if asks { Value::Nil } else { value }, ..event.clone() }
    };
    numbered(events.iter().enumerate().rev().map(turned).collect())
}

/// A queue that is drained at the end, without the takes that found nothing.
fn drained() -> Vec<Event> {
    let all = queue_with_looks(7, &load(1, 0), 0);
    let whole = history(all.clone());
    let vain = |event: &Event, at: u64| {
        whole.operations().iter().any(|one| {
            let of = one.process == event.process
                && (one.invoke_index == at || one.complete_index == Some(at));
            of && one.f == "dequeue" && one.output.is_nil()
        })
    };
    let mut kept = Vec::new();
    for (at, event) in (0..).zip(&all) {
        if !vain(event, at) {
            kept.push(event.clone());
        }
    }
    let done = |f: &'static str| {
        kept.iter().filter(move |event| event.kind == EventType::Ok && event.f == f)
    };
    let taken: BTreeSet<&Value> = done("dequeue").map(|event| &event.value).collect();
    let puts = done("enqueue").map(|event| &event.value);
    let inside: Vec<Value> = puts.filter(|value| !taken.contains(value)).cloned().collect();
    // What is left is in an order that the history may not tell: all of it is taken at once.
    let take = |kind, value: &dyn Fn(usize) -> Value| {
        (0..inside.len())
            .map(|at| Event {
                index: 0,
                time: Nanos(0),
                process: 1_000 + at as u64,
                kind,
                f: "dequeue".into(),
                key: None,
                value: value(at),
                error: None,
                node: None,
            })
            .collect::<Vec<Event>>()
    };
    kept.extend(take(EventType::Invoke, &|_| Value::Nil));
    kept.extend(take(EventType::Ok, &|at| inside[at].clone()));
    numbered(kept)
}

#[test]
fn a_queue_backwards_is_a_queue() {
    let right = drained();
    let mut wrong = right.clone();
    let takes = |event: &Event| event.kind == EventType::Ok && event.f == "dequeue";
    let takes: Vec<usize> = (0..right.len() / 2).filter(|at| takes(&right[*at])).collect();
    let (first, last) = (takes[0], takes[takes.len() - 1]);
    (wrong[first].value, wrong[last].value) =
        (right[last].value.clone(), right[first].value.clone());
    let pair = Pair { right, wrong };
    pair.keeps(&Queue, backwards);
    // What is a queue is no stack.
    let stack = |f: &str| if f == "enqueue" { "push" } else { "pop" }.to_owned();
    let renamed = |events: &[Event]| each(events, |event| Event { f: stack(&event.f), ..event });
    assert!(!holds(&Stack, &renamed(&pair.right)));
}

#[test]
fn larger_elements_in_the_same_order_change_nothing() {
    let pair = Pair::swapped(priority_queue_with_looks(7, &load(1, 0), 10));
    let scale = |factor: i64| {
        move |events: &[Event]| {
            each(events, |event| Event {
                value: mapped(&event.value, &|number| number * factor + 5),
                ..event
            })
        }
    };
    pair.keeps(&PriorityQueue, scale(3));
    pair.loses(&PriorityQueue, scale(-3));
}

#[test]
fn a_set_of_two_is_two_sets_of_one() {
    let mut rng = Rng(7);
    let mut members = [false; 8];
    let mut events = Vec::new();
    let mut told = |process: u64, f: &str, value: i64, found: bool| {
        for (kind, value) in
            [(EventType::Invoke, Value::Int(value)), (EventType::Ok, Value::Bool(found))]
        {
            let (index, f) = (events.len() as u64, f.to_owned());
            let (time, key, error, node) = (Nanos(index), None, None, None);
            events.push(Event { index, time, process, kind, f, key, value, error, node });
        }
    };
    for _ in 0..OPERATIONS {
        let element = rng.below(8) as usize;
        let f = ["add", "remove", "contains"][rng.below(3) as usize];
        let was = members[element];
        members[element] = f == "add" || was && f != "remove";
        told(rng.below(5), f, element as i64, if f == "add" { !was } else { was });
    }
    let mut wrong = events.clone();
    let last = wrong.len() - 1;
    wrong[last].value = Value::Bool(wrong[last].value == Value::Bool(false));
    for (events, valid) in [(events, true), (wrong, false)] {
        assert_eq!(holds(&Membership, &events), valid);
        assert_eq!(holds(&Set, &events), valid);
    }
}
