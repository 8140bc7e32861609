//! A set of slots: which of the pending operations something is true of.

/// A set of up to `64 * W` slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Mask<const W: usize>([u64; W]);

impl<const W: usize> Mask<W> {
    pub(crate) const EMPTY: Mask<W> = Mask([0; W]);

    pub(crate) fn has(&self, slot: usize) -> bool {
        self.0[slot / 64] >> (slot % 64) & 1 == 1
    }

    pub(crate) fn insert(&mut self, slot: usize) {
        self.0[slot / 64] |= 1 << (slot % 64);
    }

    pub(crate) fn remove(&mut self, slot: usize) {
        self.0[slot / 64] &= !(1 << (slot % 64));
    }

    #[cfg(test)]
    pub(crate) fn with(mut self, slot: usize) -> Mask<W> {
        self.insert(slot);
        self
    }

    pub(crate) fn union(&self, other: &Mask<W>) -> Mask<W> {
        Mask(std::array::from_fn(|word| self.0[word] | other.0[word]))
    }

    pub(crate) fn minus(&self, other: &Mask<W>) -> Mask<W> {
        Mask(std::array::from_fn(|word| self.0[word] & !other.0[word]))
    }

    pub(crate) fn contains(&self, other: &Mask<W>) -> bool {
        (0..W).all(|word| other.0[word] & !self.0[word] == 0)
    }

    /// How many slots are in the set.
    pub(crate) fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The lowest slot that is not in the set; one too many where there is none.
    pub(crate) fn first_missing(&self) -> usize {
        let word = self.0.iter().position(|word| *word != u64::MAX).unwrap_or(W);
        let ones = self.0.get(word).map_or(0, |word| word.trailing_ones());
        word * 64 + ones as usize
    }

    /// The slots in the set, from the lowest.
    pub(crate) fn iter(self) -> impl Iterator<Item = usize> {
        (0..W).flat_map(move |word| Bits(self.0[word]).map(move |bit| word * 64 + bit))
    }
}

struct Bits(u64);

impl Iterator for Bits {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        (self.0 != 0).then(|| {
            let bit = self.0.trailing_zeros() as usize;
            self.0 &= self.0 - 1;
            bit
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_is_a_set() {
        let mut mask = Mask::<2>::EMPTY.with(3).with(64).with(127);
        assert_eq!(mask.iter().collect::<Vec<_>>(), [3, 64, 127]);
        assert_eq!((mask.len(), mask.first_missing()), (3, 0));
        let low = (0..64).fold(mask, Mask::with);
        assert_eq!((low.len(), low.first_missing()), (66, 65));
        assert!(mask.has(64) && mask.contains(&Mask::EMPTY.with(3)));
        mask.remove(64);
        assert!(!mask.has(64) && !mask.contains(&Mask::EMPTY.with(64)));
        assert_eq!(mask.union(&Mask::EMPTY.with(1)).minus(&mask), Mask::EMPTY.with(1));
    }
}
