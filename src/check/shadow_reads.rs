//! A shadow master tells of states that were (Ghemawat, Gobioff & Leung, *The Google File System*,
//! SOSP 2003, §5.1.3).
//!
//! `shadow-stat` gives `[record, age, file]` and `shadow-read` `[record, age, [file, records]]`, or
//! nil in the file's place: up to which record of the operation log the shadow knew the namespace,
//! and how many milliseconds ago that was the end of the log at most. It may lag, and says how far.
//! So an answer must be
//!
//! * *of something that was*: somebody created that file under that name before;
//! * *as of its age at least*: it misses nothing that was acknowledged so long before the call;
//! * *a prefix of one log*: files are numbered as they are created, so whoever knows of a file knows
//!   of all with lower numbers; and what is known at one record is known at all later ones;
//! * *of whole files*: a read finds every record that was appended to the file and acknowledged as
//!   long before.
//!
//! Files are followed by their names: where any is renamed, nothing is decided.

use super::Verdict;
use super::clients::{Done, Renames, contradict, operations};
use super::record_append::record;
use crate::execution::Execution;
use crate::workload::plan::Property;
use chaos_checker::Value;

/// An answer of a shadow master.
struct Seen<'a> {
    read: &'a Done<'a>,
    position: i64,
    /// It has all that was acknowledged by then.
    as_of: u64,
    file: Option<i64>,
    records: Option<&'a [Value]>,
}

/// What was done to the namespace.
struct Past<'a> {
    creates: Vec<(Option<i64>, &'a Done<'a>)>,
    deletes: Vec<&'a Done<'a>>,
    appends: Vec<&'a Done<'a>>,
}

pub(super) fn check(execution: &Execution) -> Verdict {
    let all = operations(&execution.history);
    if !Renames::of(&all).is_empty() {
        return Verdict::Unknown("files were renamed".to_owned());
    }
    let past = Past::of(&all);
    let mut reads: Vec<Seen<'_>> = all.iter().filter_map(seen).collect();
    reads.sort_by_key(|seen| seen.position);
    let found = (reads.iter())
        .find_map(|seen| invented(&past, seen).or_else(|| late(&past, seen)))
        .or_else(|| apart(&past, &reads));
    match found {
        Some(violation) => violation,
        None if reads.is_empty() => Verdict::Unknown("no shadow master answered".to_owned()),
        None => Verdict::Valid,
    }
}

impl<'a> Past<'a> {
    fn of(all: &'a [Done<'a>]) -> Past<'a> {
        let named =
            |f: &'static str| all.iter().filter(move |done| done.call.f == f && !done.failed());
        let number = |done: &'a Done<'a>| (done.ok().and_then(|ok| ok.value.as_int()), done);
        // One that was answered with `false` found the file there, or nothing to delete.
        let did = |done: &&Done<'_>| done.ok().is_none_or(|ok| ok.value != Value::Bool(false));
        Past {
            creates: named("create").filter(did).map(number).collect(),
            deletes: named("delete").filter(did).collect(),
            appends: named("append").filter(|done| done.ok().is_some()).collect(),
        }
    }

    /// The creation of a file of that name, where its number is known.
    fn creation(&self, of: &Done<'_>, file: i64) -> Option<&'a Done<'a>> {
        let known = |(number, done): &&(Option<i64>, &'a Done<'a>)| {
            *number == Some(file) && done.call.key == of.call.key
        };
        self.creates.iter().find(known).map(|(_, done)| *done)
    }

    /// Whether what is shown of a name may be so after this creation of a file of it.
    fn covers(&self, seen: &Seen<'_>, number: i64, create: &Done<'_>) -> bool {
        match seen.file {
            Some(file) => file >= number,
            None => self.deletes.iter().any(|delete| {
                delete.call.key == seen.read.call.key
                    && delete.ended().is_none_or(|end| end >= create.call.time.0)
                    && delete.call.time.0 <= seen.until()
            }),
        }
    }
}

impl Seen<'_> {
    /// When it was answered.
    fn until(&self) -> u64 {
        self.read.ended().unwrap_or(u64::MAX)
    }
}

impl Done<'_> {
    /// When the answer came, where it is known what happened.
    fn ended(&self) -> Option<u64> {
        self.ok().map(|ok| ok.time.0)
    }
}

fn seen<'a>(read: &'a Done<'a>) -> Option<Seen<'a>> {
    if !matches!(read.call.f.as_str(), "shadow-stat" | "shadow-read") {
        return None;
    }
    let (position, rest) = read.answer()?;
    let [age, told] = rest else { return None };
    let age = u64::try_from(age.as_int()?).ok()?.saturating_mul(1_000_000);
    let (file, records) = match told {
        Value::List(content) => match &content[..] {
            [file, Value::List(records)] => (Some(file.as_int()?), Some(&records[..])),
            _ => return None,
        },
        other => (other.as_int(), None),
    };
    Some(Seen { read, position, as_of: read.call.time.0.saturating_sub(age), file, records })
}

