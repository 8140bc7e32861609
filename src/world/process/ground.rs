//! Entering the ground.
use super::arena::{ArenaOptions, Arenas};
use super::error::{ArenaError, GroundError};

/// How well nodes are to be kept apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Isolation {
    /// By namespaces where they are allowed, on loopback elsewhere.
    #[default]
    Auto,
    /// By namespaces, or not at all.
    Namespaces,
    /// On loopback addresses, with relays between nodes.
    Loopback,
}

/// What keeps nodes apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Footing {
    /// Each node has a network namespace of its own; the tester is the switch.
    Namespaces,
    /// Nodes share the loopback device; relays between them play the network.
    Loopback {
        /// Why, as a sentence for the user.
        why: String,
    },
}

/// The ground that arenas stand on. There is one a process.
#[derive(Debug)]
pub struct Ground {
    footing: Footing,
}

/// One thing that the machine has or lacks, for `chaos doctor`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at: `user namespaces`.
    pub name: &'static str,
    /// Whether it is as it should be.
    pub ok: bool,
    /// What was found.
    pub detail: String,
    /// What to do, where it is not.
    pub remedy: Option<String>,
}

/// Enters the ground: call it first thing in `main`, before any other thread exists.
///
/// # Errors
/// If `want` is [`Isolation::Namespaces`] and they are refused.
pub fn enter(want: Isolation) -> Result<Ground, GroundError> {
    let _ = want;
    todo!()
}

/// Looks at all that the world of real processes needs, changing nothing.
pub fn diagnose() -> Vec<Finding> {
    todo!()
}

impl Ground {
    /// What keeps nodes apart here.
    pub fn footing(&self) -> &Footing {
        &self.footing
    }

    /// Arenas for clusters of so many nodes.
    ///
    /// # Errors
    /// If the scratch folder cannot be made or mounted, or threads cannot start.
    pub fn arenas(&self, nodes: u16, options: ArenaOptions) -> Result<Arenas, ArenaError> {
        let _ = (nodes, options);
        todo!()
    }
}
