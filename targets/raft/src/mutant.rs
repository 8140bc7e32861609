//! The bugs that this Raft can be given.
//!
//! Each is a mistake that a real implementation made. It is switched on by
//! [`chaos_node::NodeConfig::mutant`] and is one visible condition at the place where the correct
//! code and the mistaken code part; `grep Mutant::` finds them all. None is made louder than it
//! was in the wild: a tester has to bring about the fault that exposes it.

use chaos_node::ConfigError;

macro_rules! mutants {
    ($($variant:ident $name:literal $about:literal)*) => {
        /// A bug that a node can be given.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Mutant {
            $(#[doc = $about] $variant,)*
        }

        impl Mutant {
            /// All there are, in the order in which they are told to people.
            pub(crate) const ALL: &[Mutant] = &[$(Mutant::$variant),*];

            /// The name by which a configuration asks for it.
            pub(crate) const fn name(self) -> &'static str {
                match self { $(Mutant::$variant => $name,)* }
            }

            /// What is wrong, in a line.
            pub(crate) const fn about(self) -> &'static str {
                match self { $(Mutant::$variant => $about,)* }
            }
        }
    };
}

mutants! {
    ForgetVote "forget-vote"
        "neither the term nor the vote is saved"
    SplitVoteWrite "split-vote-write"
        "term and vote are saved by two writes, and only the first is durable before the answer"
    AckBeforeSync "ack-before-sync"
        "entries are acknowledged before they are durable"
    LengthOnlyUpToDate "length-only-up-to-date"
        "a vote goes to any log that is as long, whatever its last term"
    DoubleVote "double-vote"
        "a vote is granted although another was granted in the same term"
    CountDuplicateVotes "count-duplicate-votes"
        "a vote that arrives twice counts twice"
    StaleTermReply "stale-term-reply"
        "replies from an older term are taken for replies of this one"
    ResetTimerAlways "reset-timer-always"
        "every request for a vote puts off the own election, granted or not"
    NoRegrant "no-regrant"
        "a vote is not repeated to the candidate that has it"
    CommitOldTerm "commit-old-term"
        "replicas of an older term's entry count as its commit (Figure 8)"
    HeartbeatSkipsPrevCheck "heartbeat-skips-prev-check"
        "an empty AppendEntries is accepted without the look at prevLogIndex and prevLogTerm"
    TruncateOnStaleAppend "truncate-on-stale-append"
        "every AppendEntries cuts the log behind its last entry, conflict or not"
    MatchFromNext "match-from-next"
        "matchIndex is taken from nextIndex - 1 instead of from what was acknowledged"
    CommitNotCapped "commit-not-capped"
        "commitIndex follows the leader's beyond the last entry that was compared"
    NoBacktrack "no-backtrack"
        "nextIndex does not go back when a follower's log disagrees"
    DeposedLeaderRead "deposed-leader-read"
        "a leader answers reads from its own state without asking whether it still leads"
    NoNoop "no-noop"
        "a new leader serves reads before an entry of its own term is committed"
    ReadIndexReuse "read-index-reuse"
        "a round of heartbeats keeps its number when it is sent again, and later reads ride on it"
    LeaseReadDrift "lease-read-drift"
        "reads are served under a lease that starts when an answer is read, not when it was asked for"
    NoDedupe "no-dedupe"
        "a command that was sent again is applied again"
    DedupeNotInSnapshot "dedupe-not-in-snapshot"
        "the client sessions are missing from the snapshot"
    WakeByIndex "wake-by-index"
        "a waiting client is answered by the entry's index, whatever its term"
    SnapshotNotAtomic "snapshot-not-atomic"
        "the log is trimmed before the snapshot that replaces it is in place"
    StaleInstallSnapshot "stale-install-snapshot"
        "an old InstallSnapshot rolls the state back"
    HeartbeatKeepsTimer "heartbeat-keeps-timer"
        "an empty AppendEntries does not put off the own election"
    NoStepDown "no-step-down"
        "a leader does not hear what comes from a newer term"
    HeartbeatSkipsCommit "heartbeat-skips-commit"
        "an empty AppendEntries is answered without the look at its commit index"
    HeartbeatStorm "heartbeat-storm"
        "a leader makes itself heard twenty times as often as it should"
    SendWholeLog "send-whole-log"
        "every AppendEntries with entries carries the whole log"
    LogNotTrimmed "log-not-trimmed"
        "snapshots are taken, but the log behind them stays"
    NoInstallSnapshot "no-install-snapshot"
        "a follower that lacks what was dropped is sent nothing instead of the snapshot"
    DedupeByClient "dedupe-by-client"
        "a client's next command is taken for its last one, sent again"
    AnswerBeforeCommit "answer-before-commit"
        "a put is acknowledged when the leader has appended it, before it is committed"
}

impl Mutant {
    /// The mutant of that name.
    pub(crate) fn parse(name: &str) -> Result<Mutant, ConfigError> {
        let found = Mutant::ALL.iter().copied().find(|mutant| mutant.name() == name);
        found.ok_or_else(|| ConfigError::UnknownMutant {
            name: name.to_owned(),
            known: Mutant::ALL.iter().map(|mutant| mutant.name()).collect(),
        })
    }
}
