//! How a system under test makes itself known.

use crate::{Nanos, Node, NodeId, OperationId, Profile, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A system under test: it makes nodes.
pub trait Target: Sync {
    /// The name by which a workload asks for it.
    fn name(&self) -> &'static str;

    /// What it is, in a line.
    fn about(&self) -> &'static str;

    /// The bugs that can be switched on, so that finding them can be tried.
    fn mutants(&self) -> Vec<Mutant>;

    /// What clients do to it, and what is checked of it, where a workload does not say. A store of
    /// keys and values by default.
    fn profile(&self) -> Profile {
        Profile::KEY_VALUE
    }

    /// A node, not started yet. It must depend on nothing but the configuration.
    ///
    /// # Errors
    /// If an option or the mutant is unknown, or an option's value makes no sense.
    fn node(&self, config: &NodeConfig) -> Result<Box<dyn Node>, ConfigError>;

    /// A message between nodes in words, in one line, for those who read what happened: `t3
    /// RequestVote last=4@2`. Nothing where the bytes are no message, or the target has no words.
    fn describe(&self, message: &[u8]) -> Option<String> {
        let _ = message;
        None
    }

    /// The operations of clients that a message between nodes carries, for those who read what
    /// happened to one. Nothing where a message does not say.
    fn carries(&self, message: &[u8]) -> Vec<OperationId> {
        let _ = message;
        Vec::new()
    }
}

/// A named bug that a target can be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mutant {
    /// Its name, such as `forget-vote`.
    pub name: &'static str,
    /// What is wrong, in a line.
    pub about: &'static str,
}

/// All that decides what a node is, before anything happens to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeConfig {
    /// Which node it is.
    pub id: NodeId,
    /// All nodes of the cluster, itself among them, in order.
    pub nodes: Vec<NodeId>,
    /// The bug that it shall have; none for the correct system.
    #[serde(default)]
    pub mutant: Option<String>,
    /// The target's own settings.
    #[serde(default)]
    pub options: Options,
}

/// What is wrong with a node's configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The target has no such option.
    #[error("unknown option `{key}`, expected one of: {}", .known.join(", "))]
    UnknownOption {
        /// What was written.
        key: String,
        /// What there is.
        known: Vec<&'static str>,
    },
    /// The option's value makes no sense.
    #[error("option `{key}`: expected {expected}, found {found}")]
    BadOption {
        /// Which option.
        key: String,
        /// What would do.
        expected: &'static str,
        /// What was there.
        found: Value,
    },
    /// The target has no such mutant.
    #[error("unknown mutant `{name}`, expected one of: {}", .known.join(", "))]
    UnknownMutant {
        /// What was written.
        name: String,
        /// What there is.
        known: Vec<&'static str>,
    },
}

/// A target's settings, by name, as a workload has them: a time is a text such as `50ms`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Options(pub BTreeMap<String, Value>);

impl Options {
    /// Refuses options that are not among the known ones.
    ///
    /// # Errors
    /// Names the first unknown one.
    pub fn known(&self, known: &[&'static str]) -> Result<(), ConfigError> {
        match self.0.keys().find(|key| !known.contains(&key.as_str())) {
            Some(key) => {
                Err(ConfigError::UnknownOption { key: key.clone(), known: known.to_vec() })
            }
            None => Ok(()),
        }
    }

    /// A whole number of at least `least`.
    ///
    /// # Errors
    /// If it is there and is anything else.
    pub fn number(&self, key: &str, least: u64, default: u64) -> Result<u64, ConfigError> {
        match self.0.get(key) {
            None => Ok(default),
            Some(Value::Int(number)) if u64::try_from(*number).is_ok_and(|n| n >= least) => {
                Ok(number.unsigned_abs())
            }
            Some(found) => Err(self.bad(key, "a larger whole number", found)),
        }
    }

    /// A span of time longer than none.
    ///
    /// # Errors
    /// If it is there and is anything else.
    pub fn time(&self, key: &str, default: Nanos) -> Result<Nanos, ConfigError> {
        match self.0.get(key) {
            None => Ok(default),
            Some(found) => match found.as_text().and_then(|text| text.parse().ok()) {
                Some(time) if time > Nanos::ZERO => Ok(time),
                Some(_) | None => Err(self.bad(key, "a time, such as 50ms", found)),
            },
        }
    }

    /// Yes or no.
    ///
    /// # Errors
    /// If it is there and is anything else.
    pub fn flag(&self, key: &str, default: bool) -> Result<bool, ConfigError> {
        match self.0.get(key) {
            None => Ok(default),
            Some(Value::Bool(yes)) => Ok(*yes),
            Some(found) => Err(self.bad(key, "true or false", found)),
        }
    }

    fn bad(&self, key: &str, expected: &'static str, found: &Value) -> ConfigError {
        ConfigError::BadOption { key: key.to_owned(), expected, found: found.clone() }
    }
}
