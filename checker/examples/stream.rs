//! Checks a file of JSON lines while it is read: `cargo run --release -p chaos-checker --example stream
//! FILE`. A register that is read and written; `stream make OPERATIONS > FILE` makes one up, of 10 keys
//! and 50 clients, with 1 % unknown. Tells the time of the whole and the most memory used.
#![allow(clippy::disallowed_methods, reason = "a measurement reads the machine")]

use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::time::Instant;

use chaos_checker::history::Events;
use chaos_checker::model::Register;
use chaos_checker::{Budget, Online, Standing};

#[path = "../tests/common/mod.rs"]
mod common;

use common::large::{Load, record_unique_register};
use common::machine::{cpu, peak};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [make, operations] if make == "make" => self::make(operations.parse()?),
        [file] => check(file),
        _ => Err("usage: stream FILE | stream make OPERATIONS".into()),
    }
}

fn make(operations: u64) -> Result<(), Box<dyn std::error::Error>> {
    let load = Load { operations, clients: 50, keys: 10, unknown: 1 };
    let mut out = BufWriter::with_capacity(1 << 20, std::io::stdout().lock());
    let mut result = Ok(());
    record_unique_register(7, &load, |event| {
        if result.is_ok() {
            result = chaos_checker::write_jsonl(&mut out, [&event]);
        }
    });
    result?;
    Ok(out.flush()?)
}

fn check(file: &str) -> Result<(), Box<dyn std::error::Error>> {
    let began = Instant::now();
    let model = Register::default();
    let mut online = Online::new(&model, Budget::default());
    for event in Events::new(BufReader::with_capacity(1 << 17, File::open(file)?)) {
        if !matches!(online.push(event?)?, Standing::Sound) {
            break;
        }
    }
    println!("{}", online.finish()?);
    let (cpu, whole) = (cpu() as f64 / 1e9, began.elapsed().as_secs_f64());
    println!("{cpu:.2} s of CPU, {whole:.2} s in all, at most {} MB", peak() / 1024);
    Ok(())
}
