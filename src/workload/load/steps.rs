//! The script that a workload file has.

use super::{Loader, links};
use crate::workload::Diagnostic;
use crate::workload::fault::NodeSpec;
use crate::workload::script::{Act, MOST_STEPS, MOST_SUBMITTED, Part, ScriptStep, Who};
use crate::workload::steps::{StepFile, Steps, SubmitFile};
use serde_saphyr::{Location, Spanned};
use std::collections::BTreeSet;

/// How deep parts may stand within each other.
const DEEPEST: usize = 8;

impl Loader<'_> {
    pub(super) fn script(
        &self,
        written: Option<Spanned<Steps>>,
        nodes: u16,
    ) -> Result<Vec<Part>, Diagnostic> {
        let Some(written) = written else { return Ok(Vec::new()) };
        let (place, mut reader) = (written.referenced, Reader::new(self, nodes));
        let parts = reader.parts(written.value, 0)?;
        let (steps, operations) = Part::size(&parts);
        if steps == 0 {
            return Err(self.mistake(place, "a script of no steps: leave it out instead".into()));
        }
        if steps > MOST_STEPS || operations > MOST_SUBMITTED {
            let message = format!(
                "expected at most {MOST_STEPS} steps and {MOST_SUBMITTED} submitted operations, \
                 found {steps} and {operations}"
            );
            return Err(self.mistake(place, message));
        }
        Ok(parts)
    }
}

/// Reads steps, and knows the names that were given so far.
struct Reader<'a> {
    loader: &'a Loader<'a>,
    nodes: u16,
    names: BTreeSet<String>,
}

