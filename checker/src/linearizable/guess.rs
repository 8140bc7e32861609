//! A search for *some* linearization, which follows a few configurations only: a beam search with
//! backtracking.
//!
//! Where many configurations survive, most of them have a future, and one is enough. So the search
//! keeps a few: those that used the fewest operations of unknown outcome. If they die, that says
//! nothing, and it goes back a little and keeps more of them until the difficult place has passed.
//! Only success counts, and a death before anything was dropped. But where the few die, all may: if
//! operations of unknown outcome play a part, it is first asked whether a search that lends these
//! without limit dies too.

use std::collections::VecDeque;

use super::limits::Stop;
use super::search::Beam;
use super::space::Space;
use super::walk::{Place, Walk};
use crate::model::Model;

/// How hard a guess tries.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// What to keep, and how many moments to go back for it; each is for where the one before failed.
    efforts: &'static [(Beam, usize)],
    /// How many moments lie between two places to come back to.
    every: usize,
    /// How many such places are remembered.
    kept: usize,
}

/// Enough for histories of a million operations with some thousands of unknown outcome.
pub(super) const PATIENCE: Patience = Patience {
    efforts: &[
        (beam(8, 1), 0),
        (beam(32, 16), 64),
        (beam(128, 64), 256),
        (beam(512, 128), 512),
        (beam(1024, 256), 1024),
    ],
    every: 64,
    kept: 32,
};

const fn beam(width: usize, enough: usize) -> Beam {
    Beam { width, enough, drops: true }
}

/// A place so many times as far is worth asking about again.
const FARTHER: usize = 8;

/// How a guess ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guess {
    /// There is a linearization.
    Found,
    /// There is none: nothing was left, and nothing had been dropped.
    Dead,
    /// There is none, as was found when it was asked.
    Doomed,
    /// None was found.
    Lost,
    /// The search was stopped.
    Stopped(Stop),
}

