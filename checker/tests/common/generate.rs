//! Small random histories: some right, most nearly right, which is where checkers err.

use chaos_checker::{Event, EventType, History, Nanos, Value};

/// SplitMix64 (Steele, Lea & Flood 2014): a few lines, the same numbers forever.
pub struct Rng(pub u64);

impl Rng {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }

    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// How a model's operations are made up.
pub struct Shape {
    pub clients: u64,
    pub operations: u64,
    /// Per cent of the operations whose outcome is unknown.
    pub unknown: u64,
}

/// An invocation: its name and argument.
pub type Call = (&'static str, Value);

/// Draws a history. `call` makes up an invocation; `result` makes up what an operation returns, or
/// says that it failed.
pub fn history(
    rng: &mut Rng,
    shape: &Shape,
    call: impl FnMut(&mut Rng) -> Call,
    result: impl FnMut(&mut Rng, &Call) -> Option<Value>,
) -> History {
    History::from_events(events(rng, shape, call, result)).expect("an honest history")
}

/// Draws the events of a history.
pub fn events(
    rng: &mut Rng,
    shape: &Shape,
    mut call: impl FnMut(&mut Rng) -> Call,
    mut result: impl FnMut(&mut Rng, &Call) -> Option<Value>,
) -> Vec<Event> {
    let mut events = Vec::new();
    let mut open: Vec<(u64, Call)> = Vec::new();
    let (mut calls, mut retired) = (0, shape.clients);
    let mut idle: Vec<u64> = (0..shape.clients).collect();
    while calls < shape.operations || !open.is_empty() {
        let may_call = calls < shape.operations && !idle.is_empty();
        if may_call && (open.is_empty() || rng.chance(50)) {
            let at = rng.below(idle.len() as u64) as usize;
            let process = idle.swap_remove(at);
            let made = call(rng);
            events.push(event(&events, process, EventType::Invoke, made.0, made.1.clone()));
            open.push((process, made));
            calls += 1;
            continue;
        }
        let at = rng.below(open.len() as u64) as usize;
        let (process, made) = open.swap_remove(at);
        if rng.chance(shape.unknown) {
            events.push(event(&events, process, EventType::Info, made.0, made.1));
            idle.push(retired);
            retired += 1;
            continue;
        }
        idle.push(process);
        match result(rng, &made) {
            Some(value) => events.push(event(&events, process, EventType::Ok, made.0, value)),
            None => events.push(event(&events, process, EventType::Fail, made.0, made.1)),
        }
    }
    events
}

fn event(before: &[Event], process: u64, kind: EventType, f: &str, value: Value) -> Event {
    let index = before.len() as u64;
    let (f, time) = (f.to_owned(), Nanos(index * 1_000_000));
    Event { index, time, process, kind, f, key: None, value, error: None, node: None }
}
