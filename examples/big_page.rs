//! How fast the page of a very large run opens and moves: repeats a saved run until it has a hundred
//! thousand operations and a million messages, writes the page, and measures it in Chromium.
//!
//! ```text
//! cargo run --release --example big_page -- reports/example /tmp/big.html
//! cargo run --release --example big_page -- reports/example /tmp/big.html chromium
//! ```
//!
//! The page is open when the second frame behind its `load` event is drawn; panning is a turn of the
//! wheel in every frame, for some seconds, over the whole run, a tenth of it, and the violation.

#![allow(clippy::disallowed_methods, reason = "an edge: it writes a page and runs a browser")]

#[path = "../tests/pages/browser.rs"]
mod browser;

use browser::Browser;
use chaos::check::{Outcome, Verdict};
use chaos::execution::Execution;
use chaos::report::{Run, folder, html};
use chaos_node::Nanos;
use serde_json::json;
use std::error::Error;
use std::path::Path;

const OPERATIONS: usize = 100_000;
const MESSAGES: usize = 1_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [run, out, chromium @ ..] = &args[..] else {
        return Err("give the folder of a run, the page to write, and perhaps a browser".into());
    };
    let mut saved = folder::read(Path::new(run))?;
    let (time, events) = enlarge(&mut saved.execution)?;
    saved.outcomes.iter_mut().for_each(|outcome| move_by(outcome, time, events));
    let page = html::run_page(&saved.run());
    std::fs::write(out, &page)?;
    describe(&saved.run(), page.len());
    match chromium {
        [] => Ok(()),
        [program, ..] => measure(program, &std::fs::canonicalize(out)?),
    }
}

/// Repeats what happened until there is enough of it. Says how much later and by how many events a
/// repetition in the middle stands.
fn enlarge(execution: &mut Execution) -> Result<(u64, u64), Box<dyn Error>> {
    let messages = execution.messages.as_mut().ok_or("a run with recorded messages")?;
    let events = std::mem::take(&mut execution.history);
    let (sent, trace) = (messages.sent.clone(), std::mem::take(&mut execution.trace));
    messages.sent.clear();
    let end = execution.phases.end + Nanos(1_000_000);
    let rounds = MESSAGES.div_ceil(sent.len().max(1));
    let of_events = (2 * OPERATIONS).div_ceil(events.len().max(1)).min(rounds);
    let (mut by, mut middle) = (Nanos::ZERO, (0, 0));
    for round in 0..rounds {
        // Operations stand in as many of the rounds as there have to be, evenly.
        if round * of_events / rounds != (round + 1) * of_events / rounds {
            let before = execution.history.len() as u64;
            if round <= rounds / 2 {
                middle = (by.0, before);
            }
            execution.history.extend(events.iter().cloned().map(|mut event| {
                event.index += before;
                event.time.0 += by.0;
                event
            }));
        }
        messages.sent.extend(sent.iter().cloned().map(|mut message| {
            message.time += by;
            message.arrived.iter_mut().for_each(|at| *at += by);
            message
        }));
        execution.trace.extend(trace.iter().cloned().map(|mut traced| {
            traced.time += by;
            traced.clock += by;
            traced
        }));
        by += end;
    }
    messages.sent.truncate(MESSAGES);
    execution.phases.end = by;
    Ok(middle)
}

/// The violation is told of the middle of the run.
fn move_by(outcome: &mut Outcome, time: u64, events: u64) {
    let Verdict::Invalid(violation) = &mut outcome.verdict else { return };
    violation.time = violation.time.map(|at| Nanos(at.0 + time));
    violation.facts.iter_mut().for_each(|fact| fact.time = Nanos(fact.time.0 + time));
    violation.events.iter_mut().for_each(|event| *event += events);
}

fn describe(run: &Run<'_>, bytes: usize) {
    let messages = run.execution.messages.as_ref().map_or(0, |messages| messages.sent.len());
    println!(
        "{} operations, {messages} messages, {} observations: {:.1} MB",
        run.execution.history.len() / 2,
        run.execution.trace.len(),
        bytes as f64 / 1e6
    );
}

fn measure(program: &str, page: &Path) -> Result<(), Box<dyn Error>> {
    let profile = tempfile::tempdir()?;
    let mut browser = Browser::start(Path::new(program), profile.path())?;
    let noted = json!({ "source": "addEventListener('load', () => requestAnimationFrame(() => \
        requestAnimationFrame(() => { window.opened = performance.now(); })));" });
    browser.call("Page.addScriptToEvaluateOnNewDocument", &noted)?;
    browser.open(&format!("file://{}", page.display()))?;
    let opened = browser.evaluate(
        "new Promise((done) => { const look = () => window.opened \
         ? done(Math.round(window.opened)) : setTimeout(look, 20); look(); })",
    )?;
    println!("open after {opened} ms");
    for (what, key) in [("the whole run", "0"), ("a part of it", "+++"), ("the violation", "v")] {
        let keys: Vec<String> = key.chars().map(String::from).collect();
        let frames = browser.evaluate(&PAN.replace("KEYS", &json!(keys).to_string()))?;
        println!("panning over {what}: {}", frames.as_str().unwrap_or("nothing measured"));
    }
    browser.call("Browser.close", &json!({})).map(drop)
}

/// Presses keys, turns the wheel in every frame for four seconds, and counts the frames.
const PAN: &str = "new Promise((done) => {
  const panel = document.querySelectorAll('.panel')[1];
  panel.scrollIntoView();
  for (const key of KEYS) panel.dispatchEvent(new KeyboardEvent('keydown', { key }));
  const [times, start] = [[], performance.now()];
  const turn = (now) => {
    times.push(now);
    const deltaX = 9 * Math.sign(Math.sin((now - start) / 600));
    panel.dispatchEvent(new WheelEvent('wheel', { deltaX, cancelable: true }));
    if (now - start < 4000) requestAnimationFrame(turn);
    else {
      const gaps = times.slice(1).map((time, at) => time - times[at]).sort((a, b) => a - b);
      const rate = gaps.length / (times[times.length - 1] - times[0]) * 1000;
      const late = gaps[Math.floor(gaps.length * 0.95)];
      done(`${rate.toFixed(1)} frames a second, 95 % of them within ${late.toFixed(0)} ms`);
    }
  };
  setTimeout(() => requestAnimationFrame(turn), 500);
})";
