//! The same work on many things, on some threads, with results in the order of the things.

use std::panic::resume_unwind;
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Does the work on each of the things. Who is done with one takes the next.
///
/// # Panics
/// If the work does.
pub(super) fn spread<T: Send, R: Send>(
    threads: usize,
    things: Vec<T>,
    work: impl Fn(T) -> R + Sync,
) -> Vec<R> {
    let helpers = threads.min(things.len()).saturating_sub(1);
    if helpers == 0 {
        return things.into_iter().map(work).collect();
    }
    let queue = Mutex::new(things.into_iter().enumerate());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    let worker = || {
        let mut done = Vec::new();
        while let Some((place, thing)) = next() {
            done.push((place, work(thing)));
        }
        done
    };
    let mut done = thread::scope(|scope| {
        let helpers: Vec<_> = (0..helpers).map(|_| scope.spawn(worker)).collect();
        let mut done = worker();
        for helper in helpers {
            done.extend(helper.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_things() {
        for threads in [0, 1, 2, 3, 200] {
            let squares = spread(threads, (0..100u64).collect(), |thing| thing * thing);
            assert!((0..).zip(&squares).all(|(thing, square)| *square == thing * thing));
            assert_eq!(squares.len(), 100);
        }
        assert!(spread(3, Vec::<u64>::new(), |thing| thing).is_empty());
    }
}
