//! The logs of Jepsen's tests of etcd, as Porcupine and others use them:
//! `INFO  jepsen.util - 3 :invoke :write 4`.
//!
//! There a `:fail` of `:cas` is an observation — the comparison was made and found something else —
//! so it completes as `ok` with `false`. A failed read says nothing. The log has no times.

use std::io::BufRead;

use super::jsonl::{malformed, read_line};
use super::{Event, EventType, History, HistoryBuilder, HistoryError, Malformed, Nanos, Value};

/// Reads a log of Jepsen's etcd tests.
///
/// # Errors
/// [`HistoryError`], with the line, if the text is malformed or the history dishonest.
pub fn read_etcd_log(mut source: impl BufRead) -> Result<History, HistoryError> {
    let mut builder = HistoryBuilder::default();
    let (mut buffer, mut line) = (Vec::new(), 0);
    while read_line(&mut source, &mut buffer, line + 1)? {
        line += 1;
        let malformed = |reason| malformed(&buffer, line, reason);
        let text = std::str::from_utf8(&buffer).map_err(|_| malformed(Malformed::NotUtf8))?;
        if let Some(event) = event(text, line).map_err(malformed)? {
            builder.push(line, event)?;
        }
    }
    Ok(builder.finish())
}

fn event(line: &str, index: u64) -> Result<Option<Event>, Malformed> {
    let Some((_, rest)) = line.split_once("jepsen.util - ") else {
        return match line.trim().is_empty() {
            true => Ok(None),
            false => Err(expected("`INFO  jepsen.util - …`", line)),
        };
    };
    let mut words = rest.split_ascii_whitespace();
    let mut word =
        |what| words.next().ok_or(Malformed::Expected { expected: what, found: "the end".into() });
    let process = word("a process")?;
    let Ok(process) = process.parse() else { return Ok(None) };
    let (kind, f) = (word("a type")?, word("an operation")?);
    let argument: Vec<&str> = words.collect();
    let (kind, value) = outcome(kind, f, &argument)?;
    let f = f.trim_start_matches(':').to_owned();
    let (key, error, node) = (None, None, None);
    Ok(Some(Event { index, time: Nanos(0), process, kind, f, key, value, error, node }))
}

fn outcome(kind: &str, f: &str, argument: &[&str]) -> Result<(EventType, Value), Malformed> {
    match (kind, f) {
        (":invoke", _) => Ok((EventType::Invoke, value(argument)?)),
        (":ok", _) => Ok((EventType::Ok, value(argument)?)),
        (":fail", ":cas") if argument != [":timed-out"] => Ok((EventType::Ok, Value::Bool(false))),
        (":fail", _) => Ok((EventType::Fail, Value::Nil)),
        (":info", _) => Ok((EventType::Info, Value::Nil)),
        _ => Err(expected("a type: :invoke, :ok, :fail or :info", kind)),
    }
}

/// `nil`, a number, or a pair `[1 2]`.
fn value(words: &[&str]) -> Result<Value, Malformed> {
    let number = |word: &str| {
        let digits = word.trim_matches(['[', ']', ',']);
        digits.parse().map(Value::Int).map_err(|_| expected("a number", word))
    };
    match words {
        ["nil"] | [] => Ok(Value::Nil),
        [one] => number(one),
        many => {
            Ok(Value::from(many.iter().map(|word| number(word)).collect::<Result<Vec<_>, _>>()?))
        }
    }
}

fn expected(expected: &'static str, found: &str) -> Malformed {
    let found = found.chars().take(80).collect();
    Malformed::Expected { expected, found }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::Outcome;

    #[test]
    fn a_failed_cas_is_an_observation() {
        let text = "INFO  jepsen.util - 3\t:invoke\t:cas\t[1 2]\nINFO  jepsen.util - 3\t:fail\t:cas\t[1 2]\n";
        let history = read_etcd_log(text.as_bytes()).unwrap();
        let [cas] = history.operations() else { panic!() };
        assert_eq!((cas.outcome, &cas.output), (Outcome::Ok, &Value::Bool(false)));
        assert_eq!(cas.input.to_string(), "[1 2]");
    }

    #[test]
    fn a_strange_line_is_named() {
        let error = read_etcd_log("INFO  jepsen.util - 3\t:maybe\t:cas\n".as_bytes()).unwrap_err();
        assert!(error.to_string().starts_with("line 1: expected a type"), "{error}");
    }
}
