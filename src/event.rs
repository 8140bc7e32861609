//! What a campaign tells while it runs. The runner emits events; every report is a [`Sink`] of them.

use crate::check::{Outcome, Verdict, Violation, foremost};
use crate::execution::TraceHash;
use crate::regression::Tried;
use crate::workload::plan::{Property, Size};
use chaos_node::Nanos;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Something that happened in a campaign.
#[derive(Clone, Debug)]
pub enum CampaignEvent {
    /// It begins.
    Started(CampaignStart),
    /// A run begins.
    RunStarted {
        /// Its workload's name.
        workload: String,
        /// Its seed.
        seed: u64,
    },
    /// A run that was over before the campaign was interrupted, and is not made again.
    Recalled(Box<RunRecord>),
    /// A run is over and judged; its folder, if it has one, is written.
    RunEnded(Box<RunRecord>),
    /// A run that failed is being shrunk.
    Shrinking {
        /// Its workload's name.
        workload: String,
        /// Its seed.
        seed: u64,
    },
    /// The user wants it to stop: running runs are given up, what is done is reported.
    Interrupted,
    /// It is over.
    Ended(Box<CampaignEnd>),
}

/// The beginning of a campaign.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CampaignStart {
    /// What it is called: as its workload, if there is but one.
    pub workload: String,
    /// Its workloads, in the order in which they take turns.
    pub workloads: Vec<WorkloadStart>,
    /// How many runs are wanted in all; nothing where only time or a failure ends it.
    pub runs: Option<u64>,
    /// How many are under way at once.
    pub jobs: usize,
    /// The first seed of each workload; the others follow it one by one.
    pub seed: u64,
    /// Where it runs, in words: `processes in network namespaces`, `processes on loopback`.
    pub world: String,
    /// What the user should know about that, such as why namespaces are not used.
    pub warnings: Vec<String>,
    /// The folder of the results.
    pub out: PathBuf,
    /// Failures that are remembered beside the workloads, which are tried first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regressions: Vec<Tried>,
    /// All that the command line needs to go on with it later, in the command line's own form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipe: Option<serde_json::Value>,
}

/// One of the workloads of a campaign.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorkloadStart {
    /// Its name, which no other one of the campaign has.
    pub name: String,
    /// The property whose violation is what the workload is there to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<Property>,
}

/// The end of a campaign.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CampaignEnd {
    /// How it began.
    pub start: CampaignStart,
    /// All runs that ended, in order of workload and seed.
    pub runs: Vec<RunRecord>,
    /// The first failure of each kind, shrunk.
    pub shrunk: Vec<ShrunkRun>,
    /// Whether it was stopped before its end.
    pub interrupted: bool,
    /// How long it took, in true time.
    pub elapsed: Nanos,
    /// Processor time that the tester itself took, the switch included.
    pub tester_cpu: Nanos,
    /// Processor time that the nodes took.
    pub node_cpu: Nanos,
}

/// One run, as a line of `runs.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Its workload's name.
    pub workload: String,
    /// The seed that its plan was made from.
    pub seed: u64,
    /// What it came to.
    pub status: Status,
    /// Each property's verdict.
    pub outcomes: Vec<Outcome>,
    /// What the clients' operations came to.
    pub operations: OperationCounts,
    /// What the faults came to.
    pub faults: FaultCounts,
    /// What the faults that took hold met.
    #[serde(default, skip_serializing_if = "Coverage::is_empty")]
    pub coverage: Coverage,
    /// How long the cluster ran, in its own world's time.
    pub cluster_time: Nanos,
    /// In the simulated world, a hash of everything that happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_hash: Option<TraceHash>,
    /// Its folder, below the campaign's, if it was kept.
    pub folder: Option<PathBuf>,
    /// The command that brings it back.
    pub replay: String,
    /// The [kind](Violation::kind) of the violation that was seen first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// If it violates something, its plan's [fingerprint](crate::workload::plan::Plan::fingerprint).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
}

/// A failing run that was cut down to what matters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShrunkRun {
    /// The workload's name of the run that it was made from.
    pub workload: String,
    /// The seed of the run that it was made from.
    pub seed: u64,
    /// The [kind](Violation::kind) of violation that both show.
    pub kind: String,
    /// How much is left.
    pub size: Size,
    /// How often it came back, on real processes; where that is never, nothing was taken away. In
    /// the simulator it always does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replays: Option<Replays>,
    /// Its folder, below the campaign's, if it could be saved.
    pub folder: Option<PathBuf>,
    /// The command that brings it back.
    pub replay: String,
}

