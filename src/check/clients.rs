//! What clients did, each operation with its answer, for checks of histories without a model.

use super::{Fact, Verdict, Violation};
use crate::workload::plan::Property;
use chaos_checker::{Event, EventType, Value};
use chaos_node::Nanos;
use std::collections::{BTreeMap, BTreeSet};

/// An operation with its answer, if it is known.
pub(super) struct Done<'a> {
    pub(super) call: &'a Event,
    end: Option<&'a Event>,
}

impl<'a> Done<'a> {
    /// The answer of an operation that was acknowledged.
    pub(super) fn ok(&self) -> Option<&'a Event> {
        self.end.filter(|event| event.kind == EventType::Ok)
    }

    /// An acknowledged answer that is a number and more: a file, and what is said of it.
    pub(super) fn answer(&self) -> Option<(i64, &'a [Value])> {
        let (number, rest) = self.ok()?.value.as_list()?.split_first()?;
        Some((number.as_int()?, rest))
    }

    /// Whether it was acknowledged before the other one was called.
    pub(super) fn is_before(&self, other: &Done<'_>) -> bool {
        self.ok().is_some_and(|ok| ok.index < other.call.index)
    }

    /// Whether it surely did not happen.
    pub(super) fn failed(&self) -> bool {
        self.end.is_some_and(|event| event.kind == EventType::Fail)
    }

    /// The key that it is about; nil if about none.
    pub(super) fn key(&self) -> Value {
        self.call.key.clone().unwrap_or_default()
    }
}

/// All operations, in the order in which they were called.
pub(super) fn operations(history: &[Event]) -> Vec<Done<'_>> {
    let mut open: BTreeMap<u64, usize> = BTreeMap::new();
    let mut all: Vec<Done<'_>> = Vec::new();
    for event in history {
        if event.kind == EventType::Invoke {
            open.insert(event.process, all.len());
            all.push(Done { call: event, end: None });
        } else if let Some(index) = open.remove(&event.process) {
            all[index].end = Some(event);
        }
    }
    all
}

/// The renames of files that may have been done, in the order in which they were called.
pub(super) struct Renames<'a>(Vec<&'a Event>);

impl<'a> Renames<'a> {
    pub(super) fn of(all: &[Done<'a>]) -> Renames<'a> {
        let may = |done: &&Done<'a>| done.call.f == "rename" && !done.failed();
        Renames(all.iter().filter(may).map(|done| done.call).collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names that the file of that name may have had until this event: that one, all that it may
    /// have been renamed from, on whichever way, and all that it was renamed to while somebody looked
    /// at it.
    pub(super) fn names(&self, name: Option<&'a Value>, event: u64) -> BTreeSet<Option<&'a Value>> {
        let mut names = BTreeSet::from([name]);
        let mut known = 0;
        while known < names.len() {
            known = names.len();
            for rename in self.0.iter().take_while(|rename| rename.index < event) {
                let pair = [rename.key.as_ref(), Some(&rename.value)];
                if pair.iter().any(|name| names.contains(name)) {
                    names.extend(pair);
                }
            }
        }
        names
    }
}

/// A violation by operations that contradict each other; the last of them tells when it was seen.
pub(super) fn contradict(property: Property, summary: String, done: &[&Done<'_>]) -> Verdict {
    let mut facts: Vec<Fact> = Vec::new();
    let mut events: Vec<u64> = Vec::new();
    for done in done {
        let Event { process, f, value, time, index, .. } = done.call;
        let key = done.call.key.iter().chain(Some(value).filter(|value| !value.is_nil()));
        let asked: Vec<_> = [f.clone()].into_iter().chain(key.map(brief)).collect();
        let text = format!("client {process} calls {}", asked.join(" "));
        facts.push(Fact { time: Nanos(time.0), node: None, text });
        events.push(*index);
        if let Some(end) = done.end {
            let text = format!("client {process} has its answer: {}", brief(&end.value));
            facts.push(Fact { time: Nanos(end.time.0), node: None, text });
            events.push(end.index);
        }
    }
    facts.sort_by_key(|fact| fact.time);
    events.sort_unstable();
    let last = done.last().map(|done| Nanos(done.end.unwrap_or(done.call).time.0));
    let (time, story, start) = (last, Vec::new(), None);
    Verdict::Invalid(Box::new(Violation { property, summary, time, facts, story, events, start }))
}

/// A value, cut short where it is long.
fn brief(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(200) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}
