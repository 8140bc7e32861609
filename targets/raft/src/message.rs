//! What nodes say to each other.
//!
//! These are the paper's RPCs (figure 2, figure 13) as one-way messages: RequestVote,
//! AppendEntries and InstallSnapshot with their replies, and the thesis's PreVote (§9.6). A
//! heartbeat is an AppendEntries without entries. `round` is the read context of ReadIndex
//! (thesis §6.4): a leader counts its rounds of heartbeats, and an answer names the round it
//! answers.
//!
//! A message that no correct node could have sent — malformed bytes, an impossible order of
//! terms, a number beyond all reason — is not an error of this node: it is dropped.

use crate::types::{Anchor, Bytes, Entry, Index, Position, Term};
use chaos_node::{OperationId, Request, decode};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;

/// No term and no index of a real cluster gets here; arithmetic below it cannot overflow.
const BEYOND_REASON: u64 = 1 << 48;

/// A round of heartbeats of one leader in one term.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub(crate) struct Round(pub(crate) u64);

impl Round {
    pub(crate) fn next(self) -> Round {
        Round(self.0 + 1)
    }
}

/// A message, with the sender's current term.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Message<'a> {
    pub(crate) term: Term,
    pub(crate) body: Body<'a>,
}

/// The kinds of messages.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Body<'a> {
    /// Would you vote for me in the term behind my own? My log ends here.
    PreVote { last: Position },
    /// Whether the sender would vote in the term `campaign`.
    PreVoteReply { campaign: Term, granted: bool },
    /// Vote for me in my term! My log ends here.
    Vote { last: Position },
    /// Whether the sender votes for the candidate in this term.
    VoteReply { granted: bool },
    /// The entries behind `prev`, maybe none.
    Append { prev: Position, entries: Cow<'a, [Entry]>, commit: Index, round: Round },
    /// All of the state up to `last`, for a follower that is behind the leader's log.
    Install { last: Anchor, image: Cow<'a, Bytes>, round: Round },
    /// The answer to both of these.
    AppendReply { round: Round, outcome: Outcome },
    /// The answer to a leader of an earlier term: the message's own term says it all.
    Outdated,
}

/// How a follower's log compares with an AppendEntries or InstallSnapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Outcome {
    /// The follower's log is durably the leader's up to here.
    Matched(Index),
    /// The follower's log does not hold `prev`.
    Conflict(Conflict),
}

/// What a follower tells so that the leader need not go back entry by entry (paper §5.3, at the
/// end).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Conflict {
    /// The `prev` index that was refused.
    pub(crate) prev: Index,
    /// The term that the follower has there; none if its log is too short.
    pub(crate) term: Option<Term>,
    /// The first index of that term; the end of the log if it is too short.
    pub(crate) first: Index,
}

impl Message<'_> {
    /// The message in these bytes, if a correct node could have sent it.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Message<'static>, String> {
        let message: Message<'static> = decode(bytes).map_err(|error| error.to_string())?;
        if message.is_possible() { Ok(message) } else { Err("impossible message".to_owned()) }
    }

    /// The requests of clients in the entries that it carries.
    pub(crate) fn requests(&self) -> Vec<OperationId> {
        let Body::Append { entries, .. } = &self.body else { return Vec::new() };
        let request = |entry: &Entry| decode::<Request>(&entry.command.0).ok();
        entries.iter().filter_map(request).map(|request| request.id()).collect()
    }

    fn is_possible(&self) -> bool {
        let reasonable = |position: Position| {
            position.term <= self.term
                && position.index.0 < BEYOND_REASON
                && (position.index == Index::ZERO) == (position.term == Term(0))
        };
        self.term.0 < BEYOND_REASON
            && match &self.body {
                Body::PreVote { last } | Body::Vote { last } => reasonable(*last),
                Body::Append { prev, entries, .. } => {
                    let terms = || entries.iter().map(|entry| entry.term);
                    reasonable(*prev)
                        && terms().zip(terms().skip(1)).all(|(one, next)| one <= next)
                        && terms().next().is_none_or(|first| first >= prev.term && first > Term(0))
                        && terms().next_back().is_none_or(|last| last <= self.term)
                }
                Body::Install { last, .. } => reasonable(last.at) && last.at.index > Index::ZERO,
                Body::AppendReply { outcome: Outcome::Matched(index), .. } => {
                    index.0 < BEYOND_REASON
                }
                Body::AppendReply { outcome: Outcome::Conflict(conflict), .. } => {
                    conflict.prev.max(conflict.first).0 < BEYOND_REASON
                }
                Body::PreVoteReply { .. } | Body::VoteReply { .. } | Body::Outdated => true,
            }
    }
}

impl fmt::Display for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let yes = |granted: &bool| if *granted { "yes" } else { "no" };
        write!(f, "t{} ", self.term)?;
        match &self.body {
            Body::PreVote { last } => write!(f, "PreVote last={last}"),
            Body::PreVoteReply { campaign, granted } => {
                write!(f, "PreVoteReply for=t{campaign} {}", yes(granted))
            }
            Body::Vote { last } => write!(f, "RequestVote last={last}"),
            Body::VoteReply { granted } => write!(f, "VoteReply {}", yes(granted)),
            Body::Append { prev, entries, commit, round } => {
                write!(f, "AppendEntries prev={prev} commit={commit} round={}", round.0)?;
                write!(f, " entries=[{}]", Indexed(prev.index, entries))
            }
            Body::Install { last, image, round } => {
                let len = image.0.len();
                write!(f, "InstallSnapshot last={} bytes={len} round={}", last.at, round.0)
            }
            Body::AppendReply { round, outcome } => {
                write!(f, "AppendReply {outcome} round={}", round.0)
            }
            Body::Outdated => write!(f, "Outdated"),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Matched(index) => write!(f, "matched={index}"),
            Outcome::Conflict(Conflict { prev, term: Some(term), first }) => {
                write!(f, "conflict at={prev} term={term} first={first}")
            }
            Outcome::Conflict(Conflict { prev, term: None, first }) => {
                write!(f, "conflict at={prev} end={first}")
            }
        }
    }
}

struct Indexed<'a>(Index, &'a [Entry]);

impl fmt::Display for Indexed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (offset, entry) in self.1.iter().enumerate() {
            let gap = if offset == 0 { "" } else { " " };
            write!(f, "{gap}{}@{}", self.0.plus(offset + 1), entry.term)?;
        }
        Ok(())
    }
}
