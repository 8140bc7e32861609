//! Clients that append unique words to one text and read it, and a check of what they saw.
//!
//! All that was ever read must be prefixes of one another, for the text only grows; a read must
//! hold every word whose append had been acknowledged before it began, and be no shorter than any
//! read that had ended before it began; and no word may be there twice, nor one whose append
//! surely failed.

use chaos_node::{Nanos, Op, Reply, Request, Value};
use std::collections::BTreeSet;

/// One operation of a client.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) request: Request,
    pub(crate) began: Nanos,
    pub(crate) ended: Option<(Nanos, Reply)>,
}

impl Operation {
    pub(crate) fn append(session: u64, sequence: u64, began: Nanos) -> Operation {
        let word = Value::Text(format!("{session}.{sequence} "));
        let op = Op { f: "append".to_owned(), key: Value::from("k"), value: word };
        Operation { request: Request { session, sequence, op }, began, ended: None }
    }

    pub(crate) fn read(session: u64, sequence: u64, began: Nanos) -> Operation {
        let op = Op { f: "get".to_owned(), key: Value::from("k"), value: Value::Nil };
        Operation { request: Request { session, sequence, op }, began, ended: None }
    }

    pub(crate) fn is_read(&self) -> bool {
        self.request.op.f == "get"
    }
}

/// Whether some order of the operations explains what the clients saw.
pub(crate) fn check(history: &[Operation]) -> Result<(), String> {
    let mut reads: Vec<(Nanos, Nanos, &str)> = Vec::new();
    let mut longest = "";
    for operation in history.iter().filter(|operation| operation.is_read()) {
        if let Some((ended, Reply::Ok(value))) = &operation.ended {
            let text = value.as_text().unwrap_or("");
            reads.push((operation.began, *ended, text));
            longest = if text.len() > longest.len() { text } else { longest };
        }
    }
    let words: Vec<&str> = longest.split_whitespace().collect();
    let distinct: BTreeSet<&&str> = words.iter().collect();
    if distinct.len() < words.len() {
        return Err("a word was appended twice".to_owned());
    }
    if let Some((.., text)) = reads.iter().find(|(.., text)| !longest.starts_with(text)) {
        return Err(format!("reads disagree: `{text}` and `{longest}`"));
    }
    fresh(&reads)?;
    for operation in history.iter().filter(|operation| !operation.is_read()) {
        appended(operation, &reads)?;
    }
    Ok(())
}

fn fresh(reads: &[(Nanos, Nanos, &str)]) -> Result<(), String> {
    for (began, _, text) in reads {
        let before = reads.iter().filter(|(_, ended, _)| ended < began);
        if before.map(|(.., earlier)| earlier.len()).max() > Some(text.len()) {
            return Err(format!("a read that began at {began} is stale"));
        }
    }
    Ok(())
}

fn appended(operation: &Operation, reads: &[(Nanos, Nanos, &str)]) -> Result<(), String> {
    let word = operation.request.op.value.as_text().unwrap_or_default();
    let holds = |text: &str| text.split_inclusive(' ').any(|other| other == word);
    match &operation.ended {
        Some((ended, Reply::Ok(_))) => {
            let lost = reads.iter().find(|(began, _, text)| began > ended && !holds(text));
            lost.map_or(Ok(()), |(began, ..)| {
                Err(format!("a read at {began} misses `{word}`, acknowledged at {ended}"))
            })
        }
        Some((_, Reply::Fail(_))) if reads.iter().any(|(.., text)| holds(text)) => {
            Err(format!("`{word}` is there, but its append had failed"))
        }
        Some(_) | None => {
            let early =
                |(_, ended, text): &&(Nanos, Nanos, &str)| *ended < operation.began && holds(text);
            let early = reads.iter().any(|read| early(&read));
            if early { Err(format!("`{word}` was there before its append")) } else { Ok(()) }
        }
    }
}
