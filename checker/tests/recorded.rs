//! Recorded histories whose verdicts others have published; `testdata/verdicts.tsv` lists them.
#![allow(clippy::disallowed_methods, reason = "a test reads its data")]

use std::fs;

use chaos_checker::{Budget, Kind, read};

#[test]
fn every_recorded_verdict_is_right() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata");
    let list = fs::read_to_string(format!("{folder}/verdicts.tsv")).expect("the list");
    let mut wrong = Vec::new();
    for line in list.lines().skip(1) {
        let mut words = line.split('\t');
        let (file, expected) = (words.next().expect("a file"), words.next().expect("a verdict"));
        let bytes = fs::read(format!("{folder}/{file}")).expect("the file");
        let (format, history) = read(&bytes[..]).expect("a history");
        let found = match Kind::detect(format, &history) {
            Some(kind) => kind.check(&history, &Budget::default()).expect("in the model"),
            None if history.is_empty() => continue,
            None => panic!("{file}: no model"),
        };
        let right = if expected == "valid" { found.is_valid() } else { found.is_invalid() };
        if !right {
            wrong.push(format!("{file} is {expected}, not: {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
