//! Elements that were put in by operations of unknown outcome for nobody.
//!
//! An element that no completed operation took or saw can be thought away: what was taken by an operation of
//! unknown outcome need not have been taken, and the collection is one without it as well. Of equal
//! elements as many are needed as were taken or seen, and who was called first can do all that the others
//! can. So the rest of those operations did not happen, if anything did.

use rustc_hash::FxHashMap;

use super::super::partition::{Partition, Step};
use crate::history::Value;
use crate::model::{CollectionAction, Model};

/// Which operations of a partition did not put something in for nobody, by step, if there are any that did.
pub(super) fn others<M: Model>(partition: &Partition<'_, M>) -> Option<Vec<bool>> {
    let case = &partition.case;
    let action = |step: usize| {
        let action = partition.space.action(case.steps[step].code)?;
        partition.model.as_collection(action).map(|(_, action)| action)
    };
    if case.steps.iter().all(Step::returns) || action(0).is_none() {
        return None;
    }
    let all = || (0..case.steps.len()).map(|step| (step, action(step)));
    let mut wanted: FxHashMap<&Value, u32> = FxHashMap::default();
    for (_, action) in all() {
        if let Some(CollectionAction::Take(Some(value)) | CollectionAction::Peek(value)) = action {
            *wanted.entry(value).or_default() += 1;
        }
    }
    let mut kept = vec![true; case.steps.len()];
    for (step, action) in all() {
        let Some(CollectionAction::Put(value)) = action else { continue };
        if case.steps[step].returns() {
            continue;
        }
        match wanted.get_mut(value) {
            Some(wanted) if *wanted > 0 => *wanted -= 1,
            _ => kept[step] = false,
        }
    }
    kept.contains(&false).then_some(kept)
}
