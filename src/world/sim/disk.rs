//! A simulated disk: what is durable, and what is only written.
//!
//! A crash leaves what was synced. Of what was written since, a power cut keeps some beginning of
//! it, and may tear the write that it falls into: a part of its bytes is there, the rest is not.
//! Most often it keeps nothing, for that is what a cache loses at once.

use chaos_node::{Action, Disk, MemoryDisk, Rng};

/// How often a crash keeps some of what was not synced, in millionths.
const KEEPS_SOME: u32 = 300_000;

/// A simulated disk.
#[derive(Debug, Default)]
pub(super) struct SimDisk {
    durable: MemoryDisk,
    /// What the node sees: all that it wrote.
    current: MemoryDisk,
    unsynced: Vec<Action>,
    /// The file and the bit of it that reads the other way round.
    flipped: Option<(String, usize)>,
}

impl SimDisk {
    /// Writes, without making it durable.
    pub(super) fn write(&mut self, action: Action) {
        self.current.apply(&action);
        self.unsynced.push(action);
    }

    /// Makes all that was written durable.
    pub(super) fn sync(&mut self) {
        for action in self.unsynced.drain(..) {
            self.durable.apply(&action);
        }
    }

    /// From now on one bit of one file reads the other way round, if there is one; says whether.
    pub(super) fn flip(&mut self, rng: &mut Rng) -> bool {
        let bits = |file: String| {
            let bits = self.current.read(&file).map_or(0, |bytes| bytes.len() * 8);
            (bits > 0).then_some((file, bits))
        };
        let files: Vec<(String, usize)> =
            self.current.files().into_iter().filter_map(bits).collect();
        let chosen = rng.pick(&files).cloned();
        self.flipped = chosen.map(|(file, bits)| (file, rng.below(bits as u64) as usize));
        self.flipped.is_some()
    }

    /// Everything reads as it is again.
    pub(super) fn unflip(&mut self) {
        self.flipped = None;
    }

    /// Whether anything was written that is not durable.
    pub(super) fn is_unsynced(&self) -> bool {
        !self.unsynced.is_empty()
    }

    /// Cuts the power.
    pub(super) fn crash(&mut self, rng: &mut Rng) {
        if !self.unsynced.is_empty() && rng.chance(KEEPS_SOME) {
            let kept = rng.below(self.unsynced.len() as u64 + 1) as usize;
            for action in &self.unsynced[..kept] {
                self.durable.apply(action);
            }
            if let Some(torn) = self.unsynced.get(kept).and_then(|action| tear(action, rng)) {
                self.durable.apply(&torn);
            }
        }
        self.unsynced.clear();
        self.current = self.durable.clone();
    }
}

/// The beginning of a write of bytes; other changes happen whole or not at all.
fn tear(action: &Action, rng: &mut Rng) -> Option<Action> {
    let mut part = |bytes: &[u8]| bytes[..rng.below(bytes.len() as u64 + 1) as usize].to_vec();
    match action {
        Action::Write { file, bytes } => {
            Some(Action::Write { file: file.clone(), bytes: part(bytes) })
        }
        Action::Append { file, bytes } => {
            Some(Action::Append { file: file.clone(), bytes: part(bytes) })
        }
        _ => None,
    }
}

impl Disk for SimDisk {
    fn read(&self, file: &str) -> Option<Vec<u8>> {
        let mut bytes = self.current.read(file)?;
        if let Some((_, bit)) = self.flipped.as_ref().filter(|(flipped, _)| flipped == file)
            && let Some(byte) = bytes.get_mut(bit / 8)
        {
            *byte ^= 1 << (bit % 8);
        }
        Some(bytes)
    }

    fn files(&self) -> Vec<String> {
        self.current.files()
    }
}

#[cfg(test)]
mod tests {
    use super::SimDisk;
    use chaos_node::{Action, Disk, Rng};

    fn append(text: &str) -> Action {
        Action::Append { file: "log".into(), bytes: text.as_bytes().to_vec() }
    }

    #[test]
    fn a_crash_never_loses_what_was_synced_and_keeps_a_beginning_of_the_rest() {
        let mut lengths = std::collections::BTreeSet::new();
        for seed in 0..300 {
            let mut disk = SimDisk::default();
            disk.write(append("abc"));
            disk.sync();
            disk.write(append("def"));
            disk.write(append("ghi"));
            disk.crash(&mut Rng::new(seed));
            let left = disk.read("log").unwrap();
            assert!("abcdefghi".as_bytes().starts_with(&left) && left.len() >= 3);
            lengths.insert(left.len());
        }
        assert_eq!(lengths, (3..=9).collect());
    }

    #[test]
    fn one_bit_reads_the_other_way_round_until_it_does_no_more() {
        let mut disk = SimDisk::default();
        assert!(!disk.flip(&mut Rng::new(1)), "nothing can flip on an empty disk");
        disk.write(append("abc"));
        for seed in 0..50 {
            assert!(disk.flip(&mut Rng::new(seed)));
            let read = disk.read("log").unwrap();
            let bits: u32 = read.iter().zip(b"abc").map(|(a, b)| (a ^ b).count_ones()).sum();
            assert_eq!(bits, 1);
            disk.unflip();
            assert_eq!(disk.read("log").unwrap(), b"abc");
        }
    }
}
