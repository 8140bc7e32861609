//! Intervals: a header `# queue` and a line `enq 7 0 12` an operation — name, value, start, end — as the
//! tools for polynomial monitoring exchange them. Each operation is a client of its own.
//!
//! An operation that ends when another starts comes before it. The value -1 of something that takes
//! is "there was nothing to take".

use std::io::BufRead;

use super::jsonl::{malformed, read_line};
use super::{Dishonest, Event, EventType, History, HistoryBuilder, HistoryError, Malformed};
use super::{Nanos, Value};

/// An operation of an interval file.
struct Interval {
    line: u64,
    f: String,
    value: Value,
    start: i64,
    end: i64,
}

/// Reads a file of intervals.
///
/// # Errors
/// [`HistoryError`], with the line, if the text is malformed or an interval ends before it starts.
pub fn read_intervals(mut source: impl BufRead) -> Result<History, HistoryError> {
    let mut intervals = Vec::new();
    let (mut buffer, mut line) = (Vec::new(), 0);
    while read_line(&mut source, &mut buffer, line + 1)? {
        line += 1;
        let malformed = |reason| malformed(&buffer, line, reason);
        let text = std::str::from_utf8(&buffer).map_err(|_| malformed(Malformed::NotUtf8))?.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let interval = interval(text, line).map_err(malformed)?;
        if interval.end < interval.start {
            let reason = Dishonest::ReturnBeforeCall { call: interval.start, ret: interval.end };
            return Err(HistoryError::Dishonest { line, reason });
        }
        intervals.push(interval);
    }
    in_order(&intervals)
}

fn interval(text: &str, line: u64) -> Result<Interval, Malformed> {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let (f, value, start, end) = match words[..] {
        [f, value, start, end] => (f, value, start, end),
        _ => return Err(expected("a name, a value, a start and an end", text)),
    };
    let number = |word: &str| word.parse::<i64>().map_err(|_| expected("an integer", word));
    let value = value.parse().map_or_else(|_| Value::from(value), Value::Int);
    Ok(Interval { line, f: f.to_owned(), value, start: number(start)?, end: number(end)? })
}

/// Makes events of the intervals: at one instant first the ends, then the starts, and at last the
/// ends of those that start at that very instant.
fn in_order(intervals: &[Interval]) -> Result<History, HistoryError> {
    let mut moments: Vec<(i64, u8, usize)> = Vec::with_capacity(intervals.len() * 2);
    for (number, interval) in intervals.iter().enumerate() {
        let instant = interval.start == interval.end;
        moments.push((interval.start, 1, number));
        moments.push((interval.end, if instant { 2 } else { 0 }, number));
    }
    moments.sort_unstable();
    let origin = moments.first().map_or(0, |first| first.0);
    let mut builder = HistoryBuilder::default();
    for (index, (time, rank, number)) in (0..).zip(moments) {
        let time = Nanos(time.abs_diff(origin));
        builder.push(
            intervals[number].line,
            event(&intervals[number], number, index, time, rank == 1),
        )?;
    }
    Ok(builder.finish())
}

fn event(interval: &Interval, number: usize, index: u64, time: Nanos, starts: bool) -> Event {
    let gives = matches!(interval.f.as_str(), "deq" | "pop" | "poll" | "peek");
    let value = match (starts, gives) {
        (true, true) => Value::Nil,
        (false, true) if interval.value == Value::Int(-1) => Value::Nil,
        _ => interval.value.clone(),
    };
    Event {
        index,
        time,
        process: number as u64,
        kind: if starts { EventType::Invoke } else { EventType::Ok },
        f: interval.f.clone(),
        key: None,
        value,
        error: None,
        node: None,
    }
}

fn expected(expected: &'static str, found: &str) -> Malformed {
    let found = found.chars().take(80).collect();
    Malformed::Expected { expected, found }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_comes_before_a_start_at_the_same_time() {
        let history =
            read_intervals("# queue\nenq 2 0 1\ndeq 2 1 1\npeek -1 1 2\n".as_bytes()).unwrap();
        let order: Vec<bool> = history.moments().iter().map(|moment| moment.is_return()).collect();
        assert_eq!(order, [false, true, false, false, true, true]);
        assert_eq!(history.operations()[1].output, Value::Int(2));
        assert_eq!(history.operations()[2].output, Value::Nil);
    }

    #[test]
    fn an_interval_does_not_end_before_it_starts() {
        let error = read_intervals("enq 2 5 1".as_bytes()).unwrap_err().to_string();
        assert_eq!(error, "line 1: an operation returns at 1 but is called at 5");
    }
}
