//! What the terminal says: how far the campaign is, each failure as it is found, and at the end a
//! table whose last line is the command that brings the first failure back.
//!
//! Progress goes to the standard error: a bar where that is a terminal, plain lines where it is not.
//! The end goes to the standard output. `NO_COLOR` is honoured.

mod paint;
mod plain;
mod progress;
mod summary;

use super::{text, words};
use crate::check::foremost;
use crate::event::{CampaignEnd, CampaignEvent, CampaignStart, RunRecord, Sink, Status};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use paint::Paint;
use plain::Plain;
use progress::Progress;
use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

/// So many failures are told of as they are found; the rest waits for the end.
const TOLD_AT_ONCE: u64 = 5;

/// Tells a campaign on the terminal.
pub struct Terminal {
    progress: Progress,
    face: Face,
    paint: Paint,
    out: Box<dyn Write + Send>,
    told: u64,
    began: Instant,
}

/// Where progress is shown.
enum Face {
    Bar(ProgressBar),
    Lines(Plain),
}

impl Default for Terminal {
    fn default() -> Terminal {
        Terminal::new()
    }
}

impl Terminal {
    /// On this process's standard output and error.
    pub fn new() -> Terminal {
        let face = match io::stderr().is_terminal() {
            true => Face::Bar(ProgressBar::hidden()),
            false => Face::Lines(Plain::new(Box::new(io::stderr()))),
        };
        Terminal::with(face, Paint::of_stdout(), Box::new(io::stdout()))
    }

    fn with(face: Face, paint: Paint, out: Box<dyn Write + Send>) -> Terminal {
        let (progress, began) = (Progress::default(), Instant::now());
        Terminal { progress, face, paint, out, told: 0, began }
    }

    fn start(&mut self, start: &CampaignStart) -> io::Result<()> {
        self.began = Instant::now();
        self.progress = Progress::new(start.runs);
        self.say(&headline(start))?;
        for warning in &start.warnings {
            self.say(&format!("warning: {}", text::one_line(warning)))?;
        }
        match &mut self.face {
            Face::Bar(bar) => {
                bar.set_length(start.runs);
                bar.set_style(style());
                bar.set_message(self.progress.line(Duration::ZERO));
                bar.set_draw_target(ProgressDrawTarget::stderr());
                bar.enable_steady_tick(Duration::from_millis(200));
                Ok(())
            }
            Face::Lines(lines) => lines.start(&self.progress),
        }
    }

    fn ended(&mut self, run: &RunRecord) -> io::Result<()> {
        self.progress.ended(run);
        if run.status == Status::Invalid {
            self.told += 1;
            match self.told {
                ..=TOLD_AT_ONCE => self.say(&found(run))?,
                told if told == TOLD_AT_ONCE + 1 => self.say("more failures: see the end")?,
                _ => {}
            }
        }
        self.refresh();
        Ok(())
    }

    fn refresh(&mut self) {
        let elapsed = self.began.elapsed();
        match &mut self.face {
            Face::Bar(bar) => {
                bar.set_position(self.progress.done());
                bar.set_message(self.progress.line(elapsed));
            }
            Face::Lines(lines) => lines.update(&self.progress),
        }
    }

    fn finish(&mut self, end: &CampaignEnd) -> io::Result<()> {
        match &mut self.face {
            Face::Bar(bar) => bar.finish_and_clear(),
            Face::Lines(lines) => lines.finish(),
        }
        self.out.write_all(summary::summary(end, self.paint).as_bytes())?;
        self.out.flush()
    }

    /// A line that stays, above the progress.
    fn say(&mut self, line: &str) -> io::Result<()> {
        match &mut self.face {
            Face::Bar(bar) => bar.suspend(|| writeln!(io::stderr(), "{line}")),
            Face::Lines(lines) => lines.say(line),
        }
    }
}

impl Sink for Terminal {
    fn event(&mut self, event: &CampaignEvent) -> io::Result<()> {
        match event {
            CampaignEvent::Started(start) => self.start(start),
            CampaignEvent::RunStarted { seed } => {
                self.progress.started(*seed);
                self.refresh();
                Ok(())
            }
            CampaignEvent::RunEnded(run) => self.ended(run),
            CampaignEvent::Shrinking { seed } => self.say(&format!("shrinking seed {seed}")),
            CampaignEvent::Interrupted => self.say("interrupted: giving up what is still running"),
            CampaignEvent::Ended(end) => self.finish(end),
        }
    }
}

fn style() -> ProgressStyle {
    let template = "{bar:12} {pos}/{len} {wide_msg}";
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("━╸─")
}

fn headline(start: &CampaignStart) -> String {
    let last = start.seed.saturating_add(start.runs.saturating_sub(1));
    let seeds = match start.runs {
        1 => format!("seed {}", start.seed),
        _ => format!("seeds {} to {last}, at most {} at once", start.seed, start.jobs),
    };
    let runs = words::count(start.runs, "run");
    let workload = text::one_line(&start.workload);
    format!("{workload}: {runs} ({seeds}) on {}", text::one_line(&start.world))
}

fn found(run: &RunRecord) -> String {
    let Some(violation) = foremost(&run.outcomes) else { return String::new() };
    let summary = text::one_line(&violation.summary);
    format!("seed {}: {} violated: {summary}", run.seed, violation.property)
}

#[cfg(test)]
mod tests;
