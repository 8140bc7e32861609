//! `chaos check`: recorded histories.

use super::args::CheckArgs;
use super::exit::{Blame, ExitCode, Failure};
use super::say::say;
use anyhow::{Context, anyhow};
use chaos_checker::{Budget, Format, History, Kind, Verdict, read};
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub(super) fn check(args: &CheckArgs) -> Result<ExitCode, Failure> {
    let mut worst = ExitCode::Valid;
    for path in &args.files {
        let code = one(path, args)?;
        let rank = |code| match code {
            ExitCode::Violation => 2,
            ExitCode::Unknown => 1,
            _ => 0,
        };
        if rank(code) > rank(worst) {
            worst = code;
        }
    }
    Ok(worst)
}

fn one(path: &Path, args: &CheckArgs) -> Result<ExitCode, Failure> {
    let (format, history) = history(path)?;
    let kind = kind(path, args, format, &history)?;
    let began = Instant::now();
    let limit = Duration::from(args.timeout);
    let expired = || began.elapsed() > limit;
    let budget = Budget { expired: &expired, ..Budget::default() };
    let verdict =
        kind.check(&history, &budget).with_context(|| path.display().to_string()).usage()?;
    let (place, name) = (path.display(), kind.name());
    let millis = began.elapsed().as_secs_f64() * 1e3;
    let (code, told) = match verdict {
        Verdict::Valid(_) => {
            let told = format!("{place}: linearizable ({name}, {millis:.1} ms)\n");
            (ExitCode::Valid, told)
        }
        Verdict::Invalid(violation) => {
            let told = format!("{place}: NOT linearizable ({name}, {millis:.1} ms)\n{violation}");
            (ExitCode::Violation, told)
        }
        Verdict::Unknown(reason) => {
            let told = format!("{place}: unknown ({name}, {millis:.1} ms): {reason}\n");
            (ExitCode::Unknown, told)
        }
    };
    say(&told)?;
    Ok(code)
}

fn history(path: &Path) -> Result<(Format, History), Failure> {
    let path = match path.is_dir() {
        true => path.join("history.jsonl"),
        false => PathBuf::from(path),
    };
    let place = || path.display().to_string();
    let file = File::open(&path).with_context(place).usage()?;
    read(BufReader::new(file)).with_context(place).usage()
}

fn kind(path: &Path, args: &CheckArgs, format: Format, history: &History) -> Result<Kind, Failure> {
    if args.model != "auto" {
        return args.model.parse().with_context(|| "--model".to_owned()).usage();
    }
    let place = path.display();
    let unclear = || anyhow!("{place}: its operations fit no model, or several: say --model");
    Kind::detect(format, history).ok_or_else(unclear).usage()
}
