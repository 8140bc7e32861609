//! Trials in the world of processes.
//!
//! There the kernel schedules: a plan that fails may not fail the next time, and one that hardly
//! ever fails may do so once, by chance. Followed, such a chance would lead to a plan that nobody
//! can bring back. So it is first measured how often the plan fails; each candidate is tried as
//! often as such a plan needs to fail with near certainty, and it takes the plan's place only if it
//! fails **again** when it is tried as often once more.

use super::oracle::{checks, is_promised, shows};
use super::{Bench, Oracle, Shrinker, Shrunk, shrink};
use crate::check::{Outcome, Violation, check, foremost};
use crate::event::Replays;
use crate::execution::Execution;
use crate::runner::Throttle;
use crate::workload::plan::Plan;
use crate::world::process::Arenas;
use crate::world::process::execute::{Program, execute};
use chaos_checker::Budget;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::task::{AbortHandle, JoinSet, LocalSet};

/// How often a plan is executed to see how often it fails.
pub(super) const REPLAYS: usize = 10;

/// A candidate is tried so often at most, however seldom its plan fails.
const MOST_TRIES: usize = 8;

/// How long the user waits at most to be heard.
const PATIENCE: Duration = Duration::from_millis(100);

/// Where plans are tried on real processes.
pub struct Clusters<'a> {
    /// What drives them.
    pub runtime: &'a Runtime,
    /// Where their tasks live.
    pub local: &'a LocalSet,
    /// Where they run.
    pub arenas: &'a Arenas,
    /// What hosts their nodes.
    pub program: &'a Program,
    /// How many at once: as in a campaign, for a machine without time shows what is no bug.
    pub throttle: RefCell<Throttle>,
}

/// What became of a trial.
type Judged = (Execution, Vec<Outcome>);

impl Clusters<'_> {
    /// How many of ten executions show this kind of violation.
    pub fn replays(&self, plan: &Plan, kind: &str) -> Replays {
        let plan = narrowed(plan, kind);
        let mut replays = Replays { failed: 0, of: 0 };
        self.each(REPLAYS, &|_| plan.clone(), &|| false, &mut |_, (_, outcomes)| {
            replays.failed += usize::from(shows(&outcomes, kind));
            replays.of += 1;
            REPLAYS
        });
        replays
    }

    /// The kind of violation that the plan shows first in ten executions.
    pub fn kind(&self, plan: &Plan) -> Option<String> {
        let mut kind = None;
        self.each(REPLAYS, &|_| plan.clone(), &|| false, &mut |_, (_, outcomes)| {
            kind = kind.take().or_else(|| foremost(&outcomes).map(|violation| violation.kind()));
            if kind.is_some() { 0 } else { REPLAYS }
        });
        kind
    }

    /// Executes so many plans, some at once. Each that ends is told, and the answer says below
    /// which number the others are still of interest.
    fn each(
        &self,
        count: usize,
        plan: &dyn Fn(usize) -> Plan,
        expired: &dyn Fn() -> bool,
        told: &mut dyn FnMut(usize, Judged) -> usize,
    ) {
        self.local.block_on(self.runtime, async {
            let (mut running, mut handles) = (JoinSet::new(), Vec::new());
            let (mut next, mut most) = (0, count);
            while !expired() {
                while running.len() < self.throttle.borrow().allowed() && next < most {
                    let trial = trial(plan(next), self.arenas.clone(), self.program.clone());
                    let number = next;
                    let handle = running.spawn_local(async move { (number, trial.await) });
                    handles.push((number, handle));
                    next += 1;
                }
                match tokio::time::timeout(PATIENCE, running.join_next()).await {
                    Err(_) => {}
                    Ok(None) => break,
                    Ok(Some(Ok((number, Some(judged))))) => {
                        self.throttle.borrow_mut().ended(judged.0.lag);
                        most = most.min(told(number, judged));
                        give_up(&handles, most);
                    }
                    Ok(Some(Ok((_, None)))) => {}
                    Ok(Some(Err(error))) if error.is_cancelled() => {}
                    Ok(Some(Err(error))) => std::panic::resume_unwind(error.into_panic()),
                }
            }
            running.shutdown().await;
        });
    }
}

