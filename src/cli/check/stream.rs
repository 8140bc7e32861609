//! A long file is judged while it is read, so that its length costs no memory.
//!
//! That decides what it can; where it cannot, or the file is not as it should be, the caller reads the
//! whole, which tells what is wrong with it. A violation is searched once more in the history of its
//! object, up to where it showed, and told from there.

use super::is_modelled;
use crate::workload::plan::Plan;
use chaos_checker::history::Events;
use chaos_checker::linearizable::{Reason, Refuted, Traits, Unknown};
use chaos_checker::{Budget, Event, EventType, Format, HistoryBuilder, HistoryError};
use chaos_checker::{Kind, Standing, Verdict, Violation};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// A file of fewer bytes is held as a whole.
pub(super) const LONG: u64 = 64 << 20;

/// The model is guessed from so many events; the others must not contradict that.
const SAMPLE: usize = 10_000;

/// What was decided.
pub(super) struct Streamed {
    pub(super) kind: Kind,
    pub(super) ended: Ended,
}

/// How it ended.
pub(super) enum Ended {
    Sound,
    Violated(Box<Violation>),
    /// The time was up, which reading the whole would not help.
    Late(Unknown),
}

/// Judges a file of JSON lines that has at least so many bytes; `None` if the whole must be read.
pub(super) fn stream(
    path: &Path,
    least: u64,
    plan: Option<&Plan>,
    model: Option<Kind>,
    budget: &Budget<'_>,
) -> Option<Streamed> {
    let long =
        |file: &File| file.metadata().is_ok_and(|file| file.is_file() && file.len() >= least);
    File::open(path).ok().filter(long)?;
    let kind = match model {
        Some(kind) => kind,
        None => sample(path, plan)?,
    };
    if kind.looks_ahead() {
        return None;
    }
    let mut source = Source::open(path, plan)?;
    let ended = match kind.follow(&mut source, budget).ok()? {
        Standing::Unknown(unknown) if unknown.reason == Reason::Time => {
            return Some(Streamed { kind, ended: Ended::Late(unknown) });
        }
        Standing::Unknown(_) => return None,
        Standing::Sound => Ended::Sound,
        Standing::Refuted(refuted) => Ended::Violated(told(path, plan, kind, &refuted, budget)?),
    };
    // A violation is no reason to overlook what is wrong with the rest.
    let rest_is_sound = source.by_ref().all(|event| event.is_ok());
    let fits = model.is_some() || source.traits.suggest(Format::JsonLines) == Some(kind);
    (rest_is_sound && fits).then_some(Streamed { kind, ended })
}

/// The model that the first events suggest.
fn sample(path: &Path, plan: Option<&Plan>) -> Option<Kind> {
    let mut source = Source::open(path, plan)?;
    source.by_ref().take(SAMPLE).all(|event| event.is_ok());
    source.traits.suggest(Format::JsonLines)
}

/// The violation, as the history of its object shows it.
fn told(
    path: &Path,
    plan: Option<&Plan>,
    kind: Kind,
    refuted: &Refuted,
    budget: &Budget<'_>,
) -> Option<Box<Violation>> {
    let mut source = Source::open(path, plan)?;
    let (mut builder, mut open) = (HistoryBuilder::default(), BTreeSet::new());
    for _ in 0..refuted.events {
        let event = source.next()?.ok()?;
        let is_its = match event.kind {
            EventType::Invoke if event.key == refuted.key => open.insert(event.process),
            EventType::Invoke => false,
            EventType::Ok | EventType::Fail | EventType::Info => open.remove(&event.process),
        };
        if is_its {
            builder.push(source.events.line(), event).ok()?;
        }
    }
    match kind.check(&builder.finish(), budget).ok()? {
        Verdict::Invalid(violation) => Some(violation),
        Verdict::Valid(_) | Verdict::Unknown(_) => None,
    }
}

/// The events of a file that the model knows of.
struct Source<'p> {
    events: Events<BufReader<File>>,
    plan: Option<&'p Plan>,
    traits: Traits,
}

