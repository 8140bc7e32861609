//! Finds a number by the hash of what it stands for.
//!
//! A map from things to numbers would hold each thing a second time, with room to spare; a history of
//! a million operations has half a million states. This table holds the numbers alone, with linear
//! probing (Knuth, *The Art of Computer Programming*, vol. 3, 6.4, algorithm L).

use std::hash::{BuildHasher, Hash};

use rustc_hash::FxBuildHasher;

/// An empty place of the table.
const FREE: u32 = u32::MAX;

/// Numbers, in as many places as a power of two; at most two thirds are taken.
#[derive(Debug)]
pub(super) struct Table {
    places: Vec<u32>,
    taken: usize,
}

impl Default for Table {
    fn default() -> Self {
        Table { places: vec![FREE; 16], taken: 0 }
    }
}

impl Table {
    /// The number that `is` the one that is looked for, or else the free place where it belongs.
    pub(super) fn find(&self, hash: u32, is: impl Fn(u32) -> bool) -> Result<u32, usize> {
        let mask = self.places.len() - 1;
        let mut place = hash as usize & mask;
        loop {
            match self.places[place] {
                FREE => return Err(place),
                number if is(number) => return Ok(number),
                _ => place = (place + 1) & mask,
            }
        }
    }

    /// Puts the next number in the free place; `hash_of` tells those of all numbers.
    pub(super) fn put(&mut self, place: usize, hash_of: impl Fn(u32) -> u32) -> u32 {
        let number = self.taken as u32;
        self.places[place] = number;
        self.taken += 1;
        if self.taken * 3 > self.places.len() * 2 {
            self.places = vec![FREE; 2 * self.places.len()];
            for number in 0..self.taken as u32 {
                if let Err(place) = self.find(hash_of(number), |_| false) {
                    self.places[place] = number;
                }
            }
        }
        number
    }

    /// How much memory it takes.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.places)
    }
}

/// The hash of a thing in a table.
pub(super) fn hash(thing: &(impl Hash + ?Sized)) -> u32 {
    let hash = FxBuildHasher.hash_one(thing);
    // The best bits of this hash are the upper ones.
    (hash ^ hash >> 32) as u32
}
