//! A campaign that goes on, read from its folder without standing in its way.
//!
//! Unlike [`Journal`](super::Journal) it holds no lock and cuts nothing off: it reads what has been
//! added to `runs.jsonl` since it looked last, and knows no more than that.

use super::journal::{self, CampaignFile, End, JournalError, Lines};
use crate::event::{CampaignEnd, CampaignStart, RunRecord, Status};
use chaos_node::Nanos;
use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::time::{Duration, SystemTime};

/// So much of `runs.jsonl` is read at most, in bytes.
const MOST: u64 = 512 << 20;
/// A journal that grew within this time has somebody who writes it.
const GROWING: Duration = Duration::from_secs(5);

/// How far a campaign has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It goes on.
    Running,
    /// It was killed: it did not end, and nobody goes on with it.
    Stopped,
    /// It ended by itself, or was interrupted.
    Ended,
}

/// A campaign that is looked at again and again.
#[derive(Debug, Default)]
pub struct Follower {
    lines: Lines,
    /// How many bytes of the journal have been read.
    read: u64,
}

/// What `campaign.json` says.
#[derive(Debug)]
pub struct Beginning {
    /// How the campaign began.
    pub start: CampaignStart,
    /// How many runs it made and how many of them failed, once it is over.
    pub ended: Option<Counts>,
}

/// How many runs are over, and what they came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// All of them.
    pub runs: u64,
    /// Those that violated something.
    pub failed: u64,
}

impl Beginning {
    /// What the text of a `campaign.json` says; the path is for the error's words.
    ///
    /// # Errors
    /// If it makes no sense, or is of another version.
    pub fn parse(path: &Path, text: &[u8]) -> Result<Beginning, JournalError> {
        let CampaignFile { start, end } = CampaignFile::parse(path, text)?;
        let counts = |end: End| {
            let journal::Counts { valid, invalid, unknown } = end.tally;
            Counts { runs: valid + invalid + unknown, failed: invalid }
        };
        Ok(Beginning { start, ended: end.map(counts) })
    }
}

impl Follower {
    /// Reads what `runs.jsonl` has got since the last time, and says whether that was anything. Of
    /// a journal that is shorter than it was, everything is read anew.
    ///
    /// # Errors
    /// If the file refuses.
    pub fn more(&mut self, journal: &mut File) -> io::Result<bool> {
        let length = journal.metadata()?.len().min(MOST);
        let anew = length < self.read;
        if anew {
            *self = Follower::default();
        }
        let mut text = Vec::new();
        journal.seek(SeekFrom::Start(self.read))?;
        journal.take(length - self.read).read_to_end(&mut text)?;
        let whole = self.lines.take(&text);
        self.read += whole as u64;
        Ok(anew || whole > 0)
    }

    /// The runs that are over, in the order in which they ended.
    pub fn runs(&self) -> &[RunRecord] {
        &self.lines.runs
    }

    /// What they came to.
    pub fn counts(&self) -> Counts {
        let failed = self.runs().iter().filter(|run| run.status == Status::Invalid).count();
        Counts { runs: self.runs().len() as u64, failed: failed as u64 }
    }

    /// How many bytes of the journal were read: what is told of it changes with them alone.
    pub fn position(&self) -> u64 {
        self.read
    }

    /// The campaign as if it were over now, `elapsed` after it began.
    pub fn so_far(&self, start: CampaignStart, elapsed: Duration) -> CampaignEnd {
        let mut runs = self.lines.runs.clone();
        runs.sort_by_cached_key(|run| (start.position(&run.workload), run.seed));
        CampaignEnd {
            start,
            runs,
            shrunk: Vec::new(),
            interrupted: false,
            elapsed: Nanos(u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX)),
            tester_cpu: Nanos::ZERO,
            node_cpu: Nanos::ZERO,
        }
    }
}

/// Whether anybody goes on with a campaign that has not ended. Whoever writes the journal has it
/// locked; the lock is tried only where nobody can be about to take it for a new file.
pub fn stage(journal: &File) -> Stage {
    let changed = journal.metadata().and_then(|metadata| metadata.modified());
    let age = changed.map(|time| SystemTime::now().duration_since(time).unwrap_or_default());
    if age.is_ok_and(|age| age < GROWING) {
        return Stage::Running;
    }
    match journal.try_lock_shared() {
        Ok(()) => {
            // It is given back with the file in any case.
            let _ = journal.unlock();
            Stage::Stopped
        }
        Err(TryLockError::WouldBlock | TryLockError::Error(_)) => Stage::Running,
    }
}

#[cfg(test)]
mod tests {
    use super::{Beginning, Counts, Follower, Stage, stage};
    use crate::event::{CampaignEvent, Sink};
    use crate::report::{RunsFile, sample};
    use std::fs::{self, File};
    use std::time::{Duration, SystemTime};

    #[test]
    fn what_is_added_is_read_and_nothing_twice() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs.jsonl");
        let runs = sample::campaign().runs;
        let lines: Vec<String> =
            runs.iter().map(|run| serde_json::to_string(run).unwrap() + "\n").collect();
        let (text, mut follower) = (lines.concat(), Follower::default());
        let torn = lines[0].len() + 20;
        fs::write(&path, &text[..torn]).unwrap();
        assert!(follower.more(&mut File::open(&path).unwrap()).unwrap());
        assert_eq!(follower.runs(), &runs[..1], "what is torn is not told");
        assert!(!follower.more(&mut File::open(&path).unwrap()).unwrap());
        fs::write(&path, &text).unwrap();
        assert!(follower.more(&mut File::open(&path).unwrap()).unwrap());
        assert_eq!(follower.runs(), runs);
        fs::write(&path, &lines[2]).unwrap();
        assert!(follower.more(&mut File::open(&path).unwrap()).unwrap(), "another file");
        assert_eq!(follower.runs(), &runs[2..3]);
    }

    #[test]
    fn a_campaign_runs_as_long_as_somebody_has_its_journal() {
        let folder = tempfile::tempdir().unwrap();
        let mut end = sample::campaign();
        end.start.out = folder.path().to_owned();
        let mut sink = RunsFile::new();
        sink.event(&CampaignEvent::Started(end.start.clone())).unwrap();
        let journal = File::open(folder.path().join("runs.jsonl")).unwrap();
        assert_eq!(stage(&journal), Stage::Running, "it is new");
        let earlier = SystemTime::now() - Duration::from_secs(60);
        File::options()
            .write(true)
            .open(folder.path().join("runs.jsonl"))
            .unwrap()
            .set_modified(earlier)
            .unwrap();
        assert_eq!(stage(&journal), Stage::Running, "its writer is there");
        drop(sink);
        assert_eq!(stage(&journal), Stage::Stopped);
        let path = folder.path().join("campaign.json");
        let begun = Beginning::parse(&path, &fs::read(&path).unwrap()).unwrap();
        assert!(begun.ended.is_none() && begun.start == end.start);
        RunsFile::new().event(&CampaignEvent::Ended(Box::new(end))).unwrap();
        let ended = Beginning::parse(&path, &fs::read(&path).unwrap()).unwrap().ended;
        assert_eq!(ended, Some(Counts { runs: 8, failed: 2 }));
    }
}
