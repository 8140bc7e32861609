//! A campaign as one JSON document, for programs to read: `--format json`.
//!
//! Its form is [`schema`], which is committed as `docs/report.schema.json`. A change that breaks
//! readers gives it a new version.

use super::cluster::{Cluster, clusters, undecided};
use super::tally::Tally;
use super::words;
use crate::event::{CampaignEnd, CampaignEvent, RunRecord, Sink};
use crate::regression::{Recurrence, Regression, Tried};
use crate::workload::plan::Property;
use schemars::JsonSchema;
use serde::Serialize;
use std::io::{self, Write};

/// The version of the form.
const VERSION: u32 = 1;

/// So many seeds of a kind of failure are listed, and so many kinds; `runs.jsonl` has all.
const MOST: usize = 100;

/// The JSON Schema of the document.
pub fn schema() -> String {
    let schema = schemars::schema_for!(CampaignReport);
    format!("{:#}\n", schema.as_value())
}

/// Writes the document when the campaign is over.
pub struct Json {
    out: Box<dyn Write + Send>,
}

impl Json {
    /// To the standard output.
    pub fn on_stdout() -> Json {
        Json { out: Box::new(io::stdout()) }
    }
}

impl Sink for Json {
    fn event(&mut self, event: &CampaignEvent) -> io::Result<()> {
        let CampaignEvent::Ended(end) = event else { return Ok(()) };
        serde_json::to_writer_pretty(&mut self.out, &CampaignReport::of(end))?;
        self.out.write_all(b"\n")?;
        self.out.flush()
    }
}

/// What a campaign came to.
#[derive(Serialize, JsonSchema)]
struct CampaignReport {
    /// The version of this form: 1.
    version: u32,
    /// The version of chaos.
    chaos: &'static str,
    /// What the campaign is called.
    campaign: String,
    /// Where it ran, in words.
    world: String,
    /// The first seed of each workload; the others follow it one by one.
    seed: u64,
    /// The folder of the results.
    out: String,
    /// `valid`, `unknown` or `invalid`; a violation that was expected is valid.
    status: &'static str,
    /// Whether it was stopped before its end.
    interrupted: bool,
    /// How long it took, in nanoseconds.
    elapsed: u64,
    /// All runs.
    runs: Counts,
    /// Each workload's runs.
    workloads: Vec<WorkloadReport>,
    /// Failures by kind, the most frequent first; at most 100.
    failures: Vec<FailureReport>,
    /// Runs that could not be judged, by reason; at most 100.
    unknown: Vec<UnknownReport>,
    /// What became of the failures that are remembered in `regressions.jsonl`, which were tried
    /// first.
    regressions: Vec<RegressionReport>,
}

/// Runs by what they came to.
#[derive(Default, Serialize, JsonSchema)]
struct Counts {
    valid: u64,
    invalid: u64,
    unknown: u64,
}

/// A workload of the campaign.
#[derive(Serialize, JsonSchema)]
struct WorkloadReport {
    name: String,
    /// The property whose violation it is there to show.
    expect: Option<Property>,
    runs: Counts,
}

/// Failures of one kind.
#[derive(Serialize, JsonSchema)]
struct FailureReport {
    /// The property and the shape of the evidence: what differs in names and numbers alone is of
    /// one kind.
    kind: String,
    /// The property that was violated.
    property: Property,
    /// What broke in the example, in a sentence: the same as on its page.
    sentence: String,
    /// In how many runs.
    runs: u64,
    /// The example's workload.
    workload: String,
    /// The example's seed.
    seed: u64,
    /// The example's folder, below `out`, if it was kept.
    folder: Option<String>,
    /// The command that brings the example back.
    replay: String,
    /// The command that brings the shrunk example back, if it was shrunk.
    shrunk: Option<String>,
    /// The first 100 seeds, with their workloads.
    seeds: Vec<SeedReport>,
}

/// A run.
#[derive(Serialize, JsonSchema)]
struct SeedReport {
    workload: String,
    seed: u64,
}

/// Runs that could not be judged, for one reason.
#[derive(Serialize, JsonSchema)]
struct UnknownReport {
    reason: String,
    /// How many.
    runs: u64,
    /// The first one's workload.
    workload: String,
    /// The first one's seed.
    seed: u64,
    /// The command that brings the first one back.
    replay: String,
}

