//! Which operation can have left behind what another one found.
//!
//! A *maker* took effect before the *finder*, so it was called before that one returned. And if in
//! between, from call to return, lies a completed operation that found or made some other state, what
//! the maker left was gone. That is the condition by which Gibbons & Korach (*Testing shared
//! memories*, 1997) tell a read's write, here for makers that need not be the only ones.

use super::case::Span;
use super::space::{Code, Make, Need, StateId};

/// A completed operation, as seen from later: when it was called, and the one state it speaks of.
type Clue = (u32, Option<StateId>);

/// What completed operations say of the states they found and made.
#[derive(Clone)]
pub(super) struct Clues {
    /// By return: of all up to this one the last called, and the last called that speaks of another state.
    by_return: Vec<(u32, Clue, Option<Clue>)>,
}

impl Clues {
    /// What a list of completed operations says.
    pub(super) fn of(completed: impl Iterator<Item = (Code, Span)>) -> Clues {
        let clues = completed.filter_map(|(code, span)| {
            let found = match (code.need, code.make) {
                (Need::Is(state), Make::Same) | (Need::Any, Make::To(state)) => Some(state),
                (Need::Is(from), Make::To(to)) => (from == to).then_some(from),
                _ => return None,
            };
            Some((span.ret, (span.call, found)))
        });
        let mut clues: Vec<(u32, Clue)> = clues.collect();
        clues.sort_unstable_by_key(|(ret, _)| *ret);
        let mut by_return: Vec<(u32, Clue, Option<Clue>)> = Vec::with_capacity(clues.len());
        for (ret, clue) in clues {
            let (last, other) = match by_return.last() {
                None => (clue, None),
                Some((_, last, other)) => later(clue, *last, *other),
            };
            by_return.push((ret, last, other));
        }
        Clues { by_return }
    }

    /// Whether the finder can have found the state as the maker left it; no maker is the start.
    pub(super) fn allow(&self, maker: Option<Span>, finder: Span, state: StateId) -> bool {
        let gone = self.last_without(state, finder.call);
        match maker {
            None => gone.is_none(),
            Some(maker) => maker.call < finder.ret && gone.is_none_or(|call| maker.ret >= call),
        }
    }

    /// The latest call of an operation that returned before the moment and speaks of another state.
    fn last_without(&self, state: StateId, moment: u32) -> Option<u32> {
        let before = self.by_return.partition_point(|(ret, _, _)| *ret < moment);
        let (_, last, other) = self.by_return.get(before.checked_sub(1)?)?;
        match last.1 == Some(state) {
            false => Some(last.0),
            true => other.map(|other| other.0),
        }
    }
}

/// The last called of three clues, and the last called that speaks of another state than that.
fn later(new: Clue, last: Clue, other: Option<Clue>) -> (Clue, Option<Clue>) {
    // One that speaks of two states says "another" whatever is asked.
    let differ = |first: Clue, second: Clue| first.1.is_none() || first.1 != second.1;
    if new.0 > last.0 {
        let rest = if differ(new, last) { Some(last) } else { other };
        return (new, rest);
    }
    let rest = match other {
        Some(other) if other.0 > new.0 || !differ(new, last) => Some(other),
        None if !differ(new, last) => None,
        _ => Some(new),
    };
    (last, rest)
}
