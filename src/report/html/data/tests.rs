//! What is packed comes back, read by a reader of its own.

use super::phrases::{SLOT, Texts};
use super::{inert, nearest, packed, shared};
use crate::execution::Traced;
use crate::report::html::story;
use crate::report::html::timeline::Window;
use crate::report::sample::{self, Sample};
use chaos_node::{LeaseFact, Nanos, NodeId, Observation, OperationId};
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The numbers of a column, as the script reads them.
pub(super) fn numbers(column: &impl Serialize) -> Vec<u64> {
    let value = serde_json::to_value(column).unwrap();
    let bytes = from_base64(value.as_str().unwrap());
    let (mut numbers, mut number, mut shift) = (Vec::new(), 0_u64, 0);
    for byte in bytes {
        number |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            numbers.push(number);
            (number, shift) = (0, 0);
        }
    }
    assert_eq!(shift, 0, "the last number is cut");
    numbers
}

fn from_base64(text: &str) -> Vec<u8> {
    let digit = |c: u8| match c {
        b'A'..=b'Z' => u32::from(c - b'A'),
        b'a'..=b'z' => u32::from(c - b'a') + 26,
        b'0'..=b'9' => u32::from(c - b'0') + 52,
        b'+' => 62,
        b'/' => 63,
        other => panic!("{other}"),
    };
    let mut bytes = Vec::new();
    for group in text.trim_end_matches('=').as_bytes().chunks(4) {
        let bits = group.iter().fold(0, |bits, c| bits << 6 | digit(*c));
        let bits = bits << (6 * (4 - group.len()));
        bytes.extend_from_slice(&bits.to_be_bytes()[1..group.len()]);
    }
    bytes
}

fn rising(column: &impl Serialize) -> Vec<u64> {
    numbers(column)
        .iter()
        .scan(0, |sum, step| {
            *sum += step;
            Some(*sum)
        })
        .collect()
}

