//! A reader of forms: EDN, and with one switch JSON, which differs from it in little but the colon.
//!
//! It pulls bytes as it needs them, so a history of any length is read form by form, and it knows
//! the line it is at. Depth and length are bounded: hostile input ends in an error, not in a
//! stack overflow or in swap.

use std::io::BufRead;

use super::{HistoryError, Malformed, Value};

/// Lists may be nested this deep.
const DEEPEST: usize = 128;
/// A form may be this long, in bytes: of a list of small numbers it takes sixteen times as many to hold it.
const LONGEST: usize = 16 << 20;

/// A datum.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Form {
    Nil,
    Bool(bool),
    Int(i64),
    Text(String),
    /// A keyword, without its colon.
    Keyword(String),
    /// A number that is not an integer, a symbol, a character.
    Other(String),
    List(Vec<Form>),
    /// Keys and values, alternating.
    Map(Vec<Form>),
}

/// Reads forms from bytes.
pub(super) struct Forms<R> {
    source: R,
    pub(super) line: u64,
    json: bool,
    /// What closes the list that was entered.
    open: Option<u8>,
    /// How many bytes the form at the top has taken.
    length: usize,
    /// A `#` that was read to see what follows it.
    hash: bool,
}

impl<R: BufRead> Forms<R> {
    pub(super) fn edn(source: R) -> Forms<R> {
        Forms { source, line: 1, json: false, open: None, length: 0, hash: false }
    }

    pub(super) fn json(source: R) -> Forms<R> {
        Forms { json: true, ..Forms::edn(source) }
    }

    /// Steps into a list at the top, if the next thing is one.
    pub(super) fn enter_list(&mut self) -> Result<bool, HistoryError> {
        self.skip_blank(0)?;
        self.open = match self.peek()? {
            Some(b'[') => Some(b']'),
            Some(b'(') => Some(b')'),
            _ => return Ok(false),
        };
        self.bump();
        Ok(true)
    }

    /// The next form; `None` at the end of the source, which is not before that of the list that was
    /// entered: what a killed writer left would be a shorter, different history.
    pub(super) fn next(&mut self) -> Result<Option<Form>, HistoryError> {
        self.length = 0;
        self.skip_blank(0)?;
        let next = self.peek()?;
        if next.is_some() && next == self.open {
            self.bump();
            self.skip_blank(0)?;
            self.open = None;
            return match self.peek()? {
                None => Ok(None),
                Some(_) => Err(self.expected("the end after the list", "something else")),
            };
        }
        match self.peek()? {
            None if self.open.is_none() => Ok(None),
            None => Err(self.fail(Malformed::Truncated("the list is not closed".into()))),
            Some(_) => self.form(0).map(Some),
        }
    }

    fn form(&mut self, depth: usize) -> Result<Form, HistoryError> {
        if depth > DEEPEST {
            return Err(self.fail(Malformed::TooDeep(DEEPEST)));
        }
        if self.length > LONGEST {
            return Err(self.fail(Malformed::LineTooLong(LONGEST)));
        }
        self.skip_blank(depth)?;
        match self.peek()? {
            None => Err(self.fail(Malformed::Truncated("the text ends within a form".into()))),
            Some(b'[') => self.list(b']', depth).map(Form::List),
            Some(b'(') => self.list(b')', depth).map(Form::List),
            Some(b'{') => self.map(depth),
            Some(b'"') => self.text().map(Form::Text),
            Some(b'#') => self.tagged(depth),
            Some(b']' | b')' | b'}') => Err(self.expected("a value", "a closing bracket")),
            Some(_) => self.atom(),
        }
    }

    fn list(&mut self, close: u8, depth: usize) -> Result<Vec<Form>, HistoryError> {
        self.bump();
        let mut forms = Vec::new();
        loop {
            self.skip_blank(depth)?;
            if self.peek()? == Some(close) {
                self.bump();
                return Ok(forms);
            }
            forms.push(self.form(depth + 1)?);
        }
    }

    fn map(&mut self, depth: usize) -> Result<Form, HistoryError> {
        let forms = self.list(b'}', depth)?;
        if forms.len() % 2 == 1 {
            return Err(self.expected("a value for each key of a map", "a key without one"));
        }
        Ok(Form::Map(forms))
    }

    /// `#{…}` is a set; `#inst "…"`, `#jepsen.history.Op{…}` and the like are what they tag.
    fn tagged(&mut self, depth: usize) -> Result<Form, HistoryError> {
        self.bump();
        if self.peek()? == Some(b'{') {
            return self.list(b'}', depth).map(Form::List);
        }
        self.token()?;
        self.form(depth + 1)
    }

