//! How the program ends.

use std::fmt;
use std::process;

/// The exit codes. A violation outranks an unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitCode {
    /// 0: all runs are valid.
    Valid,
    /// 1: a property was violated.
    Violation,
    /// 2: a check gave up, or a run could not be judged.
    Unknown,
    /// 64: a bad command line, workload or history.
    Usage,
    /// 69: the machine lacks something that is needed, or results could not be saved.
    Unavailable,
    /// 70: a bug in chaos.
    Bug,
    /// 130: interrupted; what was found is reported.
    Interrupted,
}

impl From<ExitCode> for process::ExitCode {
    fn from(code: ExitCode) -> process::ExitCode {
        process::ExitCode::from(match code {
            ExitCode::Valid => 0,
            ExitCode::Violation => 1,
            ExitCode::Unknown => 2,
            ExitCode::Usage => 64,
            ExitCode::Unavailable => 69,
            ExitCode::Bug => 70,
            ExitCode::Interrupted => 130,
        })
    }
}

/// Why a command could not do what it was asked to.
#[derive(Debug)]
pub(super) enum Failure {
    /// The user's mistake.
    Usage(anyhow::Error),
    /// The machine's lack.
    Unavailable(anyhow::Error),
}

impl Failure {
    /// What the program ends with.
    pub(super) fn code(&self) -> ExitCode {
        match self {
            Failure::Usage(_) => ExitCode::Usage,
            Failure::Unavailable(_) => ExitCode::Unavailable,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Failure::Usage(error) | Failure::Unavailable(error)) = self;
        write!(f, "{error:#}")
    }
}

/// Says whose fault an error is.
pub(super) trait Blame<T> {
    /// The user's.
    fn usage(self) -> Result<T, Failure>;
    /// The machine's.
    fn unavailable(self) -> Result<T, Failure>;
}

impl<T, E: Into<anyhow::Error>> Blame<T> for Result<T, E> {
    fn usage(self) -> Result<T, Failure> {
        self.map_err(|error| Failure::Usage(error.into()))
    }
    fn unavailable(self) -> Result<T, Failure> {
        self.map_err(|error| Failure::Unavailable(error.into()))
    }
}
