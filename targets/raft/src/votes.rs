//! The votes that a candidate has got.

use crate::mutant::Mutant;
use crate::quorum::Quorum;
use crate::settings::Settings;
use chaos_node::NodeId;

/// Who has answered a candidate, and how.
#[derive(Clone, Debug, Default)]
pub(crate) struct Votes {
    granted: Vec<NodeId>,
    refused: Vec<NodeId>,
}

impl Votes {
    /// A candidate votes for itself.
    pub(crate) fn of(candidate: NodeId) -> Votes {
        Votes { granted: vec![candidate], refused: Vec::new() }
    }

    pub(crate) fn answered(&self, voter: NodeId) -> bool {
        self.granted.contains(&voter) || self.refused.contains(&voter)
    }

    /// Counts an answer. A voter's first answer in a term is its answer.
    pub(crate) fn count(&mut self, voter: NodeId, granted: bool, settings: &Settings) {
        if self.answered(voter) && !settings.has(Mutant::CountDuplicateVotes) {
            return;
        }
        let answers = if granted { &mut self.granted } else { &mut self.refused };
        answers.push(voter);
    }

    pub(crate) fn won(&self, quorum: &Quorum) -> bool {
        quorum.reached(self.granted.len())
    }
}