impl<'a> Reader<'a> {
    fn new(loader: &'a Loader<'a>, nodes: u16) -> Reader<'a> {
        Reader { loader, nodes, names: BTreeSet::new() }
    }

    fn parts(&mut self, written: Steps, depth: usize) -> Result<Vec<Part>, Diagnostic> {
        written.into_iter().map(|step| self.part(step, depth)).collect()
    }

    fn part(&mut self, written: Spanned<StepFile>, depth: usize) -> Result<Part, Diagnostic> {
        let place = written.referenced;
        let line = place.line();
        if depth > DEEPEST {
            let message = format!("steps within steps, more than {DEEPEST} deep");
            return Err(self.loader.mistake(place, message));
        }
        let act = match written.value {
            StepFile::Repeat(raw) => {
                let times = self.number(&raw.times, 1..=10_000, "times")? as u16;
                return Ok(Part::Repeat { times, parts: self.parts(raw.steps, depth + 1)? });
            }
            StepFile::Maybe(raw) => {
                let parts = self.parts(raw.steps, depth + 1)?;
                return Ok(Part::Maybe { chance: raw.chance.0, parts });
            }
            StepFile::WaitBetween(raw) => {
                let (least, most) = (raw.least.0, raw.most.value.0);
                if least > most {
                    let message = format!("expected at least {least}, found {most}");
                    return Err(self.loader.mistake(raw.most.referenced, message));
                }
                return Ok(Part::Wait { line, least, most });
            }
            StepFile::Submit(raw) => return self.submit(line, &raw),
            plain => self.act(plain)?,
        };
        Ok(Part::Step(ScriptStep { line, act }))
    }

    fn act(&mut self, written: StepFile) -> Result<Act, Diagnostic> {
        Ok(match written {
            StepFile::AwaitLeader(raw) => {
                let not = self.all(&raw.not)?;
                Act::AwaitLeader { within: raw.within.0, not, name: self.name(raw.name)? }
            }
            StepFile::NoLeader(time) => Act::NoLeader { during: time.0 },
            StepFile::SameTerm(time) => Act::SameTerm { during: time.0 },
            StepFile::StepsDown(raw) => {
                Act::StepsDown { nodes: self.all(&raw.nodes)?, within: raw.within.0 }
            }
            StepFile::Cut(raw) => {
                Act::Cut { nodes: self.all(&raw.nodes)?, name: self.name(raw.name)? }
            }
            StepFile::Split(raw) => {
                Act::Split { nodes: self.all(&raw.nodes)?, name: self.name(raw.name)? }
            }
            StepFile::Reconnect(raw) => Act::Reconnect { nodes: self.all(&raw.nodes)? },
            StepFile::Heal => Act::Heal,
            StepFile::Kill(raw) => {
                Act::Kill { nodes: self.all(&raw.nodes)?, name: self.name(raw.name)? }
            }
            StepFile::Start(raw) => Act::Start { nodes: self.all(&raw.nodes)? },
            StepFile::KeepMajority => Act::KeepMajority,
            StepFile::Links(raw) => Act::Links { params: links(&raw) },
            StepFile::Committed(time) => Act::Committed { within: time.0 },
            StepFile::NoCommit(time) => Act::NoCommit { during: time.0 },
            StepFile::Agree(time) => Act::Agree { within: time.0 },
            StepFile::Wait(time) => Act::Wait { time: time.0 },
            StepFile::Count => Act::Count,
            StepFile::Messages(raw) => Act::Messages { most: raw.most },
            StepFile::Bytes(raw) => Act::Bytes { most: raw.most },
            StepFile::Log(raw) => Act::Log { most: raw.most },
            StepFile::Repeat(_)
            | StepFile::Maybe(_)
            | StepFile::WaitBetween(_)
            | StepFile::Submit(_) => unreachable!("these are parts, and were read before"),
        })
    }

    fn submit(&self, line: u64, raw: &SubmitFile) -> Result<Part, Diagnostic> {
        let count = self.number(&raw.count, 1..=1000, "operations")? as u16;
        let bytes = match &raw.bytes {
            Some(bytes) => self.number(bytes, 0..=100_000, "bytes")? as u32,
            None => 0,
        };
        let to = raw.to.as_ref().map(|who| self.who(who)).transpose()?;
        Ok(Part::Submit { line, to, count, bytes })
    }

    fn number(
        &self,
        written: &Spanned<u64>,
        range: std::ops::RangeInclusive<u64>,
        what: &str,
    ) -> Result<u64, Diagnostic> {
        match range.contains(&written.value) {
            true => Ok(written.value),
            false => {
                let (least, most) = range.into_inner();
                let message = format!("expected {least} to {most} {what}, found {}", written.value);
                Err(self.loader.mistake(written.referenced, message))
            }
        }
    }

    fn all(&self, written: &[Spanned<Who>]) -> Result<Vec<Who>, Diagnostic> {
        written.iter().map(|who| self.who(who)).collect()
    }

    fn who(&self, written: &Spanned<Who>) -> Result<Who, Diagnostic> {
        let place: Location = written.referenced;
        match &written.value {
            Who::Named(name) if !self.names.contains(name) => {
                let known: Vec<&str> = self.names.iter().map(String::as_str).collect();
                let message = match known.is_empty() {
                    true => format!("no step before has remembered `{name}`"),
                    false => {
                        let known = known.join(", ");
                        format!("no step before has remembered `{name}`, only: {known}")
                    }
                };
                Err(self.loader.mistake(place, message))
            }
            Who::Spec(spec @ NodeSpec::Node(_)) if spec.count(self.nodes) == 0 => {
                let message = format!("`{spec}` of {} nodes is nobody", self.nodes);
                Err(self.loader.mistake(place, message))
            }
            who => Ok(who.clone()),
        }
    }

    /// A name must not mean something already.
    fn name(&mut self, written: Option<Spanned<Who>>) -> Result<Option<String>, Diagnostic> {
        match written {
            None => Ok(None),
            Some(Spanned { value: Who::Named(name), .. }) => {
                self.names.insert(name.clone());
                Ok(Some(name))
            }
            Some(taken) => {
                let message = format!("`{}` means something already: another name", taken.value);
                Err(self.loader.mistake(taken.referenced, message))
            }
        }
    }
}
