//! What tests of several modules draw and build.

use crate::history::{Event, EventType, Nanos, Value};

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
