//! The configurations met while one operation returns: usually a handful, now and then many.

use rustc_hash::FxHashSet;

use super::config::Config;

/// How many are looked through one by one before they are hashed.
const FEW: usize = 16;

/// A set of configurations that is cheap to clear.
#[derive(Debug)]
pub(super) struct Seen<const W: usize> {
    few: Vec<Config<W>>,
    many: FxHashSet<Config<W>>,
}

impl<const W: usize> Default for Seen<W> {
    fn default() -> Self {
        Seen { few: Vec::with_capacity(FEW), many: FxHashSet::default() }
    }
}

impl<const W: usize> Seen<W> {
    pub(super) fn clear(&mut self) {
        self.few.clear();
        if self.many.capacity() > 4 * self.many.len() + 1024 {
            self.many = FxHashSet::default();
        }
        self.many.clear();
    }

    /// The configurations, in no order that means anything.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Config<W>> {
        self.few.iter().chain(&self.many)
    }

    pub(super) fn len(&self) -> usize {
        self.few.len() + self.many.len()
    }

    /// How much memory it takes.
    pub(super) fn bytes(&self) -> usize {
        // A table of places for eight where seven are taken, and a byte each.
        let places = self.many.capacity() / 7 * 8;
        super::limits::room(self.many.len() / 7 * 8, places, size_of::<Config<W>>() + 1)
    }

    /// Adds a configuration; `false` if it was there.
    pub(super) fn insert(&mut self, config: Config<W>) -> bool {
        if self.few.contains(&config) {
            return false;
        }
        if self.few.len() < FEW {
            self.few.push(config);
            return true;
        }
        self.many.insert(config)
    }
}
