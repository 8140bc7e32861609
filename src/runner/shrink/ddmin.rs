//! Delta debugging of a list: the minimizing algorithm *ddmin* of Zeller & Hildebrandt (2002), by
//! complements alone.
//!
//! The list is cut into pieces, and the list without one of them is tried; where no piece can be
//! spared they are halved. Pieces of one are tried until none of them can be spared, which makes
//! the result **1-minimal**. The original also tries each piece alone; with halves that is the same,
//! and later it hardly ever fails. Like *Lithium* (Ruderman) it goes from the end to the beginning
//! and goes on where it was after a success: what happens last matters least.

use std::ops::Range;

/// Tries a number of candidates, each by the part of the list that it leaves out; the first of them
/// that fails.
pub type Trial<'a> =
    dyn FnMut(usize, &(dyn Fn(usize) -> Range<usize> + Sync)) -> Option<usize> + 'a;

/// Takes out of a list of `len` what can be spared. `first` is told how many candidates there are
/// and which part of the list, as it now is, each would take out; it answers with the first one
/// that still fails, whose part is then gone.
pub fn ddmin(mut len: usize, first: &mut Trial<'_>) {
    if len == 0 || first(1, &|_| 0..len).is_some() {
        return;
    }
    let mut size = len.div_ceil(2);
    loop {
        let before = len;
        len = sweep(len, size, first);
        match size {
            1 if len == before || len == 0 => return,
            1 => {}
            _ => size = size.min(len).div_ceil(2).max(1),
        }
    }
}

/// Once from the end to the beginning, in pieces of `size`; how long the list then is.
fn sweep(mut len: usize, size: usize, first: &mut Trial<'_>) -> usize {
    let mut end = len;
    while end > 0 {
        let part = |index: usize| {
            let end = end - index * size;
            end.saturating_sub(size)..end
        };
        let Some(index) = first(end.div_ceil(size), &part) else { break };
        let gone = part(index);
        end = gone.start;
        len -= gone.len();
    }
    len
}

#[cfg(test)]
mod tests {
    use super::ddmin;
    use proptest::prelude::*;

    /// What is left of `0..len` where a list fails as long as `fails` says so.
    fn minimized(len: usize, fails: &dyn Fn(&[usize]) -> bool) -> Vec<usize> {
        let mut list: Vec<usize> = (0..len).collect();
        ddmin(len, &mut |count, part| {
            let without = |index: usize| {
                let mut list = list.clone();
                list.drain(part(index));
                list
            };
            let found = (0..count).find(|index| fails(&without(*index)))?;
            list = without(found);
            Some(found)
        });
        list
    }

    proptest! {
        #[test]
        fn what_all_of_is_needed_is_left_and_nothing_else(
            len in 0_usize..200,
            needed in prop::collection::btree_set(0_usize..200, 0..8),
        ) {
            let needed: Vec<usize> = needed.into_iter().filter(|item| *item < len).collect();
            let left = minimized(len, &|list| needed.iter().all(|item| list.contains(item)));
            prop_assert_eq!(left, needed);
        }

        #[test]
        fn no_single_item_can_be_spared_however_strange_the_failure(len in 1_usize..60, odd in 1_u64..99) {
            let sum = |list: &[usize]| list.iter().map(|item| *item as u64 + odd).sum::<u64>();
            let fails = |list: &[usize]| sum(list) % 3 == sum(&(0..len).collect::<Vec<_>>()) % 3;
            let left = minimized(len, &fails);
            prop_assert!(fails(&left));
            for place in 0..left.len() {
                let mut less = left.clone();
                less.remove(place);
                prop_assert!(!fails(&less));
            }
        }
    }
}
