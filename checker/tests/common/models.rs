//! Random histories of every model, and whether the checker agrees with the definition on them.

use chaos_checker::model::{
    CasRegister, Counter, Directory, FencedLock, Hint, KeyValue, Log, Makes, Membership, Mutex,
    Namespace, Needs, NotInModel, PriorityQueue, Queue, Register, Semaphore, Set, Stack, UniqueIds,
};
use chaos_checker::{
    Budget, Event, EventType, History, Model, Operation, Outcome, Value, Verdict, check,
};

use super::generate::{Call, Rng, Shape, history};
use super::large::{
    Load, growing_set, log as log_of, priority_queue_with_looks, queue_with_looks,
    stack_with_looks, unique_texts,
};
use super::oracle;

/// A model's name and its trial: whether the history of a seed is linearizable, once both agree.
pub type Trial = (&'static str, fn(u64) -> bool);

pub const TRIALS: [Trial; 27] = [
    ("register", register),
    ("unique-register", unique_register),
    ("cas-register", cas_register),
    ("rare-cas-register", rare_cas_register),
    ("unique-cas-register", unique_cas_register),
    ("unless-register", unless_register),
    ("kv", key_value),
    ("kv-append", key_value_append),
    ("kv-unique", key_value_unique),
    ("counter", counter),
    ("set", set),
    ("membership", membership),
    ("queue", queue),
    ("stack", stack),
    ("priority-queue", priority_queue),
    ("simple-queue", simple_queue),
    ("simple-stack", simple_stack),
    ("simple-priority-queue", simple_priority_queue),
    ("simple-set", simple_set),
    ("simple-log", simple_log),
    ("mutex", mutex),
    ("semaphore", semaphore),
    ("fenced-lock", fenced_lock),
    ("log", log),
    ("namespace", namespace),
    ("directory", directory),
    ("unique-ids", unique_ids),
];

fn shape(rng: &mut Rng) -> Shape {
    let unknown = [0, 0, 20, 40][rng.below(4) as usize];
    Shape { clients: 2 + rng.below(4), operations: 2 + rng.below(11), unknown }
}

/// Whether the history is linearizable, once the checker and the definition agree on it and on the small
/// history by which it is refuted.
pub fn agree<M: Model>(model: &M, seed: u64, history: &History) -> bool {
    let verdict = check(model, history, &Budget::default()).expect("in the model");
    let expected = oracle::linearizable(model, history.operations());
    assert!(
        verdict.is_valid() == expected && verdict.is_invalid() != expected,
        "{}, seed {seed}: {verdict}, expected {expected}:\n{}",
        model.name(),
        told(history.operations())
    );
    if let Verdict::Invalid(violation) = verdict {
        let small = &violation.counterexample;
        let from_start = violation.start == model.describe(&model.initial());
        assert!(
            !from_start || !oracle::linearizable(model, small),
            "{}, seed {seed}: the counterexample is none:\n{}of\n{}",
            model.name(),
            told(small),
            told(history.operations())
        );
    }
    expected
}

fn told(operations: &[Operation]) -> String {
    let told = |at: &Operation| {
        format!("{at} [{}, {:?}]\n", at.invoke_index, at.ret.and(at.complete_index))
    };
    operations.iter().map(told).collect()
}

fn trial<M: Model>(
    model: &M,
    seed: u64,
    call: impl FnMut(&mut Rng) -> Call,
    result: impl FnMut(&mut Rng, &Call) -> Option<Value>,
) -> bool {
    let mut rng = Rng(seed);
    let shape = shape(&mut rng);
    agree(model, seed, &history(&mut rng, &shape, call, result))
}

fn value(rng: &mut Rng, values: u64) -> Value {
    Value::Int(rng.below(values) as i64)
}

fn one_of<T: Copy>(rng: &mut Rng, all: &[T]) -> T {
    all[rng.below(all.len() as u64) as usize]
}

fn zero() -> Value {
    Value::Int(0)
}

fn register(seed: u64) -> bool {
    trial(
        &Register::with_initial(zero()),
        seed,
        |rng| if rng.chance(50) { ("read", Value::Nil) } else { ("write", value(rng, 4)) },
        |rng, call| Some(if call.0 == "read" { value(rng, 4) } else { call.1.clone() }),
    )
}

fn unique_register(seed: u64) -> bool {
    let mut next = 0;
    trial(
        &Register::with_initial(zero()),
        seed,
        |rng| {
            if rng.chance(55) {
                return ("read", Value::Nil);
            }
            next += 1;
            ("write", Value::Int(next))
        },
        |rng, call| Some(if call.0 == "read" { value(rng, 5) } else { call.1.clone() }),
    )
}

fn cas_call(rng: &mut Rng, values: u64, cas: u64) -> Call {
    if rng.chance(cas) {
        return ("cas", Value::list([value(rng, values), value(rng, values)]));
    }
    if rng.chance(50) { ("read", Value::Nil) } else { ("write", value(rng, values)) }
}

fn cas_result(rng: &mut Rng, call: &Call, values: u64) -> Option<Value> {
    match call.0 {
        "read" => Some(value(rng, values)),
        "cas" if rng.chance(50) => rng.chance(80).then_some(Value::Bool(false)),
        _ => Some(call.1.clone()),
    }
}

fn cas_register(seed: u64) -> bool {
    let model = CasRegister::with_initial(zero());
    trial(&model, seed, |rng| cas_call(rng, 3, 33), |rng, call| cas_result(rng, call, 3))
}

fn rare_cas_register(seed: u64) -> bool {
    let model = CasRegister::with_initial(zero());
    trial(&model, seed, |rng| cas_call(rng, 5, 12), |rng, call| cas_result(rng, call, 5))
}

fn unique_cas_register(seed: u64) -> bool {
    let mut next = 0;
    trial(
        &CasRegister::with_initial(zero()),
        seed,
        |rng| match rng.below(4) {
            0 | 1 => ("read", Value::Nil),
            2 => {
                next += 1;
                ("write", Value::Int(next))
            }
            _ => {
                next += 1;
                let from = rng.below(next as u64) as i64;
                ("cas", Value::list([Value::Int(from), Value::Int(next)]))
            }
        },
        |rng, call| match call.0 {
            "read" => Some(value(rng, 5)),
            "cas" if rng.chance(40) => Some(Value::Bool(false)),
            _ => Some(call.1.clone()),
        },
    )
}

/// A register as a user might write one, with a write that is refused where a certain value stands.
struct UnlessRegister;

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Unless {
    Read(Value),
    Write(Value),
    Guarded(Value, Value),
    Nothing,
}

impl Model for UnlessRegister {
    type State = Value;
    type Action = Unless;

    fn name(&self) -> &'static str {
        "unless-register"
    }

    fn initial(&self) -> Value {
        zero()
    }

    fn action(&self, operation: &Operation) -> Result<Unless, NotInModel> {
        Ok(match (operation.f.as_str(), operation.input.as_pair()) {
            ("write", _) => Unless::Write(operation.input.clone()),
            ("unless", Some((not, to))) => Unless::Guarded(not.clone(), to.clone()),
            _ if operation.outcome == Outcome::Ok => Unless::Read(operation.output.clone()),
            _ => Unless::Nothing,
        })
    }

    fn step(&self, state: &Value, action: &Unless) -> Vec<Value> {
        match action {
            Unless::Read(value) if value != state => vec![],
            Unless::Guarded(not, _) if not == state => vec![],
            Unless::Read(_) | Unless::Nothing => vec![state.clone()],
            Unless::Write(to) | Unless::Guarded(_, to) => vec![to.clone()],
        }
    }

    fn hint(&self, action: &Unless) -> Hint<Value> {
        let (needs, makes) = match action {
            Unless::Read(value) => (Needs::Is(value.clone()), Makes::Same),
            Unless::Write(to) => (Needs::Any, Makes::Is(to.clone())),
            Unless::Guarded(not, to) => (Needs::Not(not.clone()), Makes::Is(to.clone())),
            Unless::Nothing => (Needs::Any, Makes::Same),
        };
        Hint { needs, makes }
    }
}

