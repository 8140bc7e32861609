//! The folder of a run: everything that is known of it, in files that other programs can read.
//!
//! ```text
//! plan.json      what was to be done; `chaos replay` takes it
//! verdict.json   what it came to, with the versions of all these files
//! history.jsonl  what the clients saw, an event a line
//! trace.jsonl    what the nodes told, an observation a line
//! faults.jsonl   what became of each fault, one a line
//! messages.jsonl the messages between nodes, one a line behind a line about all of them; from the
//!                simulator only
//! nodes/n1/      stderr.log, and notes.log: what the node said, in words
//! report.html    all of it, to look at
//! ```

use super::{Run, file, html, text};
use crate::check::Outcome;
use crate::event::Status;
use crate::execution::{
    Crash, Execution, Messages, NodeRecord, Phases, ScriptEnd, TraceHash, Traced, Traffic,
};
use crate::workload::plan::{PLAN_VERSION, Plan};
use chaos_node::{Nanos, NodeId, Observation};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

/// The version of the folder's form: of all its files but the plan, which has its own.
pub const FOLDER_VERSION: u32 = 1;

/// The page of a run, in its folder.
pub const PAGE: &str = "report.html";

/// Why a run's folder could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// A file refuses.
    #[error("{}: {reason}", .path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        reason: io::Error,
    },
    /// A file says what makes no sense.
    #[error("{}, line {line}: {reason}", .path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// Why.
        reason: serde_json::Error,
    },
    /// A file was written by another version of this program.
    #[error("{}: of version {found}, but this chaos knows version {known}", .path.display())]
    Version {
        /// Which file.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The one that can be read.
        known: u32,
    },
}

/// A run that was read back from its folder.
#[derive(Clone, Debug)]
pub struct SavedRun {
    /// What was to be done.
    pub plan: Plan,
    /// What happened.
    pub execution: Execution,
    /// What was found.
    pub outcomes: Vec<Outcome>,
    /// The command that brings it back.
    pub replay: String,
    /// Where it ran, in words.
    pub world: String,
    /// The version of the `chaos` that ran it.
    pub chaos: String,
}

impl SavedRun {
    /// The run, as reports take it.
    pub fn run(&self) -> Run<'_> {
        let SavedRun { plan, execution, outcomes, replay, world, .. } = self;
        Run { plan, execution, outcomes, replay, world }
    }
}

/// What `verdict.json` holds.
#[derive(Serialize, Deserialize)]
struct VerdictFile {
    version: u32,
    chaos: String,
    world: String,
    replay: String,
    status: Status,
    outcomes: Vec<Outcome>,
    trouble: Option<String>,
    phases: Phases,
    traffic: Traffic,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    script: Option<ScriptEnd>,
    lag: Nanos,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trace_hash: Option<TraceHash>,
    node_cpu: Nanos,
    nodes: Vec<NodeLine>,
}

/// The first line of `messages.jsonl`.
#[derive(Serialize, Deserialize)]
struct MessagesLine {
    version: u32,
    left_out: u64,
}

/// A node's record without its standard error, which has a file of its own.
#[derive(Serialize, Deserialize)]
struct NodeLine {
    starts: u32,
    crashed: Option<Crash>,
}

/// Writes a run's folder; it is made if it is not there. What brings the run back comes first, the
/// page last; where one file fails the others are still written, so that a disk that is nearly
/// full keeps what fits.
///
/// # Errors
/// The first file that could not be written.
pub fn write(folder: &Path, run: &Run<'_>) -> Result<(), FolderError> {
    create(folder)?;
    let execution = run.execution;
    let mut written = vec![
        put(folder, "plan.json", |out| json(out, run.plan)),
        put(folder, "verdict.json", |out| json(out, &verdict(run))),
        put(folder, "history.jsonl", |out| json_lines(out, &execution.history)),
        put(folder, "faults.jsonl", |out| json_lines(out, &execution.faults)),
        put(folder, "trace.jsonl", |out| json_lines(out, &execution.trace)),
    ];
    written.extend(execution.messages.iter().map(|messages| {
        put(folder, "messages.jsonl", |out| {
            let first = MessagesLine { version: FOLDER_VERSION, left_out: messages.left_out };
            json_lines(out, &[first])?;
            json_lines(out, &messages.sent)
        })
    }));
    written.extend((1..).map(NodeId).zip(&execution.nodes).map(|(id, node)| {
        let own = folder.join("nodes").join(id.to_string());
        create(&own)?;
        put(&own, "stderr.log", |out| out.write_all(node.stderr.as_bytes()))?;
        put(&own, "notes.log", |out| notes(out, id, &execution.trace))
    }));
    written.push(put(folder, PAGE, |out| out.write_all(html::run_page(run).as_bytes())));
    written.into_iter().collect()
}

