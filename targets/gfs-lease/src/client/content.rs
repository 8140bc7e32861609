//! A file's content, as clients are told of it.

use crate::message::{Chunk, Place};
use crate::record;
use crate::settings::Settings;
use chaos_node::{Reply, Value};
use std::collections::BTreeMap;

/// As what a file's content is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// As its records: of each the chunk's place, the offset and the text.
    Records,
    /// As its bytes, in which a point stands for what nobody wrote.
    Bytes,
}

impl Form {
    /// The answer to a read: the file's number and its content; of a file that is part of a
    /// snapshot the snapshot's number, and the number and content of the file that it copies.
    pub(super) fn reply(
        self,
        settings: &Settings,
        file: u64,
        copy: Option<(u64, u64)>,
        places: &[Place],
        got: &BTreeMap<Chunk, Vec<u8>>,
    ) -> Reply {
        let content = match self {
            Form::Records => records(places, got),
            Form::Bytes => bytes(settings.chunk_size, places, got),
        };
        let answer = match copy {
            None => vec![number(file), content],
            Some((snapshot, of)) => {
                vec![number(snapshot), Value::List(vec![number(of), content])]
            }
        };
        Reply::Ok(Value::List(answer))
    }
}

fn records(places: &[Place], got: &BTreeMap<Chunk, Vec<u8>>) -> Value {
    let mut records = Vec::new();
    for place in places {
        let bytes = got.get(&place.chunk).map(Vec::as_slice).unwrap_or_default();
        for (offset, text) in record::scan(bytes) {
            let text = Value::Text(String::from_utf8_lossy(text).into_owned());
            records.push(Value::List(vec![number(place.index), number(offset as u64), text]));
        }
    }
    Value::List(records)
}

fn bytes(size: usize, places: &[Place], got: &BTreeMap<Chunk, Vec<u8>>) -> Value {
    let mut all: Vec<u8> = Vec::new();
    for place in places {
        let bytes = got.get(&place.chunk).map(Vec::as_slice).unwrap_or_default();
        let begin = usize::try_from(place.index).unwrap_or(0) * size;
        all.resize(all.len().max(begin + bytes.len()), 0);
        all[begin..begin + bytes.len()].copy_from_slice(bytes);
    }
    let letter = |byte: &u8| match byte {
        0 => '.',
        b'!'..=b'~' => char::from(*byte),
        _ => '?',
    };
    Value::Text(all.iter().map(letter).collect())
}

pub(super) fn number(number: u64) -> Value {
    Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::bytes;
    use crate::message::{Chunk, Place, Version};
    use chaos_node::Value;
    use std::collections::BTreeMap;

    #[test]
    fn what_nobody_wrote_is_points_within_chunks_and_between_them() {
        let place =
            |index| Place { index, chunk: Chunk(index), version: Version(1), replicas: Vec::new() };
        let got = BTreeMap::from([(Chunk(0), b"a\0b".to_vec()), (Chunk(2), b"c".to_vec())]);
        let all = bytes(4, &[place(0), place(2)], &got);
        assert_eq!(all, Value::Text("a.b.....c".to_owned()));
    }
}
