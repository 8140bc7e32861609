//! Failures that are remembered, so that later campaigns try them first.
//!
//! A failure is remembered by its seed. The plan that the seed made then is known by its
//! [fingerprint](crate::workload::plan::Plan::fingerprint): where the workload has changed since, the
//! seed makes another plan, and that it fails no more says nothing.
//!
//! Failures that look alike are one: of each [kind](crate::check::Violation::kind) one is
//! remembered, that with the least seed, for each workload, world and mutant.

use crate::event::{CampaignEnd, RunRecord, Status};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A failure that is remembered: a line of `regressions.jsonl`. In the order in which they stand
/// there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Regression {
    /// Its workload's name.
    pub workload: String,
    /// Where it failed: simulated runs and real ones are not the same.
    pub world: World,
    /// The target's bug that was switched on by the command line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mutant: Option<String>,
    /// The seed that its plan was made from.
    pub seed: u64,
    /// That plan's fingerprint.
    pub plan: String,
    /// The commit that it was found in, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The kind of the violation that was seen first.
    pub kind: String,
    /// That violation in a sentence.
    pub violation: String,
}

/// Where a run is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum World {
    /// In the simulator.
    Sim,
    /// On real processes.
    Processes,
}

/// A remembered failure that a campaign tries again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// The failure.
    pub regression: Regression,
    /// Whether its seed makes another plan now.
    pub changed: bool,
}

/// What became of a remembered failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recurrence {
    /// It fails in the same way.
    StillFails,
    /// It fails in another way.
    FailsOtherwise,
    /// It fails no more.
    Passes,
    /// It could not be judged.
    Unknown,
    /// It was not made: by another shard, or the campaign was over before.
    NotMade,
}

impl CampaignEnd {
    /// What became of the failures that it tried again, in their order.
    pub fn recurrences(&self) -> Vec<(&Tried, Recurrence)> {
        let all = self.start.regressions.iter();
        all.map(|tried| (tried, self.recurrence(&tried.regression))).collect()
    }

    fn recurrence(&self, known: &Regression) -> Recurrence {
        let mut runs = self.runs_of(&known.workload).filter(|run| run.seed == known.seed);
        let Some(run) = runs.next() else { return Recurrence::NotMade };
        match run.status {
            Status::Valid => Recurrence::Passes,
            Status::Unknown => Recurrence::Unknown,
            Status::Invalid if run.kind.as_ref() == Some(&known.kind) => Recurrence::StillFails,
            Status::Invalid => Recurrence::FailsOtherwise,
        }
    }

    /// The failures that are worth remembering: those that nobody waits for, the first of each kind
    /// of each workload.
    pub fn failures(
        &self,
        world: World,
        mutant: Option<&str>,
        commit: Option<&str>,
    ) -> Vec<Regression> {
        let mut first: BTreeMap<(&str, &str), &RunRecord> = BTreeMap::new();
        for run in self.runs.iter().filter(|run| !self.expects(run)) {
            let Some(kind) = &run.kind else { continue };
            let known = first.entry((&run.workload, kind)).or_insert(run);
            if run.seed < known.seed {
                *known = run;
            }
        }
        let regression = |run: &RunRecord| {
            Some(Regression {
                workload: run.workload.clone(),
                world,
                mutant: mutant.map(str::to_owned),
                seed: run.seed,
                plan: run.plan.clone()?,
                commit: commit.map(str::to_owned),
                kind: run.kind.clone()?,
                violation: run.violation()?.summary.clone(),
            })
        };
        first.into_values().filter_map(regression).collect()
    }

    fn expects(&self, run: &RunRecord) -> bool {
        let own = self.start.workloads.iter().find(|own| own.name == run.workload);
        own.and_then(|own| own.expect).is_some_and(|property| run.violates(property))
    }

    /// What is to be remembered from now on, of what was `known` and what it found: in order.
    ///
    /// What is known stays, though it passes: whoever has mended a bug may take it out. But what
    /// only ever failed in a plan that its seed makes no more gives way to a failure of the same
    /// kind. One of the same kind is added only where all that are known pass now.
    pub fn remembered(&self, known: &[Regression], found: Vec<Regression>) -> Vec<Regression> {
        let mut all = known.to_vec();
        for new in found {
            let alike = |old: &Regression| {
                (&old.workload, old.world, &old.mutant, &old.kind)
                    == (&new.workload, new.world, &new.mutant, &new.kind)
            };
            if all.iter().any(|old| alike(old) && (old.seed == new.seed || self.stands(old))) {
                continue;
            }
            all.retain(|old| !(alike(old) && self.is_stale(old)));
            all.push(new);
        }
        all.sort();
        all
    }

