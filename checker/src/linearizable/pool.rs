//! Operations of unknown outcome, pooled.
//!
//! Such an operation has no deadline: from its call on it may take effect at any time, or never. So
//! equal ones are interchangeable, and all a configuration has to remember is *how many* of
//! each kind it has used. Usages are interned: a configuration holds a number.

use rustc_hash::FxHashMap;

use super::space::Code;

/// Number of an interned usage.
pub(crate) type UsageId = u32;

/// No operation of unknown outcome used.
pub(crate) const UNUSED: UsageId = 0;

/// The kinds of operations of unknown outcome that have been called, and the usages met so far.
#[derive(Debug)]
pub(crate) struct Pool {
    kinds: Vec<Kind>,
    by_code: FxHashMap<Code, u32>,
    /// Each usage as sorted (kind, count) pairs.
    usages: Vec<Box<[(u32, u32)]>>,
    ids: FxHashMap<Box<[(u32, u32)]>, UsageId>,
}

#[derive(Clone, Copy, Debug)]
struct Kind {
    code: Code,
    called: u32,
}

impl Default for Pool {
    fn default() -> Pool {
        let mut pool = Pool {
            kinds: Vec::new(),
            by_code: FxHashMap::default(),
            usages: Vec::new(),
            ids: FxHashMap::default(),
        };
        pool.intern(Box::default());
        pool
    }
}

impl Pool {
    /// One more operation of this kind has been called.
    pub(crate) fn call(&mut self, code: Code) {
        let next = self.kinds.len() as u32;
        let kind = *self.by_code.entry(code).or_insert(next);
        if kind == next {
            self.kinds.push(Kind { code, called: 0 });
        }
        self.kinds[kind as usize].called += 1;
    }

    pub(crate) fn kinds(&self) -> std::ops::Range<u32> {
        0..self.kinds.len() as u32
    }

    pub(crate) fn code(&self, kind: u32) -> Code {
        self.kinds[kind as usize].code
    }

    /// The usage with one more of the kind, unless all that were called are used.
    pub(crate) fn take(&mut self, usage: UsageId, kind: u32) -> Option<UsageId> {
        let mut counts = self.usages[usage as usize].to_vec();
        let place = counts.partition_point(|(other, _)| *other < kind);
        if counts.get(place).is_none_or(|(other, _)| *other != kind) {
            counts.insert(place, (kind, 0));
        }
        if counts[place].1 == self.kinds[kind as usize].called {
            return None;
        }
        counts[place].1 += 1;
        Some(self.intern(counts.into()))
    }

    /// Whether the first usage leaves at least as much as the second.
    pub(crate) fn spares(&self, first: UsageId, second: UsageId) -> bool {
        if first == second || first == UNUSED {
            return true;
        }
        let mut rest = self.usages[second as usize].iter();
        self.usages[first as usize]
            .iter()
            .all(|(kind, count)| rest.any(|(other, most)| other == kind && count <= most))
    }

    fn intern(&mut self, counts: Box<[(u32, u32)]>) -> UsageId {
        if let Some(id) = self.ids.get(&counts) {
            return *id;
        }
        let id = self.usages.len() as UsageId;
        self.usages.push(counts.clone());
        self.ids.insert(counts, id);
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linearizable::space::{Make, Need};

    #[test]
    fn usages_count_and_compare() {
        let (a, b) = (
            Code { need: Need::Any, make: Make::To(1) },
            Code { need: Need::Any, make: Make::To(2) },
        );
        let mut pool = Pool::default();
        pool.call(a);
        pool.call(b);
        pool.call(b);
        let one = pool.take(UNUSED, 1).unwrap();
        let two = pool.take(one, 1).unwrap();
        let other = pool.take(UNUSED, 0).unwrap();
        assert_eq!(pool.take(two, 1), None);
        assert!(pool.spares(one, two) && !pool.spares(two, one));
        assert!(!pool.spares(one, other) && !pool.spares(other, two));
        let both = pool.take(other, 1).unwrap();
        assert!(pool.spares(one, both) && pool.spares(other, both) && !pool.spares(two, both));
    }
}
