//! Operations of unknown outcome, pooled.
//!
//! Such an operation has no deadline: from its call on it may take effect at any time, or never. So
//! equal ones are interchangeable, and all a configuration has to remember is *how many* of
//! each kind it has used. Usages are interned: a configuration holds a number.
//!
//! There are two ways to look at usages. An **exact** pool never lends more than has been called, and
//! compares usages kind by kind. An **optimistic** pool lends without limit, but marks a configuration
//! that took too much as overdrawn. If even so no configuration survives, there is no
//! linearization; and one that survives without being overdrawn is a true one. Only when all that
//! survive are overdrawn is the exact pool needed, with its many more configurations.

use rustc_hash::FxHashMap;

use super::config::Config;
use super::space::{Code, Make, Renamed, StateId};
use super::usage::Usages;
pub(crate) use super::usage::{UNUSED, UsageId};

/// More used than were called.
pub(crate) const OVERDRAWN: UsageId = UsageId::MAX;

/// The kinds of operations of unknown outcome that have been called, and the usages met so far.
#[derive(Debug)]
pub(crate) struct Pool {
    pub(crate) exact: bool,
    kinds: Vec<Kind>,
    by_code: FxHashMap<Code, u32>,
    usages: Usages,
}

#[derive(Clone, Copy, Debug)]
struct Kind {
    code: Code,
    called: u32,
}

impl Pool {
    pub(crate) fn new(exact: bool) -> Pool {
        let (kinds, by_code) = (Vec::new(), FxHashMap::default());
        Pool { exact, kinds, by_code, usages: Usages::new() }
    }

    /// One more operation of this kind has been called.
    pub(crate) fn call(&mut self, code: Code) {
        let next = self.kinds.len() as u32;
        let kind = *self.by_code.entry(code).or_insert(next);
        if kind == next {
            self.kinds.push(Kind { code, called: 0 });
        }
        self.kinds[kind as usize].called += 1;
    }

    /// Takes back the last call of this kind.
    pub(crate) fn take_back(&mut self, code: Code) {
        if let Some(kind) = self.by_code.get(&code) {
            self.kinds[*kind as usize].called -= 1;
        }
    }

    pub(crate) fn kinds(&self) -> std::ops::Range<u32> {
        0..self.kinds.len() as u32
    }

    pub(crate) fn code(&self, kind: u32) -> Code {
        self.kinds[kind as usize].code
    }

    /// Whether an operation in the pool makes this state.
    pub(crate) fn makes(&self, state: StateId) -> bool {
        self.kinds.iter().any(|kind| kind.code.make == Make::To(state))
    }

    /// How much memory the usages take.
    pub(crate) fn bytes(&self) -> usize {
        self.usages.bytes()
    }

    /// The usage with one more of the kind; `None` if an exact pool has no more to lend.
    pub(crate) fn take(&mut self, usage: UsageId, kind: u32) -> Option<UsageId> {
        if usage == OVERDRAWN {
            return Some(OVERDRAWN);
        }
        let next = self.usages.more(usage, kind, self.kinds[kind as usize].called);
        next.or((!self.exact).then_some(OVERDRAWN))
    }

    /// How many operations of which code a usage comes to. An optimistic pool, for which one honest usage is
    /// as good as another, does not tell.
    pub(super) fn used(&self, usage: UsageId) -> impl Iterator<Item = (Code, u32)> {
        let tells = self.exact && usage != OVERDRAWN;
        let pairs = if tells { self.usages.pairs(usage) } else { &[] };
        pairs.iter().map(|(kind, count)| (self.code(*kind), *count))
    }

    /// How many operations a usage comes to.
    pub(crate) fn total(&self, usage: UsageId) -> u32 {
        self.usages.total(usage).unwrap_or(u32::MAX)
    }

