//! What tests of several modules draw and build.

use crate::history::{Event, EventType, History, Nanos, Value};

/// Numbers below what each call asks for, the same for the same seed (a linear congruential generator,
/// of which the upper bits are given).
pub(crate) fn draws(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed;
    move |most| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695);
        (state >> 33) % most
    }
}

/// An event of an object without a key; its number is its time.
pub(crate) fn event(index: u64, process: u64, kind: EventType, f: &str, value: Value) -> Event {
    let (time, f) = (Nanos(index), f.to_owned());
    Event { index, time, process, kind, f, key: None, value, error: None, node: None }
}

/// What three clients do that call and return at random, in so many events. `call` draws an operation with its
/// input, `ret` what is returned; one in five has an unknown outcome.
pub(crate) fn three_clients(
    seed: u64,
    events: u64,
    call: impl Fn(&mut dyn FnMut(u64) -> u64) -> (&'static str, Value),
    ret: impl Fn(&mut dyn FnMut(u64) -> u64, &str, Value) -> Value,
) -> History {
    let mut below = draws(seed);
    let mut open: Vec<Option<(&str, Value)>> = vec![None; 3];
    let mut processes = [0, 1, 2];
    let events = (0..events).map(|index| {
        let client = below(3) as usize;
        let process = processes[client];
        let event = |kind, f: &str, value| event(index, process, kind, f, value);
        let Some((f, input)) = open[client].take() else {
            let (f, input) = call(&mut below);
            open[client] = Some((f, input.clone()));
            return event(EventType::Invoke, f, input);
        };
        if below(5) == 0 {
            processes[client] += 3;
            return event(EventType::Info, f, Value::Nil);
        }
        event(EventType::Ok, f, ret(&mut below, f, input))
    });
    History::from_events(events.collect::<Vec<_>>()).unwrap()
}
