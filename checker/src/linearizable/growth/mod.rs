//! Sets and logs that only grow, in `O(n log n)` and the length of what was read, where whoever reads tells the
//! order in which the elements came.
//!
//! A read of a whole log gives that order. Of two reads of a set one must have found all that the other
//! one did, and what only the later one found came between them; and what came between the same reads came in
//! any order, so also in that of its returns: whatever is put in before something that returns
//! earlier has been called by then. So a set is a log, too ([`line`]).
//!
//! Along that [`Line`] every element takes its place as early as it can: after the one before it, after its
//! call, and after the call of whoever found less than it. If it is too late then — it has returned, or so
//! has somebody who found it — it is too late always. Nothing else can go wrong: who reads takes effect at
//! any time between two elements.
//!
//! A place that nobody has seen is taken by an element that nobody has seen: of those that are called
//! before it must be taken, the one that returns first. If another one had it and this one came later, they
//! could change places, for the other one returns later still; whatever lies between them may have to wait
//! until this one is called, but has not returned by then. The rest comes at the end, by return.

mod abridge;
mod account;
mod line;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::case::{Case, Cut};
use super::limits::{Limits, Stop};
use super::pending::NEVER;
use super::run::{Death, End};
use super::space::Space;
use crate::model::Model;
pub(super) use abridge::abridge;
use account::Account;
pub(super) use line::Gaps;
use line::{Line, Place};

/// What became of the attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Judged {
    /// The history is linearizable.
    Fine,
    /// It is not.
    Wrong,
    /// The object does not only grow, or what was read does not tell the order.
    Unclear,
    /// The caller's time is up.
    Late,
}

/// How a search of the case would end; `None` if that is not clear.
pub(super) fn judge<M: Model>(
    space: &Space<'_, M>,
    case: &Case,
    limits: Limits<'_>,
) -> Option<End> {
    match judged(space, case, Gaps::Filled, limits) {
        Judged::Fine => Some(End::Alive),
        Judged::Wrong => Some(death(space, case, limits)),
        Judged::Unclear => None,
        Judged::Late => Some(End::Gave(Stop::Expired)),
    }
}

fn judged<M: Model>(space: &Space<'_, M>, case: &Case, gaps: Gaps, limits: Limits<'_>) -> Judged {
    match Account::of(space, case, limits).and_then(|account| Line::of(&account, gaps, limits)) {
        Ok(line) => line.fill(),
        Err(judged) => judged,
    }
}

/// Where it shows that there is none: at the first return after which there is none for certain.
fn death<M: Model>(space: &Space<'_, M>, case: &Case, limits: Limits<'_>) -> End {
    let start = Cut::start(case.initial);
    let moments = case.moments.iter().enumerate();
    let returns: Vec<usize> =
        moments.filter(|(_, moment)| moment.is_return()).map(|(at, _)| at).collect();
    let is_wrong =
        |last| judged(space, &case.tail(&start, last), Gaps::Filled, limits) == Judged::Wrong;
    let first = returns.partition_point(|last| !is_wrong(*last));
    if limits.is_expired() {
        return End::Gave(Stop::Expired);
    }
    let moment = returns.get(first).or(returns.last()).copied().unwrap_or(0);
    End::Dead(Box::new(Death { moment, stranded: Vec::new(), cut: start.clone(), sure: start }))
}

impl Line {
    /// Lets the elements take their places.
    fn fill(mut self) -> Judged {
        self.hurry();
        self.unplaced.sort_unstable_by_key(|span| Reverse(span.call));
        let mut called = BinaryHeap::new();
        let mut time = 0;
        for Place { from, until, is_taken } in std::mem::take(&mut self.places) {
            time = time.max(from);
            let mut until = until;
            if !is_taken {
                while let Some(span) = self.unplaced.pop_if(|next| next.call < until) {
                    called.push(Reverse((span.ret, span.call)));
                }
                let Some(Reverse((ret, call))) = called.pop() else { return Judged::Wrong };
                (time, until) = (time.max(call), until.min(ret));
            }
            if time >= until {
                return Judged::Wrong;
            }
        }
        called.extend(self.unplaced.drain(..).map(|span| Reverse((span.ret, span.call))));
        self.fill_end(time, called)
    }

    /// No place is taken later than those behind it.
    fn hurry(&mut self) {
        let mut latest = NEVER;
        for place in self.places.iter_mut().rev() {
            latest = latest.min(place.until);
            place.until = latest;
        }
    }

    /// Lets the rest come behind all places, but for those who need not have come.
    fn fill_end(mut self, mut time: u32, mut left: BinaryHeap<Reverse<(u32, u32)>>) -> Judged {
        self.ends.sort_unstable();
        let mut ends = self.ends.into_iter().peekable();
        for place in self.length.. {
            let Some(Reverse((ret, call))) = left.pop().filter(|first| first.0.0 != NEVER) else {
                break;
            };
            while let Some((_, asked)) = ends.next_if(|(at, _)| *at as usize <= place) {
                time = time.max(asked);
            }
            time = time.max(call);
            if time >= ret {
                return Judged::Wrong;
            }
        }
        Judged::Fine
    }
}
