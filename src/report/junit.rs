//! JUnit XML, which every CI server reads.
//!
//! A test suite is a workload, a test case one of its properties: a thousand runs stay a dozen
//! lines, by names that stay the same from one campaign to the next. A second
//! [kind](crate::check::Violation::kind) of violation of a property is a test case more, named by
//! its kind. What could not be decided is an error, for unknown is never a success.

use super::{file, text, words};
use crate::check::{Outcome, Verdict, Violation};
use crate::event::{CampaignEnd, CampaignEvent, Expectation, RunRecord, Sink, WorkloadStart};
use crate::workload::plan::Property;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

/// Writes a file of JUnit XML when the campaign is over.
#[derive(Clone, Debug)]
pub struct JunitFile {
    path: PathBuf,
}

impl JunitFile {
    /// Writes it here.
    pub fn new(path: PathBuf) -> JunitFile {
        JunitFile { path }
    }
}

impl Sink for JunitFile {
    fn event(&mut self, event: &CampaignEvent) -> io::Result<()> {
        let CampaignEvent::Ended(end) = event else { return Ok(()) };
        let report = report(end);
        let named = |error: io::Error| {
            io::Error::new(error.kind(), format!("{}: {error}", self.path.display()))
        };
        let write = |out: &mut dyn io::Write| report.serialize(out).map_err(io::Error::other);
        file::write(&self.path, write).map_err(named)
    }
}

fn report(end: &CampaignEnd) -> Report {
    let mut report = Report::new(text::one_line(&end.start.workload).as_ref());
    report.set_time(end.elapsed.into());
    report.add_test_suites(end.start.workloads.iter().map(|workload| suite(end, workload)));
    report
}

fn suite(end: &CampaignEnd, workload: &WorkloadStart) -> TestSuite {
    let name = text::one_line(&workload.name);
    let mut suite = TestSuite::new(name.as_ref());
    let runs: Vec<&RunRecord> = end.runs_of(&workload.name).collect();
    suite.add_property(("world", text::one_line(&end.start.world).as_ref()));
    suite.add_property(("seed", end.start.seed.to_string().as_str()));
    suite.add_property(("runs", runs.len().to_string().as_str()));
    if end.interrupted {
        suite.add_property(("interrupted", "true"));
    }
    suite.add_test_cases(cases(end, workload, &runs));
    suite
}

fn cases(end: &CampaignEnd, workload: &WorkloadStart, runs: &[&RunRecord]) -> Vec<TestCase> {
    let mut properties: BTreeMap<Property, Findings<'_>> = BTreeMap::new();
    for run in runs {
        for outcome in &run.outcomes {
            properties.entry(outcome.property).or_default().add(run, outcome);
        }
    }
    let expectations = end.expectations();
    let expected = expectations.iter().find(|(own, _)| own.name == workload.name);
    let mut cases = Vec::new();
    for (property, findings) in &properties {
        match expected.map(|(_, expected)| *expected) {
            Some(Expectation::Met { property: met, runs }) if met == *property => {
                cases.push(met_case(*property, runs));
            }
            Some(Expectation::Missed { property: missed }) if missed == *property => {
                cases.push(missed_case(*property, findings.runs));
            }
            // Whatever else a run violates that shows what it is there for follows from it.
            Some(Expectation::Met { .. }) => {
                cases.push(TestCase::new(property.to_string(), TestCaseStatus::success()));
            }
            _ => cases.extend(findings.cases(*property, end)),
        }
    }
    if runs.is_empty() {
        let mut status = TestCaseStatus::skipped();
        status.set_message("no run was finished");
        cases.push(TestCase::new("runs", status));
    }
    for case in &mut cases {
        case.set_classname(text::one_line(&workload.name).as_ref());
    }
    cases
}

fn met_case(property: Property, runs: u64) -> TestCase {
    let mut case = TestCase::new(property.to_string(), TestCaseStatus::success());
    case.set_system_out(format!("violated in {}, as expected", words::count(runs, "run")));
    case
}

fn missed_case(property: Property, runs: u64) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    let runs = words::count(runs, "run");
    status.set_message(format!("expected to be violated, but was in none of {runs}"));
    TestCase::new(property.to_string(), status)
}

/// What all runs of a workload say of a property.
#[derive(Default)]
struct Findings<'a> {
    runs: u64,
    /// By kind: how often, and the first.
    violations: BTreeMap<String, (u64, &'a RunRecord, Option<&'a Violation>)>,
    unknown: Option<(u64, &'a RunRecord, &'a str)>,
}

impl<'a> Findings<'a> {
    fn add(&mut self, run: &'a RunRecord, outcome: &'a Outcome) {
        self.runs += 1;
        match &outcome.verdict {
            Verdict::Valid => {}
            Verdict::Unknown(reason) => {
                self.unknown.get_or_insert((0, run, reason)).0 += 1;
            }
            Verdict::Invalid(violation) => {
                let first = || (0, run, Some(violation.as_ref()));
                self.violations.entry(violation.kind()).or_insert_with(first).0 += 1;
            }
        }
    }

