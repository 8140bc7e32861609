//! Facts that a node tells about its inside, so that invariants there can be checked.
//!
//! The world stamps each with the node, the true time and the node's own time. A program that is
//! not ours prints the same as JSON, one a line on its standard output, behind the word `@chaos`:
//! `@chaos {"role":{"role":"leader","term":3}}`.

use crate::{Nanos, NodeId, rng::fnv1a};
use serde::{Deserialize, Serialize};

/// What a node takes itself for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// It follows, or waits.
    Follower,
    /// It wants to lead.
    Candidate,
    /// It leads.
    Leader,
}

/// A digest of a log up to and including one entry. Equal digests mean equal logs up to there, but
/// for a chance of one in 2⁶⁴ a pair.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Digest(pub u64);

impl Digest {
    /// The digest of the empty log.
    pub const EMPTY: Digest = Digest(0);

    /// The digest of this log with one entry more.
    #[must_use]
    pub fn then(self, term: u64, command: &[u8]) -> Digest {
        let mixed = (self.0 ^ fnv1a(command)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        let folded = (mixed ^ (mixed >> 33) ^ term).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        Digest(folded ^ (folded >> 29))
    }
}

/// A fact about the inside of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Observation {
    /// The node's role or term is now this.
    Role {
        /// The role.
        role: Role,
        /// The term (epoch, ballot, …) in which it has that role.
        term: u64,
    },
    /// The node takes that one for the leader from now on, itself perhaps, or knows none.
    Follows {
        /// Whom.
        leader: Option<NodeId>,
        /// The term (epoch, ballot, …) in which that one leads.
        term: u64,
    },
    /// The node has (re)started with a log that begins behind this entry, the last one of its
    /// snapshot: `index` 0 where there is none. The entries that it found behind follow as
    /// `Appended`.
    Restored {
        /// The index of the snapshot's last entry.
        index: u64,
        /// That entry's term.
        term: u64,
        /// The digest of the log up to it.
        digest: Digest,
    },
    /// The node's log now has this entry at its end.
    Appended {
        /// Where.
        index: u64,
        /// The entry's term.
        term: u64,
        /// The digest of the log up to and including it.
        digest: Digest,
    },
    /// The entries from here on are gone from the end of the node's log.
    Truncated {
        /// The first index that is gone.
        from: u64,
    },
    /// The node replaced its log and state by another node's snapshot.
    Installed {
        /// The index of the snapshot's last entry.
        index: u64,
        /// That entry's term.
        term: u64,
        /// The digest of the log up to it.
        digest: Digest,
    },
    /// The node dropped the entries up to this one, for its own snapshot holds them.
    Compacted {
        /// The index of the snapshot's last entry.
        index: u64,
    },
    /// The node knows that all entries up to this one are committed.
    Committed {
        /// The last committed index.
        index: u64,
        /// The node's current term, in which it learnt so.
        term: u64,
    },
    /// The node's state machine has applied this entry.
    Applied {
        /// Where.
        index: u64,
        /// The entry's term.
        term: u64,
        /// The digest of the log up to and including it.
        digest: Digest,
    },
    /// Something about a lease, or about what was done under one.
    Lease(LeaseFact),
    /// Something worth a line in the node's log.
    Note {
        /// What it is about, one word: `vote`, `snapshot`, `client`, …
        topic: String,
        /// The line.
        text: String,
    },
}

/// A fact about a lease: who has one alone may change a *resource*, such as a chunk, a key or a
/// shard. Each lease of a resource has an *epoch*, larger for each new holder: a version, a fencing
/// token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeaseFact {
    /// The node holds the lease of a resource, from now on or still. It is over at its end, when
    /// the node says so, and when the node starts again.
    Held {
        /// Which resource.
        resource: u64,
        /// The lease's epoch.
        epoch: u64,
        /// When it is over, by the node's own clock.
        until: Nanos,
    },
    /// The node holds that lease no more.
    Ended {
        /// Which resource.
        resource: u64,
        /// The lease's epoch.
        epoch: u64,
    },
    /// From now on the node takes no mutation of the resource from a holder of an older lease.
    Fenced {
        /// Which resource.
        resource: u64,
        /// The oldest epoch from which it takes any.
        epoch: u64,
    },
    /// The node's replica of a resource has durably changed.
    Mutated {
        /// Which resource.
        resource: u64,
        /// The epoch of the lease under which that was ordered.
        epoch: u64,
        /// Its place in the order of that epoch.
        serial: u64,
        /// Of what changed, and how.
        digest: Digest,
        /// When the node decided to, by its own clock.
        at: Nanos,
    },
}

#[cfg(test)]
mod tests {
    use super::{Digest, Observation, Role};

    #[test]
    fn reads_as_documented_in_json() {
        let text = r#"{"role":{"role":"leader","term":3}}"#;
        let observation = Observation::Role { role: Role::Leader, term: 3 };
        assert_eq!(serde_json::from_str::<Observation>(text).unwrap(), observation);
        assert_eq!(serde_json::to_string(&observation).unwrap(), text);
    }

    #[test]
    fn digests_tell_order_term_and_content_apart() {
        let log = |entries: &[(u64, &str)]| {
            entries.iter().fold(Digest::EMPTY, |d, (term, c)| d.then(*term, c.as_bytes()))
        };
        assert_eq!(log(&[(1, "a"), (1, "b")]), log(&[(1, "a"), (1, "b")]));
        assert_ne!(log(&[(1, "a"), (1, "b")]), log(&[(1, "b"), (1, "a")]));
        assert_ne!(log(&[(1, "a")]), log(&[(2, "a")]));
        assert_ne!(log(&[(1, "")]), Digest::EMPTY);
    }
}
