//! `chaos check`: recorded histories.

mod stream;

use super::args::CheckArgs;
use super::exit::{Blame, ExitCode, Failure};
use super::say::say;
use crate::report::folder::read_plan;
use crate::workload::plan::{NO_MODEL, Plan};
use anyhow::{Context, anyhow};
use chaos_checker::history::Events;
use chaos_checker::model::NotInModel;
use chaos_checker::{Budget, Consistency, Finding, Format, History, HistoryBuilder, HistoryError};
use chaos_checker::{Event, Kind, Verdict, read};
use std::fmt;
use std::fs::File;
use std::io::BufReader;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use stream::{Ended, LONG, Streamed, stream};

pub(super) fn check(args: &CheckArgs) -> Result<ExitCode, Failure> {
    let promises = promises(&args.consistency)?;
    let mut worst = ExitCode::Valid;
    for path in &args.files {
        worst = worse(worst, one(path, &promises, args)?);
    }
    Ok(worst)
}

fn one(path: &Path, promises: &[Promise], args: &CheckArgs) -> Result<ExitCode, Failure> {
    let (start, limit) = (Instant::now(), Duration::from(args.timeout));
    let plan = plan(path)?;
    let named = named_model(path, args, plan.as_ref())?;
    let file = file(path);
    if promises == [Promise::Linearizable] {
        let expired = || start.elapsed() > limit;
        let judged = stream(&file, LONG, plan.as_ref(), named, &budget(&expired));
        if let Some(Streamed { kind, ended }) = judged {
            let answer = match ended {
                Ended::Sound => valid(),
                Ended::Violated(why) => violated(&why),
                Ended::Late(why) => unknown(&why),
            };
            return tell(path, kind, Promise::Linearizable, start, answer);
        }
    }
    let (format, history) = history(&file, plan.as_ref())?;
    let kind = named.map_or_else(|| detect(path, format, &history), Ok)?;
    let mut worst = ExitCode::Valid;
    for (number, promise) in promises.iter().enumerate() {
        let began = Instant::now();
        // The time that was spent on reading, and on what did not suffice, counts.
        let since = if number == 0 { start } else { began };
        let expired = || since.elapsed() > limit;
        let answer = judge(kind, &history, *promise, &budget(&expired))
            .with_context(|| path.display().to_string())
            .usage()?;
        worst = worse(worst, tell(path, kind, *promise, began, answer)?);
    }
    Ok(worst)
}

fn budget<'e>(expired: &'e (dyn Fn() -> bool + Sync)) -> Budget<'e> {
    let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    Budget { expired, threads, ..Budget::default() }
}

/// What came of it, and the rest of the line with what explains it.
type Answer = (ExitCode, String);

fn valid() -> Answer {
    (ExitCode::Valid, "\n".to_owned())
}

fn violated(why: &impl fmt::Display) -> Answer {
    (ExitCode::Violation, format!("\n{why}"))
}

fn unknown(why: &impl fmt::Display) -> Answer {
    (ExitCode::Unknown, format!(": {why}\n"))
}

/// Holds the history against a promise.
fn judge(
    kind: Kind,
    history: &History,
    promise: Promise,
    budget: &Budget<'_>,
) -> Result<Answer, NotInModel> {
    Ok(match promise {
        Promise::Linearizable => match kind.check(history, budget)? {
            Verdict::Valid(_) => valid(),
            Verdict::Invalid(why) => violated(&why),
            Verdict::Unknown(why) => unknown(&why),
        },
        Promise::Less(level) => match kind.check_consistency(history, level, budget)? {
            Finding::Valid => valid(),
            Finding::Invalid(why) => violated(&why),
            Finding::Unknown(why) => unknown(&why),
        },
    })
}

