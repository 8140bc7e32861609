//! Cuts a stream into lines, however it arrives.

use crate::host::frame::KEEP;

/// The longest line, in bytes.
pub(super) const MAX_LINE: usize = 16 << 20;

/// A line that is longer than [`MAX_LINE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a line of more than {MAX_LINE} bytes")]
pub(super) struct TooLong;

/// The begin of a line whose end is still to come.
#[derive(Debug, Default)]
pub(super) struct LineBuffer {
    held: Vec<u8>,
}

impl LineBuffer {
    /// How many bytes it holds.
    pub(super) fn held(&self) -> usize {
        self.held.len()
    }

    /// Takes more bytes of the stream and gives each line that is now complete, without its end.
    ///
    /// # Errors
    /// If a line is too long.
    pub(super) fn feed(
        &mut self,
        chunk: &[u8],
        mut each: impl FnMut(&[u8]),
    ) -> Result<(), TooLong> {
        let mut rest = chunk;
        while let Some(at) = rest.iter().position(|byte| *byte == b'\n') {
            let (end, behind) = (&rest[..at], &rest[at + 1..]);
            if self.held.is_empty() {
                each(end);
            } else {
                self.hold(end)?;
                each(&self.held);
                self.let_go();
            }
            rest = behind;
        }
        self.hold(rest)
    }

    fn hold(&mut self, bytes: &[u8]) -> Result<(), TooLong> {
        if self.held.len() + bytes.len() > MAX_LINE {
            return Err(TooLong);
        }
        self.held.extend_from_slice(bytes);
        Ok(())
    }

    fn let_go(&mut self) {
        self.held.clear();
        if self.held.capacity() > KEEP {
            self.held = Vec::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LineBuffer, MAX_LINE, TooLong};
    use proptest::prelude::*;

    #[test]
    fn a_line_without_an_end_is_refused_when_it_is_too_long() {
        let mut buffer = LineBuffer::default();
        let chunk = vec![b'x'; MAX_LINE];
        assert_eq!(buffer.feed(&chunk, |_| ()), Ok(()));
        assert_eq!(buffer.held(), MAX_LINE);
        assert_eq!(buffer.feed(b"x", |_| ()), Err(TooLong));
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same_lines(
            lines in proptest::collection::vec("[a-z]{0,8}", 0..10),
            cuts in proptest::collection::vec(1..20usize, 0..20),
        ) {
            let stream: String = lines.iter().map(|line| format!("{line}\n")).collect();
            let mut buffer = LineBuffer::default();
            let mut got = Vec::new();
            let mut rest = stream.as_bytes();
            for cut in cuts.into_iter().chain([usize::MAX]) {
                let (chunk, behind) = rest.split_at(cut.min(rest.len()));
                buffer.feed(chunk, |line| got.push(line.to_vec())).unwrap();
                rest = behind;
            }
            prop_assert_eq!(got, lines.into_iter().map(String::into_bytes).collect::<Vec<_>>());
            prop_assert_eq!(buffer.held(), 0);
        }
    }
}
