//! A snapshot shows one instant (Ghemawat, Gobioff & Leung, *The Google File System*, SOSP 2003,
//! §3.4).
//!
//! `snapshot` gives the snapshot's number, and `read-snapshot` that number with a file of it:
//! `[snapshot, [file, [[place…, text], …]]]`, or `[snapshot, nil]`. The instant lies between call
//! and return of the snapshot. So it has every record that was acknowledged before the call, and
//! none of an append that was called after the return; and with a record it has all that were
//! acknowledged before that one's append was called, in whichever files. Where a failed append left
//! something the replicas of a snapshot may differ, as the paper has it.
//!
//! A snapshot takes the place of the one before, and nothing takes one away. So a read shows one that
//! is no older than the last that was acknowledged before it was called; that there is none at all
//! (`nil`) it may say before one was acknowledged, and no more from then on.

use super::Verdict;
use super::clients::{Done, contradict, operations};
use super::record_append::record;
use crate::execution::Execution;
use crate::workload::plan::Property;
use chaos_checker::Value;
use std::collections::BTreeMap;

/// A read of a file of a snapshot.
struct Seen<'a> {
    read: &'a Done<'a>,
    snapshot: i64,
    /// The number of the file that was copied, and its records.
    file: Option<(i64, &'a [Value])>,
}

pub(super) fn check(execution: &Execution) -> Verdict {
    let all = operations(&execution.history);
    let appends: Vec<&Done<'_>> = all.iter().filter(|done| done.call.f == "append").collect();
    let made: BTreeMap<i64, &Done<'_>> = all
        .iter()
        .filter(|done| done.call.f == "snapshot")
        .filter_map(|done| Some((done.ok()?.value.as_int()?, done)))
        .collect();
    let looks: Vec<&Done<'_>> = all.iter().filter(|done| done.call.f == "read-snapshot").collect();
    if looks.iter().all(|look| look.ok().is_none()) {
        return Verdict::Unknown("nobody was told of a snapshot".to_owned());
    }
    if let Some((snapshot, look)) = looks.iter().find_map(|look| Some((gone(&made, look)?, look))) {
        return forgotten(snapshot, look);
    }
    let reads: Vec<Seen<'_>> = looks.iter().filter_map(|look| seen(look)).collect();
    // What was called last of all that a snapshot is known to have.
    let mut latest: BTreeMap<i64, (&Done<'_>, &Done<'_>)> = BTreeMap::new();
    for seen in &reads {
        let snapshot = made.get(&seen.snapshot);
        for append in appends.iter().filter(|append| has(seen, append)) {
            if let Some(snapshot) = snapshot.filter(|snapshot| snapshot.is_before(append)) {
                return late(snapshot, append, seen.read);
            }
            let last = latest.entry(seen.snapshot).or_insert((append, seen.read));
            if last.0.call.index < append.call.index {
                *last = (append, seen.read);
            }
        }
    }
    for seen in &reads {
        let missing = |before: &Done<'_>| {
            let lacks = |append: &&&Done<'_>| append.is_before(before) && lacks(seen, append);
            appends.iter().find(lacks).copied()
        };
        if let Some(snapshot) = made.get(&seen.snapshot)
            && let Some(append) = missing(snapshot)
        {
            return lost(append, snapshot, seen.read);
        }
        if let Some((later, other)) = latest.get(&seen.snapshot)
            && let Some(append) = missing(later)
        {
            return torn(append, later, other, seen.read);
        }
    }
    Verdict::Valid
}

fn seen<'a>(read: &'a Done<'a>) -> Option<Seen<'a>> {
    let (snapshot, rest) = read.answer()?;
    let file = match rest.first()?.as_list() {
        Some([file, Value::List(records)]) => Some((file.as_int()?, &records[..])),
        _ => None,
    };
    Some(Seen { read, snapshot, file })
}

/// The snapshot that the read should have shown, where it shows an older one or none.
fn gone<'a>(made: &BTreeMap<i64, &'a Done<'a>>, look: &Done<'_>) -> Option<&'a Done<'a>> {
    let shown = match look.ok()?.value {
        Value::Nil => None,
        _ => Some(look.answer()?.0),
    };
    let newer = |(number, snapshot): &(&i64, &&Done<'_>)| {
        shown.is_none_or(|shown| shown < **number) && snapshot.is_before(look)
    };
    made.iter().find(newer).map(|(_, snapshot)| *snapshot)
}

/// Whether the read shows something of the append.
fn has(seen: &Seen<'_>, append: &Done<'_>) -> bool {
    let text =
        |record: &Value| record.as_list().and_then(<[Value]>::last) == Some(&append.call.value);
    let records = seen.file.map(|(_, records)| records).unwrap_or_default();
    records.iter().any(text)
}

/// Whether the read is of the file that the append went to, and does not show it at its place.
fn lacks(seen: &Seen<'_>, append: &Done<'_>) -> bool {
    let (Some((file, records)), Some((of, _))) = (seen.file, append.answer()) else {
        return false;
    };
    if file != of {
        return false;
    }
    let due = record(append);
    !records.iter().filter_map(Value::as_list).any(|held| held == due.as_slice())
}

fn forgotten(snapshot: &Done<'_>, look: &Done<'_>) -> Verdict {
    let number = snapshot.ok().map(|ok| ok.value.to_string()).unwrap_or_default();
    let summary = format!("snapshot {number} was acknowledged, but a later read does not find it");
    contradict(Property::Snapshot, summary, &[snapshot, look])
}

