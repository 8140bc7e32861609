//! The session guarantees, decided exactly.
//!
//! The least view that a read can have follows from who read from whom, and no order of writes
//! changes it. All that it asks of that order is that whatever else of the same key is in the view
//! comes before the write that was found. So the guarantees hold if these demands, and those of the
//! guarantees on the order itself, make no cycle.
//!
//! Views are computed for 64 writes of one key at a time, a bit each, in time `O(n · writes / 64)` and
//! memory `O(n)`.

use super::graph::{Graph, Why, refuted};
use super::level::Guarantees;
use super::reading::{Finds, Id, Reading, not_a_register};
use super::{Anomaly, Finding, Link, Relation, Undecided};
use crate::Budget;

pub(super) fn check(reading: &Reading<'_>, asked: Guarantees, budget: &Budget<'_>) -> Finding {
    let order = match (asked.writes_follow_reads, Graph::of(reading).order()) {
        (true, Err(cycle)) => return refuted(reading, &cycle),
        (true, Ok(order)) => order,
        // What a write depends on is then a matter of its session alone.
        (false, _) => (0..reading.deeds.len()).collect(),
    };
    let mut views = Views::new(reading, asked, order);
    let mut written = vec![Vec::new(); reading.keys];
    for (id, deed) in reading.deeds.iter().enumerate().filter(|(_, deed)| deed.writes) {
        written[deed.key].push(id);
    }
    for writes in written.iter().flat_map(|writes| writes.chunks(64)) {
        if (budget.expired)() {
            return Finding::Unknown(Undecided::Time);
        }
        if views.graph.edges > budget.bytes / 16 {
            return Finding::Unknown(Undecided::Space);
        }
        if let Some(hidden) = views.demand(writes) {
            return hidden;
        }
    }
    match (views.graph.order(), reading.has_negatives()) {
        (Err(cycle), _) => refuted(reading, &cycle),
        (Ok(_), Some(comparison)) => not_a_register(comparison),
        (Ok(_), None) => Finding::Valid,
    }
}

struct Views<'r, 'a> {
    reading: &'r Reading<'a>,
    asked: Guarantees,
    order: Vec<Id>,
    /// The order of writes: each a node, and behind them one a deed for what its session has read.
    graph: Graph,
}

impl<'r, 'a> Views<'r, 'a> {
    fn new(reading: &'r Reading<'a>, asked: Guarantees, order: Vec<Id>) -> Views<'r, 'a> {
        let count = reading.deeds.len();
        let mut graph = Graph::new(2 * count);
        let mut last_write: Vec<Option<Id>> = vec![None; count];
        for (id, deed) in reading.deeds.iter().enumerate() {
            let wrote = deed.before.and_then(|before| last_write[before]);
            last_write[id] = if deed.writes { Some(id) } else { wrote };
            if let (true, true, Some(wrote)) = (asked.monotonic_writes, deed.writes, wrote) {
                graph.add(wrote, id, Why::Session);
            }
            if asked.writes_follow_reads {
                follow_reads(&mut graph, reading, id);
            }
        }
        for link in &reading.chains.links {
            if let Some(base) = link.base {
                let base = reading.chains.links[base as usize].write;
                graph.add(base, link.write, Why::ReadBy);
            }
        }
        Views { reading, asked, order, graph }
    }

    /// Demands that what else is in a read's view is before what it found, for some writes of a key.
    fn demand(&mut self, writes: &[Id]) -> Option<Finding> {
        let deeds = &self.reading.deeds;
        let key = deeds[*writes.first()?].key;
        let mut bits = vec![0u64; deeds.len()];
        writes.iter().zip(0..).for_each(|(write, bit)| bits[*write] = 1 << bit);
        let views = self.views(&bits);
        let chains = &self.reading.chains;
        let mut memo = vec![None; chains.links.len()];
        let mut shows = |id: Id| chains.union(deeds[id].chain, &bits, &mut memo);
        for (id, deed) in deeds.iter().enumerate().filter(|(_, deed)| deed.key == key) {
            let mut hidden = match deed.finds {
                Finds::Any | Finds::Not => continue,
                Finds::Initial => views[id],
                Finds::From(_) => views[id] & !shows(id),
            };
            // With monotonic reads what was found before is in the view, and hides what it hid.
            if let Some(earlier) = deed.earlier.filter(|_| self.asked.monotonic_reads)
                && deeds[earlier].chain.is_some()
                && deed.chain.is_some()
            {
                hidden &= !views[earlier] | shows(earlier);
            }
            let root = deed.chain.and_then(|end| chains.links[end as usize].root);
            while hidden != 0 {
                let write = writes[hidden.trailing_zeros() as usize];
                hidden &= hidden - 1;
                match root {
                    Some(root) => self.graph.add(write, root, Why::HiddenFrom(id)),
                    None => return Some(not_seen(self.reading, write, id)),
                }
            }
        }
        None
    }

    /// The least view of each deed, of the writes that have a bit.
    fn views(&self, bits: &[u64]) -> Vec<u64> {
        let count = bits.len();
        let (mut depends, mut made, mut seen) = (bits.to_vec(), vec![0; count], vec![0; count]);
        let mut views = vec![0; count];
        let mut memo = vec![None; self.reading.chains.links.len()];
        // Twice where a read may have found what comes later.
        let passes = if self.asked.writes_follow_reads { 1 } else { 2 };
        for id in (0..passes).flat_map(|_| self.order.iter().copied()) {
            if Some(&id) == self.order.first() {
                memo.fill(None);
            }
            let deed = &self.reading.deeds[id];
            let of_before = |sets: &[u64]| deed.before.map_or(0, |before| sets[before]);
            let (made_before, seen_before) = (of_before(&made), of_before(&seen));
            let found = self.reading.chains.union(deed.chain, &depends, &mut memo);
            seen[id] = seen_before | found;
            if deed.writes {
                depends[id] |= if self.asked.monotonic_writes { made_before } else { 0 };
                depends[id] |= if self.asked.writes_follow_reads { seen[id] } else { 0 };
            }
            made[id] = made_before | if deed.writes { depends[id] } else { 0 };
            views[id] = found
                | if self.asked.read_your_writes { made_before } else { 0 }
                | if self.asked.monotonic_reads { seen_before } else { 0 };
        }
        views
    }
}

/// Whatever a session has read comes before what it writes then.
fn follow_reads(graph: &mut Graph, reading: &Reading<'_>, id: Id) {
    let (deed, count) = (&reading.deeds[id], reading.deeds.len());
    reading.shown(id).for_each(|write| graph.add(write, count + id, Why::ReadBy));
    if let Some(before) = deed.before {
        graph.add(count + before, count + id, Why::Session);
    }
    if deed.writes {
        graph.add(count + id, id, Why::Session);
    }
}

/// A read of what was there at first, though a write was in its view.
fn not_seen(reading: &Reading<'_>, write: Id, read: Id) -> Finding {
    let (write, read) = (reading.deeds[write].operation, reading.deeds[read].operation);
    let sentence =
        format!("client {}: {read} although {write} was to be seen before", read.process);
    let relation = Relation::HiddenFrom(Box::new(read.clone()));
    let cycle = vec![Link { operation: write.clone(), relation }];
    Finding::Invalid(Box::new(Anomaly { sentence, cycle }))
}
