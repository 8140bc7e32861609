//! What GitHub Actions shows of a campaign: an annotation for each kind of failure, and a summary of
//! the step.
//!
//! Annotations are workflow commands, which the runner reads from both outputs; they go to the
//! standard error, for the last line of the standard output is the replay command. GitHub shows ten
//! of a step. The summary is HTML, for in it nothing foreign is read as Markdown.

use super::cluster::{Cluster, clusters};
use super::tally::Tally;
use super::{text, words};
use crate::event::{CampaignEnd, CampaignEvent, Sink, Status};
use maud::html;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::PathBuf;

/// So many of each kind are told; GitHub shows no more annotations.
const MOST: usize = 9;

/// Annotates a workflow's step, and writes its summary.
pub struct GitHub {
    commands: Box<dyn Write + Send>,
    summary: Option<PathBuf>,
}

impl GitHub {
    /// Writes commands to the standard error, and the summary to the end of this file.
    pub fn new(summary: Option<PathBuf>) -> GitHub {
        GitHub { commands: Box::new(io::stderr()), summary }
    }
}

impl Sink for GitHub {
    fn event(&mut self, event: &CampaignEvent) -> io::Result<()> {
        let CampaignEvent::Ended(end) = event else { return Ok(()) };
        let clusters = clusters(&end.runs);
        // A violation that is expected is none to be alarmed at.
        if end.status() != Status::Valid {
            self.commands.write_all(annotations(end, &clusters).as_bytes())?;
            self.commands.flush()?;
        }
        match &self.summary {
            Some(path) => {
                let mut file = OpenOptions::new().append(true).create(true).open(path)?;
                file.write_all(summary(end, &clusters).as_bytes())
            }
            None => Ok(()),
        }
    }
}

fn annotations(end: &CampaignEnd, clusters: &[Cluster<'_>]) -> String {
    let mut lines = String::new();
    for cluster in clusters.iter().take(MOST) {
        let (run, violation) = cluster.example();
        let title = format!("{} violated: {}", cluster.property, words::named(run, end));
        let sentence = text::one_line(&violation.summary);
        let runs = words::count(cluster.failures.len() as u64, "run");
        let body = format!("{sentence}\n{runs}; bring it back: {}", text::one_line(&run.replay));
        lines += &command("error", &title, &body);
    }
    if clusters.len() > MOST {
        let more = format!("and {} more kinds of failure", clusters.len() - MOST);
        lines += &command("error", "more failures", &more);
    }
    for (workload, expectation) in end.expectations() {
        if let crate::event::Expectation::Missed { property } = expectation {
            let body = format!("{property} was expected to be violated, but was in no run");
            lines += &command("error", &text::one_line(&workload.name), &body);
        }
    }
    let unknown = end.runs.iter().filter(|run| run.status == Status::Unknown);
    if let Some(run) = unknown.clone().next() {
        let title = format!("{} not decided", words::count(unknown.count() as u64, "run"));
        let reason = text::one_line(run.unknown().unwrap_or("no reason given"));
        lines += &command("warning", &title, &format!("{}: {reason}", words::named(run, end)));
    }
    lines
}

/// A workflow command, with everything escaped that has a meaning in one.
fn command(kind: &str, title: &str, body: &str) -> String {
    let data = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    // The first character of a line decides whether it is a command: progress may have left one
    // that is not at its end.
    format!("::{kind} title={}::{}\n", property(title), data(body))
}

fn summary(end: &CampaignEnd, clusters: &[Cluster<'_>]) -> String {
    let tally: Tally = end.runs.iter().collect();
    let cells = [("valid", tally.valid), ("invalid", tally.invalid), ("unknown", tally.unknown)];
    let markup = html! {
        h3 {
            "chaos: " (text::one_line(&end.start.workload)) ", "
            (words::count(tally.runs(), "run")) " in " (words::span(end.elapsed))
            @if end.interrupted { ", interrupted" }
        }
        table {
            tr { @for (name, _) in cells { th { (name) } } th { "first seed" } th { "world" } }
            tr {
                @for (_, number) in cells { td { (words::grouped(number)) } }
                td { (end.start.seed) } td { (text::one_line(&end.start.world)) }
            }
        }
        @for (tried, now) in end.recurrences().iter().take(MOST) {
            p { (words::remembered(tried, end)) " " strong { (words::recurrence(tried, *now)) } }
        }
        @for cluster in clusters.iter().take(MOST) {
            @let (run, violation) = cluster.example();
            p {
                strong { (cluster.property) } " was violated in "
                (words::count(cluster.failures.len() as u64, "run")) ", such as " (words::named(run, end))
                ": " (text::shortened(&text::one_line(&violation.summary), 1000))
            }
            pre { code { (text::shortened(&text::one_line(&run.replay), 1000)) } }
        }
        @if clusters.len() > MOST { p { "And " (clusters.len() - MOST) " more kinds of failure." } }
    };
    // A blank line ends the block, so that what follows is Markdown again.
    format!("{}\n\n", markup.into_string())
}

#[cfg(test)]
mod tests {
    use super::{annotations, command, summary};
    use crate::report::cluster::clusters;
    use crate::report::sample;

    #[test]
    fn a_command_holds_nothing_that_ends_it() {
        let line = command("error", "a: 100%, b", "1\r\n::set-output name=x::y");
        assert_eq!(line, "::error title=a%3A 100%25%2C b::1%0D%0A::set-output name=x::y\n");
    }

    #[test]
    fn each_kind_of_failure_is_an_annotation_with_its_sentence_and_command() {
        let end = sample::campaign();
        let lines = annotations(&end, &clusters(&end.runs));
        let sentence = &end.runs[3].violation().unwrap().summary;
        assert!(lines.contains(sentence.as_str()), "{lines}");
        assert!(lines.contains("bring it back: chaos replay reports/raft-kv/seed-17"), "{lines}");
        let kinds: Vec<_> = lines.lines().map(|line| line.split(' ').next().unwrap()).collect();
        assert_eq!(kinds, ["::error", "::error", "::warning"]);
    }

    #[test]
    fn foreign_text_is_neither_a_command_nor_markup() {
        let mut end = sample::campaign();
        let evil = "\n::error::x\r\n<img src=x>\n\n# big [a](javascript:b)";
        end.start.workload = evil.to_owned();
        for run in &mut end.runs {
            sample::spoil(run, evil);
        }
        let found = clusters(&end.runs);
        assert_eq!(annotations(&end, &found).lines().count(), 3);
        let summary = summary(&end, &found);
        assert!(!summary.contains("<img"), "{summary}");
        assert_eq!(summary.trim_end().lines().count(), 1, "no line begins but the first");
    }
}