/// Looks for a linearization. `is_doomed` tells, at little cost, whether surely nothing survives the
/// moment at a place; it is asked a few times at most.
pub(super) fn guess<M: Model, const W: usize>(
    space: &mut Space<'_, M>,
    walk: &mut Walk<'_, W>,
    patience: Patience,
    mut is_doomed: impl FnMut(&mut Space<'_, M>, usize) -> bool,
) -> Guess {
    let Patience { efforts, every, .. } = patience;
    let mut places: VecDeque<Place<W>> = VecDeque::new();
    let (mut effort, mut furthest, mut asked) = (0, 0, 0);
    walk.search.narrow(efforts[effort].0);
    while !walk.is_over() {
        if walk.at.is_multiple_of(every) {
            remember(&mut places, walk, patience.kept);
        }
        if effort > 0 && walk.at > furthest + every {
            effort = 0;
            walk.search.narrow(efforts[effort].0);
        }
        match walk.pass(space) {
            Ok(()) => continue,
            Err(Stop::Expired) => return Guess::Stopped(Stop::Expired),
            Err(Stop::Dead) if !walk.search.lossy => return Guess::Dead,
            Err(Stop::Dead | Stop::Configurations | Stop::Bytes) => {}
        }
        if walk.at >= FARTHER * asked && !walk.search.pool.kinds().is_empty() {
            asked = walk.at;
            if is_doomed(space, walk.at) {
                return Guess::Doomed;
            }
        }
        effort += 1;
        furthest = furthest.max(walk.at);
        let Some((beam, back)) = efforts.get(effort) else { return Guess::Lost };
        walk.search.narrow(*beam);
        go_back(&mut places, walk, furthest.saturating_sub(*back));
    }
    if walk.search.is_honest() { Guess::Found } else { Guess::Lost }
}

fn remember<const W: usize>(places: &mut VecDeque<Place<W>>, walk: &Walk<'_, W>, kept: usize) {
    if places.back().is_none_or(|place| place.at < walk.at) {
        places.push_back(walk.bookmark());
        if places.len() > kept {
            places.pop_front();
        }
    }
}

/// Goes back to the last place no later than the moment, or to the earliest that is remembered.
fn go_back<const W: usize>(places: &mut VecDeque<Place<W>>, walk: &mut Walk<'_, W>, moment: usize) {
    while places.len() > 1 && places.back().is_some_and(|place| place.at > moment) {
        places.pop_back();
    }
    if let Some(place) = places.back() {
        walk.go_back(place);
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::history::{Event, EventType, History, Value};
    use crate::linearizable::demand::Demand;
    use crate::linearizable::limits::Limits;
    use crate::linearizable::partition::partitions;
    use crate::linearizable::possible::possible;
    use crate::linearizable::search::Search;
    use crate::linearizable::unknown::roles;
    use crate::model::CasRegister;
    use crate::testing::{draws, event};

    /// So little that even a small history loses its way and has to go back.
    const HASTE: Patience = Patience {
        efforts: &[(beam(1, 1), 0), (beam(1, 2), 4), (beam(2, 2), 12)],
        every: 2,
        kept: 4,
    };

    /// So much that nothing is lost but what led to the same by other operations of unknown outcome.
    const WIDE: Patience =
        Patience { efforts: &[(beam(10_000, 10_000), 0)], every: usize::MAX, kept: 1 };

    pub(in crate::linearizable) const LIMITS: Limits<'_> =
        Limits { configurations: 100_000, bytes: 1 << 30, expired: &|| false };

    pub(in crate::linearizable) fn random(seed: u64) -> Vec<Event> {
        let mut below = draws(seed);
        let mut open: Vec<Option<(String, Value)>> = vec![None; 4];
        let mut processes = [0, 1, 2, 3];
        let events = (0..40).map(|index| {
            let client = below(4) as usize;
            let value = Value::Int(below(3) as i64);
            let process = processes[client];
            let Some((f, input)) = open[client].take() else {
                let (f, input) = match below(5) {
                    0 | 1 => ("read", Value::Nil),
                    2 => ("write", value),
                    _ => ("cas", Value::list([value, Value::Int(below(3) as i64)])),
                };
                open[client] = Some((f.to_owned(), input.clone()));
                return event(index, process, EventType::Invoke, f, input);
            };
            if below(5) == 0 {
                processes[client] += 4;
                return event(index, process, EventType::Info, &f, Value::Nil);
            }
            let found = if f == "read" { value } else { input };
            event(index, process, EventType::Ok, &f, found)
        });
        events.collect()
    }

    /// What somebody finds who walks over a random history, and whether there is a linearization.
    pub(in crate::linearizable) fn found_and_truth<F>(
        seed: u64,
        find: impl FnOnce(&mut Space<'_, CasRegister>, &mut Walk<'_, 1>) -> F,
    ) -> (F, bool) {
        let model = CasRegister::with_initial(Value::Int(0));
        let history = History::from_events(random(seed)).unwrap();
        let mut part = partitions(&model, &history).unwrap().remove(0);
        let case = &part.case;
        let demand = Demand::of(case.steps.iter(), part.space.states());
        let roles = roles(&case.steps, &case.moments, &demand);
        let search = Search::<1>::new(case.initial, demand, true, case.concurrency(), LIMITS);
        let mut walk = Walk::new(case, search, roles);
        let found = find(&mut part.space, &mut walk);
        (found, possible(&mut part.space, case, LIMITS).is_none())
    }

    #[test]
    fn a_guess_is_right_or_lost() {
        let patience = (0..8_000).map(|seed| if seed % 2 == 0 { HASTE } else { WIDE });
        let (mut found, mut dead, mut lost) = (0, 0, 0);
        for (seed, patience) in (0..).zip(patience) {
            let end =
                found_and_truth(seed, |space, walk| guess(space, walk, patience, |_, _| false));
            match end {
                (Guess::Found, true) => found += 1,
                (Guess::Dead, false) => dead += 1,
                (Guess::Lost, _) => lost += 1,
                wrong => panic!("seed {seed}: {wrong:?}"),
            }
        }
        assert!(found.min(dead).min(lost) > 20, "{found} {dead} {lost}");
    }
}
