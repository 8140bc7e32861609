//! Numbers, packed for a page: varints in base64.

use serde::{Serialize, Serializer};

/// The largest number that a script keeps exactly; larger ones are shown as this.
const MOST: u64 = (1 << 53) - 1;

/// A column of numbers, each a little-endian base-128 varint (LEB128).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Column(Vec<u8>);

impl Column {
    pub(super) fn push(&mut self, number: u64) {
        let mut rest = number.min(MOST);
        while rest >= 0x80 {
            self.0.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        self.0.push(rest as u8);
    }

    /// A number of either sign, zigzag: 0, -1, 1, -2, … become 0, 1, 2, 3, …
    pub(super) fn push_signed(&mut self, number: i64) {
        self.push(number.cast_unsigned() << 1 ^ (number >> 63).cast_unsigned());
    }
}

impl Serialize for Column {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&base64(&self.0))
    }
}

/// A column of numbers that never fall, such as times: each as its distance from the one before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Rising {
    column: Column,
    last: u64,
}

impl Rising {
    /// A number below the one before counts as equal to it.
    pub(super) fn push(&mut self, number: u64) {
        let number = number.clamp(self.last, MOST.max(self.last));
        self.column.push(number - self.last);
        self.last = number;
    }
}

impl Serialize for Rising {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.column.serialize(serializer)
    }
}

/// Base64 of RFC 4648 §4, with its padding.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let at = |place: usize| u32::from(group.get(place).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place) & 63) as usize];
            text.push(if place <= group.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Column, MOST, Rising, base64};
    use crate::report::html::data::tests::numbers;

    #[test]
    fn base64_is_that_of_the_rfc() {
        let vectors = ["", "f", "fo", "foo", "foob", "fooba", "foobar"];
        let encoded = vectors.map(|text| base64(text.as_bytes()));
        assert_eq!(encoded, ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"]);
        assert_eq!(base64(&[0xfb, 0xff]), "+/8=");
    }

    #[test]
    fn numbers_of_all_sizes_come_back() {
        let all = [0, 1, 127, 128, 16_383, 16_384, u64::from(u32::MAX), MOST];
        let mut column = Column::default();
        all.iter().for_each(|number| column.push(*number));
        assert_eq!(numbers(&column), all);
        let mut column = Column::default();
        column.push(u64::MAX);
        [0, -1, 1, -2, i64::MIN].iter().for_each(|number| column.push_signed(*number));
        assert_eq!(numbers(&column), [MOST, 0, 1, 2, 3, MOST]);
    }

    #[test]
    fn what_rises_is_told_by_its_steps_and_never_falls() {
        let mut rising = Rising::default();
        [5, 7, 6, 7, u64::MAX].iter().for_each(|number| rising.push(*number));
        assert_eq!(numbers(&rising), [5, 2, 0, 0, MOST - 7]);
    }
}
