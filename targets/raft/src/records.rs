//! Files of checksummed records that only grow at their end.
//!
//! A record is framed by its length, its CRC-32 and the place where the batch of writes that it
//! belongs to begins:
//!
//! ```text
//! length: u32 │ crc: u32 │ batch: u64 │ payload: length bytes      (all little-endian)
//! ```
//!
//! The checksum is over `batch` and the payload. `batch` is what tells two kinds of damage apart.
//! A crash may tear the last batch, the one that was not durable yet: then everything from the
//! first damaged record on is of that batch, was never promised to anybody, and is dropped. If an
//! intact record of a *later* batch follows the damage, then the damaged record had been durable:
//! the disk lost what it had promised to keep, and a node must not go on as if nothing were. What
//! cannot be told apart is a torn last batch and a durable last batch that rotted; see Alagappan
//! et al., *Protocol-Aware Recovery for Consensus-Based Storage* (FAST 2018).

use std::ops::Range;

const HEADER: usize = 16;

/// Adds a record to `out`. `batch` is the file's length when it last was durable.
pub(crate) fn write(out: &mut Vec<u8>, batch: u64, payload: &[u8]) {
    let length = u32::try_from(payload.len()).expect("a record is smaller than 4 GiB");
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&checksum(batch, payload).to_le_bytes());
    out.extend_from_slice(&batch.to_le_bytes());
    out.extend_from_slice(payload);
}

/// What a file holds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Scan {
    /// Where the payloads of the intact records are, in order.
    pub(crate) payloads: Vec<Range<usize>>,
    /// How long the file is without its torn end.
    pub(crate) intact: usize,
}

/// Durable bytes are damaged.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Damaged {
    /// Where the first damaged record begins.
    pub(crate) at: usize,
}

/// Reads a file up to its end or the first record of a torn batch.
pub(crate) fn scan(bytes: &[u8]) -> Result<Scan, Damaged> {
    let mut payloads = Vec::new();
    let mut at = 0;
    while let Some((payload, _)) = record(bytes, at) {
        at = payload.end;
        payloads.push(payload);
    }
    let later = (at + 1..bytes.len()).filter_map(|start| record(bytes, start));
    if later.into_iter().any(|(_, batch)| batch > at as u64) {
        return Err(Damaged { at });
    }
    Ok(Scan { payloads, intact: at })
}

/// The intact record that begins at `at`, if there is one: its payload and its batch.
fn record(bytes: &[u8], at: usize) -> Option<(Range<usize>, u64)> {
    let header: &[u8; HEADER] = bytes.get(at..)?.first_chunk()?;
    let [l0, l1, l2, l3, c0, c1, c2, c3, batch @ ..] = *header;
    let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
    let start = at + HEADER;
    let payload = bytes.get(start..start.checked_add(length)?)?;
    let batch = u64::from_le_bytes(batch);
    let intact = checksum(batch, payload) == u32::from_le_bytes([c0, c1, c2, c3]);
    intact.then_some((start..start + length, batch))
}

fn checksum(batch: u64, payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&batch.to_le_bytes());
    hasher.update(payload);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::{Damaged, Scan, scan, write};

    /// Three batches: one record, two records, one record.
    fn file() -> (Vec<u8>, [usize; 4]) {
        let mut bytes = Vec::new();
        write(&mut bytes, 0, b"one");
        let second = bytes.len();
        write(&mut bytes, second as u64, b"two");
        let third = bytes.len();
        write(&mut bytes, second as u64, b"three");
        let fourth = bytes.len();
        write(&mut bytes, fourth as u64, b"four");
        (bytes, [0, second, third, fourth])
    }

    fn texts(bytes: &[u8]) -> Vec<&str> {
        let Scan { payloads, .. } = scan(bytes).unwrap();
        payloads.into_iter().map(|range| std::str::from_utf8(&bytes[range]).unwrap()).collect()
    }

    #[test]
    fn reads_what_was_written() {
        assert_eq!(texts(&file().0), ["one", "two", "three", "four"]);
        assert_eq!(scan(&[]), Ok(Scan { payloads: vec![], intact: 0 }));
    }

    #[test]
    fn a_cut_anywhere_leaves_the_whole_records_in_front_of_it() {
        let (bytes, starts) = file();
        for cut in 0..bytes.len() {
            let whole = starts.iter().skip(1).filter(|start| **start <= cut).count();
            assert_eq!(scan(&bytes[..cut]).unwrap().payloads.len(), whole, "cut at {cut}");
        }
    }

    #[test]
    fn a_tail_of_zeros_is_torn() {
        let (mut bytes, _) = file();
        let len = bytes.len();
        bytes.extend_from_slice(&[0; 100]);
        assert_eq!(scan(&bytes).unwrap().intact, len);
    }

    #[test]
    fn a_batch_torn_at_its_front_is_dropped_whole() {
        let (bytes, [_, second, third, fourth]) = file();
        let mut torn = bytes[..fourth].to_vec();
        torn[second..third].fill(0);
        assert_eq!(texts(&torn), ["one"]);
    }

    #[test]
    fn damage_in_front_of_a_later_batch_is_not_a_torn_tail() {
        let (bytes, [_, second, _, fourth]) = file();
        for at in 0..fourth {
            let mut rotten = bytes.clone();
            rotten[at] ^= 0x10;
            let Damaged { at: found } = scan(&rotten).unwrap_err();
            assert!(found == 0 || found >= second && found < fourth, "{at} {found}");
        }
    }
}
