//! What clients do to a target, and what is checked of it, where a workload does not say.
//!
//! The names of models are those of the checker (`kv`, `register`, `fenced-lock`, …), the names of
//! properties those that `chaos list` tells. The tool's tests hold every target's profile against
//! what there is.

/// What clients do to a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
    /// What clients can do; one of them at least has a weight.
    pub operations: &'static [Operation],
    /// The operation that shows that a cluster serves. It is asked of the first key until the
    /// cluster answers before anything begins, and of every key when all faults are over. It must
    /// change nothing.
    pub read: &'static str,
    /// The sequential specification of the history; nothing where it has none.
    pub model: Option<&'static str>,
    /// The properties that are checked.
    pub checks: &'static [&'static str],
}

/// An operation that clients can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Its name, as in [`crate::Op::f`].
    pub f: &'static str,
    /// How often it is chosen, relative to the others.
    pub weight: u32,
    /// What it is given.
    pub argument: Argument,
    /// Whether the model knows it; the others say nothing about linearizability.
    pub modelled: bool,
    /// Whether any node can be asked, so that clients ask all of them alike instead of the one
    /// that answered last.
    pub anywhere: bool,
    /// Whether it is not tried again, at another node or the same, once a node may have begun it: a
    /// second try could take effect behind what was done after the first.
    pub once: bool,
}

/// What an operation is given: all values of a run are different.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// Nothing.
    Nothing,
    /// Nothing, and what the key held is gone.
    Removal,
    /// A new value, which the key holds from then on.
    Value,
    /// A new piece of text, which goes to the end of what the key holds.
    Piece,
    /// A new piece of text for a random place: `[offset, text]`, at this offset at most.
    Region(u64),
    /// What the key may hold, and the new value that shall take its place.
    Swap,
    /// A random key, which has what this one held from then on.
    Key,
}

impl Operation {
    /// An operation that the model knows, and that goes to the node that answered last.
    #[must_use]
    pub const fn new(f: &'static str, weight: u32, argument: Argument) -> Operation {
        Operation { f, weight, argument, modelled: true, anywhere: false, once: false }
    }

    /// A question about a node itself: every node is asked alike, and the model does not know it.
    #[must_use]
    pub const fn question(f: &'static str, weight: u32) -> Operation {
        let plain = Operation::new(f, weight, Argument::Nothing);
        Operation { modelled: false, anywhere: true, ..plain }
    }
}

impl Profile {
    /// A store of keys and values, of whose inside nothing is known.
    pub const KEY_VALUE: Profile = Profile {
        operations: &[
            Operation::new("get", 40, Argument::Nothing),
            Operation::new("put", 25, Argument::Value),
            Operation::new("append", 10, Argument::Piece),
            Operation::new("cas", 20, Argument::Swap),
            Operation::new("delete", 5, Argument::Removal),
        ],
        read: "get",
        model: Some("kv"),
        checks: &["linearizable", "no-crash", "recovery"],
    };

    /// Locks with fencing tokens, one a key, of whose inside nothing is known.
    pub const FENCED_LOCK: Profile = Profile {
        operations: &[
            Operation::new("acquire", 40, Argument::Nothing),
            Operation::new("release", 40, Argument::Nothing),
            Operation::new("holder", 20, Argument::Nothing),
        ],
        read: "holder",
        model: Some("fenced-lock"),
        checks: &["linearizable", "no-crash", "recovery"],
    };

    /// The operation of that name.
    #[must_use]
    pub fn operation(&self, f: &str) -> Option<&'static Operation> {
        self.operations.iter().find(|operation| operation.f == f)
    }
}
