//! Drives a search over a partition, or over a few of its operations.

use super::config::Config;
use super::demand::Demand;
use super::partition::{Partition, Step};
use super::search::{Limits, Search, Stop};
use super::space::{Space, StateId};
use super::unknown::{Role, roles};
use crate::history::Moment;
use crate::model::Model;

/// How a search over a sequence of moments ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// A linearization exists.
    Alive,
    /// None exists, and it shows at this moment.
    Dead { moment: usize, states: Vec<StateId> },
    /// The search was given up.
    Gave(Stop),
}

/// The largest number of slots.
pub(super) const MOST_SLOTS: usize = 2048;

/// How many operations that return are open at once, at most.
pub(super) fn concurrency(steps: &[Step], moments: &[Moment]) -> usize {
    let (mut open, mut most) = (0usize, 0);
    for moment in moments {
        if moment.is_return() {
            open -= 1;
        } else if steps[moment.operation()].returns() {
            open += 1;
            most = most.max(open);
        }
    }
    most
}

/// Searches the moments; the caller has checked that [`MOST_SLOTS`] suffice.
pub(super) fn run<M: Model>(
    partition: &mut Partition<'_, M>,
    moments: &[Moment],
    limits: Limits<'_>,
) -> End {
    let Partition { space, steps, initial, .. } = partition;
    let job = Job { steps, initial: *initial, moments, limits };
    let open = concurrency(steps, moments);
    match open {
        0..=48 => job.run::<M, 1>(space, open),
        49..=112 => job.run::<M, 2>(space, open),
        113..=240 => job.run::<M, 4>(space, open),
        _ => job.run::<M, { MOST_SLOTS / 64 }>(space, open),
    }
}

/// What to search.
struct Job<'a> {
    steps: &'a [Step],
    initial: StateId,
    moments: &'a [Moment],
    limits: Limits<'a>,
}

impl Job<'_> {
    /// The optimistic search, and if its answer is not honest, the exact one. Where actions are opaque,
    /// lending without limit could lead to states without end.
    fn run<M: Model, const W: usize>(&self, space: &mut Space<'_, M>, open: usize) -> End {
        let plain = self.steps.iter().all(|step| step.code.is_plain());
        match self.pass::<M, W>(space, open, !plain) {
            (End::Alive, false) => self.pass::<M, W>(space, open, true).0,
            (end, _) => end,
        }
    }

    /// Searches once; tells the end, and whether it can be relied on.
    fn pass<M: Model, const W: usize>(
        &self,
        space: &mut Space<'_, M>,
        open: usize,
        exact: bool,
    ) -> (End, bool) {
        let calls = self.moments.iter().filter(|moment| !moment.is_return());
        let calls = calls.map(|moment| &self.steps[moment.operation()]);
        let demand = Demand::of(calls, space.states());
        let roles = roles(self.steps, self.moments, &demand);
        let mut search = Search::<W>::new(self.initial, demand, exact, open, self.limits);
        let mut slots = vec![0u16; self.steps.len()];
        for (place, moment) in self.moments.iter().enumerate() {
            let number = moment.operation();
            let step = &self.steps[number];
            if moment.is_return() {
                match search.ret(space, slots[number] as usize) {
                    Ok(()) => {}
                    Err(Stop::Dead) => return (dead(place, &search.frontier), true),
                    Err(stop) => return (End::Gave(stop), true),
                }
            } else if step.returns() {
                slots[number] = search.call(step.code, step.deadline) as u16;
            } else {
                let role = roles.get(&(number as u32)).copied().unwrap_or(Role::Pooled);
                search.call_unknown(step.code, role == Role::Single);
            }
        }
        (End::Alive, search.is_honest())
    }
}

fn dead<const W: usize>(moment: usize, frontier: &[Config<W>]) -> End {
    let mut states: Vec<StateId> = frontier.iter().map(|config| config.state).collect();
    states.sort_unstable();
    states.dedup();
    End::Dead { moment, states }
}
