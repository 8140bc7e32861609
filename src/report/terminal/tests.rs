use super::paint::Paint;
use super::plain::Plain;
use super::{Face, Terminal};
use crate::event::{CampaignEvent, Sink};
use crate::regression::{Tried, World};
use crate::report::sample;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

/// What was written, kept.
#[derive(Clone, Default)]
struct Page(Arc<Mutex<Vec<u8>>>);

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Page {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

fn tell(events: &[CampaignEvent]) -> (String, String) {
    let (progress, out) = (Page::default(), Page::default());
    let face = Face::Lines(Plain::new(Box::new(progress.clone())));
    let mut terminal = Terminal::with(face, Paint::none(), Box::new(out.clone()));
    for event in events {
        terminal.event(event).unwrap();
    }
    (progress.text(), out.text())
}

#[test]
fn a_campaign_with_a_failure_ends_with_the_command_that_brings_it_back() {
    let end = sample::campaign();
    let mut events = vec![CampaignEvent::Started(end.start.clone())];
    events.extend(end.runs.iter().map(|run| CampaignEvent::RunEnded(Box::new(run.clone()))));
    events.push(CampaignEvent::Ended(Box::new(end)));
    let (progress, out) = tell(&events);
    assert!(progress.contains("0/8 done"), "{progress}");
    insta::assert_snapshot!("summary", out);
    assert!(out.trim_end().ends_with("chaos replay reports/raft-kv/seed-19"));
}

#[test]
fn what_nodes_say_cannot_move_the_cursor() {
    let mut end = sample::campaign();
    end.start.workload = "evil\u{1b}[2J".to_owned();
    let mut events = vec![CampaignEvent::Started(end.start.clone())];
    for run in &mut end.runs {
        sample::spoil(run, "\u{1b}]0;owned\u{7}\r\n\u{202e}");
        events.push(CampaignEvent::RunEnded(Box::new(run.clone())));
    }
    events.push(CampaignEvent::Ended(Box::new(end)));
    let (progress, out) = tell(&events);
    let harmful = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
    assert!(!progress.contains(harmful), "{progress:?}");
    assert!(!out.contains(harmful), "{out:?}");
}

#[test]
fn what_became_of_remembered_failures_is_told() {
    let mut end = sample::campaign();
    let known = end.failures(World::Sim, None, Some("39317c8\u{1b}[2J"));
    end.start.regressions =
        known.into_iter().map(|regression| Tried { regression, changed: false }).collect();
    let tried = end.start.regressions[0].regression.seed;
    let (progress, out) = tell(&[
        CampaignEvent::Started(end.start.clone()),
        CampaignEvent::Ended(Box::new(end.clone())),
    ]);
    assert!(progress.contains("2 remembered failures first"), "{progress}");
    assert!(out.contains("2 remembered failures, 2 of them failing"), "{out}");
    assert!(out.contains(&format!("seed {tried} (found in 39317c8")), "{out}");
    assert!(!out.contains('\u{1b}'), "{out}");
    end.runs.retain(|run| run.kind.is_none());
    for regression in &mut end.start.regressions {
        regression.regression.seed = 14;
    }
    end.start.regressions[1].changed = true;
    let (_, out) = tell(&[CampaignEvent::Ended(Box::new(end))]);
    assert!(out.contains("2 remembered failures, 0 of them failing"), "{out}");
    assert!(out.contains(" passes now: "), "{out}");
    assert!(out.contains(" passes, but its seed makes another plan now: "), "{out}");
}

#[test]
fn a_campaign_that_was_interrupted_at_once_says_so() {
    let mut end = sample::campaign();
    end.runs.clear();
    end.interrupted = true;
    let events = [CampaignEvent::Started(end.start.clone()), CampaignEvent::Ended(Box::new(end))];
    let (progress, out) = tell(&events);
    assert!(progress.contains("0/8 done"), "{progress}");
    assert!(out.contains("interrupted after"), "{out}");
    assert!(out.trim_end().ends_with("no run was finished"), "{out}");
}

/// Shows a campaign of some seconds on this terminal: `cargo test -- --ignored --nocapture to_look`.
#[test]
#[ignore = "writes for people"]
fn a_campaign_to_look_at() {
    let end = sample::campaign();
    let mut terminal = Terminal::new(false);
    terminal.event(&CampaignEvent::Started(end.start.clone())).unwrap();
    for run in &end.runs {
        let (workload, seed) = (run.workload.clone(), run.seed);
        terminal.event(&CampaignEvent::RunStarted { workload, seed }).unwrap();
    }
    for run in &end.runs {
        std::thread::sleep(std::time::Duration::from_millis(400));
        terminal.event(&CampaignEvent::RunEnded(Box::new(run.clone()))).unwrap();
    }
    terminal.event(&CampaignEvent::Ended(Box::new(end))).unwrap();
}
