//! Bugs that can be switched on.

use chaos_node::ConfigError;

/// A bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mutant {
    LeaseOverlap,
    LeaseRevokeLate,
    NoFencing,
    StaleReplicaRead,
    AppendOrderDiffers,
    AckBeforeSecondaries,
    OpLogAfterReply,
    ChecksumIgnored,
    HalfWriteAcked,
    SnapshotKeepsLeases,
    SnapshotInPlace,
    NoPathLocks,
}

impl Mutant {
    /// All there are.
    pub(crate) const ALL: [Mutant; 12] = [
        Mutant::LeaseOverlap,
        Mutant::LeaseRevokeLate,
        Mutant::NoFencing,
        Mutant::StaleReplicaRead,
        Mutant::AppendOrderDiffers,
        Mutant::AckBeforeSecondaries,
        Mutant::OpLogAfterReply,
        Mutant::ChecksumIgnored,
        Mutant::HalfWriteAcked,
        Mutant::SnapshotKeepsLeases,
        Mutant::SnapshotInPlace,
        Mutant::NoPathLocks,
    ];

    /// The name by which a configuration asks for it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Mutant::LeaseOverlap => "lease-overlap",
            Mutant::LeaseRevokeLate => "lease-revoke-late",
            Mutant::NoFencing => "no-fencing",
            Mutant::StaleReplicaRead => "stale-replica-read",
            Mutant::AppendOrderDiffers => "append-order-differs",
            Mutant::AckBeforeSecondaries => "ack-before-secondaries",
            Mutant::OpLogAfterReply => "op-log-after-reply",
            Mutant::ChecksumIgnored => "checksum-ignored",
            Mutant::HalfWriteAcked => "half-write-acked",
            Mutant::SnapshotKeepsLeases => "snapshot-keeps-leases",
            Mutant::SnapshotInPlace => "snapshot-in-place",
            Mutant::NoPathLocks => "no-path-locks",
        }
    }

    /// What is wrong, in a line.
    pub(crate) const fn about(self) -> &'static str {
        match self {
            Mutant::LeaseOverlap => "a lease is granted anew before the old one must be over",
            Mutant::LeaseRevokeLate => "a primary goes on when its lease is over",
            Mutant::NoFencing => "a mutation under an old lease and an old version is applied",
            Mutant::StaleReplicaRead => "versions are ignored in reads: a stale replica serves",
            Mutant::AppendOrderDiffers => "secondaries apply in the order of arrival",
            Mutant::AckBeforeSecondaries => "the primary answers before the secondaries applied",
            Mutant::OpLogAfterReply => "the master answers before its log is durable",
            Mutant::ChecksumIgnored => "block checksums are not looked at",
            Mutant::HalfWriteAcked => {
                "a write over the end of a chunk is acknowledged by its first"
            }
            Mutant::SnapshotKeepsLeases => "a snapshot revokes no leases",
            Mutant::SnapshotInPlace => "chunks that a snapshot shares are changed in place",
            Mutant::NoPathLocks => "a snapshot does not lock what it copies",
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