    fn cases(&self, property: Property, end: &CampaignEnd) -> Vec<TestCase> {
        let name = property.to_string();
        let mut kinds: Vec<_> = self.violations.iter().collect();
        // A stable sort: of two that are as frequent, the first by name stays first.
        kinds.sort_by_key(|(_, (runs, ..))| std::cmp::Reverse(*runs));
        if kinds.is_empty() {
            return vec![TestCase::new(name, self.undecided())];
        }
        let case = |(place, (kind, found)): (usize, (&String, &(u64, &RunRecord, _)))| {
            let kind = text::one_line(kind);
            let name = if place == 0 { name.as_str() } else { kind.as_ref() };
            TestCase::new(name, failure(property, found, end))
        };
        kinds.into_iter().enumerate().map(case).collect()
    }

    fn undecided(&self) -> TestCaseStatus {
        let Some((runs, run, reason)) = self.unknown else { return TestCaseStatus::success() };
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_type("unknown").set_message(text::one_line(reason).as_ref());
        status.set_description(format!(
            "not decided in {}, such as seed {}\nbring it back: {}",
            words::count(runs, "run"),
            run.seed,
            text::one_line(&run.replay),
        ));
        status
    }
}

fn failure(
    property: Property,
    (runs, run, violation): &(u64, &RunRecord, Option<&Violation>),
    end: &CampaignEnd,
) -> TestCaseStatus {
    let sentence = violation.map_or("", |violation| violation.summary.as_str());
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_type(property.to_string()).set_message(text::one_line(sentence).as_ref());
    let mut words = format!(
        "{}\n{}, such as seed {}\n",
        text::one_line(sentence),
        words::count(*runs, "run"),
        run.seed
    );
    if let Some(folder) = &run.folder {
        let page = end.start.out.join(folder).join(super::folder::PAGE);
        words += &format!("report: {}\n", text::one_line(&page.to_string_lossy()));
    }
    words += &format!("bring it back: {}", text::one_line(&run.replay));
    status.set_description(words);
    status
}

#[cfg(test)]
mod tests {
    use super::JunitFile;
    use crate::event::{CampaignEnd, CampaignEvent, Sink};
    use crate::report::sample;
    use crate::workload::plan::Property;
    use std::fs;

    fn written(end: CampaignEnd) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("junit.xml");
        let mut file = JunitFile::new(path.clone());
        file.event(&CampaignEvent::Started(end.start.clone())).unwrap();
        assert!(!path.exists());
        file.event(&CampaignEvent::Ended(Box::new(end))).unwrap();
        fs::read_to_string(path).unwrap()
    }

    #[test]
    fn a_property_is_a_test_case_with_its_sentence_and_its_command() {
        let end = sample::campaign();
        let sentence = end.runs[3].violation().unwrap().summary.replace('"', "&quot;");
        let properties = end.runs[0].outcomes.len();
        let text = written(end);
        assert!(text.contains(&sentence), "{text}");
        assert!(text.contains("bring it back: chaos replay reports/raft-kv/seed-17"), "{text}");
        assert_eq!(text.matches("<testsuite ").count(), 1, "{text}");
        assert_eq!(text.matches("<testcase ").count(), properties, "{text}");
        assert_eq!(text.matches("<failure").count(), 2, "{text}");
        assert!(!text.contains("<error"), "a violation outranks an unknown:\n{text}");
    }

    #[test]
    fn unknown_is_an_error_and_nothing_at_all_no_success() {
        let mut end = sample::campaign();
        end.runs.retain(|run| run.seed == 20);
        let text = written(end.clone());
        assert!(text.contains("<error ") && text.contains("type=\"unknown\""), "{text}");
        end.runs.clear();
        assert!(written(end).contains("no run was finished"));
    }

    #[test]
    fn what_is_expected_is_a_success_and_its_absence_a_failure() {
        let mut end = sample::campaign();
        end.start.workloads[0].expect = Some(Property::Linearizable);
        end.runs.retain(|run| run.seed <= 17);
        let text = written(end.clone());
        assert!(text.contains("violated in 1 run, as expected") && !text.contains("<failure"));
        end.runs.retain(|run| run.seed < 17);
        assert!(written(end).contains("expected to be violated, but was in none of 3 runs"));
    }

    #[test]
    fn foreign_text_is_text() {
        let mut end = sample::campaign();
        let evil = "]]></failure><x>&\u{0}\u{1b}[31m\u{fffe}\n";
        end.start.workload = evil.to_owned();
        end.start.workloads[0].name = evil.to_owned();
        for run in &mut end.runs {
            run.workload = evil.to_owned();
            sample::spoil(run, evil);
        }
        let text = written(end);
        assert!(!text.contains(['\u{0}', '\u{1b}', '\u{fffe}']) && !text.contains("<x>"), "{text}");
        assert!(!text.contains("]]>"), "{text}");
    }
}
