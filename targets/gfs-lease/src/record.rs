//! Records within a chunk, which tell where they begin and whether they are whole (paper §2.7.2):
//! readers pass over padding and over what a failed append has left.
//!
//! ```text
//! mark: 1 byte │ length: 1 byte │ CRC-32 of the content: 4 bytes, little-endian │ content
//! ```

const MARK: u8 = 0xA5;
const HEADER: usize = 6;
/// A record's content has so many bytes at most.
pub(crate) const MOST: usize = 255;

/// A record of this content; nothing if it is too long.
pub(crate) fn frame(content: &[u8]) -> Option<Vec<u8>> {
    let length = u8::try_from(content.len()).ok()?;
    let mut bytes = vec![MARK, length];
    bytes.extend_from_slice(&crc32(content).to_le_bytes());
    bytes.extend_from_slice(content);
    Some(bytes)
}

/// All whole records, with their offsets.
pub(crate) fn scan(bytes: &[u8]) -> Vec<(usize, &[u8])> {
    let (mut found, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        match record(&bytes[at..]) {
            Some(content) => {
                found.push((at, content));
                at += HEADER + content.len();
            }
            None => at += 1,
        }
    }
    found
}

fn record(bytes: &[u8]) -> Option<&[u8]> {
    let [mark, length, c0, c1, c2, c3] = *bytes.first_chunk::<HEADER>()?;
    let content = bytes.get(HEADER..HEADER + usize::from(length))?;
    let whole = mark == MARK && crc32(content) == u32::from_le_bytes([c0, c1, c2, c3]);
    whole.then_some(content)
}

/// CRC-32 as in IEEE 802.3.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc: u32, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::{MOST, crc32, frame, scan};

    #[test]
    fn the_checksum_is_the_standard_one() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn records_are_found_among_padding_and_remains_of_others() {
        let (one, two) = (frame(b"one").unwrap(), frame(b"two").unwrap());
        let bytes = [&[0; 5], one.as_slice(), &one[3..], two.as_slice(), &[0; 9]].concat();
        assert_eq!(scan(&bytes), [(5, &b"one"[..]), (20, &b"two"[..])]);
        assert_eq!(frame(&[0; MOST + 1]), None);
    }

    #[test]
    fn no_damaged_record_is_found() {
        let whole = frame(b"content").unwrap();
        for bit in 0..whole.len() * 8 {
            let mut bytes = whole.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(scan(&bytes).is_empty(), "bit {bit}");
        }
    }
}
