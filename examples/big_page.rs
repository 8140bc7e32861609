//! How fast the page of a very large run opens and moves: repeats a saved run until it has a hundred
//! thousand operations and a million messages, writes the page, and measures it in Chromium.
//!
//! ```text
//! cargo run --release --example big_page -- reports/example /tmp/big.html
//! cargo run --release --example big_page -- reports/example /tmp/big.html chromium
//! ```
//!
//! Chromium is driven through its debugging protocol over a pipe, so nothing listens anywhere. The
//! page is open when the second frame behind its `load` event is drawn; panning is a turn of the
//! wheel in every frame, for some seconds, over the whole run, a tenth of it, and the violation.

#![allow(clippy::disallowed_methods, reason = "an edge: it writes a page and runs a browser")]

use chaos::check::{Outcome, Verdict};
use chaos::execution::Execution;
use chaos::report::{Run, folder, html};
use chaos_node::Nanos;
use serde_json::{Value, json};
use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

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
    let mut browser = Browser::start(program)?;
    let noted = json!({ "source": "addEventListener('load', () => requestAnimationFrame(() => \
        requestAnimationFrame(() => { window.opened = performance.now(); })));" });
    browser.call("Page.enable", &json!({}))?;
    browser.call("Page.addScriptToEvaluateOnNewDocument", &noted)?;
    browser.call("Page.navigate", &json!({ "url": format!("file://{}", page.display()) }))?;
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

/// A browser that takes commands through a pipe.
struct Browser {
    child: Child,
    answers: BufReader<std::process::ChildStdout>,
    session: Option<String>,
    last: u64,
}

impl Browser {
    /// The protocol wants descriptors 3 and 4; a shell puts them there.
    fn start(program: &str) -> Result<Browser, Box<dyn Error>> {
        let script = "exec \"$0\" --headless --no-sandbox --disable-gpu --window-size=1280,800 \
             --remote-debugging-pipe about:blank 3<&0 4>&1 0</dev/null 1>/dev/null 2>/dev/null";
        let mut child = Command::new("sh")
            .args(["-c", script, program])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let answers = BufReader::new(child.stdout.take().ok_or("no pipe")?);
        let mut browser = Browser { child, answers, session: None, last: 0 };
        let targets = browser.call("Target.getTargets", &json!({}))?;
        let page = targets["targetInfos"].as_array().into_iter().flatten();
        let page = page.into_iter().find(|target| target["type"] == "page").ok_or("no page")?;
        let attach = json!({ "targetId": page["targetId"], "flatten": true });
        let session = browser.call("Target.attachToTarget", &attach)?;
        browser.session = session["sessionId"].as_str().map(str::to_owned);
        Ok(browser)
    }

    fn call(&mut self, method: &str, params: &Value) -> Result<Value, Box<dyn Error>> {
        self.last += 1;
        let mut command = json!({ "id": self.last, "method": method, "params": params });
        if let Some(session) = &self.session {
            command["sessionId"] = json!(session);
        }
        let stdin = self.child.stdin.as_mut().ok_or("no pipe")?;
        stdin.write_all(command.to_string().as_bytes())?;
        stdin.write_all(b"\0")?;
        loop {
            let mut answer = Vec::new();
            self.answers.read_until(0, &mut answer)?;
            let answer = answer.strip_suffix(b"\0").ok_or("the browser is gone")?;
            let mut answer: Value = serde_json::from_slice(answer)?;
            if answer["id"] == json!(self.last) {
                return match answer["error"].take() {
                    Value::Null => Ok(answer["result"].take()),
                    error => Err(error.to_string().into()),
                };
            }
        }
    }

    fn evaluate(&mut self, expression: &str) -> Result<Value, Box<dyn Error>> {
        let params =
            json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let mut answer = self.call("Runtime.evaluate", &params)?;
        Ok(answer["result"]["value"].take())
    }
}

impl std::ops::Drop for Browser {
    fn drop(&mut self) {
        // What has ended by itself is only taken note of.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
