//! Things with numbers: each is held once, and found again by its hash.

use std::hash::Hash;

use super::limits::room;
use super::table::{Table, hash};

/// The things, in the order of their numbers.
#[derive(Debug)]
pub(super) struct Interned<T> {
    things: Vec<T>,
    /// Of each: a long thing takes long to hash, and mostly differs by its hash already.
    hashes: Vec<u32>,
    table: Table,
}

impl<T> Default for Interned<T> {
    fn default() -> Self {
        Interned { things: Vec::new(), hashes: Vec::new(), table: Table::default() }
    }
}

impl<T: Eq + Hash> Interned<T> {
    pub(super) fn len(&self) -> usize {
        self.things.len()
    }

    pub(super) fn get(&self, number: u32) -> &T {
        &self.things[number as usize]
    }

    /// The number of the thing: a new one if it was not there.
    pub(super) fn intern(&mut self, thing: T) -> u32 {
        let hash = hash(&thing);
        let is_hash = |number: u32| self.hashes[number as usize] == hash;
        let place = self.table.find(hash, |other| is_hash(other) && *self.get(other) == thing);
        place.unwrap_or_else(|place| {
            self.things.push(thing);
            self.hashes.push(hash);
            self.table.put(place, |number| self.hashes[number as usize])
        })
    }

    /// How much memory it takes, apart from what the things point to.
    pub(super) fn bytes(&self) -> usize {
        room(self.len(), self.things.capacity(), size_of::<T>())
            + room(self.len(), self.hashes.capacity(), size_of::<u32>())
            + self.table.bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_given_once_and_in_order() {
        let mut interned = Interned::default();
        for round in 0..3 {
            for thing in 0..10_000u64 {
                assert_eq!(interned.intern(thing * 64), thing as u32, "{round}");
            }
        }
        assert_eq!((interned.len(), *interned.get(77)), (10_000, 77 * 64));
    }
}
