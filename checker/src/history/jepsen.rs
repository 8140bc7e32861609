//! Jepsen's histories: operation maps in EDN or JSON, in a list or one after another; and the
//! key/value files of Porcupine, which look the same.
//!
//! A Jepsen worker reads the clock before its event gets its place in the history, so times may be a
//! little out of order. The places count; a time that is late by less than a tenth of a second is
//! taken to be that of the event before.
//!
//! The nemesis and other processes without a number are left out. What Knossos makes of `:fail` (the
//! operation did not happen) is our meaning too; its reading of nil is the business of the model.

use std::io::BufRead;

use super::form::{Form, Forms};
use super::{Event, EventType, History, HistoryBuilder, HistoryError, Malformed, Nanos, Value};

/// How far times may be out of order, in nanoseconds.
const JITTER: u64 = 100_000_000;

/// Reads a history in EDN.
///
/// # Errors
/// [`HistoryError`], with the line, if the text is malformed or the history dishonest.
pub fn read_edn(source: impl BufRead) -> Result<History, HistoryError> {
    read(Forms::edn(source))
}

/// Reads a history in JSON: a list of operation maps, or one map after another.
///
/// # Errors
/// [`HistoryError`], with the line, if the text is malformed or the history dishonest.
pub fn read_json(source: impl BufRead) -> Result<History, HistoryError> {
    read(Forms::json(source))
}

fn read(mut forms: Forms<impl BufRead>) -> Result<History, HistoryError> {
    let mut builder = HistoryBuilder::default();
    forms.enter_list()?;
    let (mut next_index, mut last) = (0, Nanos(0));
    while let Some(form) = forms.next()? {
        let line = forms.line;
        let event =
            event(form, next_index).map_err(|reason| HistoryError::Malformed { line, reason })?;
        if let Some(mut event) = event {
            if event.time < last && last.0 - event.time.0 < JITTER {
                event.time = last;
            }
            last = event.time;
            next_index = event.index + 1;
            builder.push(line, event)?;
        }
    }
    Ok(builder.finish())
}

/// The event that a map stands for; `None` if it is not a client's.
fn event(form: Form, index: u64) -> Result<Option<Event>, Malformed> {
    let Form::Map(forms) = form else { return Err(expected("a map", "something else")) };
    let mut event = Event {
        index,
        time: Nanos(0),
        process: 0,
        kind: EventType::Invoke,
        f: String::new(),
        key: None,
        value: Value::Nil,
        error: None,
        node: None,
    };
    let (mut process, mut kind) = (None, None);
    let mut value = Form::Nil;
    let mut forms = forms.into_iter();
    while let (Some(key), Some(found)) = (forms.next(), forms.next()) {
        match key.name() {
            Some("process") => process = Some(found),
            Some("type") => kind = Some(event_type(&found)?),
            Some("f") => event.f = found.name().unwrap_or_default().to_owned(),
            Some("key") => event.key = Some(found.value()?).filter(|key| !key.is_nil()),
            Some("value") => value = found,
            Some("index") => event.index = natural(&found)?,
            Some("time") => event.time = Nanos(natural(&found)?),
            Some("error") => event.error = Some(format!("{found:?}")),
            Some("node") => event.node = found.name().map(str::to_owned),
            _ => {}
        }
    }
    let Some(process) = process else { return Err(expected("a :process", "none")) };
    let Form::Int(process) = process else { return Ok(None) };
    event.process = u64::try_from(process).map_err(|_| expected("a process from 0", "less"))?;
    event.kind = kind.ok_or_else(|| expected("a :type", "none"))?;
    event.value = value.value()?;
    Ok(Some(event))
}

fn event_type(form: &Form) -> Result<EventType, Malformed> {
    match form.name() {
        Some("invoke") => Ok(EventType::Invoke),
        Some("ok") => Ok(EventType::Ok),
        Some("fail") => Ok(EventType::Fail),
        Some("info") => Ok(EventType::Info),
        found => Err(expected("invoke, ok, fail or info", found.unwrap_or("something else"))),
    }
}

fn natural(form: &Form) -> Result<u64, Malformed> {
    match form {
        Form::Int(number) => {
            u64::try_from(*number).map_err(|_| expected("a number from 0", "less"))
        }
        _ => Err(expected("an integer", "something else")),
    }
}

fn expected(expected: &'static str, found: &str) -> Malformed {
    Malformed::Expected { expected, found: found.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::Outcome;

    #[test]
    fn reads_edn_and_skips_the_nemesis() {
        let text = "[{:process 4, :type :invoke, :f :write, :value 2 :time 5}\n\
            {:process :nemesis, :type :info, :f :start, :value {:a 1.5}}\n\
            {:process 4, :type :ok, :f :write, :value 2 :time 9}]";
        let history = read_edn(text.as_bytes()).unwrap();
        let [write] = history.operations() else { panic!() };
        assert_eq!((write.outcome, write.call), (Outcome::Ok, Nanos(5)));
    }

    #[test]
    fn reads_json_in_a_list() {
        let text = r#"[{"process":1,"type":"invoke","f":"read","value":null},
            {"process":1,"type":"ok","f":"read","value":[1,2]}]"#;
        let history = read_json(text.as_bytes()).unwrap();
        assert_eq!(history.operations()[0].output.to_string(), "[1 2]");
    }

    #[test]
    fn a_fault_has_its_line() {
        let text = "{:process 1, :type :invoke, :f :read}\n{:process 2, :type :ok, :f :read}";
        let error = read_edn(text.as_bytes()).unwrap_err().to_string();
        assert_eq!(error, "line 2: process 2 completes `read`, but has no operation open");
    }
}
