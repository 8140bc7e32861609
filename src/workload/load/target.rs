//! The system under test, as a workload file has it.

use super::Loader;
use crate::workload::diagnostic::{Diagnostic, did_you_mean};
use crate::workload::file::{TargetFile, TargetSettings};
use crate::workload::plan::TargetPlan;
use chaos_node::{ConfigError, Options, Value};
use serde_saphyr::Spanned;
use std::collections::BTreeMap;

/// The values of each option of which a seed draws one.
type OptionChoices = Vec<(String, Vec<Value>)>;

impl Loader<'_> {
    /// The target with the first of each of its options, and what there is to choose from.
    pub(super) fn target(
        &self,
        raw: Spanned<TargetFile>,
        sizes: &[u16],
    ) -> Result<(TargetPlan, OptionChoices), Diagnostic> {
        let Spanned { value, referenced, defined } = raw;
        let raw = match value {
            TargetFile::Name(name) => {
                let name = Spanned { value: name, referenced, defined };
                TargetSettings { name, mutant: None, program: None, options: BTreeMap::new() }
            }
            TargetFile::Settings(settings) => *settings,
        };
        let name = raw.name.value.clone();
        let Some(target) = self.targets.find(&name) else {
            let known: Vec<&str> = self.targets.names().collect();
            let message = format!("unknown target `{name}`, expected one of: {}", known.join(", "));
            let help = did_you_mean(&name, known);
            return Err(self.mistake(raw.name.referenced, message).with_help(help));
        };
        self.program(raw.program.as_ref())?;
        let choices = raw.options.iter().map(|(key, value)| self.choice(key, value));
        let choices = choices.collect::<Result<Vec<_>, _>>()?;
        let first = choices.iter().map(|(key, values)| (key.clone(), values[0].clone()));
        let plan = TargetPlan {
            name,
            program: raw.program.as_ref().map(|program| program.value.clone()),
            mutant: raw.mutant.as_ref().map(|mutant| mutant.value.clone()),
            options: Options(first.collect()),
        };
        // The target itself knows best whether its settings make sense.
        for plan in one_at_a_time(&plan, &choices) {
            for nodes in sizes {
                let node = target.node(&plan.first_node(*nodes));
                node.map_err(|error| self.bad_settings(&raw, &error))?;
            }
        }
        Ok((plan, choices))
    }

    /// The values of an option of which each seed draws one.
    fn choice(
        &self,
        key: &str,
        written: &Spanned<Value>,
    ) -> Result<(String, Vec<Value>), Diagnostic> {
        let values = match &written.value {
            Value::List(values) if values.is_empty() => {
                let message = "a list of nothing: expected at least one value".to_owned();
                return Err(self.mistake(written.referenced, message));
            }
            Value::List(values) => values.clone(),
            one => vec![one.clone()],
        };
        Ok((key.to_owned(), values))
    }

    fn program(&self, program: Option<&Spanned<Vec<String>>>) -> Result<(), Diagnostic> {
        match program {
            Some(words) if words.value.is_empty() => {
                let message = "expected the program's path and its arguments".to_owned();
                Err(self.mistake(words.referenced, message))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn bad_settings(&self, raw: &TargetSettings, error: &ConfigError) -> Diagnostic {
        let option = |key: &String| raw.options.get(key).map(|value| value.referenced);
        let (location, help) = match error {
            ConfigError::UnknownOption { key, known } => {
                (option(key), did_you_mean(key, known.iter().copied()))
            }
            ConfigError::BadOption { key, .. } => (option(key), None),
            ConfigError::UnknownMutant { name, known } => {
                let place = raw.mutant.as_ref().map(|mutant| mutant.referenced);
                (place, did_you_mean(name, known.iter().copied()))
            }
        };
        let location = location.unwrap_or(raw.name.referenced);
        self.mistake(location, error.to_string()).with_help(help)
    }
}

/// The target with each value of each option once, and the first of all others.
fn one_at_a_time(plan: &TargetPlan, choices: &[(String, Vec<Value>)]) -> Vec<TargetPlan> {
    let with = |key: &String, value: &Value| {
        let mut plan = plan.clone();
        plan.options.0.insert(key.clone(), value.clone());
        plan
    };
    let others = choices.iter().flat_map(|(key, values)| {
        values.iter().skip(1).map(move |value| with(key, value)).collect::<Vec<_>>()
    });
    std::iter::once(plan.clone()).chain(others).collect()
}
