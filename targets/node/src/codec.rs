//! The wire format of messages between nodes: [postcard](https://postcard.jamesmunns.com), a
//! compact, specified encoding for serde. Decoding is safe against any bytes.

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
    postcard::to_extend(value, Vec::with_capacity(64))
        .expect("a message of plain data can always be encoded")
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
