//! Checks a file of JSON lines while it is read: `cargo run --release -p chaos-checker --example stream
//! FILE`. A register that is read and written; `stream make OPERATIONS > FILE` makes one up, of 10 keys
//! and 50 clients, with 1 % unknown. Tells the time of the whole and the most memory used.
#![allow(clippy::disallowed_methods, reason = "a measurement reads the machine")]

use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Write};
use std::time::Instant;

use chaos_checker::history::Events;
use chaos_checker::model::Register;
use chaos_checker::{Budget, Online, Standing, Value};

#[path = "../tests/common/mod.rs"]
mod common;

use common::generate::Rng;
use common::large::{Load, record};

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
    let (mut next, mut result) = (0, Ok(()));
    record(
        &mut Rng(7),
        &load,
        vec![Value::Nil; 10],
        |rng| {
            if rng.chance(50) {
                return ("read", Value::Nil);
            }
            next += 1;
            ("write", Value::Int(next))
        },
        |state, call| {
            if call.0 == "write" {
                *state = call.1.clone();
            }
            state.clone()
        },
        |event| {
            if result.is_ok() {
                result = chaos_checker::write_jsonl(&mut out, [&event]);
            }
        },
    );
    result?;
    Ok(out.flush()?)
}

fn check(file: &str) -> Result<(), Box<dyn std::error::Error>> {
    let began = Instant::now();
    let model = Register::default();
    let mut online = Online::new(&model, Budget::default());
    for event in Events::new(BufReader::with_capacity(1 << 20, File::open(file)?)) {
        if !matches!(online.push(event?)?, Standing::Sound) {
            break;
        }
    }
    println!("{}", online.finish()?);
    let cpu = fs::read_to_string("/proc/thread-self/schedstat")?;
    let cpu: f64 = cpu.split(' ').next().unwrap_or_default().parse()?;
    let status = fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    println!("{:.2} s of CPU, {:.2} s in all, {peak}", cpu / 1e9, began.elapsed().as_secs_f64());
    Ok(())
}
