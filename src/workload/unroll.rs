//! From the parts of a script to its steps: what a seed has to choose is chosen here.

use super::Workload;
use super::script::{Act, Part, ScriptStep};
use crate::generator;
use chaos_node::{Argument, Op, Rng, Value};

/// The steps of a workload's script.
pub(super) fn script(workload: &Workload, rng: &mut Rng) -> Vec<ScriptStep> {
    let mut unrolled = Unrolled { workload, steps: Vec::new(), written: 0 };
    unrolled.all(&workload.script, rng);
    unrolled.steps
}

/// The operation by which a script writes, if there is one.
pub(super) fn write_of(workload: &Workload) -> Option<(&'static str, Argument)> {
    let mut operations = workload.profile.operations.iter();
    let write = operations.find(|known| matches!(known.argument, Argument::Value));
    write.map(|known| (known.f, known.argument))
}

struct Unrolled<'a> {
    workload: &'a Workload,
    steps: Vec<ScriptStep>,
    written: u64,
}

impl Unrolled<'_> {
    fn all(&mut self, parts: &[Part], rng: &mut Rng) {
        for part in parts {
            self.one(part, rng);
        }
    }

    fn one(&mut self, part: &Part, rng: &mut Rng) {
        match part {
            Part::Step(step) => self.steps.push(step.clone()),
            Part::Wait { line, least, most } => {
                let time = rng.time(*least..=*most);
                self.steps.push(ScriptStep { line: *line, act: Act::Wait { time } });
            }
            Part::Submit { line, to, count, bytes } => {
                let operations = (0..*count).map(|_| self.write(*bytes)).collect();
                let act = Act::Submit { to: to.clone(), operations };
                self.steps.push(ScriptStep { line: *line, act });
            }
            Part::Repeat { times, parts } => (0..*times).for_each(|_| self.all(parts, rng)),
            Part::Maybe { chance, parts } => {
                if rng.chance(chance.0) {
                    self.all(parts, rng);
                }
            }
        }
    }

    fn write(&mut self, bytes: u32) -> Op {
        self.written += 1;
        let keys = generator::keys(self.workload);
        let key = keys[(self.written as usize - 1) % keys.len()].clone();
        let width = bytes as usize;
        let value = Value::Text(format!("{:0>width$}", format!("s{}", self.written)));
        let f = write_of(self.workload).map_or("put", |(f, _)| f);
        Op { f: f.to_owned(), key, value }
    }
}