fn signed(zigzag: u64) -> i64 {
    (zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed()
}

/// The texts of a column, as the script reads them.
pub(super) fn texts(column: &Texts, phrases: &[String]) -> Vec<String> {
    let column = serde_json::to_value(column).unwrap();
    let mut numbers = self::numbers(&column["numbers"]).into_iter();
    let mut last: BTreeMap<usize, Vec<i64>> = BTreeMap::new();
    let text = |code: u64| {
        let (place, whole) = ((code >> 1) as usize, code & 1 == 1);
        let mut parts = phrases[place].split(SLOT);
        let mut text = parts.next().unwrap().to_owned();
        let slots = parts.clone().count();
        let last = last.entry(place).or_insert_with(|| vec![0; slots]);
        for (part, last) in parts.zip(last) {
            if whole {
                *last += signed(numbers.next().unwrap());
                text.push_str(&last.to_string());
            } else {
                text.push('…');
            }
            text.push_str(part);
        }
        text
    };
    let texts = self::numbers(&column["phrases"]).into_iter().map(text).collect();
    assert_eq!(numbers.next(), None, "numbers that nobody says");
    texts
}

fn block(sample: &Sample) -> super::Block {
    let run = sample.run();
    let operations = story::operations(&sample.execution.history);
    let guilty: BTreeSet<u64> =
        run.violation().map(|v| v.events.iter().copied().collect()).unwrap_or_default();
    let window = Window { from: Nanos::from_millis(1_400), to: Nanos::from_millis(1_800) };
    packed(&run, &operations, &guilty, window, Nanos::from_millis(4_010))
}

#[test]
fn operations_and_messages_come_back() {
    let sample = sample::stale_read();
    let block = block(&sample);
    let operations = story::operations(&sample.execution.history);
    let calls: Vec<u64> = operations.iter().map(|op| op.call.0 / 1_000).collect();
    assert_eq!(rising(&block.operations.call), calls);
    let process: Vec<u64> = operations.iter().map(|op| op.process).collect();
    assert_eq!(numbers(&block.operations.process), process);
    let told = texts(&block.operations.text, &block.phrases);
    assert!(told.iter().zip(&operations).all(|(told, op)| told.starts_with(&op.told())));

    let sent = &sample.execution.messages.as_ref().unwrap().sent;
    let messages = block.messages.unwrap();
    let said: Vec<_> = sent.iter().map(|message| message.text.clone().unwrap()).collect();
    assert_eq!(texts(&messages.text, &block.phrases), said);
    let times: Vec<u64> = sent.iter().map(|message| message.time.0 / 1_000).collect();
    assert_eq!(rising(&messages.sent), times);
    assert_eq!(numbers(&messages.link), [10, 11, 13, 1, 7, 17]);
    assert_eq!(numbers(&messages.took), [0, 301, 1_201, 0, 401, 0]);
    assert_eq!(messages.told, [0, 6]);
}

#[test]
fn messages_lead_to_the_operations_that_they_carry() {
    let mut sample = sample::stale_read();
    let process = sample.execution.history[0].process;
    let id = |sequence| OperationId { session: process, sequence };
    let sent = &mut sample.execution.messages.as_mut().unwrap().sent;
    sent[1].carries = vec![id(2), id(1), OperationId { session: 9_999, sequence: 1 }];
    sent[3].carries = vec![id(2)];
    let block = block(&sample);
    let carried = block.messages.unwrap().carried;
    assert_eq!(rising(&carried.row), [1, 1, 3], "of nobody's session nothing is told");
    let processes = numbers(&block.operations.process);
    let own: Vec<i64> =
        (0..).zip(&processes).filter(|(_, p)| **p == process).map(|(row, _)| row).collect();
    let rows = numbers(&carried.operation).into_iter().scan(0, |last, zigzag| {
        *last += signed(zigzag);
        Some(*last)
    });
    assert_eq!(rows.collect::<Vec<_>>(), [own[1], own[0], own[1]]);
}

#[test]
fn topics_that_come_too_late_have_one_name_together() {
    let mut sample = sample::stale_read();
    let note = |number: u64| Traced {
        time: Nanos(number * 1_000),
        node: NodeId(1),
        clock: Nanos(0),
        observation: Observation::Note { topic: format!("topic {number}"), text: String::new() },
    };
    sample.execution.trace = (0..70).map(note).collect();
    let logs = serde_json::to_value(block(&sample).logs).unwrap();
    let names = logs["topics"].as_array().unwrap();
    assert_eq!(
        (names.len(), &names[59], &names[60]),
        (61, &"topic 59".into(), &"other topics".into())
    );
    let topics = numbers(&logs["topic"]);
    assert_eq!((topics[59], topics[60], topics[69]), (59, 60, 60));
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    let sample = sample::stale_read();
    let json = |sample| serde_json::to_string(&block(sample)).unwrap();
    assert_eq!(json(&sample), json(&sample::stale_read()));
}

#[test]
fn what_the_nearest_are_is_bounded() {
    assert_eq!(nearest(10, 5, 4, |_| 1), 3..7);
    assert_eq!(nearest(10, 0, 4, |_| 1), 0..4);
    assert_eq!(nearest(10, 12, 4, |_| 1), 6..10);
    assert_eq!(nearest(3, 1, 40, |_| 1), 0..3);
    assert_eq!(nearest(10, 5, 4, |_| 5), 5..5);
    assert_eq!(nearest(0, 0, 4, |_| 1), 0..0);
}

#[test]
fn nothing_in_the_block_ends_its_element() {
    let evil = "</script><!--<img src=x onerror=alert(1)>&amp;\u{2028}\u{0}\"";
    let json = serde_json::to_string(&block(&sample::hostile(evil))).unwrap();
    let inert = inert(&json);
    assert!(!inert.contains(['<', '>', '&', '\u{2028}', '\u{2029}']));
    assert!(!inert.contains(char::is_control));
    let read: Value = serde_json::from_str(&inert).unwrap();
    assert_eq!(read, serde_json::from_str::<Value>(&json).unwrap());
    assert!(read["phrases"].to_string().contains("</script>"), "as text it is there");
}

#[test]
fn leases_and_elections_are_spans() {
    let mut sample = sample::stale_read();
    let held = |until| {
        let until = Nanos::from_millis(until);
        Observation::Lease(LeaseFact::Held { resource: 7, epoch: 3, until })
    };
    let ended = Observation::Lease(LeaseFact::Ended { resource: 7, epoch: 3 });
    // Its clock is 100 ms ahead.
    let told = [(500, held(700)), (550, held(800)), (680, ended)];
    sample.execution.trace = told
        .map(|(millis, observation)| Traced {
            time: Nanos::from_millis(millis),
            node: NodeId(2),
            clock: Nanos::from_millis(millis + 100),
            observation,
        })
        .to_vec();
    let leases = shared::leases(&sample.execution, 5);
    let millis = |time: Nanos| time.0 / 1_000_000;
    assert_eq!(leases.len(), 1);
    let lease = &leases[0];
    assert_eq!((millis(lease.from), millis(lease.to), lease.resource), (500, 680, 7));
    sample.execution.trace.pop();
    assert_eq!(millis(shared::leases(&sample.execution, 5)[0].to), 700);

    let execution = sample::stale_read().execution;
    let of = |node| story::reigns(&execution, node).into_iter().map(move |reign| (node, reign));
    let elections = shared::elections((1..=5).map(NodeId).flat_map(of).collect());
    let told: Vec<_> =
        elections.iter().map(|span| (millis(span.from), span.text.as_str())).collect();
    let expected = [(104, "election: n1 leads, term 1"), (1_240, "election: n3 leads, term 2")];
    assert_eq!(told, expected);
}
