//! Record appends are there at least once (Ghemawat, Gobioff & Leung, *The Google File System*, SOSP
//! 2003, §2.7 and §3.3).
//!
//! `append` gives the file's number and where the record went, `[file, place…]`; `read` gives the
//! file's number and all its records, `[file, [[place…, text], …]]`. A read that is called when an
//! append has been acknowledged finds that record, whole, at that place, on whichever replica it
//! looks; and what it finds, somebody has appended to that name before, or to another one that the
//! file may have had until then. A file keeps its number when it is renamed. Records twice, records of
//! appends that failed and gaps between records are allowed: that is what "at least once" means.

use super::Verdict;
use super::clients::{Done, Renames, contradict, operations};
use crate::execution::Execution;
use crate::workload::plan::Property;
use chaos_checker::Value;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn check(execution: &Execution) -> Verdict {
    let all = operations(&execution.history);
    let appends: Vec<&Done<'_>> = all.iter().filter(|done| done.call.f == "append").collect();
    let reads: Vec<&Done<'_>> = all.iter().filter(|done| done.call.f == "read").collect();
    let renames = Renames::of(&all);
    let mut decided = false;
    let mut seen: BTreeMap<(Option<&Value>, &Value), u64> = BTreeMap::new();
    for append in &appends {
        let name = (append.call.key.as_ref(), &append.call.value);
        seen.entry(name).or_insert(append.call.time.0);
    }
    for read in reads {
        let Some((file, [Value::List(records)])) = read.answer() else { continue };
        decided = true;
        let strange = records.iter().find(|record| !is_known(&seen, &renames, read, record));
        if let Some(record) = strange {
            return invented(read, record);
        }
        let records: BTreeSet<&[Value]> = records.iter().filter_map(Value::as_list).collect();
        let missing = appends.iter().find(|append| {
            is_due(append, read, file) && !records.contains(record(append).as_slice())
        });
        if let Some(append) = missing {
            return lost(append, read);
        }
    }
    match decided {
        true => Verdict::Valid,
        false => Verdict::Unknown("no file was read".to_owned()),
    }
}

/// Whether the append was acknowledged before the read was called, and is of that file.
fn is_due(append: &Done<'_>, read: &Done<'_>, file: i64) -> bool {
    append.is_before(read) && append.answer().is_some_and(|(of, _)| of == file)
}

/// The record as a read has it.
pub(super) fn record(append: &Done<'_>) -> Vec<Value> {
    let place = append.answer().map(|(_, place)| place).unwrap_or_default();
    [place, std::slice::from_ref(&append.call.value)].concat()
}

/// Whether somebody appended the record before the read was over.
fn is_known(
    seen: &BTreeMap<(Option<&Value>, &Value), u64>,
    renames: &Renames<'_>,
    read: &Done<'_>,
    record: &Value,
) -> bool {
    let (Some(ok), Some(text)) = (read.ok(), record.as_list().and_then(<[Value]>::last)) else {
        return false;
    };
    let name = read.call.key.as_ref();
    let to = |name| seen.get(&(name, text)).is_some_and(|called| *called <= ok.time.0);
    to(name) || renames.names(name, ok.index).into_iter().any(to)
}

fn lost(append: &Done<'_>, read: &Done<'_>) -> Verdict {
    let (text, key) = (&append.call.value, append.key());
    let summary = format!(
        "the record {text} was appended to {key} and acknowledged, but a later read of {} does not \
         find it",
        read.ok().and_then(|ok| ok.node.clone()).unwrap_or_default()
    );
    contradict(Property::RecordAppend, summary, &[append, read])
}

