//! What a fuzzer does with bytes: one function a format, and one for the checker itself. Each panics on
//! whatever should not be; `checker/fuzz` feeds them by coverage, `tests/fuzz.rs` by mutation.

use std::io::BufReader;
use std::sync::atomic::{AtomicU32, Ordering};

use chaos_checker::history::{Events, Format};
use chaos_checker::linearizable::{OnlineError, Reason};
use chaos_checker::model::{
    CasRegister, Counter, FencedLock, KeyValue, Log, Mutex, Namespace, PriorityQueue, Queue,
    Register, Semaphore, Set, Stack, UniqueIds, audit_hints,
};
use chaos_checker::{
    Budget, Consistency, Event, History, HistoryError, Kind, Model, Online, Operation, Standing,
    check_consistency, read, write_jsonl,
};

use super::{arbitrary, models};

/// A target's name and what it does.
pub type Target = (&'static str, fn(&[u8]));

pub const TARGETS: [Target; 6] = [
    ("json_lines", json_lines),
    ("jepsen_edn", |bytes| format(Format::Edn, bytes)),
    ("jepsen_json", |bytes| format(Format::Json, bytes)),
    ("etcd_log", |bytes| format(Format::EtcdLog, bytes)),
    ("intervals", |bytes| format(Format::Intervals, bytes)),
    ("checker", checker),
];

/// Does what the target of that name does.
pub fn run(target: &str, bytes: &[u8]) {
    let found = TARGETS.iter().find(|(name, _)| *name == target);
    found.expect("a target").1(bytes);
}

/// JSON lines, and that what is read is written as what reads the same.
fn json_lines(bytes: &[u8]) {
    format(Format::JsonLines, bytes);
    let Ok(events) = Events::new(bytes).collect::<Result<Vec<Event>, _>>() else { return };
    let mut text = Vec::new();
    write_jsonl(&mut text, &events).expect("memory");
    let again = Events::new(&text[..]).collect::<Result<Vec<Event>, _>>();
    assert_eq!(again.expect("what was written"), events);
}

/// A file in a format: the same whether it comes at once or by a few bytes, and if it is refused, in
/// few words and with a line that there is.
fn format(format: Format, bytes: &[u8]) {
    const FEW: usize = 5;
    let whole = format.read(bytes);
    let trickled = format.read(BufReader::with_capacity(FEW, bytes));
    match (&whole, trickled) {
        (Ok(whole), Ok(trickled)) => assert_eq!(whole.operations(), trickled.operations()),
        (Err(whole), Err(trickled)) => assert_eq!(whole.to_string(), trickled.to_string()),
        (whole, trickled) => panic!("at once {whole:?}, by and by {trickled:?}"),
    }
    let _ = read(bytes);
    match &whole {
        Ok(history) => judge(history),
        Err(error) => told_well(error, bytes),
    }
}

fn told_well(error: &HistoryError, bytes: &[u8]) {
    const LONGEST: usize = 600;
    let (HistoryError::Malformed { line, .. }
    | HistoryError::Dishonest { line, .. }
    | HistoryError::Io { line, .. }) = error;
    let lines = bytes.split(|byte| *byte == b'\n').count() as u64;
    assert!((1..=lines).contains(line), "line {line} of {lines}: {error}");
    let told = error.to_string();
    assert!(told.len() < LONGEST, "{} bytes of error", told.len());
}

/// A history of any model: every check ends, within its budget, in words.
fn judge(history: &History) {
    const LONGEST: usize = 200;
    const LOOKS: u32 = 200;
    if history.len() > LONGEST {
        return;
    }
    for kind in Kind::ALL {
        let looks = AtomicU32::new(0);
        let expired = || looks.fetch_add(1, Ordering::Relaxed) > LOOKS;
        let budget = Budget { configurations: 2_000, expired: &expired, ..Budget::default() };
        let _ = kind.check(history, &budget).map(|verdict| verdict.to_string());
        for level in Consistency::ALL {
            let _ = kind.check_consistency(history, level, &budget).map(|found| found.to_string());
        }
    }
}

/// A small history against the definition, whole and event by event, and what must follow from the
/// verdict.
fn checker(bytes: &[u8]) {
    let (kind, events) = arbitrary::history(bytes);
    match kind {
        Kind::KeyValue => held(kind, &KeyValue::default(), &events),
        Kind::KeyText => held(kind, &KeyValue::with_missing("".into()), &events),
        Kind::Register => held(kind, &Register::default(), &events),
        Kind::CasRegister => held(kind, &CasRegister::default(), &events),
        Kind::Knossos => held(kind, &CasRegister::knossos(), &events),
        Kind::Counter => held(kind, &Counter, &events),
        Kind::Set => held(kind, &Set, &events),
        Kind::Queue => held(kind, &Queue, &events),
        Kind::Stack => held(kind, &Stack, &events),
        Kind::PriorityQueue => held(kind, &PriorityQueue, &events),
        Kind::Mutex => held(kind, &Mutex, &events),
        Kind::Semaphore(permits) => held(kind, &Semaphore::new(permits), &events),
        Kind::FencedLock => held(kind, &FencedLock, &events),
        Kind::Log => held(kind, &Log, &events),
        Kind::Namespace => held(kind, &Namespace, &events),
        Kind::UniqueIds => held(kind, &UniqueIds, &events),
    }
}

fn held<M: Model>(kind: Kind, model: &M, events: &[Event]) {
    let history = History::from_events(events.to_vec()).expect("an honest history");
    let known = |operation: &&Operation| operation.outcome != chaos_checker::Outcome::Fail;
    if history.operations().iter().filter(known).any(|one| model.action(one).is_err()) {
        let refused = kind.check(&history, &Budget::default()).is_err();
        assert!(refused, "{kind} takes what {} refuses", model.name());
        return;
    }
    hints(model, history.operations());
    let expected = models::agree(model, 0, &history);
    let found = kind.check(&history, &Budget::default()).expect("in the model");
    assert_eq!(found.is_valid(), expected, "{kind}: {found}");
    for window in [1, 4, 2048] {
        // An operation that failed in the end was open before, and is not the model's.
        let standing = match online(model, events, window) {
            Ok(standing) => standing,
            Err(OnlineError::NotInModel(_)) => continue,
            Err(error) => panic!("{kind}: {error}"),
        };
        let right = match &standing {
            Standing::Sound => expected,
            Standing::Refuted(_) => !expected,
            Standing::Unknown(unknown) => unknown.reason == Reason::LatePartition,
        };
        assert!(right, "{kind}: {standing}, not {expected}, with a window of {window}");
    }
    for level in Consistency::ALL {
        let found = check_consistency(model, &history, level, &Budget::default());
        let found = found.expect("in the model");
        assert!(!(expected && found.is_invalid()), "{kind}, {level}: {found}");
    }
}

fn online<M: Model>(model: &M, events: &[Event], window: usize) -> Result<Standing, OnlineError> {
    let mut online = Online::new(model, Budget::default()).with_window(window);
    for event in events {
        if let refuted @ Standing::Refuted(_) = online.push(event.clone())? {
            return Ok(refuted.clone());
        }
    }
    online.finish()
}

/// Every action's hint, in every state that is an action away from the first.
fn hints<M: Model>(model: &M, operations: &[Operation]) {
    let actions: Vec<M::Action> =
        operations.iter().filter_map(|operation| model.action(operation).ok()).collect();
    let first = model.initial();
    let mut states: Vec<M::State> =
        actions.iter().flat_map(|action| model.step(&first, action)).collect();
    states.push(first);
    for (state, action) in states.iter().flat_map(|state| actions.iter().map(move |at| (state, at)))
    {
        audit_hints(model, state, action).expect("a true hint");
    }
}
