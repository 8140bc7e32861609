//! The bugs that this Bully can be given: each is one visible condition.

use chaos_node::ConfigError;

/// A bug that a node can be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mutant {
    /// `quorum` leads, and answers clients, without anybody's promise or acknowledgement.
    NoQuorum,
    /// `precheck` does not ask, and bullies a leader of a lower id away.
    NoPrecheck,
}

impl Mutant {
    /// All there are.
    pub(crate) const ALL: [Mutant; 2] = [Mutant::NoQuorum, Mutant::NoPrecheck];

    /// The name by which a configuration asks for it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Mutant::NoQuorum => "bully-no-quorum",
            Mutant::NoPrecheck => "bully-no-precheck",
        }
    }

    /// What is wrong, in a line.
    pub(crate) const fn about(self) -> &'static str {
        match self {
            Mutant::NoQuorum => {
                "variant quorum: a silent node counts as dead, so that no quorum is needed"
            }
            Mutant::NoPrecheck => {
                "variant precheck: an election is held without asking whether the leader is alive"
            }
        }
    }

    /// The mutant of that name.
    pub(crate) fn parse(name: &str) -> Result<Mutant, ConfigError> {
        let found = Mutant::ALL.into_iter().find(|mutant| mutant.name() == name);
        found.ok_or_else(|| ConfigError::UnknownMutant {
            name: name.to_owned(),
            known: Mutant::ALL.map(Mutant::name).to_vec(),
        })
    }
}
