//! A search for a linearization of a short history, which looks closely only where it has to.
//!
//! At first a few configurations are all there are, and to follow them is to follow everything. From the
//! place on where one that matters would have to be dropped, a few may still be enough to find a
//! linearization. If they die, that says nothing: then everything is followed from that place on.

use super::limits::Stop;
use super::search::Beam;
use super::space::Space;
use super::walk::Walk;
use crate::model::Model;

/// What is followed of a search that may have many configurations.
pub(super) const GLANCE: Beam = Beam { width: 8, enough: 1, drops: true };

/// How many configurations may be held where all are followed.
const MOST: usize = 128;

/// Passes what is left of a walk, if that takes little. What it says is certain, but for a stop for want of
/// configurations or memory.
pub(super) fn glance<M: Model, const W: usize>(
    space: &mut Space<'_, M>,
    walk: &mut Walk<'_, W>,
    few: Beam,
) -> Result<(), Stop> {
    walk.search.narrow(Beam { drops: false, ..few });
    match walk.pass_all(space) {
        Err(Stop::Configurations | Stop::Bytes) => {}
        end => return end,
    }
    let place = walk.bookmark();
    walk.search.narrow(few);
    match walk.pass_all(space) {
        Err(Stop::Dead | Stop::Configurations | Stop::Bytes) => {}
        end => return end,
    }
    walk.go_back(&place);
    walk.search.widen(MOST);
    walk.pass_all(space)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linearizable::guess::tests::found_and_truth;

    #[test]
    fn a_glance_is_right() {
        let (mut found, mut dead, mut closely) = (0, 0, 0);
        for seed in 0..8_000 {
            let ((end, close), lives) = found_and_truth(seed, |space, walk| {
                let width = 1 + seed as usize % GLANCE.width;
                let end = glance(space, walk, Beam { width, ..GLANCE });
                (end, walk.search.beam.is_none())
            });
            closely += u32::from(close);
            match (end, lives) {
                (Ok(()), true) => found += 1,
                (Err(Stop::Dead), false) => dead += 1,
                wrong => panic!("seed {seed}: {wrong:?}"),
            }
        }
        assert!(found.min(dead).min(closely) > 100, "{found} {dead} {closely}");
    }
}
