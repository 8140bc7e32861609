//! What was found, taken apart into the writes that it shows.
//!
//! A register shows its last write alone. A text to which others were appended shows the one that it
//! began with and all that was appended since: a *chain* of writes. Where every text is appended
//! once there is one way to take it apart, found from its end ([`Model::sources`]).

use rustc_hash::FxHashMap;

use super::Undecided;
use crate::Budget;
use crate::model::Model;

/// A number of a link.
pub(super) type LinkId = u32;

/// The last write of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Link {
    /// The write.
    pub(super) write: usize,
    /// What it was appended to, where that is the end of another chain.
    pub(super) base: Option<LinkId>,
    /// The write that the chain begins with, itself if it took the place of whatever was there; none
    /// where the chain begins with what was there at first.
    pub(super) root: Option<usize>,
    /// How many links are before it.
    pub(super) depth: u32,
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// What was there at first.
    Initial,
    /// What this link ends.
    Link(LinkId),
    /// What nobody wrote.
    Nowhere,
}

/// All chains, each link behind the one that it was appended to.
#[derive(Debug, Default)]
pub(super) struct Chains {
    pub(super) links: Vec<Link>,
}

impl Chains {
    /// Gives the writes other numbers.
    pub(super) fn rename(&mut self, numbers: &[usize]) {
        for link in &mut self.links {
            link.write = numbers[link.write];
            link.root = link.root.map(|root| numbers[root]);
        }
    }

    /// The links of a chain, the last first.
    pub(super) fn of(&self, end: Option<LinkId>) -> impl Iterator<Item = (LinkId, Link)> + use<'_> {
        let link = |id: LinkId| (id, self.links[id as usize]);
        std::iter::successors(end.map(link), move |(_, last)| last.base.map(link))
    }

    /// The writes of a chain that another one does not begin with, the last first.
    pub(super) fn beyond(
        &self,
        end: Option<LinkId>,
        known: Option<LinkId>,
    ) -> impl Iterator<Item = usize> + use<'_> {
        let known = known.filter(|known| {
            let depth = self.links[*known as usize].depth;
            self.of(end).find(|(_, link)| link.depth <= depth).is_some_and(|(id, _)| id == *known)
        });
        self.of(end).take_while(move |(id, _)| Some(*id) != known).map(|(_, link)| link.write)
    }

    /// The union of what the writes of a chain have; `memo` has what was asked before.
    pub(super) fn union(&self, end: Option<LinkId>, of: &[u64], memo: &mut [Option<u64>]) -> u64 {
        let new: Vec<(LinkId, Link)> =
            self.of(end).take_while(|(id, _)| memo[*id as usize].is_none()).collect();
        for (id, link) in new.into_iter().rev() {
            let before = link.base.and_then(|base| memo[base as usize]).unwrap_or(0);
            memo[id as usize] = Some(before | of[link.write]);
        }
        end.and_then(|end| memo[end as usize]).unwrap_or(0)
    }
}

/// How a state came about.
enum Origin<S> {
    Initial,
    Written(usize),
    Grown(usize, S),
    Nowhere,
}

/// Takes apart what was found.
pub(super) struct Makers<'m, M: Model> {
    model: &'m M,
    initial: M::State,
    expired: &'m dyn Fn() -> bool,
    /// Who wrote a state as a whole.
    writers: FxHashMap<(usize, M::State), Vec<usize>>,
    /// Who appended, by key.
    appends: FxHashMap<usize, Vec<(usize, M::Action)>>,
    known: FxHashMap<(usize, M::State), Found>,
    pub(super) chains: Chains,
}