    /// Whether it may fail as ever.
    fn stands(&self, known: &Regression) -> bool {
        !self.is_stale(known) && self.recurrence(known) != Recurrence::Passes
    }

    /// Whether its seed makes another plan now, that does not fail in the same way.
    fn is_stale(&self, known: &Regression) -> bool {
        let tried = self.start.regressions.iter().find(|tried| tried.regression == *known);
        tried.is_some_and(|tried| tried.changed) && self.recurrence(known) != Recurrence::StillFails
    }
}

#[cfg(test)]
mod tests {
    use super::{Recurrence, Regression, Tried, World};
    use crate::event::CampaignEnd;
    use crate::report::sample;
    use crate::workload::plan::Property;

    fn found(end: &CampaignEnd) -> Vec<Regression> {
        end.failures(World::Sim, None, Some("39317c8"))
    }

    fn trying(known: Vec<Regression>, changed: bool) -> CampaignEnd {
        let mut end = sample::campaign();
        let tried = |regression| Tried { regression, changed };
        end.start.regressions = known.into_iter().map(tried).collect();
        end
    }

    #[test]
    fn of_failures_that_look_alike_the_first_is_remembered() {
        let mut end = sample::campaign();
        let mut again = end.runs[3].clone();
        again.seed = 3;
        end.runs.push(again);
        let seeds: Vec<u64> = found(&end).iter().map(|own| own.seed).collect();
        assert_eq!(seeds.len(), 2, "two kinds");
        assert!(seeds.contains(&3) && seeds.contains(&19), "{seeds:?}");
        end.start.workloads[0].expect = Some(Property::Linearizable);
        assert!(found(&end).iter().all(|own| own.seed != 3), "what is expected is no regression");
    }

    #[test]
    fn what_became_of_each_is_told() {
        let known = found(&sample::campaign());
        let seeds = |seeds: [u64; 2]| {
            let mut known = known.clone();
            known.iter_mut().zip(seeds).for_each(|(own, seed)| own.seed = seed);
            trying(known, false).recurrences().iter().map(|(_, now)| *now).collect::<Vec<_>>()
        };
        let as_found = [known[0].seed, known[1].seed];
        assert_eq!(seeds(as_found), [Recurrence::StillFails; 2]);
        assert_eq!(seeds([known[1].seed, known[0].seed]), [Recurrence::FailsOtherwise; 2]);
        assert_eq!(seeds([14, 20]), [Recurrence::Passes, Recurrence::Unknown]);
        assert_eq!(seeds([1, 2]), [Recurrence::NotMade; 2]);
    }

    #[test]
    fn what_is_known_is_not_remembered_twice() {
        let end = sample::campaign();
        let new = found(&end);
        let mut sorted = new.clone();
        sorted.sort();
        assert_eq!(end.remembered(&[], new.clone()), sorted);
        assert_eq!(end.remembered(&sorted, new.clone()), sorted, "the same seeds");
        let mut other = sorted.clone();
        other.iter_mut().for_each(|own| own.seed = 1);
        other.sort();
        assert_eq!(end.remembered(&other, new.clone()), other, "they were not tried");
        other.iter_mut().for_each(|own| own.world = World::Processes);
        assert_eq!(end.remembered(&other, new).len(), 4, "another world's are others");
    }

    #[test]
    fn a_bug_that_is_back_elsewhere_is_remembered_beside_the_one_that_passes() {
        let mut known = found(&sample::campaign());
        known.iter_mut().for_each(|own| own.seed = 14);
        let passing = trying(known.clone(), false);
        let all = passing.remembered(&known, found(&passing));
        assert_eq!(all.len(), 4, "{all:#?}");
        let changed = trying(known.clone(), true);
        let all = changed.remembered(&known, found(&changed));
        assert_eq!(all.len(), 2, "what its seed makes no more gives way: {all:#?}");
        assert!(all.iter().all(|own| own.seed != 14), "{all:#?}");
    }
}
