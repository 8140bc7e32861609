//! A check keeps to its budget: however hard the history, the clock is looked at every so many steps of
//! the model, and what is allocated stays within a tenth of what is allowed.
#![allow(unsafe_code, reason = "allocations are counted where they are made")]

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use chaos_checker::linearizable::Reason;
use chaos_checker::model::{CasRegister, NotInModel, Queue, Stack};
use chaos_checker::{Budget, EventType, History, Kind, Model, Operation, Value, Verdict, check};
use common::hard::{self, all_at_once};
use common::large::{Load, cas_register, history};

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static MOST: Cell<isize> = const { Cell::new(0) };
}

/// The system's allocator, and how much a thread holds.
struct Counting;

fn note(change: isize) {
    let held = HELD.get() + change;
    HELD.set(held);
    MOST.set(MOST.get().max(held));
}

// SAFETY: all is left to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size() as isize);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        note(-(layout.size() as isize));
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// What was allocated at most while the kind's model judged the history.
fn allocated(kind: Kind, history: &History, bytes: usize) -> (Verdict, usize) {
    let budget = Budget { bytes, configurations: usize::MAX, ..Budget::default() };
    MOST.set(HELD.get());
    let before = HELD.get();
    let verdict = kind.check(history, &budget).expect("in the model");
    (verdict, (MOST.get() - before) as usize)
}

#[test]
fn memory_stays_within_a_tenth_of_what_is_allowed() {
    const ALLOWED: usize = 16 << 20;
    let load = Load { operations: 4_000, clients: 40, keys: 1, unknown: 5 };
    let histories = [
        (Kind::Queue, hard::queue(&load)),
        (Kind::Stack, hard::stack(&load)),
        (Kind::Set, all_at_once("add", 30)),
    ];
    for (kind, history) in histories {
        let (verdict, most) = allocated(kind, &history, ALLOWED);
        let Verdict::Unknown(unknown) = verdict else { panic!("{kind}: {verdict}") };
        assert_eq!(unknown.reason, Reason::Bytes { limit: ALLOWED }, "{kind}");
        assert!((ALLOWED / 4..ALLOWED + ALLOWED / 10).contains(&most), "{kind}: {most} bytes");
    }
}

/// Threads share what is allowed, and what its share is too small for is judged alone.
#[test]
fn on_several_threads_the_memory_is_enough_for_what_it_is_enough_for_on_one() {
    let load = Load { operations: 2_000, clients: 30, keys: 2, unknown: 0 };
    let history = history(cas_register(7, &load, 5));
    let with = |bytes, threads| {
        let budget = Budget { bytes, threads, ..Budget::default() };
        Kind::CasRegister.check(&history, &budget).expect("in the model")
    };
    let short = |verdict: &Verdict| matches!(verdict, Verdict::Unknown(_));
    let least = (10..32).map(|power| 1 << power).find(|bytes| !short(&with(*bytes, 1)));
    let least = least.expect("some memory is enough");
    assert!(short(&with(least / 2, 1)), "half of {least} is too little for one of them");
    assert_eq!(with(least, 2), with(least, 1));
}

thread_local! {
    /// How often the model was asked since the clock was looked at, the most so far, and the looks.
    static ASKED: Cell<u64> = const { Cell::new(0) };
    static MOST_ASKED: Cell<u64> = const { Cell::new(0) };
    static LOOKS: Cell<u64> = const { Cell::new(0) };
}

/// A model that says nothing of its actions, so that it is asked about all of them.
struct Watched<M>(M);

impl<M: Model> Model for Watched<M> {
    type State = M::State;
    type Action = M::Action;

    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn initial(&self) -> M::State {
        self.0.initial()
    }

    fn action(&self, operation: &Operation) -> Result<M::Action, NotInModel> {
        ASKED.set(ASKED.get() + 1);
        self.0.action(operation)
    }

    fn step(&self, state: &M::State, action: &M::Action) -> Vec<M::State> {
        ASKED.set(ASKED.get() + 1);
        self.0.step(state, action)
    }
}

/// The verdict where time is up after some looks at the clock; and nothing goes on for long unwatched.
fn watched<M: Model>(model: &Watched<M>, history: &History, looks: u64) -> Verdict {
    const BETWEEN: u64 = 1_000;
    const AFTERWARDS: u64 = 50;
    for count in [&ASKED, &MOST_ASKED, &LOOKS] {
        count.set(0);
    }
    let look = || {
        LOOKS.set(LOOKS.get() + 1);
        MOST_ASKED.set(MOST_ASKED.get().max(ASKED.replace(0)));
        LOOKS.get() > looks
    };
    let budget = Budget { expired: &look, ..Budget::default() };
    let verdict = check(model, history, &budget).expect("in the model");
    let most = MOST_ASKED.get().max(ASKED.get());
    assert!(most <= BETWEEN, "{}: asked {most} times between two looks", model.name());
    let too_many = LOOKS.get().saturating_sub(looks);
    assert!(too_many <= AFTERWARDS, "{}: {too_many} looks after time was up", model.name());
    verdict
}

#[test]
fn when_time_is_up_a_hard_history_is_given_up() {
    let load = |unknown| Load { operations: 1_000, clients: 10, keys: 1, unknown };
    let (queue, stack) = (Watched(Queue), Watched(Stack));
    let (queued, stacked) = (hard::queue(&load(5)), hard::stack(&load(5)));
    let lent = hard::stack(&load(50));
    for looks in [0, 1, 2, 5, 10, 100, 1_000, 10_000] {
        let verdicts = [
            watched(&queue, &queued, looks),
            watched(&stack, &stacked, looks),
            watched(&stack, &lent, looks),
        ];
        for verdict in verdicts {
            let Verdict::Unknown(unknown) = verdict else { panic!("after {looks}: {verdict}") };
            assert_eq!(unknown.reason, Reason::Time);
        }
    }
}

#[test]
fn when_time_is_up_nothing_is_explained_at_length() {
    let load = Load { operations: 200, clients: 5, keys: 1, unknown: 5 };
    let mut events = cas_register(7, &load, 5);
    let last = events.iter().rposition(|event| event.f == "read" && event.kind == EventType::Ok);
    events[last.expect("a read")].value = Value::Int(77);
    let (model, wrong) = (Watched(CasRegister::default()), history(events));
    for looks in 0..200 {
        match watched(&model, &wrong, looks) {
            Verdict::Invalid(_) => {}
            Verdict::Unknown(unknown) => assert_eq!(unknown.reason, Reason::Time),
            Verdict::Valid(_) => panic!("nobody wrote 77"),
        }
    }
    assert!(watched(&model, &wrong, u64::MAX).is_invalid());
    assert!(LOOKS.get() > 5, "time can be up in the middle");
}
