//! Frames: how messages between nodes lie in a TCP stream.
//!
//! Both ways, a frame is its length as a 32-bit little-endian number, at most [`MAX_FRAME`], and so
//! many bytes. The first frame of the side that dialed is its [`Hello`]; each later frame, both
//! ways, is a message.

use chaos_node::NodeId;

/// The longest frame, in bytes, without its header.
pub const MAX_FRAME: usize = 64 << 20;

/// The bytes of a frame's length.
pub const HEADER: usize = 4;

const MAGIC: &[u8] = b"chaos peer";
const VERSION: u8 = 1;

/// A buffer with more capacity than this is given back once it is empty.
pub(super) const KEEP: usize = 64 << 10;

/// A frame that claims to be longer than [`MAX_FRAME`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a frame of {0} bytes is too long")]
pub struct TooLong(pub usize);

/// Adds a frame.
///
/// # Panics
/// If it is longer than [`MAX_FRAME`].
pub fn put_frame(out: &mut Vec<u8>, bytes: &[u8]) {
    assert!(bytes.len() <= MAX_FRAME, "a message of {} bytes is too long", bytes.len());
    out.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
    out.extend_from_slice(bytes);
}

/// Takes the frame in front of `bytes` off them; nothing if it is not complete.
///
/// # Errors
/// If it is too long: the stream is of no use any more.
pub fn take_frame<'a>(bytes: &mut &'a [u8]) -> Result<Option<&'a [u8]>, TooLong> {
    let Some((header, rest)) = bytes.split_first_chunk::<HEADER>() else { return Ok(None) };
    let len = u32::from_le_bytes(*header) as usize;
    if len > MAX_FRAME {
        return Err(TooLong(len));
    }
    let Some((frame, rest)) = rest.split_at_checked(len) else { return Ok(None) };
    *bytes = rest;
    Ok(Some(frame))
}

/// Cuts a stream into frames, however it arrives.
#[derive(Debug, Default)]
pub struct FrameBuffer {
    /// The begin of a frame whose end is still to come.
    held: Vec<u8>,
}

impl FrameBuffer {
    /// Takes more bytes of the stream and gives each frame that is now complete.
    ///
    /// # Errors
    /// If a frame is too long: the stream is of no use any more.
    pub fn feed(&mut self, chunk: &[u8], mut each: impl FnMut(&[u8])) -> Result<(), TooLong> {
        if self.held.is_empty() {
            let rest = take_all(chunk, &mut each)?;
            self.held.extend_from_slice(rest);
            return Ok(());
        }
        self.held.extend_from_slice(chunk);
        let rest = take_all(&self.held, &mut each)?.len();
        self.held.drain(..self.held.len() - rest);
        if rest == 0 && self.held.capacity() > KEEP {
            self.held = Vec::new();
        }
        Ok(())
    }
}

/// Gives every complete frame and returns what is left.
fn take_all<'a>(mut bytes: &'a [u8], each: &mut impl FnMut(&[u8])) -> Result<&'a [u8], TooLong> {
    while let Some(frame) = take_frame(&mut bytes)? {
        each(frame);
    }
    Ok(bytes)
}

/// The first frame of a connection: who dialed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hello(pub NodeId);

impl Hello {
    /// The frame's bytes, without its header.
    pub fn to_bytes(self) -> Vec<u8> {
        [MAGIC, &[VERSION], &self.0.0.to_le_bytes()].concat()
    }

    /// The hello that the bytes are, if they are one of this version.
    pub fn from_bytes(bytes: &[u8]) -> Option<Hello> {
        let rest = bytes.strip_prefix(MAGIC)?.strip_prefix(&[VERSION])?;
        let id = rest.try_into().ok()?;
        Some(Hello(NodeId(u16::from_le_bytes(id))))
    }
}

#[cfg(test)]
mod tests {
    use super::{FrameBuffer, Hello, MAX_FRAME, TooLong, put_frame};
    use chaos_node::NodeId;
    use proptest::prelude::*;

    #[test]
    fn a_hello_reads_as_it_was_written() {
        let bytes = Hello(NodeId(513)).to_bytes();
        assert_eq!(bytes, b"chaos peer\x01\x01\x02");
        assert_eq!(Hello::from_bytes(&bytes), Some(Hello(NodeId(513))));
        assert_eq!(Hello::from_bytes(&bytes[..12]), None);
        assert_eq!(Hello::from_bytes(&[&bytes[..], &[0]].concat()), None);
        assert_eq!(Hello::from_bytes(b"chaos peer\x02\x01\x02"), None);
        assert_eq!(Hello::from_bytes(b"GET / HTTP/1.1"), None);
    }

    #[test]
    fn a_frame_that_claims_too_much_is_refused_before_it_arrives() {
        let mut buffer = FrameBuffer::default();
        let header = (MAX_FRAME as u32 + 1).to_le_bytes();
        assert_eq!(buffer.feed(&header[..3], |_| ()), Ok(()));
        assert_eq!(buffer.feed(&header[3..], |_| ()), Err(TooLong(MAX_FRAME + 1)));
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same_frames(
            frames: Vec<Vec<u8>>, cuts in proptest::collection::vec(1..40usize, 0..50),
        ) {
            let mut stream = Vec::new();
            frames.iter().for_each(|frame| put_frame(&mut stream, frame));
            let mut buffer = FrameBuffer::default();
            let mut got = Vec::new();
            let mut rest = stream.as_slice();
            for cut in cuts.into_iter().chain([usize::MAX]) {
                let (chunk, behind) = rest.split_at(cut.min(rest.len()));
                buffer.feed(chunk, |frame| got.push(frame.to_vec())).unwrap();
                rest = behind;
            }
            prop_assert_eq!(got, frames);
        }

        #[test]
        fn no_bytes_do_harm(chunks: Vec<Vec<u8>>) {
            let mut buffer = FrameBuffer::default();
            for chunk in chunks {
                if buffer.feed(&chunk, |_| ()).is_err() {
                    break;
                }
            }
        }
    }
}
