//! The story of a violation can be read, however much the object holds and however many states were
//! possible.

use chaos_checker::{Budget, Event, EventType, History, Kind, Nanos, Value, Verdict, Violation};

/// What a client does, one after another: the operation with its argument, and its result if known.
type Done<'a> = (&'a str, Value, Option<Value>);

/// One client after another does one thing each.
fn violation(kind: Kind, done: &[Done<'_>]) -> Violation {
    let events = done.iter().enumerate().flat_map(|(at, (f, input, output))| {
        let event = |index: usize, kind, value: &Value| Event {
            index: index as u64,
            time: Nanos(index as u64 * 1_000_000),
            process: at as u64,
            kind,
            f: (*f).to_owned(),
            key: None,
            value: value.clone(),
            error: None,
            node: None,
        };
        let end = match output {
            Some(output) => event(2 * at + 1, EventType::Ok, output),
            None => event(2 * at + 1, EventType::Info, &Value::Nil),
        };
        [event(2 * at, EventType::Invoke, input), end]
    });
    let history = History::from_events(events.collect::<Vec<_>>()).expect("an honest history");
    match kind.check(&history, &Budget::default()).expect("in the model") {
        Verdict::Invalid(violation) => *violation,
        other => panic!("{other}"),
    }
}

fn numbers(numbers: impl IntoIterator<Item = i64>) -> Value {
    Value::list(numbers.into_iter().map(Value::Int))
}

fn ok<'a>(f: &'a str, input: Value) -> Done<'a> {
    (f, input, Some(Value::Nil))
}

#[test]
fn an_element_that_a_large_set_lost_is_named() {
    let mut done: Vec<Done<'_>> = (0..1_000).map(|at| ok("add", Value::Int(at))).collect();
    done.push(ok("remove", Value::Int(3)));
    done.push(("contains", Value::Int(4), Some(true.into())));
    done.push(("read", Value::Nil, Some(numbers((0..1_000).filter(|at| ![3, 700].contains(at))))));
    let violation = violation(Kind::Set, &done);
    assert_eq!(
        violation.sentence,
        "apart from 999 other elements, read by client 1002 returned [] at 2.005 s although only \
         the set with 700 was possible"
    );
    assert_eq!(violation.counterexample.len(), 2, "{violation}");
}

#[test]
fn of_many_possible_states_the_likest_is_told() {
    let mut done = vec![ok("put", "text ".into())];
    done.extend((0..4).map(|at| ("append", format!("{at},").as_str().into(), None)));
    done.push(("get", Value::Nil, Some("text 2,0,4,".into())));
    let violation = violation(Kind::KeyValue, &done);
    assert_eq!(violation.states.len(), 65);
    let end = "only \"text 2,0,\" or \"text \" or \"text 0,\" or one of 62 others was possible";
    assert!(violation.sentence.ends_with(end), "{violation}");
    assert!(violation.to_string().len() < 2_000, "{violation}");
}

/// However many sets were possible.
#[test]
fn an_element_that_is_wrong_alone_is_told_alone() {
    let mut done: Vec<Done<'_>> = (0..20).map(|at| ok("add", Value::Int(at))).collect();
    done.extend((0..6).map(|at| ("remove", Value::Int(at), None)));
    done.push(("read", Value::Nil, Some(numbers([1, 3, 6, 7, 8].into_iter().chain(10..20)))));
    let violation = violation(Kind::Set, &done);
    assert_eq!(
        violation.sentence,
        "apart from 19 other elements, read by client 26 returned [] at 0.053 s although only the \
         set with 9 was possible"
    );
    assert_eq!(violation.counterexample.len(), 2, "{violation}");
}

#[test]
fn a_long_text_is_told_by_where_it_differs() {
    let mut done: Vec<Done<'_>> =
        (0..500).map(|at| ok("append", format!("{at};").as_str().into())).collect();
    let text = |of: &dyn Fn(i64) -> bool| -> String {
        (0..500).filter(|at| of(*at)).map(|at| format!("{at};")).collect()
    };
    done.push(("get", Value::Nil, Some(text(&|at| at != 490).as_str().into())));
    let violation = violation(Kind::KeyValue, &done);
    let end = "which goes on with \"0;491;492;493;494;495;496;497;498;499;\" after 1852 characters \
               alike";
    assert!(violation.sentence.ends_with(end), "{violation}");
    assert!(violation.to_string().len() < 4_000, "{violation}");
}

#[test]
fn what_else_is_in_a_queue_is_counted() {
    let mut done: Vec<Done<'_>> = (0..50).map(|at| ok("enqueue", Value::Int(at))).collect();
    done.push(("dequeue", Value::Nil, Some(Value::Int(0))));
    done.push(("dequeue", Value::Nil, Some(Value::Int(2))));
    let violation = violation(Kind::Queue, &done);
    assert_eq!(
        violation.sentence,
        "apart from 48 other elements, dequeue by client 51 returned 2 at 0.103 s although only \
         the queue [1 2] (1 first) was possible"
    );
    assert_eq!((violation.left_out, violation.completed), (48, 51));
}
