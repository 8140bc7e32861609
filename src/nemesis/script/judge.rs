//! Whether a step is done, must be waited for, or has failed.

use super::{Baseline, Script};
use crate::network::Sent;
use crate::workload::script::Act;
use chaos_node::{Nanos, NodeId};

/// How far a step is.
pub(super) enum Progress {
    Done,
    /// To be looked at again when something happens, and at this time.
    Waiting(Nanos),
    Failed {
        expected: String,
        seen: String,
    },
    /// This world does not show what the step asks for.
    Unseen(&'static str),
}

impl Script {
    pub(super) fn judge(&self, act: &Act, base: &Baseline, now: Nanos) -> Progress {
        let clock = Clock { entered: base.entered, now };
        let cluster = &self.cluster;
        match act {
            Act::AwaitLeader { within, .. } => self.leads(*within, base, clock),
            Act::NoLeader { during } => {
                clock.during(*during, cluster.elections == base.elections, || {
                    (format!("no new leader for {during}"), cluster.in_words())
                })
            }
            Act::SameTerm { during } => clock.during(*during, cluster.term() == base.term, || {
                let expected = format!("no term above {} for {during}", base.term);
                (expected, format!("term {}", cluster.term()))
            }),
            Act::StepsDown { within, .. } => {
                let leading = base.meant.iter().any(|node| cluster.leads(*node));
                clock.within(*within, !leading, || {
                    let expected = format!("{} to lead no more in {within}", names(&base.meant));
                    (expected, cluster.in_words())
                })
            }
            Act::Committed { within } => self.committed(*within, clock),
            Act::NoCommit { during } => {
                clock.during(*during, cluster.committed() == base.committed, || {
                    let expected = format!("no commit above {} for {during}", base.committed);
                    (expected, format!("entry {} committed", cluster.committed()))
                })
            }
            Act::Agree { within } => self.agree(*within, clock),
            Act::Wait { time } => clock.during(*time, true, || unreachable!("a wait cannot fail")),
            Act::Messages { most } => self.at_most(*most, "messages", |sent| sent.messages),
            Act::Bytes { most } => self.at_most(*most, "bytes", |sent| sent.bytes),
            Act::Log { most } => self.short_logs(*most),
            Act::Cut { .. }
            | Act::Split { .. }
            | Act::Reconnect { .. }
            | Act::Heal
            | Act::Kill { .. }
            | Act::Start { .. }
            | Act::KeepMajority
            | Act::Links { .. }
            | Act::Submit { .. }
            | Act::Count => Progress::Done,
        }
    }

    fn leads(&self, within: Nanos, base: &Baseline, clock: Clock) -> Progress {
        let leader = self.cluster.leader().filter(|leader| !base.meant.contains(leader));
        clock.within(within, leader.is_some(), || {
            let others = match base.meant.as_slice() {
                [] => String::new(),
                not => format!(" other than {}", names(not)),
            };
            (format!("a leader of a majority{others} within {within}"), self.cluster.in_words())
        })
    }

    fn committed(&self, within: Nanos, clock: Clock) -> Progress {
        let (open, all) = (self.open(), self.batch.len());
        clock.within(within, open == 0, || {
            let expected = format!("acknowledged operations within {within}: {all}");
            (expected, format!("{}", all - open))
        })
    }

    fn agree(&self, within: Nanos, clock: Clock) -> Progress {
        let behind = self.cluster.behind();
        clock.within(within, behind.is_empty(), || {
            let index = self.cluster.committed();
            let at = |node: &NodeId| format!("{node} at {}", self.cluster.applied(*node));
            let seen = behind.iter().map(at).collect::<Vec<_>>().join(", ");
            (format!("all to have applied entry {index} within {within}"), seen)
        })
    }

    fn short_logs(&self, most: u64) -> Progress {
        match self.cluster.longest_log() {
            Some((length, node)) if length > most => Progress::Failed {
                expected: format!("no log of more than {most} entries"),
                seen: format!("{length} in that of {node}"),
            },
            Some(_) | None => Progress::Done,
        }
    }

    fn at_most(&self, most: u64, what: &str, of: impl Fn(&Sent) -> u64) -> Progress {
        let (Some(now), Some(then)) = (&self.sent, &self.counted) else {
            return Progress::Unseen("the nodes do not tell how many messages they send");
        };
        let found = of(now).saturating_sub(of(then));
        match found <= most {
            true => Progress::Done,
            false => {
                let expected = format!("at most {most} {what} between nodes");
                Progress::Failed { expected, seen: format!("{found}") }
            }
        }
    }
}

/// When a step began, and what time it is.
#[derive(Clone, Copy)]
struct Clock {
    entered: Nanos,
    now: Nanos,
}

impl Clock {
    /// What must come to hold in time.
    fn within(
        self,
        limit: Nanos,
        holds: bool,
        failed: impl FnOnce() -> (String, String),
    ) -> Progress {
        match holds {
            true => Progress::Done,
            false if self.now < self.entered + limit => Progress::Waiting(self.entered + limit),
            false => fail(failed()),
        }
    }

    /// What must hold all the time.
    fn during(
        self,
        time: Nanos,
        holds: bool,
        failed: impl FnOnce() -> (String, String),
    ) -> Progress {
        match holds {
            false => fail(failed()),
            true if self.now < self.entered + time => Progress::Waiting(self.entered + time),
            true => Progress::Done,
        }
    }
}

fn fail((expected, seen): (String, String)) -> Progress {
    Progress::Failed { expected, seen }
}

fn names(nodes: &[NodeId]) -> String {
    match nodes {
        [] => "nobody".to_owned(),
        nodes => nodes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
    }
}