/// Plans are tried by running them again and again. A plan that does not fail again is not shrunk.
impl Bench for Clusters<'_> {
    fn first(
        &self,
        count: usize,
        plan: &(dyn Fn(usize) -> Plan + Sync),
    ) -> Option<(usize, Violation)> {
        let mut first: Option<(usize, Violation)> = None;
        self.each(count, plan, &|| false, &mut |number, (_, outcomes)| {
            let before = first.as_ref().is_none_or(|(best, _)| number < *best);
            if let Some(violation) = foremost(&outcomes).filter(|_| before) {
                first = Some((number, violation.clone()));
            }
            first.as_ref().map_or(count, |(best, _)| *best)
        });
        first
    }

    fn show(&self, plan: &Plan, kind: &str) -> Execution {
        let (mut shown, mut found) = (Execution::default(), false);
        self.each(REPLAYS, &|_| plan.clone(), &|| false, &mut |_, (execution, outcomes)| {
            if !found {
                (shown, found) = (execution, shows(&outcomes, kind));
            }
            if found { 0 } else { REPLAYS }
        });
        shown
    }

    fn shrink(
        &self,
        plan: &Plan,
        kind: &str,
        expired: &(dyn Fn() -> bool + Sync),
        progress: &mut dyn FnMut(&Plan),
    ) -> (Shrunk, Option<Replays>) {
        let replays = self.replays(plan, kind);
        if replays.failed == 0 {
            return (Shrunk { plan: plan.clone(), trials: 0, minimal: false }, Some(replays));
        }
        let oracle = Trials { clusters: self, kind, tries: tries(replays) };
        let (trials, promised) = (u64::MAX, is_promised(kind));
        let search = Shrinker { oracle: &oracle, expired, progress, trials, promised };
        let shrunk = shrink(plan, search);
        let replays = self.replays(&shrunk.plan, kind);
        (shrunk, Some(replays))
    }
}

/// Ends the trials from this number on.
fn give_up(handles: &[(usize, AbortHandle)], from: usize) {
    handles.iter().filter(|(number, _)| *number >= from).for_each(|(_, handle)| handle.abort());
}

/// Executes a plan and judges it; nothing if there was no cluster to be had.
async fn trial(plan: Plan, arenas: Arenas, program: Program) -> Option<Judged> {
    let plan = Rc::new(plan);
    let execution = execute(plan.clone(), &arenas, &program, None).await.ok()?;
    let plan = Plan::clone(&plan);
    // Beside the thread that drives the clusters, which must not be late.
    let judge = move || {
        let outcomes = check(&plan, &execution, &Budget::default());
        (execution, outcomes)
    };
    let judged = tokio::task::spawn_blocking(judge).await;
    Some(judged.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic())))
}

/// How often a plan that fails so often is tried to fail at least once in nine of ten cases.
fn tries(replays: Replays) -> usize {
    let (of, passes) = (replays.of as u64, (replays.of - replays.failed) as u64);
    let surely = |tries: &u32| 10 * passes.pow(*tries) <= of.pow(*tries);
    (1..MOST_TRIES as u32).find(surely).map_or(MOST_TRIES, |tries| tries as usize)
}

/// The plan with the checks alone that can show this kind of violation.
fn narrowed(plan: &Plan, kind: &str) -> Plan {
    Plan { checks: checks(kind), ..plan.clone() }
}

/// The oracle of a search.
struct Trials<'a> {
    clusters: &'a Clusters<'a>,
    kind: &'a str,
    tries: usize,
}

impl Oracle for Trials<'_> {
    fn first(
        &self,
        count: usize,
        plan: &(dyn Fn(usize) -> Plan + Sync),
        expired: &(dyn Fn() -> bool + Sync),
    ) -> Option<usize> {
        let mut from = 0;
        while from < count && !expired() {
            let found = from + self.once(count - from, &|index| plan(from + index), expired)?;
            if self.once(1, &|_| plan(found), expired).is_some() {
                return Some(found);
            }
            from = found + 1;
        }
        None
    }
}

impl Trials<'_> {
    /// The first of these plans that fails in one of its tries.
    fn once(
        &self,
        count: usize,
        plan: &dyn Fn(usize) -> Plan,
        expired: &dyn Fn() -> bool,
    ) -> Option<usize> {
        let mut first: Option<usize> = None;
        let nth = |trial: usize| narrowed(&plan(trial / self.tries), self.kind);
        self.clusters.each(count * self.tries, &nth, expired, &mut |trial, (_, outcomes)| {
            if shows(&outcomes, self.kind) {
                let index = trial / self.tries;
                first = Some(first.map_or(index, |first| first.min(index)));
            }
            first.unwrap_or(count) * self.tries
        });
        first
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST_TRIES, REPLAYS, Replays, tries};

    #[test]
    fn what_fails_seldom_is_tried_more_often() {
        let of_ten = |failed| tries(Replays { failed, of: REPLAYS });
        assert_eq!((of_ten(10), of_ten(9), of_ten(8), of_ten(5)), (1, 1, 2, 4));
        assert_eq!((of_ten(1), of_ten(0)), (MOST_TRIES, MOST_TRIES));
    }
}
