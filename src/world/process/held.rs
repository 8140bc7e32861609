//! Frames that the network holds back until their time has come.

use chaos_node::Nanos;
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

/// A frame that is on its way.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) at: Nanos,
    /// Frames for the same time leave in the order in which they came.
    order: u64,
    pub(super) slot: u8,
    /// The run that it belongs to.
    pub(super) run: u64,
    pub(super) device: u32,
    pub(super) frame: Box<[u8]>,
}

/// All frames that are on their way, soonest first, up to a limit for all of them together.
#[derive(Debug, Default)]
pub(super) struct HeldFrames {
    frames: BinaryHeap<Reverse<Held>>,
    pushed: u64,
    bytes: usize,
}

/// All frames in flight together take no more memory than this.
const MOST_BYTES: usize = 128 << 20;
/// What a frame takes beside its bytes.
const OVERHEAD: usize = size_of::<Held>();

impl HeldFrames {
    /// Keeps a frame; says no if there is no room for it.
    pub(super) fn push(
        &mut self,
        at: Nanos,
        (slot, run): (u8, u64),
        device: u32,
        frame: &[u8],
    ) -> bool {
        if self.bytes + frame.len() + OVERHEAD > MOST_BYTES {
            return false;
        }
        self.bytes += frame.len() + OVERHEAD;
        self.pushed += 1;
        let order = self.pushed;
        self.frames.push(Reverse(Held { at, order, slot, run, device, frame: frame.into() }));
        true
    }

    /// The next frame, if its time has come.
    pub(super) fn pop_due(&mut self, now: Nanos) -> Option<Held> {
        self.next().filter(|at| *at <= now)?;
        let Reverse(held) = self.frames.pop()?;
        self.bytes -= held.frame.len() + OVERHEAD;
        Some(held)
    }

    /// When the next frame's time comes.
    pub(super) fn next(&self) -> Option<Nanos> {
        self.frames.peek().map(|Reverse(held)| held.at)
    }
}

impl Ord for Held {
    fn cmp(&self, other: &Held) -> Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}

impl PartialOrd for Held {
    fn partial_cmp(&self, other: &Held) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Held {
    fn eq(&self, other: &Held) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Held {}

#[cfg(test)]
mod tests {
    use super::{HeldFrames, MOST_BYTES};
    use chaos_node::Nanos;

    #[test]
    fn frames_leave_by_time_and_then_by_arrival() {
        let mut held = HeldFrames::default();
        for (at, name) in [(5, b"c"), (3, b"a"), (3, b"b")] {
            assert!(held.push(Nanos(at), (0, 0), 2, name));
        }
        let mut left = Vec::new();
        while let Some(frame) = held.pop_due(Nanos(4)) {
            left.extend_from_slice(&frame.frame);
        }
        assert_eq!(left, b"ab");
        assert_eq!(held.next(), Some(Nanos(5)));
    }

    #[test]
    fn there_is_room_for_so_many_and_again_when_they_left() {
        let mut held = HeldFrames::default();
        let frame = vec![0; 1 << 20];
        let fit = (0..1_000).take_while(|_| held.push(Nanos(1), (0, 0), 2, &frame)).count();
        assert_eq!(fit, MOST_BYTES / frame.len() - 1);
        while held.pop_due(Nanos(1)).is_some() {}
        assert!(held.push(Nanos(1), (0, 0), 2, &frame));
    }
}