/// How often a plan failed in the same way again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replays {
    /// How often.
    pub failed: usize,
    /// Of how many executions.
    pub of: usize,
}

/// What a run came to. Ordered from good to bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// All properties hold.
    Valid,
    /// Something could not be decided, and nothing was violated.
    Unknown,
    /// Something was violated.
    Invalid,
}

/// Operations by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationCounts {
    /// Done.
    pub ok: u64,
    /// Surely not done.
    pub fail: u64,
    /// Unknown.
    pub info: u64,
}

/// Faults by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultCounts {
    /// Planned and due.
    pub attempted: u64,
    /// Taken hold.
    pub applied: u64,
    /// Seen to make a difference.
    pub effective: u64,
}

/// Faults that took hold, by kind.
pub type Coverage = BTreeMap<String, Moments>;

/// Faults by what their victims were just then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moments {
    /// A leader was among them.
    pub leader: u64,
    /// None of them led, but another node did.
    pub others: u64,
    /// Nobody led.
    pub leaderless: u64,
    /// No node had told a role.
    pub untold: u64,
}

impl Moments {
    /// Takes others in.
    pub(crate) fn add(&mut self, other: &Moments) {
        self.leader += other.leader;
        self.others += other.others;
        self.leaderless += other.leaderless;
        self.untold += other.untold;
    }
}

/// What became of the violation that a workload is there to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expectation {
    /// It was found in so many runs, and no run violated anything without it.
    Met {
        /// What was violated.
        property: Property,
        /// In how many runs.
        runs: u64,
    },
    /// No run violated it.
    Missed {
        /// What was not violated.
        property: Property,
    },
    /// So many runs violated something else instead.
    Other {
        /// What was expected.
        property: Property,
        /// How many.
        runs: u64,
    },
}

impl CampaignStart {
    /// Where a workload stands among the others.
    pub fn position(&self, workload: &str) -> usize {
        let position = self.workloads.iter().position(|own| own.name == workload);
        position.unwrap_or(self.workloads.len())
    }
}

impl CampaignEnd {
    /// The workload's runs.
    pub fn runs_of<'a>(&'a self, workload: &'a str) -> impl Iterator<Item = &'a RunRecord> {
        self.runs.iter().filter(move |run| run.workload == workload)
    }

    /// What became of the violations that were expected, workload by workload.
    pub fn expectations(&self) -> Vec<(&WorkloadStart, Expectation)> {
        let all = self.start.workloads.iter();
        all.filter_map(|own| Some((own, self.expectation(own)?))).collect()
    }

    /// What became of the violation that the workload expects. Where none of its runs is over, or
    /// some could not be judged and none violates anything, nothing can be said.
    fn expectation(&self, workload: &WorkloadStart) -> Option<Expectation> {
        let property = workload.expect?;
        let runs = || self.runs_of(&workload.name);
        let invalid = runs().filter(|run| run.status == Status::Invalid);
        let (found, other): (Vec<_>, Vec<_>) = invalid.partition(|run| run.violates(property));
        match (found.len() as u64, other.len() as u64) {
            (0, 0) => {
                let missed = runs().map(|run| run.status).max() == Some(Status::Valid);
                missed.then_some(Expectation::Missed { property })
            }
            (runs, 0) => Some(Expectation::Met { property, runs }),
            (_, runs) => Some(Expectation::Other { property, runs }),
        }
    }

    /// What the campaign came to: the worst of its workloads. Where a violation is expected, its
    /// absence is the failure, unless there was no time to find it.
    pub fn status(&self) -> Status {
        let status = |workload: &WorkloadStart| match self.expectation(workload) {
            Some(Expectation::Met { .. }) => Status::Valid,
            Some(Expectation::Missed { .. }) if self.interrupted => Status::Unknown,
            Some(Expectation::Missed { .. } | Expectation::Other { .. }) => Status::Invalid,
            None => {
                self.runs_of(&workload.name).map(|run| run.status).max().unwrap_or(Status::Valid)
            }
        };
        self.start.workloads.iter().map(status).max().unwrap_or(Status::Valid)
    }
}

