//! A campaign, read back from its folder: to go on with it, or to merge it with others.
//!
//! The journal is `runs.jsonl`. A line is one write, made after the run's folder is whole, so
//! whatever kills the tester leaves whole lines and at most one torn one. A run without a whole
//! line was not finished: it is made again, and its folder with it. The file is not forced to the
//! disk line by line: where the power fails, the runs of the last seconds are made again too.

use super::runs::CAMPAIGN_VERSION;
use crate::event::{CampaignStart, RunRecord, ShrunkRun};
use chaos_node::Nanos;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

/// Why a campaign's folder could not be read.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// A file refuses.
    #[error("{}: {reason}", .path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        reason: io::Error,
    },
    /// `campaign.json` says what makes no sense.
    #[error("{}: {reason}", .path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// Why.
        reason: serde_json::Error,
    },
    /// Another version of this program wrote it.
    #[error("{}: of version {found}, but this chaos knows version {CAMPAIGN_VERSION}", .path.display())]
    Version {
        /// Which file.
        path: PathBuf,
        /// Its version.
        found: u32,
    },
    /// The campaign is still going on.
    #[error("{}: this campaign is still running", .path.display())]
    Running {
        /// Which folder.
        path: PathBuf,
    },
}

/// What a campaign has come to.
#[derive(Debug)]
pub struct Journal {
    /// How it began.
    pub start: CampaignStart,
    /// Its finished runs, each once, in the order in which they ended.
    pub runs: Vec<RunRecord>,
    /// The failures that it shrank, if it came to its end.
    pub shrunk: Vec<ShrunkRun>,
    /// Whether it came to its end by itself.
    pub ended: bool,
    /// What it took, if it came to an end.
    pub took: Took,
    /// `runs.jsonl`, locked, behind its last whole line.
    pub file: File,
}

/// What is read of `campaign.json`.
#[derive(Deserialize)]
pub(super) struct CampaignFile {
    pub(super) start: CampaignStart,
    /// Nothing as long as it runs, and after it was killed.
    pub(super) end: Option<End>,
}

#[derive(Deserialize)]
pub(super) struct End {
    interrupted: bool,
    shrunk: Vec<ShrunkRun>,
    #[serde(flatten)]
    took: Took,
    pub(super) tally: Counts,
}

/// What a campaign took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Took {
    /// From its start to its end.
    pub elapsed: Nanos,
    /// Processor time of the tester.
    pub tester_cpu: Nanos,
    /// Processor time of the nodes, where they are processes.
    pub node_cpu: Nanos,
}

impl Took {
    /// What two campaigns took that ran side by side.
    #[must_use]
    pub fn beside(self, other: Took) -> Took {
        Took {
            elapsed: self.elapsed.max(other.elapsed),
            tester_cpu: self.tester_cpu + other.tester_cpu,
            node_cpu: self.node_cpu + other.node_cpu,
        }
    }
}

#[derive(Clone, Copy, Deserialize)]
pub(super) struct Counts {
    pub(super) valid: u64,
    pub(super) invalid: u64,
    pub(super) unknown: u64,
}

impl Journal {
    /// Opens the campaign of a folder and keeps others from it.
    ///
    /// # Errors
    /// If a file is missing or makes no sense, or the campaign is still running.
    pub fn open(folder: &Path) -> Result<Journal, JournalError> {
        let CampaignFile { start, end } = campaign(&folder.join("campaign.json"))?;
        let path = folder.join("runs.jsonl");
        let refused = |reason| JournalError::Io { path: path.clone(), reason };
        let mut file = File::options().read(true).write(true).open(&path).map_err(refused)?;
        lock(&file, folder)?;
        let runs = whole_lines(&mut file).map_err(refused)?;
        let ended = end.as_ref().is_some_and(|end| !end.interrupted);
        let (shrunk, took) = end.map(|end| (end.shrunk, end.took)).unwrap_or_default();
        Ok(Journal { start, runs, shrunk, ended, took, file })
    }
}

