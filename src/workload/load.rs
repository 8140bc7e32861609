//! From the text of a workload file to a [`Workload`], or to what is wrong with it and where.

mod faults;
mod steps;
mod target;

use super::Workload;
use super::choice::{Choices, OneOf};
use super::diagnostic::{Diagnostic, did_you_mean};
use super::file::{File, LinksFile, TimeoutsFile};
use super::plan::{MOST_NODES, NO_MODEL, Property, TargetPlan, Timeouts, known_model};
use super::units::{Rate, Time};
use crate::network::{LinkParams, Ppm};
use crate::targets::Targets;
use chaos_node::{Argument, Nanos, Operation, Profile};
use serde_saphyr::{Error, Location, MessageFormatter, Spanned, UserMessageFormatter};
use std::collections::BTreeMap;
use std::path::Path;

/// Reads a workload. `file` is its name as the user gave it.
///
/// # Errors
/// The first mistake, with its place.
pub fn load(file: &str, text: &str, targets: &Targets) -> Result<Workload, Diagnostic> {
    let raw: File = serde_saphyr::from_str(text).map_err(|error| diagnose(file, text, &error))?;
    Loader { file, text, targets }.workload(raw)
}

/// The JSON Schema of workload files, as text.
pub fn schema() -> String {
    let schema = schemars::schema_for!(File);
    let mut text = format!("{:#}", schema.as_value());
    text.push('\n');
    text
}

/// What the YAML reader says, in our form and with a guess at what was meant.
fn diagnose(file: &str, text: &str, error: &Error) -> Diagnostic {
    let plain = error.without_snippet();
    let (message, help) = match plain {
        Error::SerdeUnknownField { field, expected, .. } => unknown("key", field, expected),
        Error::SerdeUnknownVariant { variant, expected, .. } => unknown("value", variant, expected),
        Error::SerdeMissingField { field, .. } => (format!("the key `{field}` is missing"), None),
        Error::InvalidScalar { ty, location } => (no_scalar(ty, text, *location), None),
        other => (UserMessageFormatter.format_message(other).into_owned(), None),
    };
    Diagnostic::at(file, text, place(error.location()), message).with_help(help)
}

fn unknown(what: &str, written: &str, known: &[&'static str]) -> (String, Option<String>) {
    let message = format!("unknown {what} `{written}`, expected one of: {}", known.join(", "));
    (message, did_you_mean(written, known.iter().copied()))
}

/// A word that is no value of its type; saphyr calls the type as Rust does.
fn no_scalar(ty: &str, text: &str, location: Location) -> String {
    let wanted = match ty {
        "boolean" | "bool" => "true or false",
        ty if ty.starts_with(['u', 'i']) => "a whole number",
        ty => ty,
    };
    let line = usize::try_from(location.line()).ok().and_then(|line| text.lines().nth(line - 1));
    let column = usize::try_from(location.column()).unwrap_or(1) - 1;
    let rest: String = line.unwrap_or_default().chars().skip(column).collect();
    let word = rest.split([',', ']', '}', '#']).next().unwrap_or_default().trim();
    format!("expected {wanted}, found `{word}`")
}

fn place(location: Option<Location>) -> Option<(u64, u64)> {
    let location = location.filter(|location| *location != Location::UNKNOWN)?;
    Some((location.line(), location.column()))
}

struct Loader<'a> {
    file: &'a str,
    text: &'a str,
    targets: &'a Targets,
}