/// A file that nobody had created under that name.
fn invented(past: &Past<'_>, seen: &Seen<'_>) -> Option<Verdict> {
    let file = seen.file?;
    let key = seen.read.key();
    let tell = |rest: &str, done: &[&Done<'_>]| {
        let summary = format!("a shadow master showed file {file} as {key}, {rest}");
        Some(contradict(Property::ShadowReads, summary, done))
    };
    match past.creates.iter().find(|(number, _)| *number == Some(file)) {
        Some((_, create)) if create.call.key != seen.read.call.key => {
            tell("which is another's number", &[create, seen.read])
        }
        Some((_, create)) if create.call.time.0 > seen.until() => {
            tell("before it was created", &[seen.read, create])
        }
        Some(_) => None,
        None => {
            let may = |(number, create): &(Option<i64>, &Done<'_>)| {
                number.is_none()
                    && create.call.key == seen.read.call.key
                    && create.call.time.0 <= seen.until()
            };
            match past.creates.iter().any(may) {
                true => None,
                false => tell("which nobody created", &[seen.read]),
            }
        }
    }
}

/// It misses what was acknowledged before the time of which it claims to be.
fn late(past: &Past<'_>, seen: &Seen<'_>) -> Option<Verdict> {
    let key = seen.read.key();
    let due = |done: &Done<'_>| {
        done.call.key == seen.read.call.key && done.ended().is_some_and(|end| end < seen.as_of)
    };
    let tell = |what: String, done: &Done<'_>| {
        let summary = format!(
            "a shadow master claimed to be at most {} ms behind, but {what}",
            seen.read.call.time.0.saturating_sub(seen.as_of) / 1_000_000
        );
        Some(contradict(Property::ShadowReads, summary, &[done, seen.read]))
    };
    for (number, create) in &past.creates {
        if let Some(number) = number.filter(|_| due(create))
            && !past.covers(seen, number, create)
        {
            return tell(
                format!("lacked file {number}, which was created before as {key}"),
                create,
            );
        }
    }
    let file = seen.file?;
    if let Some(create) = past.creation(seen.read, file) {
        let gone = past.deletes.iter().find(|delete| due(delete) && create.is_before(delete));
        if let Some(delete) = gone {
            return tell(format!("showed file {file} of {key}, which was deleted before"), delete);
        }
    }
    let records = seen.records?;
    let lacks = |append: &&&Done<'_>| {
        let of = append.answer().is_some_and(|(of, _)| of == file);
        of && due(append) && !records.iter().filter_map(Value::as_list).any(|r| r == record(append))
    };
    let append = past.appends.iter().find(lacks)?;
    tell(format!("lacked the record {} of {key}", append.call.value), append)
}

