//! Sequential consistency: what has to come before what, until nothing more follows.
//!
//! Two conclusions, with `w` the write that a read `r` found and `v` another write of the same key:
//! what `v` before `r` shows, that `v` is before `w`; and what `w` before `v` shows, that `r` is before
//! `v`. They are drawn until none is left (the saturation of Zennou, Bouajjani, Enea & Erradi, *Gradual
//! consistency checking*, CAV 2019). A cycle refutes. What remains is a partial order that every
//! solution extends; [`search`](super::search) looks for one.
//!
//! What comes before a deed is one number for each line of deeds, for whoever is after one is after all
//! that its line did before.

use super::graph::{Graph, Why, refuted};
use super::reading::{Finds, Id, Reading, not_a_register};
use super::search;
use super::{Finding, Undecided};
use crate::Budget;

/// How many deeds are looked at between two looks at the clock.
const OFTEN: usize = 256;

pub(super) fn check(reading: &Reading<'_>, budget: &Budget<'_>) -> Finding {
    if reading.deeds.len().saturating_mul(reading.lines.len() + 8) > budget.bytes / 4 {
        return Finding::Unknown(Undecided::Space);
    }
    let mut graph = Graph::of(reading);
    let on_key = OnKey::of(reading);
    on_key.first_reads(reading, &mut graph);
    loop {
        if (budget.expired)() {
            return Finding::Unknown(Undecided::Time);
        }
        if graph.edges > budget.bytes / 32 {
            return Finding::Unknown(Undecided::Space);
        }
        let order = match graph.order() {
            Ok(order) => order,
            Err(cycle) => return refuted(reading, &cycle),
        };
        let past = Past::of(reading, &graph, &order);
        let edges = graph.edges;
        for id in 0..reading.deeds.len() {
            if id.is_multiple_of(OFTEN) && (budget.expired)() {
                return Finding::Unknown(Undecided::Time);
            }
            on_key.conclude(reading, &past, id, &mut graph);
        }
        if graph.edges == edges {
            return match reading.has_negatives() {
                Some(comparison) => not_a_register(comparison),
                None => search::search(reading, &past, budget),
            };
        }
    }
}

/// How many deeds of each line come before each deed.
pub(super) struct Past {
    lines: usize,
    counts: Vec<u32>,
}

impl Past {
    fn of(reading: &Reading<'_>, graph: &Graph, order: &[Id]) -> Past {
        let lines = reading.lines.len();
        let mut past = Past { lines, counts: vec![0; lines * reading.deeds.len()] };
        for id in order.iter().copied() {
            let deed = &reading.deeds[id];
            for (next, _) in graph.after(id) {
                let next = *next as usize;
                for line in 0..lines {
                    let count = past.counts[id * lines + line];
                    let known = &mut past.counts[next * lines + line];
                    *known = count.max(*known);
                }
                let own = &mut past.counts[next * lines + deed.line];
                *own = (*own).max(deed.place as u32 + 1);
            }
        }
        past
    }

    /// How many deeds of each line come before this one.
    pub(super) fn before(&self, id: Id) -> &[u32] {
        &self.counts[id * self.lines..(id + 1) * self.lines]
    }

    fn has(&self, reading: &Reading<'_>, first: Id, second: Id) -> bool {
        let deed = &reading.deeds[first];
        self.before(second)[deed.line] as usize > deed.place
    }
}

/// The writes of every key, by line, and the last reader in each line of every write.
struct OnKey {
    writes: Vec<Vec<(usize, Vec<Id>)>>,
    readers: Vec<Vec<Id>>,
}

impl OnKey {
    fn of(reading: &Reading<'_>) -> OnKey {
        let mut on_key = OnKey { writes: vec![Vec::new(); reading.keys], readers: Vec::new() };
        on_key.readers.resize(reading.deeds.len(), Vec::new());
        for line in &reading.lines {
            for id in line.iter().copied() {
                let deed = &reading.deeds[id];
                if deed.writes {
                    match on_key.writes[deed.key].last_mut() {
                        Some((at, writes)) if *at == deed.line => writes.push(id),
                        _ => on_key.writes[deed.key].push((deed.line, vec![id])),
                    }
                }
                if let Finds::From(source) = deed.finds {
                    match on_key.readers[source].last_mut() {
                        Some(last) if reading.deeds[*last].line == deed.line => *last = id,
                        _ => on_key.readers[source].push(id),
                    }
                }
            }
        }
        on_key
    }

    /// Who found what was there at first comes before all that was written, but for what he wrote.
    fn first_reads(&self, reading: &Reading<'_>, graph: &mut Graph) {
        for (id, deed) in reading.deeds.iter().enumerate() {
            if deed.finds == Finds::Initial {
                let others = |writes: &Vec<Id>| writes.iter().copied().find(|write| *write != id);
                let firsts = self.writes[deed.key].iter().filter_map(|(_, writes)| others(writes));
                firsts.for_each(|write| graph.add(id, write, Why::Overwritten));
            }
        }
    }

    /// Draws the conclusions from what comes before a deed.
    fn conclude(&self, reading: &Reading<'_>, past: &Past, id: Id, graph: &mut Graph) {
        let deed = &reading.deeds[id];
        for (line, writes) in &self.writes[deed.key] {
            let before = past.before(id)[*line] as usize;
            let known = writes.partition_point(|write| reading.deeds[*write].place < before);
            let Some(write) = known.checked_sub(1).map(|last| writes[last]) else { continue };
            if let Finds::From(source) = deed.finds
                && write != source
                && !past.has(reading, write, source)
            {
                graph.add(write, source, Why::HiddenFrom(id));
            }
            if deed.writes {
                let readers = self.readers[write].iter().copied();
                let open = readers.filter(|read| *read != id && !past.has(reading, *read, id));
                open.for_each(|read| graph.add(read, id, Why::Overwritten));
            }
        }
    }
}
