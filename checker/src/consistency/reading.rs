//! Who read from whom.

use rustc_hash::FxHashMap;

use super::{Anomaly, Finding, Undecided};
use crate::history::{History, Operation, Outcome, Value};
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
    pub(super) writes: bool,
    /// The deed before it in its session.
    pub(super) before: Option<Id>,
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
}

struct Raw<'a, S> {
    operation: &'a Operation,
    key: usize,
    needs: Needs<S>,
    makes: Option<S>,
    happened: bool,
}

impl<'a> Reading<'a> {
    /// Finds every read's write; or says why that cannot be, or that a read has none.
    pub(super) fn of<M: Model>(
        model: &M,
        history: &'a History,
    ) -> Result<Result<Reading<'a>, Finding>, NotInModel> {
        let (mut raws, mut keys) = (Vec::new(), FxHashMap::default());
        for operation in history.operations() {
            if operation.outcome == Outcome::Fail {
                continue;
            }
            let hint = model.hint(&model.action(operation)?);
            let next = keys.len();
            let key = *keys.entry(model.partition(operation)).or_insert(next);
            let happened = operation.outcome == Outcome::Ok;
            let makes = match hint.makes {
                Makes::Unsaid => return Ok(Err(not_a_register(operation))),
                Makes::Same => None,
                Makes::Is(state) if hint.needs == Needs::Is(state.clone()) => None,
                Makes::Is(state) => Some(state),
            };
            match hint.needs {
                Needs::Unsaid => return Ok(Err(not_a_register(operation))),
                Needs::Any if makes.is_none() => {}
                needs => raws.push(Raw { operation, key, needs, makes, happened }),
            }
        }
        Ok(Self::resolve(model, raws, keys.len()))
    }

    fn resolve<M: Model>(
        model: &M,
        mut raws: Vec<Raw<'a, M::State>>,
        keys: usize,
    ) -> Result<Reading<'a>, Finding> {
        let initial = model.initial();
        let mut writers: FxHashMap<(usize, M::State), Vec<usize>> = FxHashMap::default();
        for (number, raw) in raws.iter().enumerate() {
            if let Some(state) = &raw.makes {
                writers.entry((raw.key, state.clone())).or_default().push(number);
            }
        }
        // What was found has happened, and so has what that one found.
        let mut sources = vec![None; raws.len()];
        let mut open: Vec<usize> = (0..raws.len()).filter(|at| raws[*at].happened).collect();
        while let Some(at) = open.pop() {
            let Needs::Is(state) = &raws[at].needs else { continue };
            let at_first = *state == initial;
            let makers = writers.get(&(raws[at].key, state.clone())).map_or(&[][..], |all| all);
            match (makers, at_first) {
                ([], true) => {}
                ([maker], false) => {
                    sources[at] = Some(*maker);
                    if !std::mem::replace(&mut raws[*maker].happened, true) {
                        open.push(*maker);
                    }
                }
                ([], false) => return Err(from_nowhere(raws[at].operation)),
                _ => {
                    let key: Option<Value> = model.partition(raws[at].operation);
                    let value = model.describe(state);
                    return Err(Finding::Unknown(Undecided::Ambiguous { key, value }));
                }
            }
        }
        Ok(Self::lined_up(&raws, &sources, keys))
    }

    fn lined_up<S>(raws: &[Raw<'a, S>], sources: &[Option<usize>], keys: usize) -> Reading<'a> {
        let mut numbers = vec![0; raws.len()];
        let there = (0..raws.len()).filter(|at| raws[*at].happened);
        there.zip(0..).for_each(|(at, number)| numbers[at] = number);
        let mut reading = Reading { deeds: Vec::new(), lines: Vec::new(), keys };
        let mut sessions: FxHashMap<u64, usize> = FxHashMap::default();
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
            let finds = match (&raw.needs, sources[at]) {
                (Needs::Any | Needs::Unsaid, _) => Finds::Any,
                (Needs::Not(_), _) => Finds::Not,
                (Needs::Is(_), None) => Finds::Initial,
                (Needs::Is(_), Some(source)) => Finds::From(numbers[source]),
            };
            let (operation, key, writes) = (raw.operation, raw.key, raw.makes.is_some());
            reading.deeds.push(Deed { operation, key, finds, writes, before, line, place });
        }
        reading
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

fn from_nowhere(operation: &Operation) -> Finding {
    let sentence = format!("client {}: {operation} is what nobody wrote", operation.process);
    Finding::Invalid(Box::new(Anomaly { sentence, cycle: Vec::new() }))
}
