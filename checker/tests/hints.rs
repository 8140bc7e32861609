//! Every hint of the models here, held against their steps.

use chaos_checker::model::{CellAction, KeyValue, Makes, Model, Needs, audit_hints};
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
