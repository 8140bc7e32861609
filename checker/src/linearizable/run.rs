//! Drives a search over a case.

use super::case::{Case, Cut};
use super::demand::Demand;
use super::element;
use super::glance::{GLANCE, glance};
use super::growth;
use super::guess::{Guess, PATIENCE, guess};
use super::limits::{Limits, Stop};
use super::resolve::resolve;
use super::search::Search;
use super::space::{Space, StateId};
use super::unknown::roles;
use super::walk::Walk;
use crate::model::Model;

/// How a search ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// A linearization exists.
    Alive,
    /// None exists.
    Dead(Box<Death>),
    /// The search was given up.
    Gave(Stop),
}

/// Where and how the last configuration died.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Death {
    /// The return that none survived.
    pub(super) moment: usize,
    /// States that an operation still to come would have needed, and that nothing could make again.
    pub(super) stranded: Vec<StateId>,
    /// The last moment at which there was only one possibility, as far as what came later was kept in mind.
    pub(super) cut: Cut,
    /// The last moment at which there was only one, whatever came later.
    pub(super) sure: Cut,
}

/// The largest number of slots.
pub(super) const MOST_SLOTS: usize = 2048;

/// Does something with as many words of slots as so many open operations take.
macro_rules! with_words {
    ($open:expr, $words:ident => $work:expr) => {
        match $open {
            0..=48 => with_words!(1, $words, $work),
            49..=112 => with_words!(2, $words, $work),
            113..=240 => with_words!(4, $words, $work),
            _ => with_words!($crate::linearizable::run::MOST_SLOTS / 64, $words, $work),
        }
    };
    ($many:expr, $words:ident, $work:expr) => {{
        const $words: usize = $many;
        $work
    }};
}
pub(super) use with_words;

/// The configurations that are worth a try before a case is [resolved](resolve): that takes about as
/// long as a search with so many.
const FEW: usize = 64;

/// Searches a case; the caller has checked that [`MOST_SLOTS`] suffice.
///
/// First a guess, which follows a few configurations only: if it finds a linearization there is one. Then
/// optimistically: a death there is a true one, and so is an honest survival. If all survivors are
/// overdrawn, then at last exactly and in full. Where actions are opaque, the object may be one that
/// only [grows](growth); otherwise a few configurations mostly suffice for an exact search; if not, an
/// [element] of a set may be wrong alone, or the case is [resolved](resolve). Where that cannot be done,
/// lending without limit could lead to states without end, so after the guess, which lends little, the exact search is next.
pub(super) fn run<M: Model>(space: &mut Space<'_, M>, case: &Case, limits: Limits<'_>) -> End {
    if case.is_plain() {
        let passes = if case.steps.len() <= SHORT { &SMALL[..] } else { &ALL };
        return run_passes(space, case, passes, limits);
    }
    if let Some(end) = growth::judge(space, case, limits) {
        return end;
    }
    let few = Limits { configurations: limits.configurations.min(FEW), ..limits };
    match run_passes(space, case, &[Pass::Exact], few) {
        End::Gave(Stop::Configurations) => {}
        end => return end,
    }
    if let Some(end) = element::refute(space, case, limits) {
        return end;
    }
    match resolve(space, case, limits) {
        Some(ways) => run_ways(space, case, &ways, limits),
        None => run_opaque(space, case, limits),
    }
}

/// Searches a case with opaque actions. The guess may use a part of the memory, for the states that it
/// meets stay in it.
fn run_opaque<M: Model>(space: &mut Space<'_, M>, case: &Case, limits: Limits<'_>) -> End {
    let part = Limits { bytes: limits.bytes / 4, ..limits };
    match run_passes(space, case, &[Pass::Guess], part) {
        End::Gave(Stop::Bytes | Stop::Configurations) => {
            run_passes(space, case, &[Pass::Exact], limits)
        }
        end => end,
    }
}

/// Whether a case surely has no linearization, no matter where it dies.
pub(super) fn is_dead<M: Model>(space: &mut Space<'_, M>, case: &Case, limits: Limits<'_>) -> bool {
    let end = match case.is_plain() {
        true if case.steps.len() <= TINY => run_passes(space, case, &ALL[2..], limits),
        true => run_passes(space, case, &SMALL, limits),
        false => run(space, case, limits),
    };
    matches!(end, End::Dead(_))
}