fn create(folder: &Path) -> Result<(), FolderError> {
    fs::create_dir_all(folder).map_err(|reason| FolderError::Io { path: folder.into(), reason })
}

fn put(
    folder: &Path,
    name: &str,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), FolderError> {
    let path = folder.join(name);
    file::write(&path, content).map_err(|reason| FolderError::Io { path, reason })
}

fn verdict(run: &Run<'_>) -> VerdictFile {
    let line = |node: &NodeRecord| NodeLine { starts: node.starts, crashed: node.crashed.clone() };
    VerdictFile {
        version: FOLDER_VERSION,
        chaos: env!("CARGO_PKG_VERSION").to_owned(),
        world: run.world.to_owned(),
        replay: run.replay.to_owned(),
        status: run.status(),
        outcomes: run.outcomes.to_vec(),
        trouble: run.execution.trouble.clone(),
        phases: run.execution.phases,
        traffic: run.execution.traffic,
        script: run.execution.script.clone(),
        lag: run.execution.lag,
        trace_hash: run.execution.trace_hash,
        node_cpu: run.execution.node_cpu,
        nodes: run.execution.nodes.iter().map(line).collect(),
    }
}

fn json(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    out.write_all(b"\n")
}

fn json_lines(out: &mut dyn Write, values: &[impl Serialize]) -> io::Result<()> {
    for value in values {
        serde_json::to_writer(&mut *out, value)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// The node's notes and roles, a line each.
fn notes(out: &mut dyn Write, node: NodeId, trace: &[Traced]) -> io::Result<()> {
    for traced in trace.iter().filter(|traced| traced.node == node) {
        let seconds = traced.time.as_secs_f64();
        match &traced.observation {
            Observation::Note { topic, text } => {
                let (topic, text) = (text::one_line(topic), text::one_line(text));
                writeln!(out, "{seconds:12.6} {topic:<10} {text}")?;
            }
            Observation::Role { role, term } => {
                let role = super::words::role(*role);
                writeln!(out, "{seconds:12.6} {:<10} {role} in term {term}", "role")?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Reads a run's folder back.
///
/// # Errors
/// If a file is missing, makes no sense, or is of another version.
pub fn read(folder: &Path) -> Result<SavedRun, FolderError> {
    let plan: Plan = read_plan(&folder.join("plan.json"))?;
    let path = folder.join("verdict.json");
    let verdict: VerdictFile = read_json(&path)?;
    known_version(&path, verdict.version, FOLDER_VERSION)?;
    let nodes = (1..).map(NodeId).zip(verdict.nodes);
    let nodes = nodes.map(|(id, line)| read_node(folder, id, line)).collect::<Result<_, _>>()?;
    let execution = Execution {
        history: read_lines(&folder.join("history.jsonl"))?,
        trace: read_lines(&folder.join("trace.jsonl"))?,
        messages: read_messages(&folder.join("messages.jsonl"))?,
        faults: read_lines(&folder.join("faults.jsonl"))?,
        traffic: verdict.traffic,
        script: verdict.script,
        nodes,
        phases: verdict.phases,
        trouble: verdict.trouble,
        lag: verdict.lag,
        trace_hash: verdict.trace_hash,
        node_cpu: verdict.node_cpu,
    };
    let VerdictFile { outcomes, replay, world, chaos, .. } = verdict;
    Ok(SavedRun { plan, execution, outcomes, replay, world, chaos })
}

/// Reads in which world the run of a folder was; nothing if that is not the folder of a run.
pub fn read_world(folder: &Path) -> Option<String> {
    #[derive(Deserialize)]
    struct OfWorld {
        world: String,
    }
    let verdict: OfWorld = read_json(&folder.join("verdict.json")).ok()?;
    Some(verdict.world)
}

/// Reads a plan alone.
///
/// # Errors
/// If it is missing, makes no sense, or is of another version.
pub fn read_plan(path: &Path) -> Result<Plan, FolderError> {
    let plan: Plan = read_json(path)?;
    known_version(path, plan.version, PLAN_VERSION)?;
    Ok(plan)
}

fn known_version(path: &Path, found: u32, known: u32) -> Result<(), FolderError> {
    match found == known {
        true => Ok(()),
        false => Err(FolderError::Version { path: path.into(), found, known }),
    }
}

fn read_node(folder: &Path, id: NodeId, line: NodeLine) -> Result<NodeRecord, FolderError> {
    let path = folder.join("nodes").join(id.to_string()).join("stderr.log");
    let stderr = fs::read(&path).map_err(|reason| FolderError::Io { path, reason })?;
    let stderr = String::from_utf8_lossy(&stderr).into_owned();
    Ok(NodeRecord { starts: line.starts, crashed: line.crashed, stderr })
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, FolderError> {
    let text = fs::read(path).map_err(|reason| FolderError::Io { path: path.into(), reason })?;
    serde_json::from_slice(&text).map_err(|reason| {
        let (path, line) = (path.into(), reason.line());
        FolderError::Malformed { path, line, reason }
    })
}

fn read_lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, FolderError> {
    read_lines_behind::<T>(path, &mut open(path)?, 0)
}

/// The messages of a run, if they were recorded.
fn read_messages(path: &Path) -> Result<Option<Messages>, FolderError> {
    let mut file = match open(path) {
        Err(FolderError::Io { reason, .. }) if reason.kind() == io::ErrorKind::NotFound => {
            return Ok(None);
        }
        file => file?,
    };
    let mut first = Vec::new();
    file.read_until(b'\n', &mut first).map_err(|reason| refused(path, reason))?;
    let MessagesLine { version, left_out } = read_line(path, 1, &first)?;
    known_version(path, version, FOLDER_VERSION)?;
    let sent = read_lines_behind(path, &mut file, 1)?;
    Ok(Some(Messages { sent, left_out }))
}

fn open(path: &Path) -> Result<BufReader<fs::File>, FolderError> {
    fs::File::open(path).map(BufReader::new).map_err(|reason| refused(path, reason))
}

fn refused(path: &Path, reason: io::Error) -> FolderError {
    FolderError::Io { path: path.into(), reason }
}

/// Reads the lines behind the first `line`.
fn read_lines_behind<T: DeserializeOwned>(
    path: &Path,
    file: &mut impl BufRead,
    mut line: usize,
) -> Result<Vec<T>, FolderError> {
    let (mut values, mut buffer) = (Vec::new(), Vec::new());
    while file.read_until(b'\n', &mut buffer).map_err(|reason| refused(path, reason))? > 0 {
        line += 1;
        values.push(read_line(path, line, &buffer)?);
        buffer.clear();
    }
    Ok(values)
}

fn read_line<T: DeserializeOwned>(path: &Path, line: usize, text: &[u8]) -> Result<T, FolderError> {
    let malformed = |reason| FolderError::Malformed { path: path.into(), line, reason };
    serde_json::from_slice(text).map_err(malformed)
}

#[cfg(test)]
mod tests {
    use super::{FolderError, PAGE, read, write};
    use crate::execution::Crash;
    use crate::report::sample;
    use chaos_node::Nanos;
    use std::fs;

    #[test]
    fn what_is_written_reads_back_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let mut sample = sample::stale_read();
        let status = "exit status 101".to_owned();
        let last_words = "a hole\nin the log".to_owned();
        let crash = Crash { time: Nanos(7), status, last_words };
        sample.execution.nodes[2].crashed = Some(crash);
        sample.execution.trouble = Some("the machine stood still".to_owned());
        write(folder.path(), &sample.run()).unwrap();
        let saved = read(folder.path()).unwrap();
        assert_eq!(saved.plan, sample.plan);
        assert_eq!(saved.outcomes, sample.outcomes);
        assert_eq!(saved.replay, sample.run().replay);
        // Executions are data without an equality of their own.
        assert_eq!(format!("{:?}", saved.execution), format!("{:?}", sample.execution));
        assert!(folder.path().join(PAGE).exists());
        let notes = fs::read_to_string(folder.path().join("nodes/n3/notes.log")).unwrap();
        assert!(notes.contains("vote       n2, n4 and n5 vote for me"), "{notes}");
    }

    #[test]
    fn what_cannot_be_read_is_named_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        assert!(matches!(read(folder.path()), Err(FolderError::Io { .. })));
        write(folder.path(), &sample::stale_read().run()).unwrap();
        let history = fs::read_to_string(path("history.jsonl")).unwrap();
        let second = history.lines().nth(1).unwrap();
        fs::write(path("history.jsonl"), history.replacen(second, "{\"index\":", 1)).unwrap();
        let error = read(folder.path()).unwrap_err().to_string();
        assert!(error.contains("history.jsonl, line 2: "), "{error}");
        let verdict = fs::read_to_string(path("verdict.json")).unwrap();
        let newer = verdict.replacen("\"version\": 1", "\"version\": 9", 1);
        fs::write(path("verdict.json"), newer).unwrap();
        let error = read(folder.path()).unwrap_err().to_string();
        assert!(error.ends_with("of version 9, but this chaos knows version 1"), "{error}");
    }

    #[test]
    fn where_one_file_fails_the_others_are_written() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("nodes"), "in the way").unwrap();
        let error = write(folder.path(), &sample::stale_read().run()).unwrap_err().to_string();
        assert!(error.contains("nodes/n1: "), "{error}");
        for name in ["plan.json", "verdict.json", "history.jsonl", "trace.jsonl", PAGE] {
            assert!(folder.path().join(name).exists(), "{name}");
        }
    }
}