    fn atom(&mut self) -> Result<Form, HistoryError> {
        let token = self.token()?;
        Ok(match token.as_str() {
            "" => return Err(self.expected("a value", "a stray character")),
            "nil" | "null" => Form::Nil,
            "true" => Form::Bool(true),
            "false" => Form::Bool(false),
            _ => match token.strip_prefix(':') {
                Some(name) => Form::Keyword(name.to_owned()),
                None => match token.trim_end_matches('N').parse() {
                    Ok(number) => Form::Int(number),
                    Err(_) => Form::Other(token),
                },
            },
        })
    }

    fn token(&mut self) -> Result<String, HistoryError> {
        let mut token = Vec::new();
        while let Some(byte) = self.peek()?.filter(|byte| !self.ends_token(*byte)) {
            if self.length > LONGEST {
                return Err(self.fail(Malformed::LineTooLong(LONGEST)));
            }
            token.push(byte);
            self.bump();
        }
        String::from_utf8(token).map_err(|_| self.fail(Malformed::NotUtf8))
    }

    fn text(&mut self) -> Result<String, HistoryError> {
        self.bump();
        let mut text = Vec::new();
        loop {
            let byte = self.take("the text ends within quotes")?;
            match byte {
                b'"' => return String::from_utf8(text).map_err(|_| self.fail(Malformed::NotUtf8)),
                b'\\' => self.escape(&mut text)?,
                byte => text.push(byte),
            }
            if self.length > LONGEST {
                return Err(self.fail(Malformed::LineTooLong(LONGEST)));
            }
        }
    }

    fn escape(&mut self, text: &mut Vec<u8>) -> Result<(), HistoryError> {
        let plain = match self.take("the text ends within an escape")? {
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'b' => 8,
            b'f' => 12,
            b'u' => return self.unicode(text),
            other => other,
        };
        text.push(plain);
        Ok(())
    }

    /// `\uXXXX`, and a pair of them for what lies beyond.
    fn unicode(&mut self, text: &mut Vec<u8>) -> Result<(), HistoryError> {
        let first = self.hex4()?;
        let code = match first {
            0xd800..0xdc00 => {
                let follows = self.take("half a character")? == b'\\'
                    && self.take("half a character")? == b'u';
                let second = if follows { self.hex4()? } else { 0 };
                0x10000 + ((first - 0xd800) << 10) + (second.wrapping_sub(0xdc00) & 0x3ff)
            }
            code => code,
        };
        let found = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
        text.extend(found.encode_utf8(&mut [0; 4]).as_bytes());
        Ok(())
    }

    fn hex4(&mut self) -> Result<u32, HistoryError> {
        let mut code = 0;
        for _ in 0..4 {
            let byte = self.take("the text ends within an escape")?;
            let Some(digit) = (byte as char).to_digit(16) else {
                return Err(self.expected("four hexadecimal digits", "something else"));
            };
            code = code << 4 | digit;
        }
        Ok(code)
    }

    /// Skips white space, comments and `#_` with what it discards.
    fn skip_blank(&mut self, depth: usize) -> Result<(), HistoryError> {
        loop {
            match self.peek()? {
                Some(byte) if byte.is_ascii_whitespace() || byte == b',' => self.bump(),
                Some(b':') if self.json => self.bump(),
                Some(b';') => self.skip_line()?,
                Some(b'#') if self.discards()? => {
                    self.bump();
                    self.bump();
                    self.form(depth + 1)?;
                }
                _ => return Ok(()),
            }
        }
    }

    fn discards(&mut self) -> Result<bool, HistoryError> {
        self.bump();
        let discards = self.peek()? == Some(b'_');
        self.hash = true;
        Ok(discards)
    }

    fn skip_line(&mut self) -> Result<(), HistoryError> {
        while self.peek()?.is_some_and(|byte| byte != b'\n') {
            self.bump();
        }
        Ok(())
    }

    fn ends_token(&self, byte: u8) -> bool {
        byte.is_ascii_whitespace()
            || matches!(byte, b',' | b'[' | b']' | b'(' | b')' | b'{' | b'}' | b'"' | b';')
            || self.json && byte == b':'
    }

    fn peek(&mut self) -> Result<Option<u8>, HistoryError> {
        if self.hash {
            return Ok(Some(b'#'));
        }
        let line = self.line;
        let io = |source| HistoryError::Io { line, source };
        Ok(self.source.fill_buf().map_err(io)?.first().copied())
    }

    fn take(&mut self, otherwise: &str) -> Result<u8, HistoryError> {
        let Some(byte) = self.peek()? else {
            return Err(self.fail(Malformed::Truncated(otherwise.to_owned())));
        };
        self.bump();
        Ok(byte)
    }