fn unless_register(seed: u64) -> bool {
    trial(
        &UnlessRegister,
        seed,
        |rng| match rng.below(4) {
            0 | 1 => ("read", Value::Nil),
            2 => ("write", value(rng, 3)),
            _ => ("unless", Value::list([value(rng, 3), value(rng, 3)])),
        },
        |rng, call| Some(if call.0 == "read" { value(rng, 3) } else { call.1.clone() }),
    )
}

fn key_value(seed: u64) -> bool {
    let text = |rng: &mut Rng| Value::from(one_of(rng, &["a", "b"]));
    trial(
        &KeyValue::default(),
        seed,
        |rng| match rng.below(6) {
            0 | 1 => ("get", Value::Nil),
            2 => ("put", text(rng)),
            3 => ("append", text(rng)),
            4 => ("cas", Value::list([text(rng), text(rng)])),
            _ => ("delete", Value::Nil),
        },
        |rng, call| match call.0 {
            "get" if rng.chance(30) => Some(Value::Nil),
            "get" => Some(Value::from(one_of(rng, &["a", "b", "ab", "ba", "aa"]))),
            "cas" if rng.chance(60) => Some(Value::Bool(false)),
            _ => Some(call.1.clone()),
        },
    )
}

fn key_value_append(seed: u64) -> bool {
    trial(
        &KeyValue::default(),
        seed,
        |rng| match rng.below(20) {
            0..9 => ("get", Value::Nil),
            9 => ("put", Value::from("c")),
            _ => ("append", Value::from(one_of(rng, &["a", "b"]))),
        },
        |rng, call| match call.0 {
            "get" => Some(Value::from(one_of(rng, &["a", "b", "ab", "ba", "aab", "abb", "cb"]))),
            _ => Some(call.1.clone()),
        },
    )
}

