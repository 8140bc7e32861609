//! What a majority is.
//!
//! The voters are fixed for the life of the cluster. When membership can change, this is where a
//! configuration with two majorities (paper §6) or one taken from the log (thesis §4.1) belongs:
//! nothing else in the crate counts nodes.

use chaos_node::NodeId;

/// The voters of the cluster.
#[derive(Clone, Debug)]
pub(crate) struct Quorum {
    voters: Vec<NodeId>,
}

impl Quorum {
    /// # Panics
    /// If there are no voters.
    pub(crate) fn new(voters: Vec<NodeId>) -> Quorum {
        assert!(!voters.is_empty(), "a cluster has at least one node");
        Quorum { voters }
    }

    pub(crate) fn holds(&self, node: NodeId) -> bool {
        self.voters.contains(&node)
    }

    /// All voters but one, in order.
    pub(crate) fn others(&self, than: NodeId) -> impl Iterator<Item = NodeId> {
        self.voters.iter().copied().filter(move |voter| *voter != than)
    }

    /// Whether so many voters are a majority.
    pub(crate) fn reached(&self, count: usize) -> bool {
        count > self.voters.len() / 2
    }

    /// The greatest value that a majority has reached, given each voter's.
    pub(crate) fn reached_by_majority<T: Ord + Copy>(
        &self,
        values: &(impl Iterator<Item = T> + Clone),
    ) -> T {
        let reached = |value: &T| self.reached(values.clone().filter(|v| v >= value).count());
        values.clone().filter(reached).max().expect("one value a voter")
    }
}

#[cfg(test)]
mod tests {
    use super::Quorum;
    use chaos_node::NodeId;

    #[test]
    fn a_majority_is_more_than_half() {
        let of = |n: u16| Quorum::new((1..=n).map(NodeId).collect());
        assert!(of(1).reached(1));
        assert!(!of(4).reached(2) && of(4).reached(3));
        assert!(!of(5).reached(2) && of(5).reached(3));
    }

    #[test]
    fn a_majority_has_reached_the_median_rounded_down() {
        let of = |values: &[u64]| {
            let voters = (1..=values.len()).map(|n| NodeId(n as u16)).collect();
            Quorum::new(voters).reached_by_majority(&values.iter().copied())
        };
        assert_eq!(of(&[7]), 7);
        assert_eq!(of(&[9, 3]), 3);
        assert_eq!(of(&[1, 5, 9]), 5);
        assert_eq!(of(&[1, 2, 8, 9]), 2);
        assert_eq!(of(&[4, 4, 1, 0, 9]), 4);
    }
}
