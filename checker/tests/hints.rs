//! Every hint of the models here, held against their steps.

use std::collections::BTreeSet;

use chaos_checker::model::{
    CellAction, KeyValue, Log, LogAction, Makes, Model, Needs, Set, SetAction, audit_hints,
};
use chaos_checker::{Nanos, Operation, Outcome, Value};

fn values() -> Vec<Value> {
    vec![Value::Nil, Value::Bool(false), Value::Int(7), "a".into(), Value::list([Value::Nil])]
}

#[test]
fn the_hints_of_a_cell_are_true() {
    let model = KeyValue::default();
    let of = |value: &Value| {
        let value = value.clone();
        [
            CellAction::Read(value.clone()),
            CellAction::Write(value.clone()),
            CellAction::Append("b".into()),
            CellAction::Swap(value.clone(), Value::Int(1)),
            CellAction::Swap(Value::Int(7), value.clone()),
            CellAction::Differs(value),
            CellAction::Nothing,
        ]
    };
    for state in values() {
        for action in values().iter().flat_map(of) {
            audit_hints(&model, &state, &action).unwrap();
        }
    }
}

#[test]
fn the_growth_of_sets_and_logs_is_true() {
    let sets: [BTreeSet<Value>; 3] =
        [BTreeSet::new(), values().into_iter().collect(), [Value::Int(7)].into()];
    let logs = [vec![], vec![Value::Int(7)], vec!["a".into(), Value::Int(7), Value::Nil]];
    for value in values() {
        let of_set = [
            SetAction::Add(value.clone(), None),
            SetAction::Add(value.clone(), Some(true)),
            SetAction::Remove(value.clone(), None),
            SetAction::Contains(value.clone(), true),
            SetAction::Contains(value.clone(), false),
            SetAction::Read([value.clone()].into()),
        ];
        let of_log = [
            LogAction::Append(value.clone(), None),
            LogAction::Append(value.clone(), Some(1)),
            LogAction::ReadAt(0, value.clone()),
            LogAction::ReadAt(-1, value.clone()),
            LogAction::ReadAt(2, value.clone()),
            LogAction::ReadAll(vec![value]),
        ];
        for (state, action) in sets.iter().flat_map(|set| of_set.iter().map(move |of| (set, of))) {
            audit_hints(&Set, state, action).unwrap();
        }
        for (state, action) in logs.iter().flat_map(|log| of_log.iter().map(move |of| (log, of))) {
            audit_hints(&Log, state, action).unwrap();
        }
    }
}

#[test]
fn the_hints_of_operations_are_what_they_look_like() {
    let operation = |f: &str, input: Value, output: Value| Operation {
        process: 0,
        f: f.into(),
        key: None,
        input,
        output,
        outcome: Outcome::Ok,
        call: Nanos(0),
        ret: Some(Nanos(1)),
        invoke_index: 0,
        complete_index: Some(1),
    };
    let model = KeyValue::default();
    let delete = model.action(&operation("delete", Value::Nil, Value::Nil)).unwrap();
    assert_eq!(model.hint(&delete).makes, Makes::Is(Value::Nil));
    let pair = Value::list([Value::Int(1), Value::Int(2)]);
    let failed = model.action(&operation("cas", pair.clone(), false.into())).unwrap();
    assert_eq!(model.hint(&failed).needs, Needs::Not(Value::Int(1)));
    let swapped = model.action(&operation("cas", pair.clone(), pair)).unwrap();
    assert_eq!(model.hint(&swapped).makes, Makes::Is(Value::Int(2)));
    let error = model.action(&operation("frob", Value::Nil, Value::Nil)).unwrap_err().to_string();
    assert!(error.contains("expected get, put"), "{error}");
}