fn late(snapshot: &Done<'_>, append: &Done<'_>, read: &Done<'_>) -> Verdict {
    let summary = format!(
        "a snapshot has the record {}, whose append was called after the snapshot was made",
        append.call.value
    );
    contradict(Property::Snapshot, summary, &[snapshot, append, read])
}

fn lost(append: &Done<'_>, snapshot: &Done<'_>, read: &Done<'_>) -> Verdict {
    let summary = format!(
        "a snapshot lacks the record {}, which was acknowledged before the snapshot was called for",
        append.call.value
    );
    contradict(Property::Snapshot, summary, &[append, snapshot, read])
}

fn torn(append: &Done<'_>, later: &Done<'_>, other: &Done<'_>, read: &Done<'_>) -> Verdict {
    let summary = format!(
        "a snapshot has the record {} and lacks {}, which was acknowledged before",
        later.call.value, append.call.value
    );
    contradict(Property::Snapshot, summary, &[append, later, other, read])
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

    fn appends(clients: &mut Clients, time: (u64, u64), key: &str, (text, at): (&str, i64)) {
        let place = Value::list([1.into(), 0.into(), at.into()]);
        clients.did(time.0, time, ("append", key, text.into()), Ok(place));
    }

    fn snapshot(clients: &mut Clients, time: (u64, u64), number: i64) {
        clients.did(time.0, time, ("snapshot", "x", Value::Nil), Ok(number.into()));
    }

    fn reads(clients: &mut Clients, time: (u64, u64), key: &str, records: &[(i64, &str)]) {
        let record =
            |(at, text): &(i64, &str)| Value::list([0.into(), (*at).into(), (*text).into()]);
        let file = Value::list([1.into(), Value::list(records.iter().map(record))]);
        let answer = Value::list([1.into(), file]);
        clients.did(time.0, time, ("read-snapshot", key, Value::Nil), Ok(answer));
    }

    #[test]
    fn what_was_under_way_may_be_in_it_or_not_and_twice() {
        for records in [&[(0, "1,")][..], &[(0, "1,"), (9, "2,"), (5, "2,")]] {
            is_valid(&judged(|clients| {
                appends(clients, (1, 2), "x", ("1,", 0));
                appends(clients, (3, 9), "x", ("2,", 5));
                snapshot(clients, (4, 6), 1);
                appends(clients, (7, 8), "x", ("3,", 5));
                reads(clients, (10, 11), "x", records);
            }));
        }
    }

    #[test]
    fn of_another_file_nothing_is_asked() {
        is_valid(&judged(|clients| {
            let place = Value::list([7.into(), 0.into(), 0.into()]);
            clients.did(0, (1, 2), ("append", "x", "1,".into()), Ok(place));
            snapshot(clients, (4, 6), 1);
            reads(clients, (10, 11), "x", &[]);
        }));
    }

    #[test]
    fn a_record_that_is_missing_is_told() {
        let violation = invalid(judged(|clients| {
            appends(clients, (1, 2), "x", ("1,", 0));
            snapshot(clients, (4, 6), 1);
            reads(clients, (10, 11), "x", &[(3, "1,")]);
        }));
        assert!(violation.summary.starts_with("a snapshot lacks the record \"1,\""));
        assert_eq!(violation.events, [0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn a_record_of_later_is_told() {
        let violation = invalid(judged(|clients| {
            snapshot(clients, (4, 6), 1);
            appends(clients, (7, 8), "x", ("1,", 0));
            reads(clients, (10, 11), "x", &[(0, "1,")]);
        }));
        assert!(violation.summary.starts_with("a snapshot has the record \"1,\""));
    }

    #[test]
    fn two_files_of_different_instants_are_told() {
        let violation = invalid(judged(|clients| {
            clients.did(0, (1, 20), ("snapshot", "x", Value::Nil), Err(EventType::Info));
            appends(clients, (3, 4), "x", ("1,", 0));
            appends(clients, (5, 6), "y", ("2,", 0));
            reads(clients, (10, 11), "x", &[]);
            reads(clients, (12, 13), "y", &[(0, "2,")]);
        }));
        let wanted = "a snapshot has the record \"2,\" and lacks \"1,\"";
        assert!(violation.summary.starts_with(wanted), "{}", violation.summary);
    }

    #[test]
    fn that_there_is_none_is_true_until_one_was_acknowledged() {
        let none = |clients: &mut Clients, time| {
            clients.did(1, time, ("read-snapshot", "x", Value::Nil), Ok(Value::Nil));
        };
        is_valid(&judged(|clients| {
            none(clients, (1, 2));
            snapshot(clients, (3, 6), 1);
        }));
        let violation = invalid(judged(|clients| {
            snapshot(clients, (3, 6), 1);
            none(clients, (7, 8));
        }));
        let wanted = "snapshot 1 was acknowledged, but a later read does not find it";
        assert_eq!(violation.summary, wanted);
    }

    #[test]
    fn an_older_one_than_was_acknowledged_is_told() {
        let violation = invalid(judged(|clients| {
            snapshot(clients, (3, 4), 1);
            snapshot(clients, (5, 6), 2);
            reads(clients, (7, 8), "x", &[]);
        }));
        assert!(violation.summary.starts_with("snapshot 2 was acknowledged"));
    }

    #[test]
    fn without_reads_nothing_is_decided() {
        is_unknown(&judged(|_| {}), "nobody was told of a snapshot");
    }
}
