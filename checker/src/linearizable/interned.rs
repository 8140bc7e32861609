//! Things with numbers: each is held once, and found again by its hash.
//!
//! A map from things to numbers would hold each thing a second time, with room to spare; a history of
//! a million operations has half a million states. This table holds the numbers alone, with linear
//! probing (Knuth, *The Art of Computer Programming*, vol. 3, 6.4, algorithm L).

use std::hash::{BuildHasher, Hash};

use rustc_hash::FxBuildHasher;

/// An empty place of the table.
const FREE: u32 = u32::MAX;

/// The things, in the order of their numbers.
#[derive(Debug)]
pub(super) struct Interned<T> {
    things: Vec<T>,
    /// Numbers, in as many places as a power of two; at most two thirds are taken.
    table: Vec<u32>,
}

impl<T> Default for Interned<T> {
    fn default() -> Self {
        Interned { things: Vec::new(), table: vec![FREE; 8] }
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
        let place = self.find(&thing);
        if self.table[place] != FREE {
            return self.table[place];
        }
        let number = self.things.len() as u32;
        self.table[place] = number;
        self.things.push(thing);
        if self.things.len() * 3 > self.table.len() * 2 {
            self.grow();
        }
        number
    }

    /// The place of the thing, or the free one where it belongs.
    fn find(&self, thing: &T) -> usize {
        let mask = self.table.len() - 1;
        // The best bits of this hash are the upper ones.
        let hash = FxBuildHasher.hash_one(thing);
        let mut place = (hash ^ hash >> 32) as usize & mask;
        while self.table[place] != FREE && self.things[self.table[place] as usize] != *thing {
            place = (place + 1) & mask;
        }
        place
    }

    fn grow(&mut self) {
        self.table = vec![FREE; 2 * self.table.len()];
        for number in 0..self.things.len() {
            let place = self.find(&self.things[number]);
            self.table[place] = number as u32;
        }
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
