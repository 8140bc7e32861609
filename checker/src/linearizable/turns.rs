//! Whose turn it is, while the search expands configurations.
//!
//! Each may let pooled operations take effect, and the fewer it used the more it is able to do later. So
//! they are taken in rounds, by how many they have used; and where not all are followed the search may
//! stop as soon as it has found enough of the thrifty ones.

use super::config::Config;
use super::limits::Stop;
use super::search::{Beam, Search};
use super::space::Space;
use crate::model::Model;

/// After so many times as many as are kept were looked at, the few that were found are enough.
const TRIED: usize = 8;

impl<const W: usize> Search<'_, W> {
    /// What has used the fewest pooled operations comes first, so that of those that are found again
    /// the thriftiest stays.
    pub(super) fn next_work<M: Model>(
        &mut self,
        space: &mut Space<'_, M>,
        goal: usize,
    ) -> Result<Option<Config<W>>, Stop> {
        while !self.is_enough() {
            if let Some(config) = self.work.pop_front() {
                return Ok(Some(config));
            }
            if self.waiting.is_empty() && self.borrowers.is_empty() {
                return Ok(None);
            }
            self.use_more(space, goal)?;
        }
        self.lossy |= !self.work.is_empty() || !self.waiting.is_empty();
        self.lossy |= !self.borrowers.is_empty();
        self.work.clear();
        self.waiting.clear();
        self.borrowers.clear();
        Ok(None)
    }

    /// Turns to what has used, or will have used, the next larger number of pooled operations.
    fn use_more<M: Model>(&mut self, space: &mut Space<'_, M>, goal: usize) -> Result<(), Stop> {
        self.meter.note(2 * (self.waiting.len() + self.borrowers.len()));
        let pool = &self.pool;
        let used = |config: &Config<W>| pool.total(config.usage);
        let will_have_used = |config: &Config<W>| used(config).saturating_add(1);
        let waiting = self.waiting.iter().map(used);
        let least = waiting.chain(self.borrowers.iter().map(will_have_used)).min();
        let now = self.waiting.extract_if(.., |config| Some(used(config)) == least);
        self.work.extend(now);
        let mut lent = std::mem::take(&mut self.lent);
        lent.extend(self.borrowers.extract_if(.., |config| Some(will_have_used(config)) == least));
        for config in lent.drain(..) {
            self.check_limits(space)?;
            self.borrow(space, &config, goal);
        }
        self.lent = lent;
        Ok(())
    }

    /// Whether a search that does not follow everything has found as much as it wants.
    fn is_enough(&self) -> bool {
        self.beam.is_some_and(|Beam { width, enough, .. }| {
            let found = self.next.len();
            let tried = found > 0 && self.seen.len() >= TRIED * width;
            found >= 2 * width || self.work.is_empty() && (found >= enough || tried)
        })
    }
}
