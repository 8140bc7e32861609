//! What a workload can set.

use crate::mutant::Mutant;
use chaos_node::{ConfigError, Nanos, NodeConfig, Options};

const KNOWN: [&str; 4] = ["variant", "heartbeat", "patience", "answer_timeout"];

/// Which Bully it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Variant {
    /// The classic.
    Plain,
    /// With a question before every election.
    Precheck,
    /// With the promises of more than half.
    Quorum,
}

/// A node's settings, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) variant: Variant,
    /// How often a leader makes itself heard.
    pub(crate) heartbeat: Nanos,
    /// The shortest time without a leader before it is missed; each wait is drawn from here to
    /// twice as long.
    pub(crate) patience: Nanos,
    /// How long an answer is waited for.
    pub(crate) answer_timeout: Nanos,
    mutant: Option<Mutant>,
}

impl Settings {
    /// The settings in a configuration.
    pub(crate) fn read(config: &NodeConfig) -> Result<Settings, ConfigError> {
        let options = &config.options;
        options.known(&KNOWN)?;
        Ok(Settings {
            variant: variant(options)?,
            heartbeat: options.time("heartbeat", Nanos::from_millis(40))?,
            patience: options.time("patience", Nanos::from_millis(150))?,
            answer_timeout: options.time("answer_timeout", Nanos::from_millis(60))?,
            mutant: config.mutant.as_deref().map(Mutant::parse).transpose()?,
        })
    }

    /// Whether others are asked before an election is held.
    pub(crate) fn asks_first(&self) -> bool {
        self.variant == Variant::Precheck && self.mutant != Some(Mutant::NoPrecheck)
    }

    /// Whether promises and acknowledgements are needed at all.
    pub(crate) fn has_quorum(&self) -> bool {
        self.variant == Variant::Quorum && self.mutant != Some(Mutant::NoQuorum)
    }
}

fn variant(options: &Options) -> Result<Variant, ConfigError> {
    let found = match options.0.get("variant") {
        None => return Ok(Variant::Quorum),
        Some(found) => found,
    };
    match found.as_text() {
        Some("plain") => Ok(Variant::Plain),
        Some("precheck") => Ok(Variant::Precheck),
        Some("quorum") => Ok(Variant::Quorum),
        _ => Err(ConfigError::BadOption {
            key: "variant".to_owned(),
            expected: "plain, precheck or quorum",
            found: found.clone(),
        }),
    }
}
