//! A quick way to read the lines that [`write_jsonl`] writes.
//!
//! It knows one order of the fields, no blanks and no escapes. What looks different in any way is
//! left to the full parser, which also finds the words for what is wrong. So it need not be complete; but
//! what it takes, the full parser takes as well, and for the same event.
//!
//! [`write_jsonl`]: super::write_jsonl

use super::{Event, EventType, Nanos, Value};

/// The event of the first line, if that is whole and in the usual form, and the line's length.
pub(super) fn first(text: &[u8]) -> Option<(Event, usize)> {
    let mut rest = Rest(text);
    let index = rest.after(b"{\"index\":")?.natural()?;
    let time = Nanos(rest.after(b",\"time\":")?.natural()?);
    let process = rest.after(b",\"process\":")?.natural()?;
    let kind = rest.after(b",\"type\":")?.kind()?;
    let f = rest.after(b",\"f\":")?.text()?.to_owned();
    let key = match rest.after(b",\"key\":") {
        Some(rest) => Some(rest.value()?).filter(|key| !key.is_nil()),
        None => None,
    };
    let value = match rest.after(b",\"value\":") {
        Some(rest) => rest.value()?,
        None => Value::Nil,
    };
    let error = rest.optional_text(b",\"error\":")?;
    let node = rest.optional_text(b",\"node\":")?;
    let length = text.len() - rest.after(b"}\n")?.0.len();
    Some((Event { index, time, process, kind, f, key, value, error, node }, length))
}

/// What is left of a line.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn after(&mut self, expected: &[u8]) -> Option<&mut Self> {
        self.0 = self.0.strip_prefix(expected)?;
        Some(self)
    }

    fn natural(&mut self) -> Option<u64> {
        const DIGITS: usize = 18;
        let (mut number, mut digits) = (0, 0);
        for byte in self.0.iter().take(DIGITS + 1) {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                break;
            }
            number = number * 10 + u64::from(digit);
            digits += 1;
        }
        let well_formed = digits == 1 || digits > 1 && digits <= DIGITS && self.0[0] != b'0';
        // A fraction or an exponent is not for here.
        let (_, rest) = self.0.split_at(digits);
        let ends = matches!(rest.first(), Some(b',' | b'}' | b']'));
        self.0 = rest;
        (well_formed && ends).then_some(number)
    }

    fn kind(&mut self) -> Option<EventType> {
        let (kind, length) = match self.0 {
            [b'"', b'o', b'k', b'"', ..] => (EventType::Ok, 4),
            [b'"', b'i', b'n', b'v', b'o', b'k', b'e', b'"', ..] => (EventType::Invoke, 8),
            [b'"', b'f', b'a', b'i', b'l', b'"', ..] => (EventType::Fail, 6),
            [b'"', b'i', b'n', b'f', b'o', b'"', ..] => (EventType::Info, 6),
            _ => return None,
        };
        self.0 = &self.0[length..];
        Some(kind)
    }

    fn text(&mut self) -> Option<&'a str> {
        let inside = self.0.strip_prefix(b"\"")?;
        let plain = |byte: &u8| *byte != b'"' && *byte != b'\\' && *byte >= b' ';
        let length = inside.iter().position(|byte| !plain(byte))?;
        let (text, rest) = inside.split_at(length);
        self.0 = rest.strip_prefix(b"\"")?;
        std::str::from_utf8(text).ok()
    }

    /// `Some(None)` if there is no such field.
    fn optional_text(&mut self, field: &[u8]) -> Option<Option<String>> {
        match self.after(field) {
            Some(rest) => rest.text().map(|text| Some(text.to_owned())),
            None => Some(None),
        }
    }

    /// A value without lists in lists.
    fn value(&mut self) -> Option<Value> {
        if self.after(b"[").is_none() {
            return self.scalar();
        }
        let mut values = Vec::new();
        while self.after(b"]").is_none() {
            if !values.is_empty() {
                self.after(b",")?;
            }
            values.push(self.scalar()?);
        }
        Some(values.into())
    }

    fn scalar(&mut self) -> Option<Value> {
        match self.0.first()? {
            b'"' => self.text().map(Value::from),
            b'n' => self.after(b"null").map(|_| Value::Nil),
            b't' => self.after(b"true").map(|_| Value::Bool(true)),
            b'f' => self.after(b"false").map(|_| Value::Bool(false)),
            b'-' => match self.after(b"-")?.natural()? {
                0 => None,
                number => Some(Value::Int(-(number as i64))),
            },
            _ => self.natural().map(|number| Value::Int(number as i64)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::draws;

    const LINES: [&str; 6] = [
        r#"{"index":0,"time":12345,"process":3,"type":"invoke","f":"write","key":"x","value":7}"#,
        r#"{"index":10,"time":0,"process":3,"type":"ok","f":"cas","value":[1,-2,"a",null]}"#,
        r#"{"index":7,"time":1,"process":0,"type":"fail","f":"read","error":"no leader","node":"n1"}"#,
        r#"{"index":7,"time":1,"process":0,"type":"info","f":"read","key":4,"value":null}"#,
        r#"{"index":7,"time":1,"process":0,"type":"info","f":"ä","key":null,"value":[]}"#,
        r#"{"index":7,"time":1,"process":0,"type":"ok","f":"contains","value":true,"node":"n2"}"#,
    ];

    fn full(line: &[u8]) -> Option<(Event, usize)> {
        let end = line.iter().position(|byte| *byte == b'\n')? + 1;
        serde_json::from_slice(&line[..end]).ok().map(|event| (event, end))
    }

    #[test]
    fn the_usual_lines_are_read() {
        for line in LINES {
            assert_eq!(first(line.as_bytes()), None, "it may go on: {line}");
            let text = format!("{line}\n{{");
            let found = first(text.as_bytes());
            assert!(found.is_some() && found == full(text.as_bytes()), "{line}: {found:?}");
        }
    }

    #[test]
    fn whatever_is_read_is_what_the_full_parser_reads() {
        let mut draw = draws(1);
        let mut below = |most: usize| draw(most as u64) as usize;
        let mut read = 0;
        for round in 0..60_000 {
            let mut line = format!("{}\n", LINES[round % LINES.len()]).into_bytes();
            for _ in 0..=below(3) {
                let at = below(line.len());
                let byte = b"0123456789-+.eE\"\\,:[]{} \nntf\x01\x80"[below(29)];
                match below(3) {
                    0 => line[at] = byte,
                    1 => line.insert(at, byte),
                    _ => drop(line.remove(at)),
                }
            }
            let found = first(&line);
            if found.is_some() {
                assert_eq!(found, full(&line), "{}", String::from_utf8_lossy(&line));
                read += 1;
            }
        }
        assert!(read > 1_000, "{read}");
    }
}