    /// Consumes the byte that was peeked at.
    fn bump(&mut self) {
        if std::mem::take(&mut self.hash) {
            return;
        }
        let newline = self.source.fill_buf().is_ok_and(|bytes| bytes.first() == Some(&b'\n'));
        self.line += u64::from(newline);
        self.length += 1;
        self.source.consume(1);
    }

    fn expected(&self, expected: &'static str, found: &str) -> HistoryError {
        self.fail(Malformed::Expected { expected, found: found.to_owned() })
    }

    fn fail(&self, reason: Malformed) -> HistoryError {
        HistoryError::Malformed { line: self.line, reason }
    }
}

impl Form {
    /// A name, whether written as text or as a keyword.
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Form::Text(name) | Form::Keyword(name) => Some(name),
            Form::Nil | Form::Bool(_) | Form::Int(_) => None,
            Form::Other(_) | Form::List(_) | Form::Map(_) => None,
        }
    }

    /// The value; keywords become text, and a map a list of pairs. There are no fractions.
    pub(super) fn value(self) -> Result<Value, Malformed> {
        Ok(match self {
            Form::Nil => Value::Nil,
            Form::Bool(value) => Value::Bool(value),
            Form::Int(value) => Value::Int(value),
            Form::Text(value) | Form::Keyword(value) => Value::from(value),
            Form::Other(found) => {
                return Err(Malformed::Expected {
                    expected: "nil, a boolean, an integer or text",
                    found,
                });
            }
            Form::List(forms) => {
                Value::from(forms.into_iter().map(Form::value).collect::<Result<Vec<_>, _>>()?)
            }
            Form::Map(forms) => {
                let flat = forms.into_iter().map(Form::value).collect::<Result<Vec<_>, _>>()?;
                Value::list(flat.chunks(2).map(|pair| Value::list(pair.iter().cloned())))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn one(text: &str) -> Form {
        Forms::edn(text.as_bytes()).next().unwrap().unwrap()
    }

    #[test]
    fn reads_what_jepsen_writes() {
        assert_eq!(one("; hello\n #_ [1 2] :ok"), Form::Keyword("ok".into()));
        assert_eq!(one("#{3}"), Form::List(vec![Form::Int(3)]));
        let op = one(r#"#jepsen.history.Op{:value [nil "a\n\u00e9"], :n 7N}"#);
        let Form::Map(forms) = op else { panic!() };
        assert_eq!(forms[1], Form::List(vec![Form::Nil, Form::Text("a\né".into())]));
        assert_eq!(forms[3], Form::Int(7));
    }

    #[test]
    fn json_is_the_same_with_colons() {
        let mut forms = Forms::json(r#"[{"a":1, "b" : [true,null]}]"#.as_bytes());
        assert!(forms.enter_list().unwrap());
        let Some(Form::Map(map)) = forms.next().unwrap() else { panic!() };
        assert_eq!(map[3], Form::List(vec![Form::Bool(true), Form::Nil]));
        assert_eq!(forms.next().unwrap(), None);
    }

    #[test]
    fn a_list_ends_where_the_text_ends() {
        let error = |text: &str| {
            let mut forms = Forms::edn(text.as_bytes());
            assert!(forms.enter_list().unwrap() && forms.next().unwrap().is_some());
            forms.next().unwrap_err().to_string()
        };
        assert_eq!(error("[1\n"), "line 2: the last line is cut off: the list is not closed");
        assert_eq!(error("[1] 2"), "line 1: expected the end after the list, found something else");
        assert_eq!(error("[1)"), "line 1: expected a value, found a closing bracket");
    }

    #[test]
    fn a_form_is_not_held_at_any_length() {
        let source = "[".as_bytes().chain(std::io::repeat(b'1').take(1 << 30));
        let long = Forms::edn(std::io::BufReader::new(source)).next().unwrap_err().to_string();
        assert!(long.contains("longer than"), "{long}");
        let text = format!("[{}", "1 ".repeat(LONGEST));
        let long = Forms::edn(text.as_bytes()).next().unwrap_err().to_string();
        assert!(long.contains("longer than"), "{long}");
    }

    #[test]
    fn hostile_text_is_an_error_with_its_line() {
        let error = |text: &str| Forms::edn(text.as_bytes()).next().unwrap_err().to_string();
        assert_eq!(error(&"\n[".repeat(1000)), "line 131: nested deeper than 128 levels");
        assert_eq!(error(&"#_".repeat(1000)), "line 1: nested deeper than 128 levels");
        assert_eq!(
            error("\n\n[1 2"),
            "line 3: the last line is cut off: the text ends within a form"
        );
        assert_eq!(error("\"a"), "line 1: the last line is cut off: the text ends within quotes");
        assert!(error("{:a}").contains("a value for each key"));
    }
}