/// A history of one key that works, where every text is put or appended once, but may be read in more
/// than one way — and then, mostly, with a wrong read or cas.
fn key_value_unique(seed: u64) -> bool {
    let mut rng = Rng(seed ^ 0x5eed);
    let unknown = [0, 20, 40, 60][rng.below(4) as usize];
    let (operations, clients) = (3 + rng.below(8), 2 + rng.below(4));
    let load = Load { operations, clients, keys: 1, unknown };
    let mut events = unique_texts(seed, &load);
    let ends = |at: &usize, f: &str| events[*at].kind == EventType::Ok && events[*at].f == f;
    let gets: Vec<usize> = (0..events.len()).filter(|at| ends(at, "get")).collect();
    let swaps: Vec<usize> = (0..events.len()).filter(|at| ends(at, "cas")).collect();
    let mut seen: Vec<Value> = gets.iter().map(|at| events[*at].value.clone()).collect();
    seen.extend(["1", "12", "12,", "1,", "2,1,", "21,", "112,", "22,1,"].map(Value::from));
    for _ in 0..rng.below(3) {
        if let Some(at) = gets.get(rng.below(gets.len() as u64 + 1) as usize) {
            events[*at].value = seen[rng.below(seen.len() as u64) as usize].clone();
        }
        if let Some(at) = swaps.get(rng.below(2 * swaps.len() as u64 + 1) as usize) {
            events[*at].value = Value::Bool(rng.chance(50));
        }
    }
    agree(&KeyValue::default(), seed, &History::from_events(events).expect("an honest history"))
}

fn counter(seed: u64) -> bool {
    trial(
        &Counter,
        seed,
        |rng| match rng.below(2) {
            0 => ("read", Value::Nil),
            _ => ("add", Value::Int(rng.below(4) as i64 - 1)),
        },
        |rng, call| Some(if call.0 == "read" { value(rng, 4) } else { call.1.clone() }),
    )
}

fn set(seed: u64) -> bool {
    trial(
        &Set,
        seed,
        |rng| {
            let f = one_of(rng, &["add", "remove", "contains", "read"]);
            (f, if f == "read" { Value::Nil } else { value(rng, 2) })
        },
        |rng, call| match call.0 {
            "read" => Some(Value::list((0..2).filter(|_| rng.chance(50)).map(Value::Int))),
            "contains" => Some(Value::Bool(rng.chance(50))),
            _ if rng.chance(40) => Some(Value::Bool(rng.chance(60))),
            _ => Some(call.1.clone()),
        },
    )
}

/// A set without `read`, judged element by element, against the set as a whole.
fn membership(seed: u64) -> bool {
    let mut rng = Rng(seed);
    let shape = shape(&mut rng);
    let history = history(
        &mut rng,
        &shape,
        |rng| (one_of(rng, &["add", "remove", "contains"]), value(rng, 2)),
        |rng, call| match call.0 {
            "contains" => Some(Value::Bool(rng.chance(50))),
            _ if rng.chance(60) => Some(Value::Bool(rng.chance(60))),
            _ => Some(call.1.clone()),
        },
    );
    let whole = oracle::linearizable(&Set, history.operations());
    assert_eq!(agree(&Membership, seed, &history), whole, "{}", told(history.operations()));
    whole
}

