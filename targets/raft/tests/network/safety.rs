//! Raft's five safety properties (paper, figure 3), checked on what the nodes tell.

use chaos_node::{Digest, NodeId, Observation, Role};
use std::collections::BTreeMap;

/// A node as its observations describe it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) role: Role,
    pub(crate) term: u64,
    /// What the log begins behind.
    pub(crate) base: u64,
    /// Term and digest of each entry behind the base.
    pub(crate) log: Vec<(u64, Digest)>,
    pub(crate) commit: u64,
    pub(crate) applied: u64,
}

impl Default for Seen {
    fn default() -> Seen {
        Seen { role: Role::Follower, term: 0, base: 0, log: vec![], commit: 0, applied: 0 }
    }
}

impl Seen {
    pub(crate) fn last(&self) -> u64 {
        self.base + self.log.len() as u64
    }

    /// The digest at an index; nothing where the log has been dropped or does not reach.
    pub(crate) fn digest(&self, index: u64) -> Option<Digest> {
        let offset = index.checked_sub(self.base + 1)?;
        self.log.get(offset as usize).map(|(_, digest)| *digest)
    }
}

/// All that has been seen, and the properties that must hold of it.
#[derive(Default)]
pub(crate) struct Safety {
    pub(crate) nodes: BTreeMap<NodeId, Seen>,
    leaders: BTreeMap<u64, (NodeId, Seen)>,
    entries: BTreeMap<(u64, u64), Digest>,
    committed: BTreeMap<u64, (u64, Digest)>,
    applied: BTreeMap<u64, Digest>,
}

impl Safety {
    /// Takes in what a node told.
    pub(crate) fn observe(
        &mut self,
        node: NodeId,
        observation: &Observation,
    ) -> Result<(), String> {
        let mut seen = self.nodes.remove(&node).unwrap_or_default();
        let verdict = self.judge(node, &mut seen, observation);
        self.nodes.insert(node, seen);
        verdict.map_err(|text| format!("{node}: {text}"))
    }

    fn judge(
        &mut self,
        node: NodeId,
        seen: &mut Seen,
        observation: &Observation,
    ) -> Result<(), String> {
        match *observation {
            Observation::Role { role, term } => self.role(node, seen, role, term),
            Observation::Restored { index, term, digest } => {
                seen.role = Role::Follower;
                self.reset(seen, index, term, digest)
            }
            Observation::Appended { index, term, digest } => {
                if index != seen.last() + 1 {
                    return Err(format!("appended {index} behind {}", seen.last()));
                }
                seen.log.push((term, digest));
                self.matches(index, term, digest)
            }
            Observation::Truncated { from } => {
                seen.log.truncate((from - seen.base - 1) as usize);
                match seen.role {
                    Role::Leader => Err("Leader Append-Only".to_owned()),
                    Role::Follower | Role::Candidate => Ok(()),
                }
            }
            Observation::Installed { index, term, digest } => self.reset(seen, index, term, digest),
            Observation::Compacted { index } => {
                seen.log.drain(..(index - seen.base) as usize);
                seen.base = index;
                Ok(())
            }
            Observation::Committed { index, term } => self.commit(seen, index, term),
            Observation::Applied { index, digest, .. } => self.apply(seen, index, digest),
            Observation::Follows { .. } | Observation::Lease(_) | Observation::Note { .. } => {
                Ok(())
            }
        }
    }

    fn role(&mut self, node: NodeId, seen: &mut Seen, role: Role, term: u64) -> Result<(), String> {
        (seen.role, seen.term) = (role, term);
        if role != Role::Leader {
            return Ok(());
        }
        if let Some((other, _)) = self.leaders.get(&term)
            && *other != node
        {
            return Err(format!("Election Safety: {other} leads term {term} too"));
        }
        for (index, (committed_in, digest)) in &self.committed {
            let lost = *index > seen.base && seen.digest(*index) != Some(*digest);
            if *committed_in < term && lost {
                return Err(format!("Leader Completeness: leads term {term} without {index}"));
            }
        }
        self.leaders.insert(term, (node, seen.clone()));
        Ok(())
    }

    fn reset(
        &mut self,
        seen: &mut Seen,
        index: u64,
        term: u64,
        digest: Digest,
    ) -> Result<(), String> {
        seen.log.clear();
        (seen.base, seen.commit, seen.applied) = (index, index, index);
        if index == 0 { Ok(()) } else { self.matches(index, term, digest) }
    }

    fn matches(&mut self, index: u64, term: u64, digest: Digest) -> Result<(), String> {
        let known = *self.entries.entry((index, term)).or_insert(digest);
        if known == digest { Ok(()) } else { Err(format!("Log Matching at {index}@{term}")) }
    }

    fn commit(&mut self, seen: &mut Seen, to: u64, term: u64) -> Result<(), String> {
        for index in seen.commit + 1..=to {
            let digest = seen.digest(index).ok_or(format!("committed {index}, not in its log"))?;
            let (_, known) = *self.committed.entry(index).or_insert((term, digest));
            if known != digest {
                return Err(format!("State Machine Safety: commits another entry at {index}"));
            }
            let without = |(_, leader): &&(NodeId, Seen)| {
                index > leader.base && leader.digest(index) != Some(digest)
            };
            if let Some((leader, _)) = self.leaders.range(term + 1..).map(|(_, l)| l).find(without)
            {
                return Err(format!("Leader Completeness: {leader} led without {index}"));
            }
        }
        seen.commit = to;
        Ok(())
    }

    fn apply(&mut self, seen: &mut Seen, index: u64, digest: Digest) -> Result<(), String> {
        if index != seen.applied + 1 || index > seen.commit {
            return Err(format!("applied {index} behind {}", seen.applied));
        }
        seen.applied = index;
        let known = *self.applied.entry(index).or_insert(digest);
        if known == digest {
            Ok(())
        } else {
            Err(format!("State Machine Safety: applies another entry at {index}"))
        }
    }
}
