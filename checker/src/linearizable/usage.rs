//! Usages: how many operations of each kind of the pool a configuration has used. Each is held once
//! and has a number.

use super::limits::room;
use super::table::Table;

/// Number of an interned usage.
pub(crate) type UsageId = u32;

/// No operation of unknown outcome used.
pub(crate) const UNUSED: UsageId = 0;

/// The pairs and the usages that there is room for at first.
const ROOM: usize = 16;

/// The usages met so far, each as sorted (kind, count) pairs.
#[derive(Debug)]
pub(super) struct Usages {
    /// The pairs of all usages, one after another.
    pairs: Vec<(u32, u32)>,
    usages: Vec<Usage>,
    table: Table,
}

/// One of them.
#[derive(Clone, Copy, Debug)]
struct Usage {
    begin: usize,
    len: u32,
    /// How many operations it comes to.
    total: u32,
    /// The sum of the hashes of all these operations: one more is an addition.
    hash: u32,
}

impl Usages {
    pub(super) fn new() -> Usages {
        let (pairs, usages) = (Vec::with_capacity(ROOM), Vec::with_capacity(ROOM));
        let mut usages = Usages { pairs, usages, table: Table::default() };
        usages.intern([]);
        usages
    }

    /// The pairs of a usage.
    pub(super) fn pairs(&self, usage: UsageId) -> &[(u32, u32)] {
        let Usage { begin, len, .. } = self.usages[usage as usize];
        &self.pairs[begin..begin + len as usize]
    }

    /// How many operations a usage comes to.
    pub(super) fn total(&self, usage: UsageId) -> Option<u32> {
        self.usages.get(usage as usize).map(|usage| usage.total)
    }

    /// How many of the kind are used.
    pub(super) fn used(&self, usage: UsageId, kind: u32) -> u32 {
        let pairs = self.pairs(usage);
        let place = pairs.binary_search_by_key(&kind, |(other, _)| *other);
        place.map_or(0, |place| pairs[place].1)
    }

    /// The usage with one more of the kind, unless `most` are used.
    pub(super) fn more(&mut self, usage: UsageId, kind: u32, most: u32) -> Option<UsageId> {
        let pairs = self.pairs(usage);
        let place = pairs.partition_point(|(other, _)| *other < kind);
        let used = pairs.get(place).filter(|(other, _)| *other == kind).map(|(_, used)| *used);
        if used.unwrap_or(0) >= most {
            return None;
        }
        let Usage { begin: from, len, hash, .. } = self.usages[usage as usize];
        let begin = self.pairs.len();
        self.pairs.extend_from_within(from..from + len as usize);
        match used {
            Some(_) => self.pairs[begin + place].1 += 1,
            None => self.pairs.insert(begin + place, (kind, 1)),
        }
        Some(self.take_in(begin, hash.wrapping_add(hash_of(kind))))
    }

    /// The number of a usage.
    pub(super) fn intern(&mut self, pairs: impl IntoIterator<Item = (u32, u32)>) -> UsageId {
        let begin = self.pairs.len();
        self.pairs.extend(pairs);
        let hashes = self.pairs[begin..].iter();
        let hashes = hashes.map(|(kind, count)| hash_of(*kind).wrapping_mul(*count));
        let hash = hashes.fold(0, u32::wrapping_add);
        self.take_in(begin, hash)
    }

    /// The number of the usage whose pairs stand behind all others.
    fn take_in(&mut self, begin: usize, hash: u32) -> UsageId {
        let new = &self.pairs[begin..];
        match self.table.find(hash, |other| self.pairs(other) == new) {
            Ok(known) => {
                self.pairs.truncate(begin);
                known
            }
            Err(place) => {
                let (len, total) = (new.len() as u32, new.iter().map(|(_, count)| count).sum());
                self.usages.push(Usage { begin, len, total, hash });
                self.table.put(place, |usage| self.usages[usage as usize].hash)
            }
        }
    }

    /// How much memory they take.
    pub(super) fn bytes(&self) -> usize {
        room(self.pairs.len(), self.pairs.capacity(), size_of::<(u32, u32)>())
            + room(self.usages.len(), self.usages.capacity(), size_of::<Usage>())
            + self.table.bytes()
    }
}

/// The hash of one operation of a kind. It must be a good one, for of multiples of the kind's number the
/// sums would be equal again and again: the last step of SplitMix64 (Steele, Lea & Flood 2014).
fn hash_of(kind: u32) -> u32 {
    let mut hash = (u64::from(kind) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash = (hash ^ hash >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ hash >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    (hash ^ hash >> 31) as u32
}
