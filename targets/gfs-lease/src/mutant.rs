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
    GcCollectsLiveChunk,
    RereplicateFromStale,
    RereplicateUnderLease,
    ShadowServesUnsyncedLog,
    ShadowSkipsRecord,
    ShadowHidesAge,
    RenameNotOnce,
}

impl Mutant {
    /// All there are.
    pub(crate) const ALL: [Mutant; 19] = [
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
        Mutant::GcCollectsLiveChunk,
        Mutant::RereplicateFromStale,
        Mutant::RereplicateUnderLease,
        Mutant::ShadowServesUnsyncedLog,
        Mutant::ShadowSkipsRecord,
        Mutant::ShadowHidesAge,
        Mutant::RenameNotOnce,
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
            Mutant::GcCollectsLiveChunk => "gc-collects-live-chunk",
            Mutant::RereplicateFromStale => "rereplicate-from-stale",
            Mutant::RereplicateUnderLease => "rereplicate-under-lease",
            Mutant::ShadowServesUnsyncedLog => "shadow-serves-unsynced-log",
            Mutant::ShadowSkipsRecord => "shadow-skips-record",
            Mutant::ShadowHidesAge => "shadow-hides-age",
            Mutant::RenameNotOnce => "rename-not-once",
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
            Mutant::GcCollectsLiveChunk => {
                "the chunks of a deleted file are garbage although a snapshot shares them"
            }
            Mutant::RereplicateFromStale => {
                "a chunkserver with a stale replica takes that one for the copy that it was to get"
            }
            Mutant::RereplicateUnderLease => {
                "a chunk is copied while its lease is out, and the copy counts without a new version"
            }
            Mutant::ShadowServesUnsyncedLog => {
                "the shadow master is told of records that are not durable"
            }
            Mutant::ShadowSkipsRecord => {
                "the shadow master applies a record although it lacks those before"
            }
            Mutant::ShadowHidesAge => "the shadow master takes itself for up to date",
            Mutant::RenameNotOnce => "a file is renamed anew when its client asks again",
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