/// Tells what came of a promise.
fn tell(
    path: &Path,
    kind: Kind,
    promise: Promise,
    began: Instant,
    (code, why): Answer,
) -> Result<ExitCode, Failure> {
    let said = match code {
        ExitCode::Valid => promise.to_string(),
        ExitCode::Violation => format!("NOT {promise}"),
        _ if promise == Promise::Linearizable => "unknown".to_owned(),
        _ => format!("unknown whether {promise}"),
    };
    let millis = began.elapsed().as_secs_f64() * 1e3;
    say(&format!("{}: {said} ({}, {millis:.1} ms){why}", path.display(), kind.name()))?;
    Ok(code)
}

/// The plan of a run's folder: it says which operations the model has.
fn plan(path: &Path) -> Result<Option<Plan>, Failure> {
    let path = path.join("plan.json");
    path.is_file().then(|| read_plan(&path)).transpose().usage()
}

/// The file of a run's folder, or the one that was named.
fn file(path: &Path) -> PathBuf {
    if path.is_dir() { path.join("history.jsonl") } else { path.to_path_buf() }
}

fn history(path: &Path, plan: Option<&Plan>) -> Result<(Format, History), Failure> {
    let place = || path.display().to_string();
    let file = BufReader::new(File::open(path).with_context(place).usage()?);
    match plan {
        None => read(file).with_context(place).usage(),
        Some(_) => modelled(file, plan).with_context(place).usage(),
    }
}

/// The history without the operations of which the model knows nothing.
fn modelled(file: BufReader<File>, plan: Option<&Plan>) -> Result<(Format, History), HistoryError> {
    let (mut builder, mut events) = (HistoryBuilder::default(), Events::new(file));
    while let Some(event) = events.next().transpose()? {
        if is_modelled(&event, plan) {
            builder.push(events.line(), event)?;
        }
    }
    Ok((Format::JsonLines, builder.finish()))
}

fn is_modelled(event: &Event, plan: Option<&Plan>) -> bool {
    plan.is_none_or(|plan| !plan.unmodelled.contains(&event.f))
}

/// The model that the caller or the plan names.
fn named_model(
    path: &Path,
    args: &CheckArgs,
    plan: Option<&Plan>,
) -> Result<Option<Kind>, Failure> {
    if args.model != "auto" {
        return args.model.parse().map(Some).with_context(|| "--model".to_owned()).usage();
    }
    let Some(plan) = plan else { return Ok(None) };
    let place = path.display();
    if plan.model == NO_MODEL {
        return Err(anyhow!("{place}: its plan has no model to hold it against: say --model"))
            .usage();
    }
    plan.model.parse().map(Some).with_context(|| format!("{place}: plan.json")).usage()
}

fn detect(path: &Path, format: Format, history: &History) -> Result<Kind, Failure> {
    let place = path.display();
    if history.is_empty() {
        return Err(anyhow!("{place}: there is no operation in it")).usage();
    }
    let unclear = || anyhow!("{place}: its operations fit no model, or several: say --model");
    Kind::detect(format, history).ok_or_else(unclear).usage()
}

/// Something that a system may promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Promise {
    Linearizable,
    Less(Consistency),
}

impl fmt::Display for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Promise::Linearizable => f.write_str("linearizable"),
            Promise::Less(level) => f.write_str(level.name()),
        }
    }
}

fn promises(names: &[String]) -> Result<Vec<Promise>, Failure> {
    let mut promises = Vec::new();
    for name in names {
        let levels = Consistency::ALL.into_iter();
        match name.as_str() {
            "linearizable" => promises.push(Promise::Linearizable),
            "session" => {
                let session = levels.filter(|level| *level != Consistency::Sequential);
                promises.extend(session.map(Promise::Less));
            }
            _ => {
                let all = levels.map(Consistency::name).collect::<Vec<_>>().join(", ");
                let known = || format!("--consistency: expected linearizable, {all} or session");
                promises.push(Promise::Less(name.parse().with_context(known).usage()?));
            }
        }
    }
    Ok(promises)
}

fn worse(one: ExitCode, other: ExitCode) -> ExitCode {
    let rank = |code| match code {
        ExitCode::Violation => 2,
        ExitCode::Unknown => 1,
        _ => 0,
    };
    if rank(other) > rank(one) { other } else { one }
}
