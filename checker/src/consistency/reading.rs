//! Who read from whom.

use rustc_hash::FxHashMap;

use super::chain::{Chains, Found, LinkId, Makers};
use super::{Anomaly, Finding, Undecided};
use crate::Budget;
use crate::history::{History, Operation, Outcome};
use crate::model::{Makes, Model, Needs, NotInModel};

/// A number of a deed.
pub(super) type Id = usize;

/// What an operation found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Finds {
    /// Nothing that it would tell.
    Any,
    /// What its key held at first.
    Initial,
    /// What this one wrote.
    From(Id),
    /// Anything but some value: nobody knows what.
    Not,
}

/// An operation that happened.
#[derive(Clone, Debug)]
pub(super) struct Deed<'a> {
    pub(super) operation: &'a Operation,
    pub(super) key: usize,
    pub(super) finds: Finds,
    /// The chain of what was found, if a write was.
    pub(super) chain: Option<LinkId>,
    pub(super) writes: bool,
    /// The deed before it in its session.
    pub(super) before: Option<Id>,
    /// The last one before it in its session that tells what the same key held.
    pub(super) earlier: Option<Id>,
    /// The line of deeds that each come after the other: a session's, or its own alone if its
    /// outcome is unknown. And its place there.
    pub(super) line: usize,
    pub(super) place: usize,
}

/// A history in which every read has its write.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    pub(super) deeds: Vec<Deed<'a>>,
    pub(super) lines: Vec<Vec<Id>>,
    pub(super) keys: usize,
    pub(super) chains: Chains,
}

struct Raw<'a, S> {
    operation: &'a Operation,
    key: usize,
    needs: Needs<S>,
    writes: bool,
    happened: bool,
}

