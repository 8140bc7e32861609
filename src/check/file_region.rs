//! Reads of a file's regions find what was written there (Ghemawat, Gobioff & Leung, *The Google File
//! System*, SOSP 2003, §2.7.1 and its table 1).
//!
//! `write` is given `[offset, text]` and gives the file's number; `content` gives `[file, text]`, with
//! a point for what nobody wrote. After a write that no other met, its region is *defined*: all of it
//! is there. Writes that met leave it *consistent but undefined*: bytes of one here, of another
//! there, but the same for whoever looks. A write that failed leaves it *inconsistent*. So
//!
//! * each byte is of a write that was called before, and that no later one, acknowledged before the
//!   read was called, has overwritten;
//! * two reads of a byte that no write met, nor a failed one ever, find the same.

use super::Verdict;
use super::clients::{Done, Renames, contradict, operations};
use crate::execution::Execution;
use crate::workload::plan::Property;
use chaos_checker::Value;

/// What nobody wrote.
const NOTHING: u8 = b'.';

struct Write<'a> {
    done: &'a Done<'a>,
    offset: usize,
    text: &'a [u8],
}

impl Write<'_> {
    /// What it puts at that place.
    fn at(&self, place: usize) -> Option<u8> {
        self.text.get(place.checked_sub(self.offset)?).copied()
    }

    /// The file, if it was acknowledged.
    fn file(&self) -> Option<i64> {
        self.done.ok()?.value.as_int()
    }
}

struct Read<'a> {
    done: &'a Done<'a>,
    file: i64,
    text: &'a [u8],
}

impl Read<'_> {
    fn at(&self, place: usize) -> u8 {
        self.text.get(place).copied().unwrap_or(NOTHING)
    }

    /// Where the read, or the write that was called, ended.
    fn end(&self) -> u64 {
        self.done.ok().map_or(u64::MAX, |ok| ok.index)
    }
}

pub(super) fn check(execution: &Execution) -> Verdict {
    let all = operations(&execution.history);
    let writes: Vec<Write<'_>> = all.iter().filter_map(write).collect();
    let reads: Vec<Read<'_>> = all.iter().filter_map(read).collect();
    if reads.iter().all(|read| read.text.is_empty()) {
        return Verdict::Unknown("nothing that was written was read".to_owned());
    }
    let renames = Renames::of(&all);
    let mut before: Option<&Read<'_>> = None;
    for read in &reads {
        let names = renames.names(read.done.call.key.as_ref(), read.end());
        let is_own = |write: &&Write<'_>| names.contains(&write.done.call.key.as_ref());
        let own: Vec<&Write<'_>> = writes.iter().filter(is_own).collect();
        let most = own.iter().map(|write| write.offset + write.text.len()).max().unwrap_or(0);
        for place in 0..most.max(read.text.len()) {
            let here: Vec<&Write<'_>> =
                own.iter().copied().filter(|write| write.at(place).is_some()).collect();
            if let Some(over) = wrong(read, &here, place) {
                return refuted(read, over, place);
            }
        }
        let last = before.replace(read);
        let last =
            last.filter(|last| last.file == read.file && last.done.call.key == read.done.call.key);
        if let Some(last) = last
            && let Some(place) = (0..most).find(|place| differs(last, read, &own, *place))
        {
            return inconsistent(last, read, place);
        }
    }
    Verdict::Valid
}

fn write<'a>(done: &'a Done<'a>) -> Option<Write<'a>> {
    let is_write = done.call.f == "write" && !done.failed();
    match done.call.value.as_list().filter(|_| is_write)? {
        [Value::Int(offset), Value::Text(text)] => {
            Some(Write { done, offset: usize::try_from(*offset).ok()?, text: text.as_bytes() })
        }
        _ => None,
    }
}

fn read<'a>(done: &'a Done<'a>) -> Option<Read<'a>> {
    let (file, rest) = done.answer().filter(|_| done.call.f == "content")?;
    match rest {
        [Value::Text(text)] => Some(Read { done, file, text: text.as_bytes() }),
        _ => None,
    }
}

/// Whether no write can have left there what the read found; if there is one, the last write that
/// it should have found at least.
fn wrong<'a>(
    read: &Read<'_>,
    here: &[&'a Write<'a>],
    place: usize,
) -> Option<Option<&'a Write<'a>>> {
    let found = read.at(place);
    let due =
        |write: &&&Write<'_>| write.file() == Some(read.file) && write.done.is_before(read.done);
    let last = here.iter().filter(due).max_by_key(|write| write.done.call.index).copied();
    let may = |write: &&Write<'_>| {
        let called = write.done.call.index < read.end();
        let gone = |over: &&Write<'_>| due(&over) && write.done.is_before(over.done);
        called && write.at(place) == Some(found) && !here.iter().any(gone)
    };
    let fine = (found == NOTHING && last.is_none()) || here.iter().any(may);
    (!fine).then_some(last)
}

