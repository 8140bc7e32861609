//! A replica on the disk: its version, its mutations' count, its bytes, and a checksum for each
//! block of them (paper §5.2).
//!
//! The whole is written anew for each mutation, aside, and takes the old one's place at once.

use crate::message::{Chunk, Serial, Version};
use crate::record::crc32;
use chaos_node::{Context, decode, encode};
use serde::{Deserialize, Serialize};

/// A replica.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Replica {
    pub(super) version: Version,
    /// The last mutation of that version.
    pub(super) serial: Serial,
    bytes: Vec<u8>,
    /// Of each block.
    sums: Vec<u32>,
    /// Of all but the blocks.
    sum: u32,
}

impl Replica {
    /// An empty one, or a copy of the bytes of another.
    pub(super) fn new(version: Version, bytes: Vec<u8>, block: usize) -> Replica {
        let mut replica = Replica { version, serial: Serial(0), bytes, sums: Vec::new(), sum: 0 };
        replica.seal(block);
        replica
    }

    pub(super) fn length(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// Another version begins.
    pub(super) fn raise(&mut self, version: Version) {
        (self.version, self.serial) = (version, Serial(0));
        self.sum = self.head();
    }

    /// Puts the bytes there, and zeros in between where there was nothing. What is behind stays.
    pub(super) fn put(&mut self, serial: Serial, offset: usize, bytes: &[u8], block: usize) {
        let end = offset + bytes.len();
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        self.bytes[offset..end].copy_from_slice(bytes);
        self.serial = serial;
        self.seal(block);
    }

    /// The bytes, if every block is as it was written.
    pub(super) fn verified(&self, block: usize) -> Option<&[u8]> {
        (self.sums == sums(&self.bytes, block)).then_some(&self.bytes)
    }

    /// The bytes, whatever they are.
    pub(super) fn unverified(&self) -> &[u8] {
        &self.bytes
    }

    fn seal(&mut self, block: usize) {
        self.sums = sums(&self.bytes, block);
        self.sum = self.head();
    }

    fn head(&self) -> u32 {
        crc32(&encode(&(self.version, self.serial, &self.sums)))
    }

    /// What the disk has of a chunk; nothing where what it says of it cannot be trusted.
    pub(super) fn load(ctx: &Context<'_>, chunk: Chunk) -> Option<Replica> {
        let replica: Replica = decode(&ctx.disk().read(&file(chunk))?).ok()?;
        (replica.sum == replica.head()).then_some(replica)
    }

    /// Makes it durable.
    pub(super) fn save(&self, ctx: &mut Context<'_>, chunk: Chunk) {
        let aside = format!("{}.new", file(chunk));
        ctx.write(&aside, encode(self));
        ctx.rename(&aside, &file(chunk));
        ctx.sync();
    }

    /// Takes a chunk off the disk.
    pub(super) fn erase(ctx: &mut Context<'_>, chunk: Chunk) {
        ctx.write(&file(chunk), Vec::new());
        ctx.sync();
    }

    /// The chunks of which the disk has a file.
    pub(super) fn stored(ctx: &Context<'_>) -> Vec<Chunk> {
        let files = ctx.disk().files();
        let number = |file: &String| file.strip_prefix("chunk-")?.parse().ok().map(Chunk);
        files.iter().filter_map(number).collect()
    }
}

fn file(chunk: Chunk) -> String {
    format!("chunk-{}", chunk.0)
}

fn sums(bytes: &[u8], block: usize) -> Vec<u32> {
    bytes.chunks(block).map(crc32).collect()
}

#[cfg(test)]
mod tests {
    use super::Replica;
    use crate::message::{Serial, Version};

    #[test]
    fn a_gap_is_zeros_and_every_block_is_checked() {
        let mut replica = Replica::new(Version(1), b"abc".to_vec(), 4);
        replica.put(Serial(1), 6, b"xy", 4);
        assert_eq!(replica.verified(4), Some(&b"abc\0\0\0xy"[..]));
        for at in 0..8 {
            let mut damaged = replica.clone();
            damaged.bytes[at] ^= 1;
            assert_eq!(damaged.verified(4), None);
        }
    }
}