impl<'p> Source<'p> {
    /// `None` if it is no file of JSON lines.
    fn open(path: &Path, plan: Option<&'p Plan>) -> Option<Source<'p>> {
        let mut file = BufReader::with_capacity(1 << 17, File::open(path).ok()?);
        let format = Format::guess(file.fill_buf().ok()?);
        let events = Events::new(file);
        (format == Format::JsonLines).then(|| Source { events, plan, traits: Traits::default() })
    }
}

impl Iterator for Source<'_> {
    type Item = Result<Event, HistoryError>;

    fn next(&mut self) -> Option<Result<Event, HistoryError>> {
        let event = self.events.find(|event| match event {
            Ok(event) => is_modelled(event, self.plan),
            Err(_) => true,
        })?;
        if let Ok(event) = &event {
            self.traits.note(event);
        }
        Some(event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// Operations in a row, each of a process, of a key, with a value.
    fn lines(deeds: &[(&str, &str, &str)]) -> String {
        let line = |at: usize, kind: &str, (f, key, value): (&str, &str, &str)| {
            let value = if kind == "invoke" && f == "get" { "null" } else { value };
            format!(
                r#"{{"index":{at},"time":{at},"process":1,"type":"{kind}","f":"{f}","key":"{key}","value":{value}}}"#
            ) + "\n"
        };
        let deed = |(at, deed): (usize, &(&str, &str, &str))| {
            line(2 * at, "invoke", *deed) + &line(2 * at + 1, "ok", *deed)
        };
        deeds.iter().enumerate().map(deed).collect()
    }

    fn streamed(text: &str, model: Option<Kind>, budget: &Budget<'_>) -> Option<Streamed> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("h.jsonl");
        fs::write(&path, text).unwrap();
        assert!(stream(&path, text.len() as u64 + 1, None, model, budget).is_none());
        stream(&path, text.len() as u64, None, model, budget)
    }

    #[test]
    fn what_is_right_is_right_and_what_is_wrong_is_told() {
        let good = [("put", "a", "1"), ("put", "b", "2"), ("get", "a", "1")];
        let any = Budget::default();
        let judged = streamed(&lines(&good), None, &any).unwrap();
        assert!(judged.kind == Kind::KeyValue && matches!(judged.ended, Ended::Sound));
        let bad = [&good[..], &[("get", "b", "1"), ("put", "a", "4")]].concat();
        let judged = streamed(&lines(&bad), None, &any).unwrap();
        let Ended::Violated(violation) = judged.ended else { panic!("it is wrong") };
        assert_eq!(violation.key, Some("b".into()));
        assert!(violation.sentence.contains("get b"), "{}", violation.sentence);
        let late = Budget { expired: &|| true, ..any };
        let long = lines(&[("put", "a", "1"); 5_000]);
        let judged = streamed(&long, Some(Kind::KeyValue), &late).unwrap();
        assert!(matches!(judged.ended, Ended::Late(_)), "reading on is of no use");
    }

    #[test]
    fn what_must_be_read_as_a_whole_is_left_to_others() {
        let any = Budget::default();
        let good = [("put", "a", "1"), ("get", "a", "1")];
        let bad = [&good[..], &[("get", "a", "2")]].concat();
        assert!(streamed(&lines(&good), Some(Kind::KeyValue), &any).is_some());
        assert!(streamed(&lines(&good), Some(Kind::Register), &any).is_none());
        for wrong in [lines(&good), lines(&bad)] {
            assert!(streamed(&format!("{wrong}{{\"index\":9"), None, &any).is_none());
        }
        assert!(streamed(":process 1, :type :invoke", None, &any).is_none());
        // The first event suggests one model, all of them another.
        let empties = ("get", "a", "\"\"");
        let later = [vec![empties; SAMPLE], vec![("get", "a", "null")]].concat();
        assert!(streamed(&lines(&later), None, &any).is_none());
    }
}
