//! `chaos check`: recorded histories.

use super::args::CheckArgs;
use super::exit::{Blame, ExitCode, Failure};
use super::say::say;
use crate::report::folder::read_plan;
use crate::workload::plan::{NO_MODEL, Plan};
use anyhow::{Context, anyhow};
use chaos_checker::history::Events;
use chaos_checker::model::NotInModel;
use chaos_checker::{Budget, Consistency, Finding, Format, History, HistoryBuilder, HistoryError};
use chaos_checker::{Kind, Verdict, read};
use std::fmt;
use std::fs::File;
use std::io::BufReader;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub(super) fn check(args: &CheckArgs) -> Result<ExitCode, Failure> {
    let promises = promises(&args.consistency)?;
    let mut worst = ExitCode::Valid;
    for path in &args.files {
        worst = worse(worst, one(path, &promises, args)?);
    }
    Ok(worst)
}

/// What is judged: the files hold one history, of one model.
struct Judged<'a> {
    path: &'a Path,
    history: History,
    kind: Kind,
}

fn one(path: &Path, promises: &[Promise], args: &CheckArgs) -> Result<ExitCode, Failure> {
    let plan = plan(path)?;
    let (format, history) = history(path, plan.as_ref())?;
    let kind = kind(path, args, plan.as_ref(), format, &history)?;
    let judged = Judged { path, history, kind };
    let mut worst = ExitCode::Valid;
    for promise in promises {
        worst = worse(worst, judged.hold(*promise, Duration::from(args.timeout))?);
    }
    Ok(worst)
}

impl Judged<'_> {
    /// Holds the history against a promise and tells what came of it.
    fn hold(&self, promise: Promise, limit: Duration) -> Result<ExitCode, Failure> {
        let began = Instant::now();
        let expired = || began.elapsed() > limit;
        let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let budget = Budget { expired: &expired, threads, ..Budget::default() };
        let (code, why) = self
            .judge(promise, &budget)
            .with_context(|| self.path.display().to_string())
            .usage()?;
        let said = match code {
            ExitCode::Valid => promise.to_string(),
            ExitCode::Violation => format!("NOT {promise}"),
            _ if promise == Promise::Linearizable => "unknown".to_owned(),
            _ => format!("unknown whether {promise}"),
        };
        let (place, name) = (self.path.display(), self.kind.name());
        let millis = began.elapsed().as_secs_f64() * 1e3;
        say(&format!("{place}: {said} ({name}, {millis:.1} ms){why}"))?;
        Ok(code)
    }

    /// What came of it, and the rest of the line with what explains it.
    fn judge(
        &self,
        promise: Promise,
        budget: &Budget<'_>,
    ) -> Result<(ExitCode, String), NotInModel> {
        let valid = || (ExitCode::Valid, "\n".to_owned());
        Ok(match promise {
            Promise::Linearizable => match self.kind.check(&self.history, budget)? {
                Verdict::Valid(_) => valid(),
                Verdict::Invalid(why) => (ExitCode::Violation, format!("\n{why}")),
                Verdict::Unknown(why) => (ExitCode::Unknown, format!(": {why}\n")),
            },
            Promise::Less(level) => {
                match self.kind.check_consistency(&self.history, level, budget)? {
                    Finding::Valid => valid(),
                    Finding::Invalid(why) => (ExitCode::Violation, format!("\n{why}")),
                    Finding::Unknown(why) => (ExitCode::Unknown, format!(": {why}\n")),
                }
            }
        })
    }
}

/// The plan of a run's folder: it says which operations the model has.
fn plan(path: &Path) -> Result<Option<Plan>, Failure> {
    let path = path.join("plan.json");
    path.is_file().then(|| read_plan(&path)).transpose().usage()
}

fn history(path: &Path, plan: Option<&Plan>) -> Result<(Format, History), Failure> {
    let path = match path.is_dir() {
        true => path.join("history.jsonl"),
        false => PathBuf::from(path),
    };
    let place = || path.display().to_string();
    let file = BufReader::new(File::open(&path).with_context(place).usage()?);
    match plan {
        None => read(file).with_context(place).usage(),
        Some(plan) => modelled(file, plan).with_context(place).usage(),
    }
}

/// The history without the operations of which the model knows nothing.
fn modelled(file: BufReader<File>, plan: &Plan) -> Result<(Format, History), HistoryError> {
    let mut builder = HistoryBuilder::default();
    for (line, event) in (1..).zip(Events::new(file)) {
        let event = event?;
        if !plan.unmodelled.contains(&event.f) {
            builder.push(line, event)?;
        }
    }
    Ok((Format::JsonLines, builder.finish()))
}

fn kind(
    path: &Path,
    args: &CheckArgs,
    plan: Option<&Plan>,
    format: Format,
    history: &History,
) -> Result<Kind, Failure> {
    if args.model != "auto" {
        return args.model.parse().with_context(|| "--model".to_owned()).usage();
    }
    let place = path.display();
    match plan {
        Some(plan) if plan.model == NO_MODEL => {
            Err(anyhow!("{place}: its plan has no model to hold it against: say --model")).usage()
        }
        Some(plan) => plan.model.parse().with_context(|| format!("{place}: plan.json")).usage(),
        None if history.is_empty() => Err(anyhow!("{place}: there is no operation in it")).usage(),
        None => {
            let unclear =
                || anyhow!("{place}: its operations fit no model, or several: say --model");
            Kind::detect(format, history).ok_or_else(unclear).usage()
        }
    }
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
