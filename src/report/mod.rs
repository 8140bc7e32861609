//! What a campaign leaves behind: files, pages, and what the terminal says.
//!
//! * [`folder`] writes the folder of one run, and reads it back.
//! * [`Terminal`], [`RunsFile`], [`IndexPage`], [`JunitFile`], [`GitHub`] and [`Json`] are
//!   [sinks](crate::event::Sink) of the campaign's events.
//! * [`follow`] reads a campaign while it goes on.
//! * [`logs`] makes lines of a run, to read on a terminal.
//! * [`html`] makes the pages, as texts.
//!
//! Whatever comes from a node, a client or a file is text: it is escaped on a page and its control
//! characters are spelled out on a terminal.

mod cluster;
mod file;
pub mod folder;
pub mod follow;
mod github;
pub mod html;
mod index;
mod journal;
mod json;
mod junit;
pub mod logs;
mod regressions;
mod runs;
#[cfg(test)]
pub(crate) mod sample;
mod tally;
mod terminal;
mod text;
mod words;

pub use folder::{FolderError, SavedRun};
pub use github::GitHub;
pub use index::IndexPage;
pub use journal::{Journal, JournalError, Took};
pub use json::{Json, schema};
pub use junit::JunitFile;
pub use regressions::{REGRESSIONS, RegressionsError};
pub use regressions::{read as read_regressions, write as write_regressions};
pub use runs::RunsFile;
pub use terminal::Terminal;

use crate::check::{Outcome, Violation, foremost};
use crate::event::Status;
use crate::execution::Execution;
use crate::workload::plan::Plan;

/// A run that is over and judged: all that its reports show.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// What was to be done.
    pub plan: &'a Plan,
    /// What happened.
    pub execution: &'a Execution,
    /// What was found.
    pub outcomes: &'a [Outcome],
    /// The command that brings it back.
    pub replay: &'a str,
    /// Where it ran, in words: `processes in network namespaces`.
    pub world: &'a str,
}

impl<'a> Run<'a> {
    /// What the run came to.
    pub fn status(&self) -> Status {
        Status::of(self.outcomes)
    }

    /// The violation to tell first.
    pub fn violation(&self) -> Option<&'a Violation> {
        foremost(self.outcomes)
    }
}
