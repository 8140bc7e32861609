//! An order of all deeds: depth-first, with what was tried remembered.
//!
//! A read of what is there is done at once, for it changes nothing. A write has to wait until all have
//! read what it overwrites. Of several, the one that returned first is tried first, for most systems
//! do better than they promise. Two attempts that have done the same deeds and left the same values
//! are one.

use rustc_hash::FxHashSet;

use super::reading::{Finds, Id, Reading};
use super::sequential::Past;
use super::{Anomaly, Finding, Undecided};
use crate::Budget;

pub(super) fn search(reading: &Reading<'_>, past: &Past, budget: &Budget<'_>) -> Finding {
    let mut search = Search::new(reading, past);
    let (mut tried, mut turns) = (FxHashSet::default(), Vec::new());
    let mut attempts = 0u64;
    loop {
        search.read_all();
        if search.done.len() == reading.deeds.len() {
            return Finding::Valid;
        }
        let room = (search.at.len() + search.values.len() + 4) * 8;
        if tried.len() >= budget.configurations.min(budget.bytes / room) {
            return Finding::Unknown(Undecided::Space);
        }
        attempts += 1;
        if attempts.is_multiple_of(64) && (budget.expired)() {
            return Finding::Unknown(Undecided::Time);
        }
        // What is left of an attempt made before is known to fail.
        let fresh = tried.insert((search.at.clone(), search.values.clone()));
        let writes = if fresh { search.writes() } else { Vec::new() };
        turns.push((search.done.len(), writes));
        loop {
            let Some((length, writes)) = turns.last_mut() else { return search.nothing() };
            search.undo(*length);
            match writes.pop() {
                Some(write) => break search.act(write),
                None => drop(turns.pop()),
            }
        }
    }
}

struct Search<'s, 'a> {
    reading: &'s Reading<'a>,
    past: &'s Past,
    /// How many deeds of each line are done.
    at: Vec<u32>,
    /// What every key holds: what this one wrote.
    values: Vec<Option<u32>>,
    /// How many have still to read what a deed wrote.
    readers: Vec<u32>,
    /// The deeds in their order, with what their key held before.
    done: Vec<(Id, Option<u32>)>,
    longest: usize,
}

impl<'s, 'a> Search<'s, 'a> {
    fn new(reading: &'s Reading<'a>, past: &'s Past) -> Search<'s, 'a> {
        let mut readers = vec![0; reading.deeds.len()];
        for deed in &reading.deeds {
            if let Finds::From(source) = deed.finds {
                readers[source] += 1;
            }
        }
        let (at, values) = (vec![0; reading.lines.len()], vec![None; reading.keys]);
        Search { reading, past, at, values, readers, done: Vec::new(), longest: 0 }
    }

    /// The deeds that may come next as far as their line and what must be before them say.
    fn heads(&self) -> impl Iterator<Item = Id> {
        let lines = self.reading.lines.iter().zip(&self.at);
        let heads = lines.filter_map(|(line, at)| line.get(*at as usize).copied());
        heads.filter(|head| {
            let mut before = self.past.before(*head).iter().zip(&self.at);
            before.all(|(before, at)| before <= at) && self.finds(*head)
        })
    }

    fn finds(&self, id: Id) -> bool {
        let deed = &self.reading.deeds[id];
        match deed.finds {
            Finds::Any | Finds::Not => true,
            Finds::Initial => self.values[deed.key].is_none(),
            Finds::From(source) => self.values[deed.key] == Some(source as u32),
        }
    }

    fn read_all(&mut self) {
        loop {
            let reads: Vec<Id> =
                self.heads().filter(|head| !self.reading.deeds[*head].writes).collect();
            if reads.is_empty() {
                self.longest = self.longest.max(self.done.len());
                return;
            }
            reads.into_iter().for_each(|read| self.act(read));
        }
    }

    /// The writes that may come next, the best last.
    fn writes(&self) -> Vec<Id> {
        let may = |head: &Id| {
            let deed = &self.reading.deeds[*head];
            let reads = u32::from(matches!(deed.finds, Finds::From(_)));
            deed.writes
                && self.values[deed.key].is_none_or(|held| self.readers[held as usize] == reads)
        };
        let mut writes: Vec<Id> = self.heads().filter(may).collect();
        let returns = |id: &Id| self.reading.deeds[*id].operation.complete_index;
        writes.sort_by_key(|id| std::cmp::Reverse(returns(id).unwrap_or(u64::MAX)));
        writes
    }

    fn act(&mut self, id: Id) {
        let deed = &self.reading.deeds[id];
        self.done.push((id, self.values[deed.key]));
        self.at[deed.line] += 1;
        if let Finds::From(source) = deed.finds {
            self.readers[source] -= 1;
        }
        if deed.writes {
            self.values[deed.key] = Some(id as u32);
        }
    }

    fn undo(&mut self, length: usize) {
        while let Some((id, held)) = (self.done.len() > length).then(|| self.done.pop()).flatten() {
            let deed = &self.reading.deeds[id];
            self.at[deed.line] -= 1;
            self.values[deed.key] = held;
            if let Finds::From(source) = deed.finds {
                self.readers[source] += 1;
            }
        }
    }

    /// Every order was tried.
    fn nothing(&self) -> Finding {
        let all = self.reading.deeds.len();
        let sentence = format!("no order of all {all} operations: at most {} fit", self.longest);
        Finding::Invalid(Box::new(Anomaly { sentence, cycle: Vec::new() }))
    }
}