impl RunRecord {
    /// Whether the run violates this property, among others perhaps.
    pub fn violates(&self, property: Property) -> bool {
        let violated = |outcome: &Outcome| {
            outcome.property == property && matches!(outcome.verdict, Verdict::Invalid(_))
        };
        self.outcomes.iter().any(violated)
    }

    /// The violation that was seen first, if there is one; others often only follow from it.
    pub fn violation(&self) -> Option<&Violation> {
        foremost(&self.outcomes)
    }

    /// The first reason why something could not be decided, if there is one.
    pub fn unknown(&self) -> Option<&str> {
        self.outcomes.iter().find_map(|outcome| match &outcome.verdict {
            Verdict::Unknown(reason) => Some(reason.as_str()),
            Verdict::Valid | Verdict::Invalid(_) => None,
        })
    }
}

impl Status {
    /// The worst of the outcomes; a violation outranks an unknown.
    pub fn of(outcomes: &[Outcome]) -> Status {
        let status = |outcome: &Outcome| match outcome.verdict {
            Verdict::Valid => Status::Valid,
            Verdict::Unknown(_) => Status::Unknown,
            Verdict::Invalid(_) => Status::Invalid,
        };
        outcomes.iter().map(status).max().unwrap_or(Status::Valid)
    }
}

/// Something that listens to a campaign: the terminal, a file, a page.
pub trait Sink {
    /// Called for every event, in order, from one thread.
    ///
    /// # Errors
    /// If what it writes to refuses; the campaign goes on, and the error is told at its end.
    fn event(&mut self, event: &CampaignEvent) -> std::io::Result<()>;
}

#[cfg(test)]
mod tests {
    use super::{CampaignEnd, Expectation, Status, WorkloadStart};
    use crate::report::sample;
    use crate::workload::plan::Property;

    fn campaign(expect: Option<Property>) -> CampaignEnd {
        let mut end = sample::campaign();
        end.start.workloads[0].expect = expect;
        end
    }

    fn expectation(end: &CampaignEnd) -> Option<Expectation> {
        end.expectations().first().map(|(_, expectation)| *expectation)
    }

    #[test]
    fn nothing_is_expected_unless_the_workload_says_so() {
        assert_eq!(expectation(&campaign(None)), None);
        assert_eq!(campaign(None).status(), Status::Invalid);
    }

    #[test]
    fn a_violation_is_met_missed_or_another() {
        let property = Property::Linearizable;
        let mut end = campaign(Some(property));
        end.runs.retain(|run| run.violation().is_none() || run.violates(property));
        let runs = end.runs.iter().filter(|run| run.violates(property)).count() as u64;
        assert!(runs > 0, "the sample has such a run");
        assert_eq!(expectation(&end), Some(Expectation::Met { property, runs }));
        assert_eq!(end.status(), Status::Valid);
        end.start.workloads[0].expect = Some(Property::Stability);
        let property = Property::Stability;
        assert_eq!(expectation(&end), Some(Expectation::Other { property, runs }));
        assert_eq!(end.status(), Status::Invalid);
        end.runs.retain(|run| run.status == Status::Valid);
        assert_eq!(expectation(&end), Some(Expectation::Missed { property }));
        assert_eq!(end.status(), Status::Invalid);
    }

    #[test]
    fn a_violation_that_was_not_seen_where_nothing_could_be_judged_is_not_missed() {
        let mut end = campaign(Some(Property::Stability));
        end.runs.retain(|run| run.status != Status::Invalid);
        assert_eq!((expectation(&end), end.status()), (None, Status::Unknown));
        end.runs.retain(|run| run.status == Status::Valid);
        end.interrupted = true;
        assert_eq!(end.status(), Status::Unknown, "there was no time to find it");
        end.runs.clear();
        assert_eq!((expectation(&end), end.status()), (None, Status::Valid));
    }

    #[test]
    fn the_worst_of_several_workloads_counts() {
        let mut end = campaign(Some(Property::Linearizable));
        end.runs.retain(|run| run.violation().is_none() || run.violates(Property::Linearizable));
        let quiet = WorkloadStart { name: "quiet".to_owned(), expect: None };
        end.start.workloads.push(quiet);
        assert_eq!(end.status(), Status::Valid, "no run of it, no violation in it");
        let mut unknown = sample::campaign().runs[6].clone();
        unknown.workload = "quiet".to_owned();
        end.runs.push(unknown);
        assert_eq!(end.status(), Status::Unknown);
    }
}