/// Searches the ways in which a case was resolved, of which one must be linearizable.
fn run_ways<M: Model>(
    space: &mut Space<'_, M>,
    case: &Case,
    ways: &[Case],
    limits: Limits<'_>,
) -> End {
    let (mut gave, mut latest) = (None, None::<Box<Death>>);
    for way in ways {
        match run_passes(space, way, &ALL, limits) {
            End::Alive => return End::Alive,
            gave @ End::Gave(Stop::Expired) => return gave,
            End::Gave(stop) => gave = Some(stop),
            End::Dead(death) if latest.as_ref().is_none_or(|last| last.moment < death.moment) => {
                latest = Some(death);
            }
            End::Dead(_) => {}
        }
    }
    match (gave, latest) {
        (None, Some(death)) => End::Dead(as_it_was(space, case, death, ways.len() == 1)),
        (gave, _) => End::Gave(gave.unwrap_or(Stop::Configurations)),
    }
}

/// The death of a case that was resolved, told of the case as it was.
fn as_it_was<M: Model>(
    space: &Space<'_, M>,
    case: &Case,
    mut death: Box<Death>,
    is_only_way: bool,
) -> Box<Death> {
    // What an operation of unknown outcome was resolved to is only part of what it can do.
    let elsewhere = space.states() as StateId;
    for cut in [&mut death.cut, &mut death.sure] {
        cut.spent.retain(|step| case.steps[*step].returns());
        if cut.state == elsewhere || !is_only_way {
            *cut = Cut::start(case.initial);
        }
    }
    death
}

fn run_passes<M: Model>(
    space: &mut Space<'_, M>,
    case: &Case,
    passes: &[Pass],
    limits: Limits<'_>,
) -> End {
    for pass in passes {
        if limits.is_expired() {
            return End::Gave(Stop::Expired);
        }
        let demand = Demand::of(case.steps.iter(), space.states() + 1);
        if let Some(end) = search(space, case, demand, *pass, limits) {
            return end;
        }
    }
    End::Gave(Stop::Configurations)
}

/// The passes over a plain case.
const ALL: [Pass; 3] = [Pass::Guess, Pass::Optimistic, Pass::Exact];

/// The passes over one of few operations, where a glance mostly decides and costs little.
const SMALL: [Pass; 4] = [Pass::Glance, Pass::Guess, Pass::Optimistic, Pass::Exact];
const SHORT: usize = 512;

/// Of so few operations an exact search costs no more than any other.
const TINY: usize = 32;

/// How many configurations a hasty search may hold.
const HASTE: usize = 128;

/// How thoroughly to search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pass {
    /// Optimistically, if that takes little.
    Hasty,
    /// A few configurations only, and all where these die, if that takes little.
    Glance,
    /// A few configurations only.
    Guess,
    /// Pooled operations are lent without limit.
    Optimistic,
    /// As they were called, with all configurations.
    Exact,
}

/// Searches once; `None` if the answer cannot be relied on.
fn search<M: Model>(
    space: &mut Space<'_, M>,
    case: &Case,
    demand: Demand,
    pass: Pass,
    limits: Limits<'_>,
) -> Option<End> {
    let open = case.concurrency();
    with_words!(open, W => Drive::<W> { case, open, pass, limits }.run(space, demand))
}

struct Drive<'a, const W: usize> {
    case: &'a Case,
    open: usize,
    pass: Pass,
    limits: Limits<'a>,
}