impl Loader<'_> {
    fn workload(&self, raw: File) -> Result<Workload, Diagnostic> {
        let sizes = self.bounded(raw.nodes, 5, 1..=MOST_NODES, "nodes")?;
        // What the smallest cluster has, all have.
        let nodes = sizes.iter().copied().min().unwrap_or(1);
        let (target, options) = self.target(raw.target, &sizes)?;
        let profile = self.profile(&target);
        let scripted = raw.steps.is_some();
        if let Some(steps) = raw.steps.as_ref().filter(|_| raw.faults.is_some()) {
            let message = "a script decides itself what goes wrong: leave `faults` out".to_owned();
            return Err(self.mistake(steps.referenced, message));
        }
        let duration = self.duration(raw.duration, scripted)?;
        let calm = self.calm(raw.calm, duration)?;
        let checks = match (raw.checks, scripted) {
            (Some(checks), _) => checks,
            (None, false) => checks(&profile),
            (None, true) => [checks(&profile), vec![Property::Script]].concat(),
        };
        let faults = if scripted { Vec::new() } else { self.faults(raw.faults, nodes)? };
        let clients = match raw.clients {
            None if scripted => vec![0],
            clients => self.bounded(clients, 5, 1..=100, "clients")?,
        };
        let every = self.every(raw.rate)?;
        let keys = self.bounded(raw.keys, 3, 1..=10_000, "keys")?;
        let operations = self.operations(raw.operations, &profile)?;
        Ok(Workload {
            name: raw.name.unwrap_or_else(|| stem(self.file)),
            about: raw.about.unwrap_or_default(),
            nodes: sizes[0],
            clients: clients[0],
            duration,
            every: every[0],
            keys: keys[0],
            operations: operations[0].clone(),
            timeouts: self.timeouts(&raw.timeouts)?,
            network: links(&raw.network),
            faults,
            script: self.script(raw.steps, nodes)?,
            swarm: raw.swarm.unwrap_or(true),
            calm,
            read: self.read(raw.read, &profile)?,
            recovery: raw.recovery.map_or(Nanos::from_secs(3), |Time(nanos)| nanos),
            settle: raw.settle.map_or(Nanos::ZERO, |Time(nanos)| nanos),
            leader_changes: raw.leader_changes,
            expect: self.expect(raw.expect, &checks)?,
            model: self.model(raw.model, &profile)?,
            checks,
            profile,
            target,
            choices: Choices { nodes: sizes, clients, keys, every, operations, options },
        })
    }

    fn mistake(&self, location: Location, message: String) -> Diagnostic {
        Diagnostic::at(self.file, self.text, place(Some(location)), message)
    }

    /// The numbers that are written, at least one, each within its range.
    fn bounded(
        &self,
        written: Option<Spanned<OneOf<String>>>,
        default: u16,
        range: std::ops::RangeInclusive<u16>,
        what: &str,
    ) -> Result<Vec<u16>, Diagnostic> {
        let Some(Spanned { value: OneOf(numbers), referenced, .. }) = written else {
            return Ok(vec![default]);
        };
        let number = |text: String| {
            let Ok(found) = text.parse::<u64>() else {
                let message = format!("expected a whole number, found `{text}`");
                return Err(self.mistake(referenced, message));
            };
            u16::try_from(found).ok().filter(|found| range.contains(found)).ok_or_else(|| {
                let (least, most) = (range.start(), range.end());
                let message = format!("expected {least} to {most} {what}, found {found}");
                self.mistake(referenced, message)
            })
        };
        numbers.into_iter().map(number).collect()
    }

    /// The mean times between two operations, at least one.
    fn every(&self, written: Option<Spanned<OneOf<String>>>) -> Result<Vec<Nanos>, Diagnostic> {
        let Some(Spanned { value: OneOf(rates), referenced, .. }) = written else {
            return Ok(vec![Nanos::from_secs(1) / 150]);
        };
        let every = |text: &String| text.parse().map(|Rate { every }| every);
        let every = rates.iter().map(every).collect::<Result<_, _>>();
        every.map_err(|message: String| self.mistake(referenced, message))
    }

    fn duration(
        &self,
        written: Option<Spanned<Time>>,
        scripted: bool,
    ) -> Result<Nanos, Diagnostic> {
        let range = Nanos::from_millis(100)..=Nanos::from_secs(24 * 3600);
        match written {
            None if scripted => Ok(Nanos::from_secs(120)),
            None => Ok(Nanos::from_millis(2500)),
            Some(time) if range.contains(&time.value.0) => Ok(time.value.0),
            Some(time) => {
                let message = format!("expected 100ms to 24h, found {}", time.value.0);
                Err(self.mistake(time.referenced, message))
            }
        }
    }

    fn calm(&self, written: Option<Spanned<Time>>, duration: Nanos) -> Result<Nanos, Diagnostic> {
        let Some(time) = written else { return Ok(Nanos::ZERO) };
        match time.value.0 {
            calm if calm < duration => Ok(calm),
            calm => {
                let message = format!("expected less than the duration ({duration}), found {calm}");
                Err(self.mistake(time.referenced, message))
            }
        }
    }

    fn read(
        &self,
        written: Option<Spanned<String>>,
        profile: &Profile,
    ) -> Result<&'static str, Diagnostic> {
        let Some(name) = written else { return Ok(profile.read) };
        let argument = |known: &&Operation| known.argument == Argument::Nothing;
        match profile.operation(&name.value).filter(argument) {
            Some(operation) => Ok(operation.f),
            None => {
                let known = profile.operations.iter().filter(argument).map(|known| known.f);
                let (message, help) = unknown("operation", &name.value, &known.collect::<Vec<_>>());
                Err(self.mistake(name.referenced, message).with_help(help))
            }
        }
    }

    fn timeouts(&self, raw: &TimeoutsFile) -> Result<Timeouts, Diagnostic> {
        let or = |time: &Option<Spanned<Time>>, default| {
            time.as_ref().map_or(Nanos::from_millis(default), |time| time.value.0)
        };
        let timeouts =
            Timeouts { attempt: or(&raw.attempt, 300), operation: or(&raw.operation, 1000) };
        let written = raw.attempt.as_ref().or(raw.operation.as_ref());
        if timeouts.attempt == Nanos::ZERO || timeouts.attempt > timeouts.operation {
            let location = written.map_or(Location::UNKNOWN, |time| time.referenced);
            let message = format!(
                "expected an attempt ({}) to be shorter than its operation ({}), and not 0s",
                timeouts.attempt, timeouts.operation
            );
            return Err(self.mistake(location, message));
        }
        Ok(timeouts)
    }

    fn profile(&self, plan: &TargetPlan) -> Profile {
        let target = self.targets.find(&plan.name);
        target.expect("the target was found before").profile()
    }

    fn model(
        &self,
        written: Option<Spanned<String>>,
        profile: &Profile,
    ) -> Result<String, Diagnostic> {
        let Some(name) = written else {
            return Ok(profile.model.unwrap_or(NO_MODEL).to_owned());
        };
        match known_model(&name.value) {
            Ok(()) => Ok(name.value),
            Err(message) => Err(self.mistake(name.referenced, message)),
        }
    }

    /// A violation can only be expected of what is checked.
    fn expect(
        &self,
        written: Option<Spanned<Property>>,
        checks: &[Property],
    ) -> Result<Option<Property>, Diagnostic> {
        match written {
            Some(property) if !checks.contains(&property.value) => {
                let message = format!("`{}` is expected but not among the checks", property.value);
                Err(self.mistake(property.referenced, message))
            }
            written => Ok(written.map(|property| property.value)),
        }
    }

    fn operations(
        &self,
        written: Option<Spanned<OneOf<BTreeMap<String, u32>>>>,
        profile: &Profile,
    ) -> Result<Vec<Mix>, Diagnostic> {
        let Some(Spanned { value: OneOf(mixes), referenced, .. }) = written else {
            return Ok(vec![
                profile.operations.iter().map(|known| (known, known.weight)).collect(),
            ]);
        };
        mixes.iter().map(|mix| self.mix(mix, referenced, profile)).collect()
    }

    fn mix(
        &self,
        written: &BTreeMap<String, u32>,
        place: Location,
        profile: &Profile,
    ) -> Result<Mix, Diagnostic> {
        let mut mix = Vec::new();
        for (f, weight) in written {
            match profile.operation(f) {
                Some(operation) => mix.push((operation, *weight)),
                None => {
                    let known: Vec<_> = profile.operations.iter().map(|known| known.f).collect();
                    let (message, help) = unknown("operation", f, &known);
                    return Err(self.mistake(place, message).with_help(help));
                }
            }
        }
        if mix.iter().all(|(_, weight)| *weight == 0) {
            let message = "expected at least one operation with a weight above 0".to_owned();
            return Err(self.mistake(place, message));
        }
        Ok(mix)
    }
}

/// Operations with their weights.
type Mix = Vec<(&'static Operation, u32)>;

/// The properties that a target names.
fn checks(profile: &Profile) -> Vec<Property> {
    let named = |name: &&str| Property::named(name).expect("a profile names known properties");
    profile.checks.iter().map(named).collect()
}

fn stem(file: &str) -> String {
    let stem = Path::new(file).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    stem.unwrap_or_else(|| "workload".to_owned())
}

fn links(raw: &LinksFile) -> LinkParams {
    let time = |time: Option<Time>| time.map_or(Nanos::ZERO, |time| time.0);
    LinkParams {
        delay: time(raw.delay),
        jitter: time(raw.jitter),
        loss: raw.loss.map_or(Ppm(0), |share| share.0),
        duplicate: raw.duplicate.map_or(Ppm(0), |share| share.0),
        reorder: raw.reorder.map_or(Ppm(0), |share| share.0),
        hold: raw.hold.map_or(Nanos::from_millis(10), |time| time.0),
    }
}
