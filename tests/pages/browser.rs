//! Chromium without a window, driven through its debugging protocol over a pipe, so that nothing
//! listens anywhere.

use serde_json::{Value, json};
use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

/// A browser with one page, whose words and wishes are noted down.
pub(crate) struct Browser {
    child: Child,
    commands: ChildStdin,
    answers: Receiver<Vec<u8>>,
    session: Option<String>,
    last: u64,
    /// What the page told on its console, threw, or was warned of.
    pub(crate) console: Vec<String>,
    /// The addresses that it asked for.
    pub(crate) requests: Vec<String>,
}

/// How long the browser may take to answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the browser says, each message ended by a zero, until it is gone.
fn messages(pipe: ChildStdout) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let messages = BufReader::new(pipe).split(0).map_while(std::io::Result::ok);
        // Nobody listens any more when the browser is dropped.
        let _ = messages.map(|message| sender.send(message)).find(std::result::Result::is_err);
    });
    receiver
}

type Result<T> = std::result::Result<T, Box<dyn Error>>;

impl Browser {
    /// The protocol wants descriptors 3 and 4; a shell puts them there. The profile is a folder that
    /// nobody else uses; what the browser writes elsewhere goes there as well, and with it.
    pub(crate) fn start(program: &Path, profile: &Path) -> Result<Browser> {
        let script = "exec \"$0\" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage \
             --window-size=1280,800 --user-data-dir=\"$1\" \
             --remote-debugging-pipe about:blank 3<&0 4>&1 0</dev/null 1>/dev/null 2>/dev/null";
        let mut child = Command::new("sh")
            .args(["-c", script])
            .args([program, profile])
            .env("TMPDIR", profile)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let commands = child.stdin.take().ok_or("no pipe")?;
        let answers = messages(child.stdout.take().ok_or("no pipe")?);
        let (console, requests) = (Vec::new(), Vec::new());
        let mut browser =
            Browser { child, commands, answers, session: None, last: 0, console, requests };
        let targets = browser.call("Target.getTargets", &json!({}))?;
        let page = targets["targetInfos"].as_array().into_iter().flatten();
        let page = page.into_iter().find(|target| target["type"] == "page").ok_or("no page")?;
        let attach = json!({ "targetId": page["targetId"], "flatten": true });
        let session = browser.call("Target.attachToTarget", &attach)?;
        browser.session = session["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), &json!({}))?;
        }
        Ok(browser)
    }

    /// Calls a method of the protocol.
    pub(crate) fn call(&mut self, method: &str, params: &Value) -> Result<Value> {
        self.last += 1;
        let mut command = json!({ "id": self.last, "method": method, "params": params });
        if let Some(session) = &self.session {
            command["sessionId"] = json!(session);
        }
        self.commands.write_all(command.to_string().as_bytes())?;
        self.commands.write_all(b"\0")?;
        loop {
            let mut answer = self.message()?;
            if answer["id"] == json!(self.last) {
                return match answer["error"].take() {
                    Value::Null => Ok(answer["result"].take()),
                    error => Err(error.to_string().into()),
                };
            }
            self.note(&answer);
        }
    }

    fn message(&mut self) -> Result<Value> {
        let message =
            self.answers.recv_timeout(PATIENCE).map_err(|_| "the browser says nothing")?;
        Ok(serde_json::from_slice(&message)?)
    }

    fn note(&mut self, event: &Value) {
        let params = &event["params"];
        match event["method"].as_str().unwrap_or_default() {
            "Runtime.consoleAPICalled" => self.console.push(params["args"].to_string()),
            "Runtime.exceptionThrown" => self.console.push(params["exceptionDetails"].to_string()),
            "Log.entryAdded" => self.console.push(params["entry"].to_string()),
            "Network.requestWillBeSent" => {
                let url = params["request"]["url"].as_str().unwrap_or_default();
                self.requests.push(url.to_owned());
            }
            _ => {}
        }
    }

    /// Loads a page, and waits until it is.
    pub(crate) fn open(&mut self, url: &str) -> Result<()> {
        self.console.clear();
        self.requests.clear();
        let went = self.call("Page.navigate", &json!({ "url": url }))?;
        if let Some(error) = went["errorText"].as_str() {
            return Err(format!("{url}: {error}").into());
        }
        let loaded = "new Promise((done) => (document.readyState === 'complete' ? done() \
             : addEventListener('load', done)))";
        self.evaluate(loaded).map(drop)
    }

    /// What an expression comes to, or what its promise does.
    pub(crate) fn evaluate(&mut self, expression: &str) -> Result<Value> {
        let params =
            json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let mut answer = self.call("Runtime.evaluate", &params)?;
        match answer["exceptionDetails"].take() {
            Value::Null => Ok(answer["result"]["value"].take()),
            thrown => Err(format!("{expression}: {thrown}").into()),
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // What has ended by itself is only taken note of.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
