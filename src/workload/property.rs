//! The properties that an execution can be checked for: one table of all that is said of them. A
//! property more is an entry here, a file in `check`, and the line there that calls it.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! properties {
    ($(
        $(#[$doc:meta])*
        $variant:ident { name: $name:literal, about: $about:literal, demands: $demands:literal, }
    )*) => {
        /// A property that an execution can be checked for.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize,
            schemars::JsonSchema,
        )]
        pub enum Property {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)*
        }

        impl Property {
            /// All of them, in the order in which they are reported.
            pub const ALL: &[Property] = &[$(Property::$variant),*];

            /// The name, as workloads and reports have it.
            pub fn name(self) -> &'static str {
                match self { $(Property::$variant => $name,)* }
            }

            /// What it says, in a line.
            pub fn about(self) -> &'static str {
                match self { $(Property::$variant => $about,)* }
            }

            /// What it demands, for somebody who never heard of it.
            pub fn demands(self) -> &'static str {
                match self { $(Property::$variant => $demands,)* }
            }
        }
    };
}

properties! {
    /// The history of every key is linearizable (Herlihy & Wing 1990).
    Linearizable {
        name: "linearizable",
        about: "every key behaves as if operations happened one at a time",
        demands: "Every operation must seem to take effect once, at one instant between its call \
            and its return. So every answer must fit all that was acknowledged before the \
            question.",
    }
    /// At most one leader a term (Raft §5.2).
    ElectionSafety {
        name: "election-safety",
        about: "at most one leader a term",
        demands: "In a term there may be one leader at most: two could both have their writes \
            accepted.",
    }
    /// A leader never overwrites or deletes entries of its log (Raft §5.3).
    LeaderAppendOnly {
        name: "leader-append-only",
        about: "a leader never overwrites or deletes its own entries",
        demands: "A leader may only add to its log; it never overwrites or deletes what is \
            there.",
    }
    /// Logs with an entry of the same index and term are the same up to there (Raft §5.3).
    LogMatching {
        name: "log-matching",
        about: "same index and term, same log up to there",
        demands: "Two logs that have the same entry, of the same index and term, must be the \
            same in all that stands before it.",
    }
    /// A committed entry is in the log of every leader of a later term (Raft §5.4).
    LeaderCompleteness {
        name: "leader-completeness",
        about: "later leaders have every committed entry",
        demands: "What is committed in a term must be in the log of every leader of a later \
            term, or it would be lost.",
    }
    /// No two nodes apply different entries at the same index (Raft §5.4.3).
    StateMachineSafety {
        name: "state-machine-safety",
        about: "no two nodes apply different entries at an index",
        demands: "No two nodes may apply different entries at the same index: their states would \
            differ for ever.",
    }
    /// A leader counts only entries of its own term as committed (Raft §5.4.2).
    CommitRule {
        name: "commit-rule",
        about: "a leader counts only entries of its own term as committed",
        demands: "A leader may take an entry for committed by counting who has it only if the \
            entry is of its own term: an older one could still be taken away by another leader.",
    }
    /// No node stops by itself.
    NoCrash {
        name: "no-crash",
        about: "no node stops by itself",
        demands: "No node may stop by itself.",
    }
    /// The cluster serves again within the stated time once faults are over.
    Recovery {
        name: "recovery",
        about: "the cluster serves again once faults are over",
        demands: "Once all faults are over, the cluster must serve again within the stated time.",
    }
    /// Clients never see two leaders at a time.
    OneLeader {
        name: "one-leader",
        about: "clients never see two leaders at a time",
        demands: "No client may be told by one node that it leads while another one leads: both \
            could hand out the same thing.",
    }
    /// Once elections are over, all live nodes take the same one for the leader.
    Agreement {
        name: "agreement",
        about: "after elections all live nodes follow the same leader",
        demands: "When elections had their time and the network is whole, all live nodes must \
            take the same node for the leader.",
    }
    /// Once elections are over, the live node of the highest id leads (Garcia-Molina 1982).
    Validity {
        name: "validity",
        about: "after elections the live node of the highest id leads",
        demands: "When elections had their time and the network is whole, the live node of the \
            highest id must lead, and no other.",
    }
    /// Every election is over within the stated time after the last fault.
    Termination {
        name: "termination",
        about: "every election ends in time once faults are over",
        demands: "Every election must end within the stated time after the last fault, with a \
            leader.",
    }
    /// Leadership does not change more often than is stated.
    Stability {
        name: "stability",
        about: "leadership does not change more often than stated",
        demands: "Leadership must not change more often than is stated: while it changes, \
            nothing else gets done.",
    }
    /// Every step of the script did what it says.
    Script {
        name: "script",
        about: "every step of the script did what it says",
        demands: "The workload says step by step what happens and what must be seen: each step \
            must hold.",
    }
    /// At most one valid holder of a lease at any instant (The Google File System §3.1).
    LeaseExclusive {
        name: "lease-exclusive",
        about: "at most one valid lease holder at any instant",
        demands: "No two nodes may hold a valid lease of the same thing at an instant of true \
            time, whatever their clocks show.",
    }
    /// No mutation under a lease that is over, or older than the replica knows (§3.1, §4.5).
    LeaseFencing {
        name: "lease-fencing",
        about: "no mutation under a lease that is over, or an older one",
        demands: "No replica may change under a lease that was over by its holder's own clock, \
            nor under an older one than the replica knows.",
    }
    /// Replicas apply the same mutations in the same order (§3.1).
    MutationOrder {
        name: "mutation-order",
        about: "replicas apply the same mutations in the same order",
        demands: "All replicas must apply the same mutations in the order that the primary gave.",
    }
    /// Acknowledged record appends are there at least once, at their offset (§2.7, §3.3).
    RecordAppend {
        name: "record-append",
        about: "acknowledged appends are there, whole and at their offset",
        demands: "Whatever was acknowledged as appended must be found by every later read, whole \
            and at its offset, and nothing that nobody appended.",
    }
    /// Reads of a region find what was written there (§2.7.1).
    FileRegion {
        name: "file-region",
        about: "reads find what was written last, the same for whoever looks",
        demands: "Each byte that a read finds must be of a write that no later one, acknowledged \
            before, has overwritten, and two reads must find the same where nothing is written.",
    }
    /// A snapshot shows one instant (§3.4).
    Snapshot {
        name: "snapshot",
        about: "a snapshot shows one instant between its call and its return",
        demands: "A snapshot must have all that was acknowledged before it was called for, nothing \
            that was begun after it was made, and with a change all that came before that one.",
    }
    /// A shadow master tells of states that were, and how old they are at most (§5.1.3).
    ShadowReads {
        name: "shadow-reads",
        about: "a shadow master shows a past state, and says how old it is at most",
        demands: "A shadow master may lag, but what it shows must be a state that was, not older             than it says, and one log must explain all that it shows.",
    }
}

impl Property {
    /// The property of that name.
    pub fn named(name: &str) -> Option<Property> {
        Property::ALL.iter().copied().find(|property| property.name() == name)
    }
}

impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
