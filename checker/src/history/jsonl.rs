//! Our own format: one JSON object a line.
//!
//! Fields nobody knows are ignored, so that a newer writer does not break an older reader. Empty
//! lines are skipped. A last line without its newline is accepted if it is a whole event and
//! refused as cut off if it is not: a killed writer is the usual cause, and silence about it
//! would turn a truncated history into a shorter, different one.

use std::io::{BufRead, Read, Write};

use super::{Event, History, HistoryBuilder, HistoryError, Malformed, line};

/// No event is longer than this; a reader must not be talked into holding a gigabyte.
const LONGEST_LINE: usize = 16 << 20;

/// Reads a history of JSON lines.
///
/// # Errors
/// [`HistoryError`], with the line, if the text is malformed or the history dishonest.
pub fn read_jsonl(source: impl BufRead) -> Result<History, HistoryError> {
    let mut builder = HistoryBuilder::default();
    let mut events = Events::new(source);
    while let Some(event) = events.next() {
        builder.push(events.line(), event?)?;
    }
    Ok(builder.finish())
}

/// The events of JSON lines, one by one, for histories too long to hold.
#[derive(Debug)]
pub struct Events<R> {
    source: R,
    buffer: Vec<u8>,
    line: u64,
}

impl<R: BufRead> Events<R> {
    /// Reads from the source.
    #[must_use]
    pub fn new(source: R) -> Events<R> {
        Events { source, buffer: Vec::new(), line: 0 }
    }

    /// The line of the last event, counted from 1.
    #[must_use]
    pub fn line(&self) -> u64 {
        self.line
    }
}

impl<R: BufRead> Iterator for Events<R> {
    type Item = Result<Event, HistoryError>;

    fn next(&mut self) -> Option<Result<Event, HistoryError>> {
        // Errors are for the full parser below.
        if let Some((event, length)) = self.source.fill_buf().ok().and_then(line::first) {
            self.source.consume(length);
            self.line += 1;
            return Some(Ok(event));
        }
        loop {
            match read_line(&mut self.source, &mut self.buffer, self.line + 1) {
                Ok(true) => self.line += 1,
                Ok(false) => return None,
                Err(error) => return Some(Err(error)),
            }
            if !self.buffer.trim_ascii().is_empty() {
                return Some(parse(&self.buffer, self.line));
            }
        }
    }
}

/// Writes events as JSON lines.
///
/// # Errors
/// [`HistoryError::Io`] if the sink refuses.
pub fn write_jsonl<'a>(
    mut sink: impl Write,
    events: impl IntoIterator<Item = &'a Event>,
) -> Result<(), HistoryError> {
    for (line, event) in (1..).zip(events) {
        let io = |source| HistoryError::Io { line, source };
        serde_json::to_writer(&mut sink, event).map_err(|error| io(error.into()))?;
        sink.write_all(b"\n").map_err(io)?;
    }
    Ok(())
}

/// Reads up to and including the next newline; `false` at the end of the source.
pub(super) fn read_line(
    source: &mut impl BufRead,
    buffer: &mut Vec<u8>,
    line: u64,
) -> Result<bool, HistoryError> {
    buffer.clear();
    let read = source
        .by_ref()
        .take(LONGEST_LINE as u64 + 1)
        .read_until(b'\n', buffer)
        .map_err(|source| HistoryError::Io { line, source })?;
    if buffer.len() > LONGEST_LINE {
        return Err(HistoryError::Malformed { line, reason: Malformed::LineTooLong(LONGEST_LINE) });
    }
    Ok(read > 0)
}

fn parse(buffer: &[u8], number: u64) -> Result<Event, HistoryError> {
    serde_json::from_slice(buffer).map_err(|error| {
        // The parser saw one line and says which, but the file has others.
        let told = error.to_string();
        let told = told.rsplit_once(" at line ").map_or(told.as_str(), |(told, _)| told);
        let reason = Malformed::Json(format!("{told}, column {}", error.column()));
        malformed(buffer, number, reason)
    })
}

/// What is wrong with a line; if the file ends without ending the line, somebody may have cut it off.
pub(super) fn malformed(buffer: &[u8], line: u64, reason: Malformed) -> HistoryError {
    let whole = buffer.ends_with(b"\n");
    let reason = if whole { reason } else { Malformed::Truncated(reason.to_string()) };
    HistoryError::Malformed { line, reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{EventType, Nanos, Value};

    const LINE: &str =
        r#"{"index":0,"time":12345,"process":3,"type":"invoke","f":"write","key":"x","value":7}"#;

    #[test]
    fn an_event_is_the_documented_line_and_back() {
        let event: Event = serde_json::from_str(LINE).unwrap();
        assert_eq!((event.time, event.kind), (Nanos(12345), EventType::Invoke));
        assert_eq!((event.key.clone(), event.value.clone()), (Some("x".into()), Value::Int(7)));
        let mut written = Vec::new();
        write_jsonl(&mut written, [&event]).unwrap();
        assert_eq!(String::from_utf8(written).unwrap(), format!("{LINE}\n"));
    }

    #[test]
    fn unknown_fields_and_empty_lines_are_ignored() {
        let text = format!("\n{}\n\n", LINE.replace("{\"index\"", "{\"new\":{},\"index\""));
        assert_eq!(read_jsonl(text.as_bytes()).unwrap().len(), 1);
    }

    #[test]
    fn a_cut_off_last_line_is_named() {
        let text = format!("{LINE}\n{}", &LINE[..40]);
        let error = read_jsonl(text.as_bytes()).unwrap_err().to_string();
        assert!(error.starts_with("line 2: the last line is cut off"), "{error}");
    }

    #[test]
    fn fractions_and_huge_integers_are_refused() {
        for number in ["1.5", "9223372036854775808"] {
            let text = LINE.replace(":7}", &format!(":{number}}}"));
            let error = read_jsonl(text.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with("line 1: "), "{error}");
        }
    }

    #[test]
    fn deep_nesting_is_refused() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let text = LINE.replace(":7}", &format!(":{deep}}}"));
        assert!(read_jsonl(text.as_bytes()).unwrap_err().to_string().contains("recursion"));
    }

    #[test]
    fn an_endless_line_is_refused_before_it_is_held() {
        let endless = std::io::BufReader::new(std::io::repeat(b' '));
        let error = read_jsonl(endless).unwrap_err().to_string();
        assert!(error.contains("longer than"), "{error}");
    }
}
