//! What the terminal says: how far the campaign is, each failure as it is found, and at the end a
//! table whose last line is the command that brings the first failure back.
//!
//! Progress goes to the standard error: a bar where that is a terminal, plain lines where it is not.
//! The end goes to the standard output. `NO_COLOR` is honoured.

mod paint;
mod plain;
mod progress;
mod summary;
mod table;

use super::{text, words};
use crate::event::{CampaignEnd, CampaignEvent, CampaignStart, RunRecord, Sink, Status};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use paint::Paint;
use plain::Plain;
use progress::Progress;
use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};
use table::Part;

/// So many failures are told of as they are found; the rest waits for the end.
const TOLD_AT_ONCE: u64 = 5;

/// The table is drawn anew at most so often.
const REDRAW: Duration = Duration::from_millis(100);

/// Tells a campaign on the terminal.
pub struct Terminal {
    progress: Progress,
    face: Face,
    paint: Paint,
    out: Box<dyn Write + Send>,
    told: u64,
    /// Whether runs that do not fail are told of too.
    verbose: bool,
    began: Instant,
    /// When the table was last drawn.
    drawn: Option<Instant>,
}

/// Where progress is shown.
enum Face {
    Bar(ProgressBar),
    Lines(Plain),
}

impl Terminal {
    /// On this process's standard output and error; tells of every run where it is `verbose`.
    pub fn new(verbose: bool) -> Terminal {
        let face = match io::stderr().is_terminal() {
            true => Face::Bar(ProgressBar::hidden()),
            false => Face::Lines(Plain::new(Box::new(io::stderr()))),
        };
        Terminal { verbose, ..Terminal::with(face, Paint::of_stdout(), Box::new(io::stdout())) }
    }

    /// Tells progress alone, and leaves the end to somebody else.
    pub fn without_end(self) -> Terminal {
        Terminal { out: Box::new(io::sink()), ..self }
    }

    fn with(face: Face, paint: Paint, out: Box<dyn Write + Send>) -> Terminal {
        let (progress, began) = (Progress::default(), Instant::now());
        let (told, verbose, drawn) = (0, false, None);
        Terminal { progress, face, paint, out, told, verbose, began, drawn }
    }

    fn start(&mut self, start: &CampaignStart) -> io::Result<()> {
        self.began = Instant::now();
        self.progress = Progress::of(start);
        self.say(&headline(start))?;
        for warning in &start.warnings {
            self.say(&format!("warning: {}", text::one_line(warning)))?;
        }
        if !start.regressions.is_empty() {
            let known = words::count(start.regressions.len() as u64, "remembered failure");
            self.say(&format!("{known} first"))?;
        }
        match &mut self.face {
            Face::Bar(bar) => {
                bar.set_length(start.runs.unwrap_or(0));
                bar.set_style(style(start));
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
        if self.verbose {
            self.say(&over(run, self.progress.several().is_some()))?;
        } else if run.status == Status::Invalid {
            self.told += 1;
            match self.told {
                ..=TOLD_AT_ONCE => self.say(&over(run, self.progress.several().is_some()))?,
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
                let due = self.drawn.is_none_or(|drawn| drawn.elapsed() > REDRAW);
                if let Some(parts) = self.progress.several().filter(|_| due) {
                    bar.set_prefix(live(parts));
                    self.drawn = Some(Instant::now());
                }
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
            CampaignEvent::RunStarted { workload, seed } => {
                self.progress.started(workload, *seed);
                self.refresh();
                Ok(())
            }
            CampaignEvent::Recalled(run) => {
                self.progress.recalled(run);
                self.refresh();
                Ok(())
            }
            CampaignEvent::RunEnded(run) => self.ended(run),
            CampaignEvent::Shrinking { workload, seed } => {
                let several = self.progress.several().is_some();
                self.progress.shrinking(*seed);
                self.refresh();
                self.say(&format!("shrinking {}", words::run(workload, *seed, several)))
            }
            CampaignEvent::Interrupted => self.say("interrupted: giving up what is still running"),
            CampaignEvent::Ended(end) => self.finish(end),
        }
    }
}

fn style(start: &CampaignStart) -> ProgressStyle {
    let template = match (start.runs, start.workloads.len()) {
        (Some(_), 0 | 1) => "{bar:12} {pos}/{len} {wide_msg}",
        (Some(_), _) => "{bar:12} {pos}/{len} {wide_msg}\n{prefix}",
        (None, 0 | 1) => "{spinner} {pos} done · {wide_msg}",
        (None, _) => "{spinner} {pos} done · {wide_msg}\n{prefix}",
    };
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("━╸─")
}

fn headline(start: &CampaignStart) -> String {
    let seed = start.seed;
    let seeds = match start.runs {
        Some(1) => format!("seed {seed}"),
        _ => format!("seeds from {seed}, at most {} at once", start.jobs),
    };
    let runs = start.runs.map_or("runs without end".to_owned(), |runs| words::count(runs, "run"));
    let runs = match start.workloads.len() {
        0 | 1 => runs,
        workloads => format!("{runs} of {workloads} workloads"),
    };
    let workload = text::one_line(&start.workload);
    format!("{workload}: {runs} ({seeds}) on {}", text::one_line(&start.world))
}

/// The table as it fits on the terminal, below the line about all of it.
fn live(parts: &[Part]) -> String {
    let size = terminal_size::terminal_size_of(io::stderr());
    let (width, height) = size.map_or((80, 24), |(width, height)| (width.0, height.0));
    let rows = table::table(parts, usize::from(height).saturating_sub(3), Paint::none());
    let width = usize::from(width).saturating_sub(2);
    let rows: Vec<_> = rows.iter().map(|row| text::shortened(row, width)).collect();
    rows.join("\n")
}

/// A run that is over, in a line.
fn over(run: &RunRecord, several: bool) -> String {
    let what = match (run.violation(), run.unknown()) {
        (Some(violation), _) => {
            format!("{} violated: {}", violation.property, text::one_line(&violation.summary))
        }
        (None, Some(reason)) => format!("unknown: {}", text::one_line(reason)),
        (None, None) => format!("valid, {}", words::span(run.cluster_time)),
    };
    format!("{}: {what}", words::run(&run.workload, run.seed, several))
}

#[cfg(test)]
mod tests;
