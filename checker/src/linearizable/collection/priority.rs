//! Priority queues. To see an element is to see that no greater one is there, so it needs a slot free of
//! the zones of all greater ones — and that is all it needs: Bouajjani, Enea & Wang, *Checking
//! linearizability of concurrent priority queues*, CONCUR 2017.
//!
//! Why the zones suffice: an element may have to stay longer than its zone, because whoever takes it has
//! to wait for a free slot; but the slots until then are covered by the zones of greater ones already,
//! so nothing is forbidden by that to smaller ones. Within a slot first comes what leaves, greatest
//! first; then whoever finds nothing and whatever comes and goes; then what stays, smallest first.

use super::elements::Elements;
use super::slots::{Slots, covering, never_empty};
use super::{Clock, Judged};

pub(super) fn judge(elements: &Elements<'_>, clock: &Clock<'_>) -> Judged {
    let mut slots = Slots::free(elements.slots());
    match out_of_order(elements, &mut slots, clock) {
        Ok(wrong) => super::verdict(wrong.or_else(|| never_empty(elements, &mut slots))),
        Err(late) => late,
    }
}

/// An operation that found an element though a greater one was there all the time.
fn out_of_order(
    elements: &Elements<'_>,
    slots: &mut Slots,
    clock: &Clock<'_>,
) -> Result<Option<Vec<usize>>, Judged> {
    let mut order: Vec<usize> = (0..elements.all.len()).collect();
    order.sort_unstable_by(|one, other| elements.all[*other].value.cmp(elements.all[*one].value));
    for (place, number) in order.iter().enumerate() {
        clock.check(place)?;
        let element = &elements.all[*number];
        let looks = elements.looks_at(*number).iter().map(|look| look.1);
        let mut finds = looks.chain(element.taker());
        if let Some(find) = finds.find(|find| !slots.has_free(elements.window(element, *find))) {
            let greater = order[..place].iter().map(|greater| &elements.all[*greater]);
            let mut wrong = covering(greater, elements.window(element, find));
            wrong.extend(element.telling().chain([find]));
            return Ok(Some(wrong));
        }
        slots.cover(element.zone);
    }
    Ok(None)
}
