//! The links of one cluster.

use super::rule::{Passage, Rule};
use super::{Cause, Effect, Endpoint, Fate, LinkParams, Totals};
use chaos_node::{Nanos, Rng};

/// The directed links between all endpoints of one cluster. The last endpoint is the clients'.
#[derive(Clone, Debug)]
pub struct Links {
    endpoints: u16,
    seed: u64,
    links: Vec<Link>,
    effects: Vec<Effect>,
    totals: Totals,
}

#[derive(Clone, Debug, Default)]
struct Link {
    /// When the last message of the pipe arrives: none behind it arrives before.
    floor: Nanos,
    rules: Vec<Rule>,
}

impl Links {
    /// Links between so many endpoints. Those between nodes behave as `base` says; those of the
    /// clients are perfect. All draws come from `seed`.
    ///
    /// # Panics
    /// If there are no endpoints, or 65 536 and more.
    pub fn new(endpoints: usize, base: LinkParams, seed: u64) -> Links {
        let endpoints = u16::try_from(endpoints).expect("fewer than 65 536 endpoints");
        assert!(endpoints > 0, "the clients are an endpoint");
        let count = usize::from(endpoints) * usize::from(endpoints);
        let links = vec![Link::default(); count];
        let mut links =
            Links { endpoints, seed, links, effects: Vec::new(), totals: Totals::default() };
        if !base.is_perfect() {
            links.shape_nodes(base);
        }
        links
    }

    /// The endpoint of all clients.
    pub fn clients(&self) -> Endpoint {
        Endpoint(self.endpoints - 1)
    }

    /// The endpoints of the nodes, n1's first.
    pub fn nodes(&self) -> impl Iterator<Item = Endpoint> + use<> {
        (0..self.endpoints - 1).map(Endpoint)
    }

    /// From now on and until the fault is lifted, nothing gets through from `from` to `to`.
    ///
    /// # Panics
    /// If there is no such endpoint; so do all functions here that take one.
    pub fn cut(&mut self, fault: usize, from: Endpoint, to: Endpoint) {
        self.own(fault);
        self.link_mut(from, to).rules.push(Rule::cut(fault));
    }

    /// From now on and until the fault is lifted, the link does this on top of all it does already.
    pub fn degrade(&mut self, fault: usize, from: Endpoint, to: Endpoint, params: LinkParams) {
        self.own(fault);
        self.shape(Cause::Fault(fault), from, to, params);
    }

    /// Takes all rules of a fault away. What it held back already still arrives when it was told.
    pub fn lift(&mut self, fault: usize) {
        for link in &mut self.links {
            link.rules.retain(|rule| rule.cause != Cause::Fault(fault));
        }
    }

    /// Decides what becomes of a message that is sent now.
    pub fn judge(&mut self, from: Endpoint, to: Endpoint, now: Nanos) -> Fate {
        let counted = from != self.clients() && to != self.clients();
        let index = self.index(from, to);
        let link = &mut self.links[index];
        let passage = pass(&mut link.rules, &mut self.effects);
        if counted {
            self.totals.count(passage.as_ref().ok());
        }
        match passage {
            Ok(passage) => link.deliver(now, passage),
            Err(cause) => Fate::Drop(cause),
        }
    }

    /// What the rules of a fault did so far.
    pub fn effect(&self, fault: usize) -> Effect {
        self.effects.get(fault).copied().unwrap_or_default()
    }

    /// What the network did so far between nodes.
    pub fn totals(&self) -> Totals {
        self.totals
    }

    fn shape_nodes(&mut self, base: LinkParams) {
        for from in self.nodes() {
            for to in self.nodes().filter(|to| *to != from) {
                self.shape(Cause::Base, from, to, base);
            }
        }
    }

    fn shape(&mut self, cause: Cause, from: Endpoint, to: Endpoint, params: LinkParams) {
        let owner = match cause {
            Cause::Base => "base".to_owned(),
            Cause::Fault(fault) => format!("fault {fault}"),
        };
        let rng = Rng::stream(self.seed, &format!("link {} to {}, {owner}", from.0, to.0));
        self.link_mut(from, to).rules.push(Rule::shape(cause, params, rng));
    }

    /// Makes room for what the fault will have done.
    fn own(&mut self, fault: usize) {
        if self.effects.len() <= fault {
            self.effects.resize(fault + 1, Effect::default());
        }
    }

    fn link_mut(&mut self, from: Endpoint, to: Endpoint) -> &mut Link {
        let index = self.index(from, to);
        &mut self.links[index]
    }

    fn index(&self, from: Endpoint, to: Endpoint) -> usize {
        assert!(from.0 < self.endpoints && to.0 < self.endpoints, "no link {from:?} to {to:?}");
        from.index() * usize::from(self.endpoints) + to.index()
    }
}

/// Asks the rules one after the other: how the message passes them all, or whose rule drops it.
fn pass(rules: &mut [Rule], effects: &mut [Effect]) -> Result<Passage, Cause> {
    let mut whole = Passage::default();
    for rule in rules {
        let passage = rule.draw();
        if let Cause::Fault(fault) = rule.cause {
            let dropped = Effect { dropped: 1, ..Effect::default() };
            effects[fault] += passage.as_ref().map_or(dropped, Passage::effect);
        }
        whole = whole.then(passage.ok_or(rule.cause)?);
    }
    Ok(whole)
}

impl Link {
    fn deliver(&mut self, now: Nanos, passage: Passage) -> Fate {
        let alone = now + passage.delay;
        let hold = passage.hold.unwrap_or_default();
        let at = self.floor.max(alone) + hold;
        // Counted from the message's own time, not from where the pipe has it: else copy after copy
        // would put the end of the pipe off, without bound.
        let copy = passage.copy.map(|behind| at.max(alone + hold + behind));
        if passage.hold.is_none() {
            self.floor = copy.unwrap_or(at);
        }
        Fate::Deliver { at, copy }
    }
}

impl Totals {
    fn count(&mut self, passed: Option<&Passage>) {
        let Some(passage) = passed else {
            self.dropped += 1;
            return;
        };
        let Effect { duplicated, reordered, .. } = passage.effect();
        self.delivered += 1 + duplicated;
        self.duplicated += duplicated;
        self.reordered += reordered;
    }
}

#[cfg(test)]
#[path = "laws.rs"]
mod laws;