/// Whether two reads found different bytes though no write of that place was under way.
fn differs(one: &Read<'_>, two: &Read<'_>, own: &[&Write<'_>], place: usize) -> bool {
    let first = one.done.call.index.min(two.done.call.index);
    let over = |write: &&Write<'_>| {
        let ended = write.done.ok().is_some_and(|ok| ok.index < first);
        ended || write.done.call.index > one.end().max(two.end())
    };
    one.at(place) != two.at(place) && own.iter().filter(|write| write.at(place).is_some()).all(over)
}

fn letter(byte: u8) -> char {
    char::from(byte)
}

fn refuted(read: &Read<'_>, over: Option<&Write<'_>>, place: usize) -> Verdict {
    let found = letter(read.at(place));
    let key = read.done.key();
    match over {
        Some(write) => {
            let summary = format!(
                "a read of {key} found \"{found}\" at {place}, where \"{}\" had been written and \
                 acknowledged, and nothing since",
                write.at(place).map(letter).unwrap_or_default()
            );
            contradict(Property::FileRegion, summary, &[write.done, read.done])
        }
        None => {
            let summary =
                format!("a read of {key} found \"{found}\" at {place}, which nobody wrote there");
            contradict(Property::FileRegion, summary, &[read.done])
        }
    }
}

fn inconsistent(one: &Read<'_>, two: &Read<'_>, place: usize) -> Verdict {
    let key = one.done.key();
    let summary = format!(
        "two reads of {key} found \"{}\" and \"{}\" at {place} though nothing was written meanwhile",
        letter(one.at(place)),
        letter(two.at(place))
    );
    contradict(Property::FileRegion, summary, &[one.done, two.done])
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

    fn writes(clients: &mut Clients, time: (u64, u64), offset: i64, text: &str) {
        let value = Value::list([offset.into(), text.into()]);
        clients.did(time.0, time, ("write", "x", value), Ok(1.into()));
    }

    fn reads(clients: &mut Clients, time: (u64, u64), text: &str) {
        let answer = Value::list([1.into(), text.into()]);
        clients.did(time.0, time, ("content", "x", Value::Nil), Ok(answer));
    }

    #[test]
    fn a_later_write_takes_the_place_of_an_earlier_one() {
        is_valid(&judged(|clients| {
            writes(clients, (1, 2), 1, "aaaa");
            reads(clients, (3, 4), ".aaaa");
            writes(clients, (5, 6), 2, "bb");
            reads(clients, (7, 8), ".abba");
        }));
    }

    #[test]
    fn writes_that_meet_may_leave_a_mixture_that_is_the_same_for_all() {
        let both = |second: &str| {
            judged(|clients| {
                writes(clients, (1, 3), 0, "aaaa");
                writes(clients, (2, 4), 0, "bbbb");
                reads(clients, (5, 6), "aabb");
                reads(clients, (7, 8), second);
            })
        };
        is_valid(&both("aabb"));
        let violation = invalid(both("bbbb"));
        assert!(violation.summary.starts_with("two reads of \"x\" found \"a\" and \"b\" at 0"));
    }

    #[test]
    fn a_failed_write_may_be_there_or_not_at_any_time() {
        is_valid(&judged(|clients| {
            writes(clients, (1, 2), 0, "aa");
            let value = Value::list([0.into(), "bb".into()]);
            clients.did(9, (3, 20), ("write", "x", value), Err(EventType::Info));
            for (time, text) in [(4, "ba"), (6, "aa"), (8, "bb")] {
                reads(clients, (time, time + 1), text);
            }
        }));
    }

    #[test]
    fn what_was_overwritten_or_never_came_is_told() {
        for found in ["aa", "", "b"] {
            let violation = invalid(judged(|clients| {
                writes(clients, (1, 2), 0, "aa");
                writes(clients, (3, 4), 0, "bb");
                reads(clients, (5, 6), if found.is_empty() { "." } else { found });
            }));
            assert!(violation.summary.contains("where \"b\" had been written"));
            assert_eq!(violation.events, [2, 3, 4, 5]);
        }
    }

    #[test]
    fn what_nobody_wrote_is_told() {
        let violation = invalid(judged(|clients| {
            writes(clients, (1, 2), 0, "aa");
            reads(clients, (5, 6), "aac");
        }));
        assert!(violation.summary.ends_with("found \"c\" at 2, which nobody wrote there"));
    }

    #[test]
    fn without_reads_nothing_is_decided() {
        is_unknown(&judged(|_| {}), "nothing that was written was read");
    }
}
