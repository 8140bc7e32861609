//! `runs.jsonl`, a line for every run as soon as it is over, and `campaign.json`.

use super::file;
use super::tally::Tally;
use crate::event::{CampaignEnd, CampaignEvent, CampaignStart, RunRecord, ShrunkRun, Sink};
use chaos_node::Nanos;
use serde::Serialize;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// The version of the form of these two files.
pub(super) const CAMPAIGN_VERSION: u32 = 1;

/// Writes every run down at once, so that whatever happens later loses no result.
#[derive(Debug, Default)]
pub struct RunsFile {
    runs: Option<File>,
    /// Whether the last line may be there in part alone.
    torn: bool,
}

impl RunsFile {
    /// Writes into the campaign's folder, once it has begun.
    pub fn new() -> RunsFile {
        RunsFile::default()
    }

    /// Goes on with a journal.
    pub fn behind(journal: File) -> RunsFile {
        RunsFile { runs: Some(journal), torn: false }
    }

    fn start(&mut self, start: &CampaignStart) -> io::Result<()> {
        fs::create_dir_all(&start.out)?;
        if self.runs.is_none() {
            let file = File::create(start.out.join("runs.jsonl"))?;
            // Nobody else has a new file; where files cannot be locked, nobody is kept away.
            let _ = file.try_lock();
            self.runs = Some(file);
        }
        campaign(&start.out, &CampaignFile::begun(start))
    }

    /// A line is one write: a tester that is killed leaves whole lines. What a full disk cut off
    /// does not spoil the line behind it.
    fn record(&mut self, record: &RunRecord) -> io::Result<()> {
        let Some(runs) = &mut self.runs else { return Ok(()) };
        let mut line = if self.torn { vec![b'\n'] } else { Vec::new() };
        serde_json::to_writer(&mut line, record)?;
        line.push(b'\n');
        self.torn = true;
        runs.write_all(&line)?;
        self.torn = false;
        Ok(())
    }
}

impl Sink for RunsFile {
    fn event(&mut self, event: &CampaignEvent) -> io::Result<()> {
        match event {
            CampaignEvent::Started(start) => self.start(start),
            CampaignEvent::RunEnded(record) => self.record(record),
            CampaignEvent::Ended(end) => campaign(&end.start.out, &CampaignFile::ended(end)),
            CampaignEvent::Recalled(_)
            | CampaignEvent::RunStarted { .. }
            | CampaignEvent::Shrinking { .. }
            | CampaignEvent::Interrupted => Ok(()),
        }
    }
}

/// What `campaign.json` holds: all about a campaign but its runs.
#[derive(Serialize)]
struct CampaignFile<'a> {
    version: u32,
    chaos: &'static str,
    start: &'a CampaignStart,
    /// Nothing as long as it runs.
    end: Option<End<'a>>,
}

#[derive(Serialize)]
struct End<'a> {
    interrupted: bool,
    elapsed: Nanos,
    tester_cpu: Nanos,
    node_cpu: Nanos,
    shrunk: &'a [ShrunkRun],
    tally: Tally,
}

impl CampaignFile<'_> {
    fn begun(start: &CampaignStart) -> CampaignFile<'_> {
        let chaos = env!("CARGO_PKG_VERSION");
        CampaignFile { version: CAMPAIGN_VERSION, chaos, start, end: None }
    }

    fn ended(end: &CampaignEnd) -> CampaignFile<'_> {
        let last = End {
            interrupted: end.interrupted,
            elapsed: end.elapsed,
            tester_cpu: end.tester_cpu,
            node_cpu: end.node_cpu,
            shrunk: &end.shrunk,
            tally: end.runs.iter().collect(),
        };
        CampaignFile { end: Some(last), ..CampaignFile::begun(&end.start) }
    }
}

fn campaign(out: &Path, content: &CampaignFile<'_>) -> io::Result<()> {
    file::write(&out.join("campaign.json"), |out| {
        serde_json::to_writer_pretty(&mut *out, content)?;
        out.write_all(b"\n")
    })
}

#[cfg(test)]
mod tests {
    use super::RunsFile;
    use crate::event::{CampaignEvent, RunRecord, Sink};
    use crate::report::sample;
    use std::fs;

    #[test]
    fn every_run_is_on_the_disk_as_soon_as_it_is_over() {
        let folder = tempfile::tempdir().unwrap();
        let mut end = sample::campaign();
        end.start.out = folder.path().join("campaign");
        let mut file = RunsFile::new();
        file.event(&CampaignEvent::Started(end.start.clone())).unwrap();
        let campaign = end.start.out.join("campaign.json");
        assert!(fs::read_to_string(&campaign).unwrap().contains("\"end\": null"));
        for (number, run) in end.runs.iter().enumerate() {
            file.event(&CampaignEvent::RunEnded(Box::new(run.clone()))).unwrap();
            let text = fs::read_to_string(end.start.out.join("runs.jsonl")).unwrap();
            let runs: Vec<RunRecord> =
                text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            assert_eq!(runs, end.runs[..=number]);
        }
        file.event(&CampaignEvent::Ended(Box::new(end))).unwrap();
        assert!(fs::read_to_string(&campaign).unwrap().contains("\"invalid\": 2"));
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_an_error_and_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let mut end = sample::campaign();
        end.start.out = folder.path().join("file/campaign");
        fs::write(folder.path().join("file"), "in the way").unwrap();
        let mut file = RunsFile::new();
        assert!(file.event(&CampaignEvent::Started(end.start.clone())).is_err());
        let run = Box::new(end.runs.remove(0));
        assert!(file.event(&CampaignEvent::RunEnded(run)).is_ok(), "the error was told already");
    }
}