/// A failure that is remembered.
#[derive(Serialize, JsonSchema)]
struct RegressionReport {
    workload: String,
    seed: u64,
    /// The commit that it was found in.
    commit: Option<String>,
    /// The kind of failure that it was.
    kind: String,
    /// What became of it, in words: `still fails`, `passes now`.
    now: &'static str,
    /// Whether its seed makes another plan now.
    changed: bool,
}

impl CampaignReport {
    fn of(end: &CampaignEnd) -> CampaignReport {
        let start = &end.start;
        let workload = |own: &crate::event::WorkloadStart| WorkloadReport {
            name: own.name.clone(),
            expect: own.expect,
            runs: end.runs_of(&own.name).collect(),
        };
        let failures = clusters(&end.runs);
        CampaignReport {
            version: VERSION,
            chaos: env!("CARGO_PKG_VERSION"),
            campaign: start.workload.clone(),
            world: start.world.clone(),
            seed: start.seed,
            out: start.out.display().to_string(),
            status: words::status(end.status()),
            interrupted: end.interrupted,
            elapsed: end.elapsed.0,
            runs: end.runs.iter().collect(),
            workloads: start.workloads.iter().map(workload).collect(),
            failures: failures.iter().take(MOST).map(|cluster| failure(cluster, end)).collect(),
            unknown: unknown(&end.runs),
            regressions: end.recurrences().into_iter().map(regression).collect(),
        }
    }
}

impl<'a> FromIterator<&'a RunRecord> for Counts {
    fn from_iter<I: IntoIterator<Item = &'a RunRecord>>(runs: I) -> Counts {
        let Tally { valid, invalid, unknown, .. } = runs.into_iter().collect();
        Counts { valid, invalid, unknown }
    }
}

fn failure(cluster: &Cluster<'_>, end: &CampaignEnd) -> FailureReport {
    let (run, violation) = cluster.example();
    let seed =
        |(run, _): &(&RunRecord, _)| SeedReport { workload: run.workload.clone(), seed: run.seed };
    FailureReport {
        kind: violation.kind(),
        property: cluster.property,
        sentence: violation.summary.clone(),
        runs: cluster.failures.len() as u64,
        workload: run.workload.clone(),
        seed: run.seed,
        folder: run.folder.as_ref().map(|folder| folder.display().to_string()),
        replay: run.replay.clone(),
        shrunk: cluster.shrunk(&end.shrunk).map(|shrunk| shrunk.replay.clone()),
        seeds: cluster.failures.iter().take(MOST).map(seed).collect(),
    }
}

fn regression((tried, now): (&Tried, Recurrence)) -> RegressionReport {
    let Regression { workload, seed, commit, kind, .. } = tried.regression.clone();
    let now = words::recurrence(tried, now);
    RegressionReport { workload, seed, commit, kind, now, changed: tried.changed }
}

fn unknown(runs: &[RunRecord]) -> Vec<UnknownReport> {
    let report = |(reason, runs): (&str, Vec<&RunRecord>)| UnknownReport {
        reason: reason.to_owned(),
        runs: runs.len() as u64,
        workload: runs[0].workload.clone(),
        seed: runs[0].seed,
        replay: runs[0].replay.clone(),
    };
    undecided(runs).into_iter().take(MOST).map(report).collect()
}

#[cfg(test)]
mod tests {
    use super::CampaignReport;
    use crate::report::sample;

    #[test]
    fn it_says_what_the_campaign_came_to() {
        let end = sample::campaign();
        let report = serde_json::to_value(CampaignReport::of(&end)).unwrap();
        assert_eq!(report["runs"], serde_json::json!({"valid": 5, "invalid": 2, "unknown": 1}));
        assert_eq!((&report["status"], &report["version"]), (&"invalid".into(), &1.into()));
        let sentence = &end.runs[3].violation().unwrap().summary;
        let failures = report["failures"].as_array().unwrap();
        let stale = failures.iter().find(|failure| failure["seed"] == 17).unwrap();
        assert_eq!(stale["sentence"], sentence.as_str());
        assert_eq!(stale["shrunk"], "chaos replay reports/raft-kv/seed-17/shrunk");
        assert_eq!(report["unknown"][0]["seed"], 20);
    }
}
