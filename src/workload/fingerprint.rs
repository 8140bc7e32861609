//! Whether two plans are the same, in sixteen digits.

use super::plan::Plan;
use std::io::{self, Write};

/// FNV-1a of 64 bits (Fowler, Noll, Vo): fixed for ever, for fingerprints are kept in files.
struct Fnv(u64);

impl Write for Fnv {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Plan {
    /// Sixteen hexadecimal digits that another plan hardly has too: a hash of the plan as it is
    /// written.
    pub fn fingerprint(&self) -> String {
        let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
        serde_json::to_writer(&mut hash, self).expect("a plan can be written");
        format!("{:016x}", hash.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Fnv;
    use crate::check::testing::plan;
    use std::io::Write;

    #[test]
    fn it_is_the_published_hash() {
        let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
        hash.write_all(b"foobar").unwrap();
        assert_eq!(hash.0, 0x8594_4171_f739_67e8);
    }

    #[test]
    fn another_plan_has_another() {
        let (one, mut other) = (plan(), plan());
        assert_eq!(one.fingerprint(), other.fingerprint());
        other.seed += 1;
        assert_ne!(one.fingerprint(), other.fingerprint());
    }
}
