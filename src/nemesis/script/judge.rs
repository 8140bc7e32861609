//! Whether a step is done, must be waited for, or has failed.

use super::{Baseline, Script, Sent};
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
        let within = |holds: bool, limit: Nanos, failed: &dyn Fn() -> (String, String)| {
            let until = base.entered + limit;
            match holds {
                true => Progress::Done,
                false if now < until => Progress::Waiting(until),
                false => fail(failed()),
            }
        };
        let during = |holds: bool, time: Nanos, failed: &dyn Fn() -> (String, String)| {
            let until = base.entered + time;
            match holds {
                false => fail(failed()),
                true if now < until => Progress::Waiting(until),
                true => Progress::Done,
            }
        };
        let cluster = &self.cluster;
        match act {
            Act::AwaitLeader { within: limit, .. } => {
                let leader = cluster.leader().filter(|leader| !base.meant.contains(leader));
                within(leader.is_some(), *limit, &|| {
                    let others = match base.meant.as_slice() {
                        [] => String::new(),
                        not => format!(" other than {}", names(not)),
                    };
                    let expected = format!("a leader of a majority{others} within {limit}");
                    (expected, cluster.in_words())
                })
            }
            Act::NoLeader { during: time } => {
                during(cluster.elections == base.elections, *time, &|| {
                    (format!("no new leader for {time}"), cluster.in_words())
                })
            }
            Act::SameTerm { during: time } => during(cluster.term() == base.term, *time, &|| {
                let expected = format!("no term above {} for {time}", base.term);
                (expected, format!("term {}", cluster.term()))
            }),
            Act::StepsDown { within: limit, .. } => {
                let leading = base.meant.iter().any(|node| cluster.leads(*node));
                within(!leading, *limit, &|| {
                    let expected = format!("{} to lead no more within {limit}", names(&base.meant));
                    (expected, cluster.in_words())
                })
            }
            Act::Committed { within: limit } => {
                let open = self.open();
                within(open == 0, *limit, &|| {
                    let all = self.batch.len();
                    let expected = format!("{all} operations to be acknowledged within {limit}");
                    (expected, format!("{} of them", all - open))
                })
            }
            Act::NoCommit { during: time } => {
                during(cluster.committed() == base.committed, *time, &|| {
                    let expected = format!("nothing committed above {} for {time}", base.committed);
                    (expected, format!("entry {} committed", cluster.committed()))
                })
            }
            Act::Agree { within: limit } => {
                let behind = cluster.behind();
                within(behind.is_empty(), *limit, &|| {
                    let index = cluster.committed();
                    let expected = format!("all to have applied entry {index} within {limit}");
                    let at = |node: &NodeId| format!("{node} at {}", cluster.applied(*node));
                    (expected, behind.iter().map(at).collect::<Vec<_>>().join(", "))
                })
            }
            Act::Wait { time } => during(true, *time, &|| unreachable!("a wait cannot fail")),
            Act::Messages { most } => self.at_most(*most, "messages", |sent| sent.messages),
            Act::Bytes { most } => self.at_most(*most, "bytes", |sent| sent.bytes),
            Act::Log { most } => match cluster.longest_log() {
                Some((length, node)) if length > *most => {
                    let expected = format!("no log of more than {most} entries");
                    Progress::Failed { expected, seen: format!("{length} in that of {node}") }
                }
                Some(_) | None => Progress::Done,
            },
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

    fn at_most(&self, most: u64, what: &str, of: impl Fn(&Sent) -> u64) -> Progress {
        let (Some(now), Some(then)) = (&self.sent, &self.counted) else {
            return Progress::Unseen("this world does not count messages between nodes");
        };
        let found = of(now) - of(then);
        match found <= most {
            true => Progress::Done,
            false => {
                let expected = format!("at most {most} {what} between nodes");
                Progress::Failed { expected, seen: format!("{found}") }
            }
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