impl<'a> Reading<'a> {
    /// Finds every read's write; or says why that cannot be, or that a read has none.
    pub(super) fn of<M: Model>(
        model: &M,
        history: &'a History,
        budget: &Budget<'_>,
    ) -> Result<Result<Reading<'a>, Finding>, NotInModel> {
        let (mut raws, mut keys) = (Vec::new(), FxHashMap::default());
        let mut makers = Makers::new(model, budget);
        for operation in history.operations() {
            if operation.outcome == Outcome::Fail {
                continue;
            }
            let action = model.action(operation)?;
            let hint = model.hint(&action);
            let next = keys.len();
            let key = *keys.entry(model.partition(operation)).or_insert(next);
            let writes = match (&hint.needs, hint.makes) {
                (Needs::Any, Makes::Unsaid) if makers.append(key, action, raws.len()) => true,
                (_, Makes::Unsaid) | (Needs::Unsaid, _) => {
                    return Ok(Err(not_a_register(operation)));
                }
                (Needs::Any, Makes::Same) => continue,
                (_, Makes::Same) => false,
                (Needs::Is(found), Makes::Is(state)) if *found == state => false,
                (_, Makes::Is(state)) => {
                    makers.write(key, state, raws.len());
                    true
                }
            };
            let happened = operation.outcome == Outcome::Ok;
            raws.push(Raw { operation, key, needs: hint.needs, writes, happened });
        }
        Ok(Self::resolve(makers, raws, keys.len()))
    }

    fn resolve<M: Model>(
        mut makers: Makers<'_, M>,
        mut raws: Vec<Raw<'a, M::State>>,
        keys: usize,
    ) -> Result<Reading<'a>, Finding> {
        // What was found has happened, and so has what that one found.
        let mut found = vec![None; raws.len()];
        let mut open: Vec<usize> = (0..raws.len()).filter(|at| raws[*at].happened).collect();
        while let Some(at) = open.pop() {
            let Raw { operation, key, needs: Needs::Is(state), .. } = &raws[at] else { continue };
            let of_key = |why| undecided(why, operation);
            let end = match makers.find(*key, state).map_err(of_key)? {
                Found::Initial => continue,
                Found::Nowhere => return Err(from_nowhere(operation)),
                Found::Link(end) => end,
            };
            found[at] = Some(end);
            for (_, link) in makers.chains.of(Some(end)) {
                // Whoever ends this chain has seen to the ones before.
                if std::mem::replace(&mut raws[link.write].happened, true) {
                    continue;
                }
                open.push(link.write);
            }
        }
        Ok(Self::lined_up(&raws, &found, keys, makers.chains))
    }

    fn lined_up<S>(
        raws: &[Raw<'a, S>],
        found: &[Option<LinkId>],
        keys: usize,
        mut chains: Chains,
    ) -> Reading<'a> {
        let mut numbers = vec![0; raws.len()];
        let there = (0..raws.len()).filter(|at| raws[*at].happened);
        there.zip(0..).for_each(|(at, number)| numbers[at] = number);
        chains.rename(&numbers);
        let mut reading = Reading { deeds: Vec::new(), lines: Vec::new(), keys, chains };
        let mut sessions: FxHashMap<u64, usize> = FxHashMap::default();
        let mut told = FxHashMap::default();
        for (at, raw) in raws.iter().enumerate().filter(|(_, raw)| raw.happened) {
            let session = sessions.get(&raw.operation.process).copied();
            let before = session.and_then(|line| reading.lines[line].last().copied());
            let known = raw.operation.outcome == Outcome::Ok;
            let line = session.filter(|_| known).unwrap_or(reading.lines.len());
            if line == reading.lines.len() {
                reading.lines.push(Vec::new());
            }
            if known {
                sessions.insert(raw.operation.process, line);
            }
            let place = reading.lines[line].len();
            reading.lines[line].push(reading.deeds.len());
            let finds = match (&raw.needs, found[at]) {
                (Needs::Any | Needs::Unsaid, _) => Finds::Any,
                (Needs::Not(_), _) => Finds::Not,
                (Needs::Is(_), None) => Finds::Initial,
                (Needs::Is(_), Some(end)) => Finds::From(reading.chains.links[end as usize].write),
            };
            let Raw { operation, key, writes, .. } = *raw;
            let tells = finds != Finds::Any;
            let of = (operation.process, key);
            let earlier = tells.then(|| told.insert(of, reading.deeds.len())).flatten();
            let chain = found[at];
            reading.deeds.push(Deed {
                operation,
                key,
                finds,
                chain,
                writes,
                before,
                earlier,
                line,
                place,
            });
        }
        reading
    }

    /// The same with one order of everything in mind: what was appended found what it was appended to,
    /// the same wherever it is read. What is read nowhere is as if it took the place of everything.
    pub(super) fn in_one_order(mut self) -> Result<Reading<'a>, Finding> {
        let mut bases: FxHashMap<Id, Option<LinkId>> = FxHashMap::default();
        for link in &self.chains.links {
            let deed = &mut self.deeds[link.write];
            if *bases.entry(link.write).or_insert(link.base) != link.base {
                return Err(appended_twice(deed.operation));
            }
            match (link.base, link.root) {
                (Some(base), _) => {
                    deed.finds = Finds::From(self.chains.links[base as usize].write);
                }
                (None, None) => deed.finds = Finds::Initial,
                (None, Some(_)) => {}
            }
        }
        Ok(self)
    }

    /// The writes that a deed shows, and that its session is not known to have been shown before.
    pub(super) fn shown(&self, id: Id) -> impl Iterator<Item = Id> + use<'_, 'a> {
        let deed = &self.deeds[id];
        let known = deed.earlier.and_then(|earlier| self.deeds[earlier].chain);
        self.chains.beyond(deed.chain, known)
    }

    /// Whether some comparison tells only what it did not find.
    pub(super) fn has_negatives(&self) -> Option<&Operation> {
        let mut deeds = self.deeds.iter();
        deeds.find(|deed| deed.finds == Finds::Not).map(|deed| deed.operation)
    }
}

pub(super) fn not_a_register(operation: &Operation) -> Finding {
    Finding::Unknown(Undecided::NotARegister { operation: Box::new(operation.clone()) })
}

fn undecided(why: Undecided, operation: &Operation) -> Finding {
    Finding::Unknown(match why {
        Undecided::Ambiguous { value, .. } => {
            Undecided::Ambiguous { key: operation.key.clone(), value }
        }
        other => other,
    })
}

fn appended_twice(operation: &Operation) -> Finding {
    let sentence = format!(
        "client {}: {operation} happened once, but is read behind two different texts",
        operation.process
    );
    Finding::Invalid(Box::new(Anomaly { sentence, cycle: Vec::new() }))
}

fn from_nowhere(operation: &Operation) -> Finding {
    let sentence = format!("client {}: {operation} is what nobody wrote", operation.process);
    Finding::Invalid(Box::new(Anomaly { sentence, cycle: Vec::new() }))
}