/// A collection's history; `odd` makes some elements equal.
fn collection<M: Model>(model: &M, seed: u64, put: &'static str, take: &'static str) -> bool {
    let odd = seed % 3;
    let (mut next, mut taken) = (0, 0);
    trial(
        model,
        seed,
        |rng| match rng.below(20) {
            0..10 => {
                next += 1;
                (put, if odd == 0 { value(rng, 3) } else { Value::Int(next) })
            }
            10 => ("peek", Value::Nil),
            _ => (take, Value::Nil),
        },
        |rng, call| match call.0 {
            f if f == put => Some(call.1.clone()),
            _ if rng.chance(15) => Some(Value::Nil),
            _ if rng.chance(60) => {
                taken += 1;
                Some(Value::Int(taken))
            }
            _ => Some(value(rng, 5)),
        },
    )
}

fn queue(seed: u64) -> bool {
    collection(&Queue, seed, "enqueue", "dequeue")
}

fn stack(seed: u64) -> bool {
    collection(&Stack, seed, "push", "pop")
}

fn priority_queue(seed: u64) -> bool {
    collection(&PriorityQueue, seed, "insert", "poll")
}

/// A history of a collection that works, with all elements different and half the time all operations
/// complete — and then, mostly, with a mistake or two: what the short ways judge.
fn simple<M: Model>(model: &M, seed: u64, load: fn(u64, &Load, u64) -> Vec<Event>) -> bool {
    let mut rng = Rng(!seed);
    let (operations, clients) = (3 + rng.below(7), 2 + rng.below(4));
    let looks = [0, 0, 30][rng.below(3) as usize];
    let unknown = [0, 0, 20, 40][rng.below(4) as usize];
    let mut events = load(seed, &Load { operations, clients, keys: 1, unknown }, looks);
    let finds = |event: &Event| !["enqueue", "push", "insert"].contains(&event.f.as_str());
    mistake(&mut rng, &mut events, finds);
    agree(model, seed, &History::from_events(events).expect("an honest history"))
}

/// Lets some of the completed operations of the kind swap what they found, or find nothing.
fn mistake(rng: &mut Rng, events: &mut [Event], finds: impl Fn(&Event) -> bool) {
    let completed = |event: &Event| event.kind == EventType::Ok && finds(event);
    let found: Vec<usize> = (0..events.len()).filter(|at| completed(&events[*at])).collect();
    for _ in 0..rng.below(3) {
        let Some(first) = found.get(rng.below(found.len() as u64 + 1) as usize) else { break };
        let second = found[rng.below(found.len() as u64) as usize];
        let value = std::mem::take(&mut events[*first].value);
        events[*first].value = std::mem::replace(&mut events[second].value, value);
        if rng.chance(10) {
            events[second].value = Value::Nil;
        }
    }
}

/// A set that only grows and works, and then, mostly, does not: who read all of it may have missed an
/// element.
fn simple_set(seed: u64) -> bool {
    let mut rng = Rng(!seed);
    let (operations, clients) = (3 + rng.below(10), 2 + rng.below(4));
    let unknown = [0, 0, 20, 40][rng.below(4) as usize];
    let load = Load { operations, clients, keys: 1, unknown };
    let mut events = growing_set(seed, &load, 2 + rng.below(8));
    let f = one_of(&mut rng, &["read", "contains"]);
    mistake(&mut rng, &mut events, |event| event.f == f);
    for event in &mut events {
        let misses = event.kind == EventType::Ok && rng.chance(10);
        if let Some(all) = event.value.as_list().filter(|all| misses && !all.is_empty()) {
            let missing = rng.below(all.len() as u64) as usize;
            let rest = all.iter().enumerate().filter(|(at, _)| *at != missing);
            event.value = Value::list(rest.map(|(_, element)| element.clone()));
        } else if event.f == "contains" && event.value.is_nil() && event.kind == EventType::Ok {
            event.value = Value::Bool(false);
        }
    }
    agree(&Set, seed, &History::from_events(events).expect("an honest history"))
}