/// Two answers that are of no one log. The answers come in the order of their records.
fn apart(past: &Past<'_>, reads: &[Seen<'_>]) -> Option<Verdict> {
    let tell = |summary: String, done: &[&Done<'_>]| {
        Some(contradict(Property::ShadowReads, summary, done))
    };
    let mut highest: Option<&Seen<'_>> = None;
    for (index, seen) in reads.iter().enumerate() {
        let key = seen.read.key();
        let same = |other: &&Seen<'_>| {
            other.position == seen.position && other.read.call.key == seen.read.call.key
        };
        if let Some(other) = reads[..index].iter().rev().find(same)
            && other.file != seen.file
        {
            let summary = format!(
                "as of one record shadow masters told two things of {key}: record {}",
                seen.position
            );
            return tell(summary, &[other.read, seen.read]);
        }
        if highest.is_none_or(|highest| highest.file < seen.file) {
            highest = Some(seen);
        }
        let Some(known) = highest else { continue };
        let lacks = |(number, create): &&(Option<i64>, &Done<'_>)| {
            create.call.key == seen.read.call.key
                && number.is_some_and(|number| {
                    Some(number) <= known.file && !past.covers(seen, number, create)
                })
        };
        if let Some((Some(number), create)) = past.creates.iter().find(lacks) {
            let summary = format!(
                "a shadow master knew of file {} and lacked file {number}, the earlier one, as {key}",
                known.file.unwrap_or_default()
            );
            return tell(summary, &[create, known.read, seen.read]);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::check::Verdict;
    use crate::check::testing::{Clients, invalid, is_unknown, is_valid};
    use chaos_checker::{EventType, Value};

    fn judged(script: impl FnOnce(&mut Clients)) -> Verdict {
        check(&Clients::execution(script))
    }

    fn creates(clients: &mut Clients, time: (u64, u64), key: &str, file: i64) {
        clients.did(time.0, time, ("create", key, Value::Nil), Ok(file.into()));
    }

    fn deletes(clients: &mut Clients, time: (u64, u64), key: &str) {
        clients.did(time.0, time, ("delete", key, Value::Nil), Ok(true.into()));
    }

    /// As of this record, so many milliseconds behind.
    fn shows(
        clients: &mut Clients,
        time: (u64, u64),
        key: &str,
        (position, age): (i64, i64),
        file: Option<i64>,
    ) {
        let file = file.map_or(Value::Nil, Value::from);
        let answer = Value::list([position.into(), age.into(), file]);
        clients.did(time.0, time, ("shadow-stat", key, Value::Nil), Ok(answer));
    }

    #[test]
    fn it_may_lag_as_long_as_it_says_so() {
        is_valid(&judged(|clients| {
            creates(clients, (1, 2), "x", 1);
            creates(clients, (3, 4), "y", 2);
            shows(clients, (10, 11), "x", (1, 8), Some(1));
            shows(clients, (12, 13), "y", (1, 9), None);
            deletes(clients, (14, 15), "x");
            shows(clients, (20, 21), "x", (1, 18), Some(1));
            shows(clients, (22, 23), "x", (3, 2), None);
        }));
        let violation = invalid(judged(|clients| {
            creates(clients, (1, 2), "x", 1);
            shows(clients, (10, 11), "x", (0, 7), None);
        }));
        let wanted = "a shadow master claimed to be at most 7 ms behind, but lacked file 1";
        assert!(violation.summary.starts_with(wanted), "{}", violation.summary);
    }

    #[test]
    fn a_file_that_was_deleted_is_not_shown_for_ever() {
        let violation = invalid(judged(|clients| {
            creates(clients, (1, 2), "x", 1);
            deletes(clients, (3, 4), "x");
            shows(clients, (10, 11), "x", (1, 5), Some(1));
        }));
        assert!(violation.summary.ends_with("which was deleted before"));
    }

    #[test]
    fn what_never_was_is_not_shown() {
        let strange = |script: fn(&mut Clients)| invalid(judged(script)).summary;
        let nobody = strange(|clients| shows(clients, (1, 2), "x", (1, 0), Some(1)));
        assert!(nobody.ends_with("which nobody created"), "{nobody}");
        let other = strange(|clients| {
            creates(clients, (1, 2), "y", 1);
            shows(clients, (3, 4), "x", (1, 0), Some(1));
        });
        assert!(other.ends_with("which is another's number"), "{other}");
        let early = strange(|clients| {
            shows(clients, (1, 2), "x", (1, 0), Some(1));
            creates(clients, (3, 4), "x", 1);
        });
        assert!(early.ends_with("before it was created"), "{early}");
        is_valid(&judged(|clients| {
            clients.did(0, (1, 9), ("create", "x", Value::Nil), Err(EventType::Info));
            shows(clients, (3, 4), "x", (1, 0), Some(1));
        }));
    }

    #[test]
    fn answers_are_of_one_log() {
        let violation = invalid(judged(|clients| {
            creates(clients, (1, 2), "x", 1);
            creates(clients, (3, 4), "y", 2);
            shows(clients, (10, 11), "y", (2, 20), Some(2));
            shows(clients, (12, 13), "x", (2, 20), None);
        }));
        let wanted = "a shadow master knew of file 2 and lacked file 1";
        assert!(violation.summary.starts_with(wanted), "{}", violation.summary);
        let violation = invalid(judged(|clients| {
            creates(clients, (1, 2), "x", 1);
            deletes(clients, (3, 9), "x");
            shows(clients, (10, 11), "x", (2, 20), Some(1));
            shows(clients, (12, 13), "x", (2, 20), None);
        }));
        assert!(violation.summary.starts_with("as of one record"), "{}", violation.summary);
    }

    #[test]
    fn a_read_lacks_no_record_that_is_old_enough() {
        let reads = |age: i64| {
            judged(|clients| {
                creates(clients, (1, 2), "x", 1);
                let place = Value::list([1.into(), 0.into(), 0.into()]);
                clients.did(0, (3, 4), ("append", "x", "1,".into()), Ok(place));
                let file = Value::list([1.into(), Value::list([])]);
                let answer = Value::list([1.into(), age.into(), file]);
                clients.did(1, (10, 11), ("shadow-read", "x", Value::Nil), Ok(answer));
            })
        };
        is_valid(&reads(7));
        assert!(invalid(reads(5)).summary.ends_with("lacked the record \"1,\" of \"x\""));
    }

    #[test]
    fn without_answers_nothing_is_decided() {
        is_unknown(&judged(|_| {}), "no shadow master answered");
    }
}
