//! The formats, and how to tell them apart.

use std::fmt;
use std::io::BufRead;

use super::etcd::read_etcd_log;
use super::intervals::read_intervals;
use super::jepsen::{read_edn, read_json};
use super::jsonl::read_jsonl;
use super::{History, HistoryError};

/// A format of histories.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// Our own: one JSON event a line.
    JsonLines,
    /// Jepsen's operation maps in a JSON list.
    Json,
    /// Jepsen's operation maps in EDN.
    Edn,
    /// The logs of Jepsen's etcd tests.
    EtcdLog,
    /// Name, value, start and end of an operation a line.
    Intervals,
}

impl Format {
    /// Guesses from the first bytes of a file.
    #[must_use]
    pub fn guess(start: &[u8]) -> Format {
        let text = start.trim_ascii_start();
        let after_first = text.get(1..).unwrap_or_default().trim_ascii_start();
        match (text.first(), after_first.first()) {
            (Some(b'{'), Some(b'"')) => Format::JsonLines,
            (Some(b'['), Some(b'{')) if inside(after_first) == Some(b'"') => Format::Json,
            (Some(b'#'), Some(b'{' | b'_')) => Format::Edn,
            (Some(b'[' | b'(' | b'{' | b';'), _) => Format::Edn,
            (Some(b'#'), _) if text.starts_with(b"#jepsen") => Format::Edn,
            (Some(b'#'), _) => Format::Intervals,
            _ if contains(text, b"jepsen.util - ") => Format::EtcdLog,
            (Some(first), _) if first.is_ascii_alphabetic() => Format::Intervals,
            _ => Format::JsonLines,
        }
    }

    /// Reads a history in this format.
    ///
    /// # Errors
    /// [`HistoryError`], with the line, if the text is malformed or the history dishonest.
    pub fn read(self, source: impl BufRead) -> Result<History, HistoryError> {
        match self {
            Format::JsonLines => read_jsonl(source),
            Format::Json => read_json(source),
            Format::Edn => read_edn(source),
            Format::EtcdLog => read_etcd_log(source),
            Format::Intervals => read_intervals(source),
        }
    }
}

/// Reads a history in whatever format it is.
///
/// # Errors
/// [`HistoryError`], with the line, if the text is malformed or the history dishonest.
pub fn read(mut source: impl BufRead) -> Result<(Format, History), HistoryError> {
    let start = source.fill_buf().map_err(|source| HistoryError::Io { line: 1, source })?;
    let format = Format::guess(start);
    Ok((format, format.read(source)?))
}

fn inside(text: &[u8]) -> Option<u8> {
    text.get(1..)?.trim_ascii_start().first().copied()
}

/// Whether the first line contains the word.
fn contains(text: &[u8], word: &[u8]) -> bool {
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    line.windows(word.len()).any(|window| window == word)
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Format::JsonLines => "JSON lines",
            Format::Json => "JSON",
            Format::Edn => "EDN",
            Format::EtcdLog => "etcd log",
            Format::Intervals => "intervals",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_tell() {
        let all = [
            ("\n{\"index\":0}", Format::JsonLines),
            ("[ {\"process\":0}]", Format::Json),
            ("; a comment\n[{:type :ok}]", Format::Edn),
            ("({:type :ok})", Format::Edn),
            ("#jepsen.history.Op{:a 1}", Format::Edn),
            ("INFO  jepsen.util - 0\t:invoke", Format::EtcdLog),
            ("# queue\nenq 1 2 3", Format::Intervals),
            ("", Format::JsonLines),
        ];
        for (text, format) in all {
            assert_eq!(Format::guess(text.as_bytes()), format, "{text}");
        }
    }
}
