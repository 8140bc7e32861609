//! A wrong history of few elements, out of one of many.
//!
//! A set without an element is a set, and so is a log where nobody was told a place. So an element may be
//! left out everywhere, also of what was read: if what remains is wrong, the whole is. Where places
//! were told, the others of a log may be taken by anybody at any time; what is wrong even then is wrong
//! with those who took them. Chunks of elements are tried from large to small, as in `minimise`.

use rustc_hash::FxHashSet;

use super::super::case::Case;
use super::super::limits::Limits;
use super::super::partition::{Partition, Step, partitions};
use super::{Gaps, Judged, judged};
use crate::history::{History, Value};
use crate::model::{Growth, Model};

/// How many operations may be judged in all, over all attempts; and how often all of them.
const EFFORT: usize = 1_000_000;
const ROUNDS: usize = 4;

/// A history of some of the elements that is wrong as well.
pub(in super::super) struct Abridged {
    pub(in super::super) history: History,
    /// How many elements were left out.
    pub(in super::super) left_out: usize,
    /// Whether those who are left out have places of their own.
    pub(in super::super) has_gaps: bool,
}

/// Leaves out elements of a case that is wrong; `None` if the object does not only grow, or nothing can be
/// left out, or the places of those left out are not taken as was supposed.
pub(in super::super) fn abridge<M: Model>(
    partition: &Partition<'_, M>,
    case: &Case,
    gaps: Gaps,
    limits: Limits<'_>,
) -> Option<Abridged> {
    if self::gaps(partition, case) != Some(gaps) {
        return None;
    }
    let elements = elements(partition, case);
    let known = elements.iter().copied().collect();
    let abridging = Abridging { partition, case, known, gaps, limits };
    let finds = abridging.finds();
    if judged(&partition.space, case, gaps, limits) != Judged::Wrong {
        return None;
    }
    let few = abridging.few(elements.clone(), |few| abridging.is_wrong(few, &finds));
    let finds = abridging.few(finds, |finds| abridging.is_wrong(&few, finds));
    let (history, left_out) = (abridging.history(&few, &finds), elements.len() - few.len());
    (left_out > 0).then_some(Abridged { history, left_out, has_gaps: gaps == Gaps::Free })
}

/// Who takes the places of those left out; `None` if places are told and also not.
fn gaps<M: Model>(partition: &Partition<'_, M>, case: &Case) -> Option<Gaps> {
    let (mut told, mut whole) = (false, false);
    for step in &case.steps {
        match partition.space.growth(step.code) {
            Some(Growth::Put(_, Some(_)) | Growth::At(..)) => told = true,
            Some(Growth::Put(_, None) | Growth::Has(..)) => {}
            None => whole = true,
        }
    }
    match (told, whole) {
        (true, true) => None,
        (true, false) => Some(Gaps::Free),
        (false, _) => Some(Gaps::Filled),
    }
}

/// All elements that were put in.
fn elements<'a, M: Model>(partition: &'a Partition<'_, M>, case: &Case) -> Vec<&'a Value> {
    let growths = case.steps.iter().filter_map(|step| partition.space.growth(step.code));
    let puts = growths.filter(|growth| matches!(growth, Growth::Put(..)));
    let mut seen = FxHashSet::default();
    puts.map(Growth::element).filter(|element| seen.insert(*element)).collect()
}

struct Abridging<'a, 'h, M: Model> {
    partition: &'a Partition<'h, M>,
    case: &'a Case,
    /// All elements that were put in.
    known: FxHashSet<&'a Value>,
    gaps: Gaps,
    limits: Limits<'a>,
}

impl<'a, M: Model> Abridging<'a, '_, M> {
    fn growth(&self, step: &Step) -> Option<Growth<'a>> {
        self.partition.space.growth(step.code)
    }

    /// All who found something.
    fn finds(&self) -> Vec<usize> {
        let steps = self.case.steps.iter().enumerate();
        let finds = steps.filter(|(_, step)| !matches!(self.growth(step), Some(Growth::Put(..))));
        finds.map(|(number, _)| number).collect()
    }

    /// Few of the things, with which it is still wrong.
    fn few<T: Copy>(&self, mut things: Vec<T>, is_wrong: impl Fn(&[T]) -> bool) -> Vec<T> {
        let (mut chunk, mut effort) = (things.len(), 0);
        let most = EFFORT.max(ROUNDS * self.case.steps.len());
        while chunk > 0 {
            let mut from = 0;
            while from < things.len() {
                let after = things.iter().skip(from + chunk);
                let fewer: Vec<T> = things[..from].iter().chain(after).copied().collect();
                effort += fewer.len() + self.case.steps.len() / 8 + 10;
                if effort > most || self.limits.is_expired() {
                    return things;
                }
                match is_wrong(&fewer) {
                    true => things = fewer,
                    false => from += chunk,
                }
            }
            chunk /= 2;
        }
        things
    }

    fn is_wrong(&self, elements: &[&Value], finds: &[usize]) -> bool {
        let history = self.history(elements, finds);
        let last = history.moments().last().is_some_and(|last| last.is_return());
        let Ok(parts) = partitions(self.partition.model, &history) else { return false };
        let [part] = &parts[..] else { return false };
        last && judged(&part.space, &part.case, self.gaps, self.limits) == Judged::Wrong
    }

    /// What was done to these elements alone, and found by these.
    fn history(&self, elements: &[&Value], finds: &[usize]) -> History {
        let kept: FxHashSet<&Value> = elements.iter().copied().collect();
        let finds: FxHashSet<usize> = finds.iter().copied().collect();
        self.partition.history_of(self.case, |number, step| {
            let growth = self.growth(step);
            let about = growth.map(Growth::element);
            let is_put = matches!(growth, Some(Growth::Put(..)));
            // Who found nothing yet, or what nobody put in, is not left out.
            let is_left_out = |element| self.known.contains(element) && !kept.contains(element);
            if about.is_some_and(is_left_out) || !is_put && !finds.contains(&number) {
                return None;
            }
            let mut operation = self.partition.operation(step).clone();
            if let (None, Some(all)) = (about, operation.output.as_list()) {
                operation.output =
                    Value::list(all.iter().filter(|found| !is_left_out(found)).cloned());
            }
            Some(operation)
        })
    }
}
