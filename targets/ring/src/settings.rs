//! What a workload can set.

use chaos_node::{ConfigError, Mutant, Nanos, NodeConfig, Options};

const KNOWN: [&str; 4] = ["variant", "heartbeat", "patience", "ack_timeout"];

/// The one bug that this ring can be given.
pub(crate) const TOKEN_LOST: Mutant = Mutant {
    name: "ring-token-lost",
    about: "a participant waits for ever: a token that is lost is never sent again",
};

/// A node's settings, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// Whether a participant that hears of no leader starts again.
    pub(crate) retry: bool,
    /// How often a leader makes itself heard.
    pub(crate) heartbeat: Nanos,
    /// The shortest time without a leader before it is missed; each wait is drawn from here to
    /// twice as long.
    pub(crate) patience: Nanos,
    /// How long a node waits until it takes its successor for dead.
    pub(crate) ack_timeout: Nanos,
}

impl Settings {
    /// The settings in a configuration.
    pub(crate) fn read(config: &NodeConfig) -> Result<Settings, ConfigError> {
        let options = &config.options;
        options.known(&KNOWN)?;
        Ok(Settings {
            retry: retries(options)? && !has_mutant(config)?,
            heartbeat: options.time("heartbeat", Nanos::from_millis(40))?,
            patience: options.time("patience", Nanos::from_millis(150))?,
            ack_timeout: options.time("ack_timeout", Nanos::from_millis(40))?,
        })
    }
}

fn retries(options: &Options) -> Result<bool, ConfigError> {
    let Some(found) = options.0.get("variant") else { return Ok(true) };
    match found.as_text() {
        Some("retry") => Ok(true),
        Some("plain") => Ok(false),
        _ => Err(ConfigError::BadOption {
            key: "variant".to_owned(),
            expected: "plain or retry",
            found: found.clone(),
        }),
    }
}

fn has_mutant(config: &NodeConfig) -> Result<bool, ConfigError> {
    match config.mutant.as_deref() {
        None => Ok(false),
        Some(name) if name == TOKEN_LOST.name => Ok(true),
        Some(name) => {
            let (name, known) = (name.to_owned(), vec![TOKEN_LOST.name]);
            Err(ConfigError::UnknownMutant { name, known })
        }
    }
}
