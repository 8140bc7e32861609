//! `runs.jsonl`, a line for every run as soon as it is over, and `campaign.json`.

use super::file;
use super::tally::Tally;
use crate::event::{CampaignEnd, CampaignEvent, CampaignStart, RunRecord, Sink};
use chaos_node::Nanos;
use serde::Serialize;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// The version of the form of these two files.
pub const CAMPAIGN_VERSION: u32 = 1;

/// Writes every run down at once, so that whatever happens later loses no result.
#[derive(Debug, Default)]
pub struct RunsFile {
    runs: Option<File>,
}

impl RunsFile {
    /// Writes into the campaign's folder, once it has begun.
    pub fn new() -> RunsFile {
        RunsFile::default()
    }

    fn start(&mut self, start: &CampaignStart) -> io::Result<()> {
        fs::create_dir_all(&start.out)?;
        self.runs = Some(File::create(start.out.join("runs.jsonl"))?);
        campaign(&start.out, &CampaignFile::begun(start))
    }

    /// A line is one write: a tester that is killed leaves whole lines.
    fn record(&mut self, record: &RunRecord) -> io::Result<()> {
        let Some(runs) = &mut self.runs else { return Ok(()) };
        let mut line = serde_json::to_vec(record)?;
        line.push(b'\n');
        runs.write_all(&line)
    }
}

impl Sink for RunsFile {
    fn event(&mut self, event: &CampaignEvent) -> io::Result<()> {
        match event {
            CampaignEvent::Started(start) => self.start(start),
            CampaignEvent::RunEnded(record) => self.record(record),
            CampaignEvent::Ended(end) => campaign(&end.start.out, &CampaignFile::ended(end)),
            CampaignEvent::RunStarted { .. } | CampaignEvent::Interrupted => Ok(()),
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
    end: Option<End>,
}

#[derive(Serialize)]
struct End {
    interrupted: bool,
    elapsed: Nanos,
    tester_cpu: Nanos,
    node_cpu: Nanos,
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
