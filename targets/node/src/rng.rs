//! The one random generator of the project.
//!
//! xoshiro256++ 1.0 (Blackman & Vigna, *Scrambled Linear Pseudorandom Number Generators*, 2021),
//! seeded through SplitMix64 as its authors advise; ranges by Lemire's multiply-and-reject (*Fast
//! Random Integer Generation in an Interval*, 2019). Integers only, so that every machine draws the
//! same. The streams are fixed for ever: a seed that found a bug must find it in ten years.

use crate::Nanos;
use std::ops::RangeInclusive;

/// A stream of random numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rng {
    state: [u64; 4],
}

impl Rng {
    /// The stream of a seed.
    pub fn new(seed: u64) -> Rng {
        let mut mixer = seed;
        Rng { state: [(); 4].map(|()| split_mix(&mut mixer)) }
    }

    /// The stream of one concern (`"schedule"`, `"network"`, …) under a seed: streams of different
    /// names have nothing to do with each other, so that a draw more in one shifts no other.
    pub fn stream(seed: u64, concern: &str) -> Rng {
        Rng::new(seed ^ fnv1a(concern.as_bytes()))
    }

    /// The next 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        let s = &mut self.state;
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// A number below `bound`, all alike.
    ///
    /// # Panics
    /// If `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        assert!(bound > 0, "there is no number below 0");
        let threshold = bound.wrapping_neg() % bound;
        loop {
            let product = u128::from(self.next_u64()) * u128::from(bound);
            if product as u64 >= threshold {
                return (product >> 64) as u64;
            }
        }
    }

    /// A number within `range`, all alike.
    ///
    /// # Panics
    /// If the range is empty.
    pub fn within(&mut self, range: RangeInclusive<u64>) -> u64 {
        let (low, high) = (*range.start(), *range.end());
        assert!(low <= high, "there is no number between {low} and {high}");
        match (high - low).checked_add(1) {
            Some(span) => low + self.below(span),
            None => self.next_u64(),
        }
    }

    /// A time within `range`, all alike.
    ///
    /// # Panics
    /// If the range is empty.
    pub fn time(&mut self, range: RangeInclusive<Nanos>) -> Nanos {
        Nanos(self.within(range.start().0..=range.end().0))
    }

    /// True `parts` times in a million.
    pub fn chance(&mut self, parts_per_million: u32) -> bool {
        self.below(1_000_000) < u64::from(parts_per_million)
    }

    /// One of the items, all alike; none if there are none.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        if items.is_empty() {
            return None;
        }
        let at = self.below(items.len() as u64) as usize;
        items.get(at)
    }

    /// Brings the items into a random order (Fisher–Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let at = self.below(last as u64 + 1) as usize;
            items.swap(at, last);
        }
    }
}

fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// FNV-1a of 64 bits (Fowler, Noll, Vo): fixed for ever, for some of its values are kept in files.
#[must_use]
pub fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::{Rng, fnv1a, split_mix};

    /// The reference values of SplitMix64 for the seed 1234567.
    #[test]
    fn split_mix_is_the_published_one() {
        let mut state = 1_234_567;
        assert_eq!(split_mix(&mut state), 6_457_827_717_110_365_317);
        assert_eq!(split_mix(&mut state), 3_203_168_211_198_807_973);
    }

    /// The reference values of xoshiro256++ for the state 1, 2, 3, 4.
    #[test]
    fn xoshiro_is_the_published_one() {
        let mut rng = Rng { state: [1, 2, 3, 4] };
        let first: Vec<u64> = (0..3).map(|_| rng.next_u64()).collect();
        assert_eq!(first, [41_943_041, 58_720_359, 3_588_806_011_781_223]);
    }

    #[test]
    fn fnv_is_the_published_one() {
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn ranges_are_even_and_reach_both_ends() {
        let mut rng = Rng::new(1);
        let mut seen = [0u32; 6];
        for _ in 0..60_000 {
            seen[rng.within(0..=5) as usize] += 1;
        }
        assert!(seen.iter().all(|&count| (9_500..=10_500).contains(&count)), "{seen:?}");
    }

    #[test]
    fn streams_differ_and_repeat() {
        let draw = |name| Rng::stream(7, name).next_u64();
        assert_eq!(draw("network"), draw("network"));
        assert_ne!(draw("network"), draw("schedule"));
    }

    #[test]
    fn a_shuffle_loses_nothing() {
        let mut items: Vec<u32> = (0..50).collect();
        Rng::new(3).shuffle(&mut items);
        assert_ne!(items, (0..50).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..50).collect::<Vec<_>>());
    }
}