    /// Whether the first usage leaves at least as much as the second. An optimistic pool only looks at
    /// how many were used in all: who used fewer is less likely to be overdrawn one day.
    pub(crate) fn spares(&self, first: UsageId, second: UsageId) -> bool {
        if first == second || first == UNUSED || second == OVERDRAWN {
            return true;
        }
        if first == OVERDRAWN {
            return false;
        }
        if !self.exact {
            return self.total(first) <= self.total(second);
        }
        let mut rest = self.usages.pairs(second).iter();
        let first = self.usages.pairs(first).iter();
        first.into_iter().all(|(kind, count)| {
            rest.find(|(other, _)| other >= kind)
                .is_some_and(|(other, most)| other == kind && count <= most)
        })
    }

    /// Starts afresh: what every configuration has used is gone for good. Kinds of which all have used
    /// the same may be put to sleep, and are handed back with how many there are.
    pub(super) fn settle<const W: usize>(
        &mut self,
        frontier: &mut [Config<W>],
        may_sleep: impl Fn(Code) -> bool,
    ) -> Vec<(Code, u32)> {
        let honest = frontier.iter().map(|config| config.usage);
        let mut ids: Vec<UsageId> = honest.filter(|usage| *usage != OVERDRAWN).collect();
        ids.sort_unstable();
        ids.dedup();
        let old = std::mem::replace(self, Pool::new(self.exact));
        let (mut asleep, mut fates) = (Vec::new(), Vec::new());
        for (kind, Kind { code, called }) in (0..).zip(old.kinds.iter().copied()) {
            let used = ids.iter().map(|id| old.usages.used(*id, kind));
            let least = used.clone().min().unwrap_or(0);
            let even = used.max() == Some(least);
            let left = called - least;
            fates.push((self.kinds.len() as u32, least));
            if left > 0 && even && may_sleep(code) {
                asleep.push((code, left));
            } else if left > 0 {
                self.by_code.insert(code, self.kinds.len() as u32);
                self.kinds.push(Kind { code, called: left });
            }
        }
        let renumber = |(kind, used): &(u32, u32)| {
            let (kind, least) = fates[*kind as usize];
            (*used > least).then_some((kind, used - least))
        };
        let renamed: FxHashMap<UsageId, UsageId> = ids
            .into_iter()
            .map(|id| (id, self.usages.intern(old.usages.pairs(id).iter().filter_map(renumber))))
            .collect();
        for config in frontier {
            config.usage = renamed.get(&config.usage).copied().unwrap_or(OVERDRAWN);
        }
        asleep
    }

    /// The codes with their new numbers.
    pub(super) fn rename(&mut self, renamed: &Renamed) {
        self.by_code.clear();
        for (number, kind) in (0..).zip(&mut self.kinds) {
            kind.code = renamed.code(kind.code);
            self.by_code.insert(kind.code, number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linearizable::space::Need;

    fn write(state: StateId) -> Code {
        Code { need: Need::Any, make: Make::To(state), action: super::super::space::PLAIN }
    }

    fn pool(exact: bool) -> Pool {
        let mut pool = Pool::new(exact);
        pool.call(write(1));
        pool.call(write(2));
        pool.call(write(2));
        pool
    }

    #[test]
    fn usages_count_and_compare() {
        let mut pool = pool(true);
        let one = pool.take(UNUSED, 1).unwrap();
        let two = pool.take(one, 1).unwrap();
        let other = pool.take(UNUSED, 0).unwrap();
        assert_eq!(pool.take(two, 1), None);
        assert!(pool.spares(one, two) && !pool.spares(two, one));
        assert!(!pool.spares(one, other) && !pool.spares(other, two));
        let both = pool.take(other, 1).unwrap();
        assert!(pool.spares(one, both) && pool.spares(other, both) && !pool.spares(two, both));
    }

    #[test]
    fn an_optimistic_pool_lends_and_remembers() {
        let mut pool = pool(false);
        let one = pool.take(UNUSED, 0).unwrap();
        assert_eq!(pool.take(one, 0), Some(OVERDRAWN));
        assert_eq!(pool.take(OVERDRAWN, 1), Some(OVERDRAWN));
        assert!(pool.spares(one, OVERDRAWN) && !pool.spares(OVERDRAWN, one));
        assert!(pool.makes(2) && !pool.makes(3));
    }
}