fn campaign(path: &Path) -> Result<CampaignFile, JournalError> {
    let refused = |reason| JournalError::Io { path: path.to_owned(), reason };
    CampaignFile::parse(path, &fs::read(path).map_err(refused)?)
}

impl CampaignFile {
    /// What the text of a `campaign.json` says.
    pub(super) fn parse(path: &Path, text: &[u8]) -> Result<CampaignFile, JournalError> {
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let malformed = |reason| JournalError::Malformed { path: path.to_owned(), reason };
        let Version { version: found } = serde_json::from_slice(text).map_err(malformed)?;
        if found != CAMPAIGN_VERSION {
            return Err(JournalError::Version { path: path.to_owned(), found });
        }
        serde_json::from_slice(text).map_err(malformed)
    }
}

/// A tester that was just killed may hold its lock for some more milliseconds, by its children.
fn lock(file: &File, folder: &Path) -> Result<(), JournalError> {
    const TRIES: usize = 40;
    for _ in 0..TRIES {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => sleep(Duration::from_millis(50)),
            // Where files cannot be locked, nobody is kept away.
            Ok(()) | Err(TryLockError::Error(_)) => return Ok(()),
        }
    }
    Err(JournalError::Running { path: folder.to_owned() })
}

/// The runs of all whole lines; what is torn at the end is cut off.
fn whole_lines(file: &mut File) -> io::Result<Vec<RunRecord>> {
    let mut text = Vec::new();
    file.read_to_end(&mut text)?;
    let mut lines = Lines::default();
    let whole = lines.take(&text);
    file.set_len(whole as u64)?;
    file.seek(SeekFrom::End(0))?;
    Ok(lines.runs)
}

/// The finished runs that the lines of a journal tell, each once.
#[derive(Debug, Default)]
pub(super) struct Lines {
    pub(super) runs: Vec<RunRecord>,
    known: BTreeSet<(String, u64)>,
}

impl Lines {
    /// Takes the whole lines at the beginning of a text, and says how many bytes they have. A line
    /// that a full disk tore in the middle is passed over.
    pub(super) fn take(&mut self, text: &[u8]) -> usize {
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
        for line in text[..whole].split(|byte| *byte == b'\n') {
            let Ok(run) = serde_json::from_slice::<RunRecord>(line) else { continue };
            if self.known.insert((run.workload.clone(), run.seed)) {
                self.runs.push(run);
            }
        }
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::{Journal, JournalError};
    use crate::event::{CampaignEvent, Sink};
    use crate::report::{RunsFile, sample};
    use std::fs;
    use std::io::Write;

    #[test]
    fn what_was_torn_is_cut_off_and_what_follows_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let mut end = sample::campaign();
        end.start.out = folder.path().to_owned();
        let mut sink = RunsFile::new();
        sink.event(&CampaignEvent::Started(end.start.clone())).unwrap();
        for run in &end.runs[..3] {
            sink.event(&CampaignEvent::RunEnded(Box::new(run.clone()))).unwrap();
        }
        let running = Journal::open(folder.path());
        assert!(matches!(running, Err(JournalError::Running { .. })), "{running:?}");
        drop(sink);
        let path = folder.path().join("runs.jsonl");
        let text = fs::read_to_string(&path).unwrap();
        for cut in [1, 40, text.lines().last().unwrap().len()] {
            fs::write(&path, &text[..text.len() - cut]).unwrap();
            let mut journal = Journal::open(folder.path()).unwrap();
            assert_eq!((&journal.runs[..], journal.ended), (&end.runs[..2], false));
            journal.file.write_all(text.lines().last().unwrap().as_bytes()).unwrap();
            journal.file.write_all(b"\n").unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }

    #[test]
    fn what_is_no_campaign_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("campaign.json");
        assert!(matches!(Journal::open(folder.path()), Err(JournalError::Io { .. })));
        fs::write(&path, "{\"version\": 99}").unwrap();
        assert!(matches!(Journal::open(folder.path()), Err(JournalError::Version { .. })));
        fs::write(&path, "{\"version\": 1}").unwrap();
        assert!(matches!(Journal::open(folder.path()), Err(JournalError::Malformed { .. })));
    }
}