/// A log of different elements that works, and then, mostly, does not.
fn simple_log(seed: u64) -> bool {
    let mut rng = Rng(!seed);
    let (operations, clients) = (3 + rng.below(10), 2 + rng.below(4));
    let unknown = [0, 0, 20, 40][rng.below(4) as usize];
    let (whole, told) = (one_of(&mut rng, &[0, 20, 100]), one_of(&mut rng, &[0, 50, 100]));
    let mut events = log_of(seed, &Load { operations, clients, keys: 1, unknown }, whole, told);
    let (all, offsets) = (rng.chance(30), rng.chance(30));
    mistake(&mut rng, &mut events, |event| match event.f.as_str() {
        "read" => !offsets && event.value.as_list().is_some() == all,
        _ => offsets && event.value.as_int().is_some(),
    });
    agree(&Log, seed, &History::from_events(events).expect("an honest history"))
}

fn simple_queue(seed: u64) -> bool {
    simple(&Queue, seed, queue_with_looks)
}

fn simple_stack(seed: u64) -> bool {
    simple(&Stack, seed, stack_with_looks)
}

fn simple_priority_queue(seed: u64) -> bool {
    simple(&PriorityQueue, seed, priority_queue_with_looks)
}

fn lock<M: Model>(model: &M, seed: u64, most: u64) -> bool {
    let call = |rng: &mut Rng| {
        let permits = if most == 1 { Value::Nil } else { Value::Int(1 + rng.below(most) as i64) };
        (one_of(rng, &["acquire", "release"]), permits)
    };
    trial(model, seed, call, |rng, call| rng.chance(75).then(|| call.1.clone()))
}

fn mutex(seed: u64) -> bool {
    lock(&Mutex, seed, 1)
}

fn semaphore(seed: u64) -> bool {
    lock(&Semaphore::new(3), seed, 2)
}

fn fenced_lock(seed: u64) -> bool {
    let mut token = 0;
    trial(
        &FencedLock,
        seed,
        |rng| match rng.below(3) {
            0 => ("release", value(rng, 4)),
            1 => ("release", Value::Nil),
            _ => ("acquire", Value::Nil),
        },
        |rng, call| match call.0 {
            "acquire" => {
                token += rng.below(3) as i64;
                Some(Value::Int(token))
            }
            _ => rng.chance(75).then(|| call.1.clone()),
        },
    )
}

fn log(seed: u64) -> bool {
    trial(
        &Log,
        seed,
        |rng| match rng.below(4) {
            0 => ("read", Value::Nil),
            1 => ("read", value(rng, 3)),
            _ => ("append", Value::from(one_of(rng, &["a", "b"]))),
        },
        |rng, call| match (call.0, &call.1) {
            ("append", _) if rng.chance(50) => Some(value(rng, 3)),
            ("append", _) => Some(call.1.clone()),
            (_, Value::Nil) => {
                let length = rng.below(4);
                Some(Value::list((0..length).map(|_| one_of(rng, &["a", "b"]).into())))
            }
            _ => Some(one_of(rng, &["a", "b"]).into()).filter(|_| rng.chance(100)),
        },
    )
}

fn namespace(seed: u64) -> bool {
    trial(
        &Namespace,
        seed,
        |rng| (one_of(rng, &["create", "create", "delete", "stat"]), Value::Nil),
        |rng, call| match call.0 {
            "create" => Some(if rng.chance(50) { value(rng, 3) } else { Value::Bool(false) }),
            "delete" => Some(Value::Bool(rng.chance(75))),
            _ => Some(if rng.chance(50) { value(rng, 3) } else { Value::Nil }),
        },
    )
}

fn directory(seed: u64) -> bool {
    trial(
        &Directory,
        seed,
        |rng| match one_of(rng, &["create", "create", "delete", "stat", "rename", "rename"]) {
            "rename" => ("rename", one_of(rng, &["a", "b"]).into()),
            other => (other, Value::Nil),
        },
        |rng, call| match call.0 {
            "create" => Some(if rng.chance(60) { value(rng, 3) } else { Value::Bool(false) }),
            "delete" | "rename" => Some(Value::Bool(rng.chance(60))),
            _ => Some(if rng.chance(50) { value(rng, 3) } else { Value::Nil }),
        },
    )
}

fn unique_ids(seed: u64) -> bool {
    trial(&UniqueIds, seed, |_| ("generate", Value::Nil), |rng, _| Some(value(rng, 40)))
}
