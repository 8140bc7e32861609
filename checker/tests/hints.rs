//! Every hint of the models here, held against their steps.

use std::collections::{BTreeMap, BTreeSet};

use chaos_checker::model::{
    CellAction, CollectionAction, Directory, DirectoryAction, KeyValue, Log, LogAction, Makes,
    Model, NameAction, NameState, Namespace, Needs, PriorityQueue, Queue, Set, SetAction, Stack,
    audit_hints,
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
fn the_hints_of_namespaces_are_true() {
    let of_name = [
        NameAction::Create(Ok(7)),
        NameAction::Create(Err(())),
        NameAction::MayCreate,
        NameAction::Delete(Some(true)),
        NameAction::Delete(Some(false)),
        NameAction::Delete(None),
        NameAction::Stat(Some(7)),
        NameAction::Stat(None),
        NameAction::Nothing,
    ];
    let files = [NameState::Missing, NameState::Unnamed, NameState::File(7), NameState::File(8)];
    for (state, action) in pairs(&files, &of_name) {
        audit_hints(&Namespace, state, action).unwrap();
    }
    let (one, other) = (Value::from("a"), Value::from("b"));
    let named = |action: &NameAction| DirectoryAction::Name(one.clone(), action.clone());
    let renames = [None, Some(true), Some(false)].map(|done| DirectoryAction::Rename {
        from: one.clone(),
        to: other.clone(),
        done,
    });
    let of_directory: Vec<_> = of_name.iter().map(named).chain(renames).collect();
    let file = |name: &Value| (name.clone(), NameState::File(7));
    let directories = [
        BTreeMap::new(),
        BTreeMap::from([file(&one)]),
        BTreeMap::from([file(&other)]),
        BTreeMap::from([file(&one), file(&other)]),
    ];
    for (state, action) in pairs(&directories, &of_directory) {
        audit_hints(&Directory, state, action).unwrap();
    }
}

#[test]
fn the_hints_of_collections_are_true() {
    let states: [Vec<Value>; 3] = [vec![], values(), vec![Value::Int(7)]];
    let of = |value: Value| {
        [
            CollectionAction::Put(value.clone()),
            CollectionAction::Take(None),
            CollectionAction::Take(Some(value.clone())),
            CollectionAction::Peek(value),
            CollectionAction::Nothing,
        ]
    };
    let actions: Vec<_> = values().into_iter().flat_map(of).collect();
    for (state, action) in pairs(&states, &actions) {
        audit_hints(&Queue, state, action).unwrap();
        audit_hints(&Stack, state, action).unwrap();
        audit_hints(&PriorityQueue, state, action).unwrap();
    }
}

fn pairs<'a, S, A>(states: &'a [S], actions: &'a [A]) -> impl Iterator<Item = (&'a S, &'a A)> {
    states.iter().flat_map(|state| actions.iter().map(move |action| (state, action)))
}

#[test]
fn the_hints_of_sets_and_logs_are_true() {
    let sets: [BTreeSet<Value>; 3] =
        [BTreeSet::new(), values().into_iter().collect(), [Value::Int(7)].into()];
    let logs = [vec![], vec![Value::Int(7)], vec!["a".into(), Value::Int(7), Value::Nil]];
    for value in values() {
        let of_set = [
            SetAction::Add(value.clone(), None),
            SetAction::Add(value.clone(), Some(true)),
            SetAction::Add(value.clone(), Some(false)),
            SetAction::Remove(value.clone(), None),
            SetAction::Remove(value.clone(), Some(true)),
            SetAction::Remove(value.clone(), Some(false)),
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
        for (state, action) in pairs(&sets, &of_set) {
            audit_hints(&Set, state, action).unwrap();
        }
        for (state, action) in pairs(&logs, &of_log) {
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
