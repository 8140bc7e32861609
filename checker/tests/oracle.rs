//! The checker against the definition, on small random histories.

mod common;

use chaos_checker::model::{CasRegister, KeyValue, Register};
use chaos_checker::{Budget, History, Model, Value, check};
use common::generate::{Call, Rng, Shape, history};
use common::oracle;

const HISTORIES: u64 = 20_000;

fn shape(rng: &mut Rng) -> Shape {
    let unknown = [0, 0, 20, 40][rng.below(4) as usize];
    Shape { clients: 2 + rng.below(4), operations: 2 + rng.below(8), unknown }
}

fn agree<M: Model>(model: &M, seed: u64, history: &History) -> bool {
    let verdict = check(model, history, &Budget::default()).expect("in the model");
    let expected = oracle::linearizable(model, history.operations());
    assert!(
        verdict.is_valid() == expected && verdict.is_invalid() != expected,
        "seed {seed}: {verdict}, expected {expected}:\n{}",
        told(history)
    );
    expected
}

fn told(history: &History) -> String {
    let told = |at: &chaos_checker::Operation| {
        format!("{at} [{}, {:?}]\n", at.invoke_index, at.ret.and(at.complete_index))
    };
    history.operations().iter().map(told).collect()
}

fn value(rng: &mut Rng, values: u64) -> Value {
    Value::Int(rng.below(values) as i64)
}

fn pair(rng: &mut Rng, values: u64) -> Value {
    Value::list([value(rng, values), value(rng, values)])
}

#[test]
fn registers() {
    let mut valid = 0;
    for seed in 0..HISTORIES {
        let mut rng = Rng(seed);
        let shape = shape(&mut rng);
        let history = history(
            &mut rng,
            &shape,
            |rng| if rng.chance(50) { ("read", Value::Nil) } else { ("write", value(rng, 4)) },
            |rng, call| Some(if call.0 == "read" { value(rng, 4) } else { call.1.clone() }),
        );
        valid += u64::from(agree(&Register::with_initial(Value::Int(0)), seed, &history));
    }
    assert!(valid > HISTORIES / 10 && valid < HISTORIES * 9 / 10, "{valid}");
}

fn cas_call(rng: &mut Rng) -> Call {
    match rng.below(3) {
        0 => ("read", Value::Nil),
        1 => ("write", value(rng, 3)),
        _ => ("cas", pair(rng, 3)),
    }
}

#[test]
fn cas_registers() {
    let mut valid = 0;
    for seed in 0..HISTORIES {
        let mut rng = Rng(seed);
        let shape = shape(&mut rng);
        let history = history(&mut rng, &shape, cas_call, |rng, call| match call.0 {
            "read" => Some(value(rng, 3)),
            "cas" if rng.chance(50) => rng.chance(80).then_some(Value::Bool(false)),
            _ => Some(call.1.clone()),
        });
        valid += u64::from(agree(&CasRegister::with_initial(Value::Int(0)), seed, &history));
    }
    assert!(valid > HISTORIES / 10 && valid < HISTORIES * 9 / 10, "{valid}");
}

fn kv_call(rng: &mut Rng) -> Call {
    let text = |rng: &mut Rng| Value::from(["a", "b"][rng.below(2) as usize]);
    match rng.below(6) {
        0 | 1 => ("get", Value::Nil),
        2 => ("put", text(rng)),
        3 => ("append", text(rng)),
        4 => ("cas", Value::list([text(rng), text(rng)])),
        _ => ("delete", Value::Nil),
    }
}

#[test]
fn key_value_stores() {
    let mut valid = 0;
    for seed in 0..HISTORIES {
        let mut rng = Rng(seed);
        let shape = shape(&mut rng);
        let history = history(&mut rng, &shape, kv_call, |rng, call| match call.0 {
            "get" if rng.chance(30) => Some(Value::Nil),
            "get" => Some(Value::from(["a", "b", "ab", "ba", "aa"][rng.below(5) as usize])),
            "cas" if rng.chance(60) => Some(Value::Bool(false)),
            _ => Some(call.1.clone()),
        });
        valid += u64::from(agree(&KeyValue::default(), seed, &history));
    }
    assert!(valid > HISTORIES / 20 && valid < HISTORIES * 19 / 20, "{valid}");
}