impl<'m, M: Model> Makers<'m, M> {
    pub(super) fn new(model: &'m M, budget: &'m Budget<'_>) -> Makers<'m, M> {
        Makers {
            model,
            initial: model.initial(),
            expired: budget.expired,
            writers: FxHashMap::default(),
            appends: FxHashMap::default(),
            known: FxHashMap::default(),
            chains: Chains::default(),
        }
    }

    pub(super) fn write(&mut self, key: usize, state: M::State, by: usize) {
        self.writers.entry((key, state)).or_default().push(by);
    }

    /// Takes in an append; false if the model does not say what it can have made.
    pub(super) fn append(&mut self, key: usize, action: M::Action, by: usize) -> bool {
        let understood = self.model.sources(&action, &self.initial).is_some();
        self.appends.entry(key).or_default().push((by, action));
        understood
    }

    /// The chain that a state ends; not decided if there may be several.
    pub(super) fn find(&mut self, key: usize, state: &M::State) -> Result<Found, Undecided> {
        let (mut grown, mut at) = (Vec::new(), state.clone());
        let mut found = loop {
            if let Some(found) = self.known.get(&(key, at.clone())) {
                break *found;
            }
            match self.origin(key, &at)? {
                Origin::Grown(write, before) => {
                    grown.push((write, std::mem::replace(&mut at, before)));
                }
                Origin::Initial => break self.learn(key, at, Found::Initial),
                Origin::Nowhere => break self.learn(key, at, Found::Nowhere),
                Origin::Written(write) => {
                    let link = Link { write, base: None, root: Some(write), depth: 0 };
                    let found = self.push(link);
                    break self.learn(key, at, found);
                }
            }
        };
        for (write, state) in grown.into_iter().rev() {
            let next = self.appended(found, write);
            found = self.learn(key, state, next);
        }
        Ok(found)
    }

    /// What comes of an append. Nobody appends twice.
    fn appended(&mut self, to: Found, write: usize) -> Found {
        match to {
            Found::Initial => self.push(Link { write, base: None, root: None, depth: 0 }),
            Found::Link(end) if self.chains.of(Some(end)).all(|(_, link)| link.write != write) => {
                let Link { root, depth, .. } = self.chains.links[end as usize];
                self.push(Link { write, base: Some(end), root, depth: depth + 1 })
            }
            Found::Link(_) | Found::Nowhere => Found::Nowhere,
        }
    }

    fn learn(&mut self, key: usize, state: M::State, found: Found) -> Found {
        self.known.insert((key, state), found);
        found
    }

    fn push(&mut self, link: Link) -> Found {
        self.chains.links.push(link);
        Found::Link(self.chains.links.len() as LinkId - 1)
    }

    fn origin(&self, key: usize, state: &M::State) -> Result<Origin<M::State>, Undecided> {
        if (self.expired)() {
            return Err(Undecided::Time);
        }
        let writers = self.writers.get(&(key, state.clone())).map_or(&[][..], |all| all);
        let ambiguous = || Undecided::Ambiguous { key: None, value: self.model.describe(state) };
        let mut grown = self.grown(key, state).ok_or_else(ambiguous)?;
        if grown.len() + writers.len() > 1 {
            grown.retain(|(_, before)| self.can_be(key, before));
        }
        match (writers, grown.pop(), *state == self.initial) {
            ([], None, true) => Ok(Origin::Initial),
            ([write], None, false) => Ok(Origin::Written(*write)),
            ([], Some((write, before)), false) if grown.is_empty() => {
                Ok(Origin::Grown(write, before))
            }
            ([], None, false) => Ok(Origin::Nowhere),
            _ => Err(ambiguous()),
        }
    }

    /// Who can have made the state by appending to another one; `None` if the model does not say, or
    /// somebody may have appended nothing, whom no reader can have seen.
    fn grown(&self, key: usize, state: &M::State) -> Option<Vec<(usize, M::State)>> {
        let mut grown = Vec::new();
        for (by, action) in self.appends.get(&key).map_or(&[][..], |all| all) {
            let sources = self.model.sources(action, state)?;
            if sources.contains(state) {
                return None;
            }
            grown.extend(sources.into_iter().map(|source| (*by, source)));
        }
        Some(grown)
    }

    /// Whether anybody may have made the state.
    fn can_be(&self, key: usize, state: &M::State) -> bool {
        *state == self.initial
            || self.writers.contains_key(&(key, state.clone()))
            || self.grown(key, state).is_none_or(|grown| !grown.is_empty())
    }
}
