//! Drives a search over a partition, or over a few of its operations.

use super::partition::Partition;
use super::partition::Step;
use super::search::{Config, Limits, Search, Stop};
use super::space::{Space, StateId};
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
        } else if steps[moment.operation()].returns {
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
    let (steps, initial) = (&steps[..], *initial);
    match concurrency(steps, moments) {
        0..=64 => Driver::<M, 1>::drive(space, steps, initial, moments, limits),
        65..=128 => Driver::<M, 2>::drive(space, steps, initial, moments, limits),
        129..=256 => Driver::<M, 4>::drive(space, steps, initial, moments, limits),
        _ => Driver::<M, { MOST_SLOTS / 64 }>::drive(space, steps, initial, moments, limits),
    }
}

struct Driver<M, const W: usize>(std::marker::PhantomData<M>);

impl<M: Model, const W: usize> Driver<M, W> {
    fn drive(
        space: &mut Space<'_, M>,
        steps: &[Step],
        initial: StateId,
        moments: &[Moment],
        limits: Limits<'_>,
    ) -> End {
        let mut search = Search::<W>::new(initial, limits);
        let mut slots = vec![0u16; steps.len()];
        for (place, moment) in moments.iter().enumerate() {
            let step = &steps[moment.operation()];
            if moment.is_return() {
                match search.ret(space, slots[moment.operation()] as usize) {
                    Ok(()) => {}
                    Err(Stop::Dead) => return dead(place, &search.frontier),
                    Err(stop) => return End::Gave(stop),
                }
            } else if step.returns {
                slots[moment.operation()] = search.call(step.code) as u16;
            } else {
                search.call_unknown(step.code);
            }
        }
        End::Alive
    }
}

fn dead<const W: usize>(moment: usize, frontier: &[Config<W>]) -> End {
    let mut states: Vec<StateId> = frontier.iter().map(|config| config.state).collect();
    states.sort_unstable();
    states.dedup();
    End::Dead { moment, states }
}