fn invented(read: &Done<'_>, record: &Value) -> Verdict {
    let key = read.key();
    let summary = format!("a read of {key} found {record}, which nobody appended to it");
    contradict(Property::RecordAppend, summary, &[read])
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::check::Verdict;
    use crate::check::testing::{Clients, invalid, is_unknown, is_valid};
    use chaos_checker::{EventType, Value};

    fn place(file: i64, offset: i64) -> Value {
        Value::list([file.into(), 0.into(), offset.into()])
    }

    fn records(file: i64, records: &[(i64, &str)]) -> Value {
        let record =
            |(at, text): &(i64, &str)| Value::list([0.into(), (*at).into(), (*text).into()]);
        Value::list([file.into(), Value::list(records.iter().map(record))])
    }

    fn judged(script: impl FnOnce(&mut Clients)) -> Verdict {
        check(&Clients::execution(script))
    }

    #[test]
    fn a_file_that_was_renamed_keeps_its_records() {
        let judged = |renamed: bool, found: &[(i64, &str)]| {
            judged(|clients| {
                clients.did(0, (1, 2), ("append", "x", "1,".into()), Ok(place(7, 0)));
                if renamed {
                    clients.did(1, (3, 4), ("rename", "x", "y".into()), Ok(Value::Bool(true)));
                }
                clients.did(0, (5, 6), ("rename", "y", "z".into()), Err(EventType::Info));
                clients.did(1, (7, 8), ("read", "z", Value::Nil), Ok(records(7, found)));
            })
        };
        is_valid(&judged(true, &[(0, "1,")]));
        assert!(invalid(judged(true, &[])).summary.ends_with("does not find it"));
        assert!(invalid(judged(false, &[(0, "1,")])).summary.ends_with("nobody appended to it"));
    }

    #[test]
    fn a_file_may_be_renamed_while_it_is_read() {
        is_valid(&judged(|clients| {
            clients
                .did(0, (1, 9), ("read", "x", Value::Nil), Ok(records(7, &[(0, "1,")])))
                .did(1, (2, 3), ("rename", "x", "y".into()), Ok(Value::Bool(true)))
                .did(2, (4, 5), ("append", "y", "1,".into()), Ok(place(7, 0)));
        }));
    }

    #[test]
    fn twice_and_what_failed_and_what_is_under_way_is_fine() {
        is_valid(&judged(|clients| {
            clients
                .did(0, (1, 2), ("append", "x", "1,".into()), Ok(place(1, 30)))
                .did(1, (3, 4), ("append", "x", "2,".into()), Err(EventType::Info))
                .did(2, (5, 9), ("append", "x", "3,".into()), Ok(place(1, 50)))
                .did(
                    3,
                    (6, 7),
                    ("read", "x", Value::Nil),
                    Ok(records(1, &[(10, "1,"), (20, "2,"), (30, "1,")])),
                );
        }));
    }

    #[test]
    fn another_file_of_the_name_has_nothing_of_the_first() {
        is_valid(&judged(|clients| {
            clients.did(0, (1, 2), ("append", "x", "1,".into()), Ok(place(1, 0))).did(
                0,
                (3, 4),
                ("read", "x", Value::Nil),
                Ok(records(2, &[])),
            );
        }));
    }

    #[test]
    fn a_record_that_is_gone_or_elsewhere_is_told() {
        for found in [&[][..], &[(9, "1,")]] {
            let violation = invalid(judged(|clients| {
                clients
                    .did(0, (1, 2), ("append", "x", "1,".into()), Ok(place(1, 0)))
                    .did(1, (3, 4), ("read", "x", Value::Nil), Ok(records(1, found)))
                    .by(3);
            }));
            let wanted = "the record \"1,\" was appended to \"x\" and acknowledged, but a later \
                          read of n3 does not find it";
            assert_eq!(violation.summary, wanted);
            assert_eq!(violation.events, [0, 1, 2, 3]);
        }
    }

    #[test]
    fn a_record_that_nobody_appended_is_told() {
        let violation = invalid(judged(|clients| {
            clients.did(0, (1, 2), ("append", "y", "1,".into()), Ok(place(1, 0))).did(
                1,
                (3, 4),
                ("read", "x", Value::Nil),
                Ok(records(1, &[(0, "1,")])),
            );
        }));
        assert!(violation.summary.ends_with("which nobody appended to it"));
    }

    #[test]
    fn without_reads_nothing_is_decided() {
        is_unknown(&judged(|_| {}), "no file was read");
    }
}