impl<const W: usize> Drive<'_, W> {
    fn run<M: Model>(&self, space: &mut Space<'_, M>, demand: Demand) -> Option<End> {
        let mut walk = self.walk(demand);
        match self.pass {
            Pass::Guess => self.guess(space, walk),
            Pass::Glance => {
                let passed = glance(space, &mut walk, GLANCE);
                self.end(&walk, passed)
            }
            Pass::Hasty | Pass::Optimistic | Pass::Exact => {
                let passed = walk.pass_all(space);
                self.end(&walk, passed)
            }
        }
    }

    /// Guesses; where the guess is in doubt, a hasty search is asked for a death.
    fn guess<M: Model>(&self, space: &mut Space<'_, M>, mut walk: Walk<'_, W>) -> Option<End> {
        let mut doom = None;
        let is_doomed = |space: &mut Space<'_, M>, at| {
            doom = self.foresee(space, at);
            doom.is_some()
        };
        match guess(space, &mut walk, PATIENCE, is_doomed) {
            Guess::Found => Some(End::Alive),
            Guess::Dead => Some(dead(&walk)),
            Guess::Doomed => doom,
            Guess::Stopped(stop) => Some(End::Gave(stop)),
            Guess::Lost => None,
        }
    }

    /// What it means that all moments have passed, or why not.
    fn end(&self, walk: &Walk<'_, W>, passed: Result<(), Stop>) -> Option<End> {
        match passed {
            Ok(()) => walk.search.is_honest().then_some(End::Alive),
            Err(Stop::Dead) => Some(dead(walk)),
            Err(stop) => self.gave(stop),
        }
    }

    fn walk(&self, demand: Demand) -> Walk<'_, W> {
        let case = self.case;
        let roles = roles(&case.steps, &case.moments, &demand);
        let exact = !matches!(self.pass, Pass::Hasty | Pass::Optimistic);
        let most = if self.pass == Pass::Hasty { HASTE } else { usize::MAX };
        let configurations = self.limits.configurations.min(most);
        let limits = Limits { configurations, ..self.limits };
        Walk::new(case, Search::new(case.initial, demand, exact, self.open, limits), roles)
    }

    /// The death that a hasty search finds no later than at the place.
    fn foresee<M: Model>(&self, space: &mut Space<'_, M>, at: usize) -> Option<End> {
        let hasty = Drive::<W> { pass: Pass::Hasty, ..*self };
        let mut walk = hasty.walk(Demand::of(self.case.steps.iter(), space.states() + 1));
        while walk.at <= at {
            match walk.pass(space) {
                Ok(()) => {}
                Err(Stop::Dead) => return Some(dead(&walk)),
                Err(Stop::Configurations | Stop::Bytes | Stop::Expired) => return None,
            }
        }
        None
    }

    /// Only the caller's time is up for good; another pass may get by with less.
    fn gave(&self, stop: Stop) -> Option<End> {
        let last = self.pass == Pass::Exact;
        (last || stop == Stop::Expired).then_some(End::Gave(stop))
    }
}

fn dead<const W: usize>(walk: &Walk<'_, W>) -> End {
    let cut = |(at, config)| Cut::of(walk.case, at, &config, &walk.slots, &walk.search.pool);
    let sure = cut(walk.sure);
    let cut = if walk.single == walk.sure { sure.clone() } else { cut(walk.single) };
    let mut stranded = walk.search.stranded.clone();
    stranded.sort_unstable();
    stranded.dedup();
    End::Dead(Box::new(Death { moment: walk.at, stranded, cut, sure }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{History, Value};
    use crate::linearizable::partition::partitions;
    use crate::linearizable::possible::possible;
    use crate::model::KeyValue;
    use crate::testing::three_clients;

    const LIMITS: Limits<'_> =
        Limits { configurations: 100_000, bytes: 1 << 30, expired: &|| false };

    fn random(seed: u64) -> History {
        let text = |at: u64| Value::from(["1", "2", "21", "1,", "2,", "21,", "211,"][at as usize]);
        let call = |below: &mut dyn FnMut(u64) -> u64| match below(8) {
            0 => ("delete", Value::Nil),
            1 => ("put", text(below(3))),
            2 => ("cas", Value::list([text(below(7)), text(below(3))])),
            3 | 4 => ("append", text(3 + below(3))),
            _ => ("get", Value::Nil),
        };
        let ret = |below: &mut dyn FnMut(u64) -> u64, f: &str, input| match f {
            "get" => text(below(7)),
            "cas" if below(2) == 0 => Value::Bool(false),
            _ => input,
        };
        three_clients(seed, 18, call, ret)
    }

    /// A check of so few operations is mostly done before anything is resolved.
    #[test]
    fn a_resolved_case_ends_like_the_case_as_it_was() {
        let (mut alive, mut dead, mut several) = (0, 0, 0);
        for seed in 0..20_000 {
            let (history, model) = (random(seed), KeyValue::default());
            let mut parts = partitions(&model, &history).unwrap();
            let Some(part) = parts.first_mut() else { continue };
            let (space, case) = (&mut part.space, &part.case);
            let Some(ways) = resolve(space, case, LIMITS) else { continue };
            let lives = run_ways(space, case, &ways, LIMITS) == End::Alive;
            assert_eq!(lives, possible(space, case, LIMITS).is_none(), "seed {seed}");
            *(if lives { &mut alive } else { &mut dead }) += 1;
            several += u32::from(ways.len() > 1);
        }
        assert!(alive.min(dead).min(several) > 100, "{alive} {dead} {several}");
    }
}
