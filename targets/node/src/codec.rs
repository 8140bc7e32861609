//! The wire format of messages between nodes: [postcard](https://postcard.jamesmunns.com), a
//! compact, specified encoding for serde. Decoding is safe against any bytes.

use postcard::ser_flavors::Flavor;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Bytes that are not what was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// They are not of the type's form.
    #[error("malformed message: {0}")]
    Malformed(String),
    /// They go on behind the value.
    #[error("{0} bytes too many behind the message")]
    Trailing(usize),
}

/// A value as bytes.
///
/// # Panics
/// If the type cannot be encoded at all (a sequence of unknown length): a bug of the caller.
pub fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    // Most messages are small: room for one from the start saves growing step by step.
    postcard::serialize_with_flavor(value, Bytes(Vec::with_capacity(64)))
        .expect("a message of plain data can always be encoded")
}

/// Where encoded bytes go. Postcard's own flavors either begin without room or take bytes one by
/// one.
struct Bytes(Vec<u8>);

impl Flavor for Bytes {
    type Output = Vec<u8>;

    #[inline]
    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.0.push(byte);
        Ok(())
    }

    #[inline]
    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        // Most are small numbers, which are one byte long.
        match bytes {
            [byte] => self.0.push(*byte),
            bytes => self.0.extend_from_slice(bytes),
        }
        Ok(())
    }

    fn finalize(self) -> postcard::Result<Vec<u8>> {
        Ok(self.0)
    }
}

/// The value that the bytes hold, all of them.
///
/// # Errors
/// If the bytes are not exactly one such value.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, DecodeError> {
    let (value, rest) = postcard::take_from_bytes(bytes)
        .map_err(|error| DecodeError::Malformed(error.to_string()))?;
    if rest.is_empty() { Ok(value) } else { Err(DecodeError::Trailing(rest.len())) }
}

#[cfg(test)]
mod tests {
    use super::{DecodeError, decode, encode};
    use crate::Observation;
    use proptest::prelude::*;

    #[test]
    fn refuses_what_is_left_over() {
        let mut bytes = encode(&7u32);
        bytes.push(0);
        assert_eq!(decode::<u32>(&bytes), Err(DecodeError::Trailing(1)));
    }

    proptest! {
        #[test]
        fn never_panics_on_any_bytes(bytes: Vec<u8>) {
            let _ = decode::<Observation>(&bytes);
            let _ = decode::<Vec<Vec<String>>>(&bytes);
        }
    }
}
