//! The nodes of a run: starting them, listening to them, seeing them end.

use super::faults;
use super::stage::Stage;
use crate::execution::{Crash, NodeRecord, Traced};
use crate::host::{HostConfig, Observed, READY, SENT};
use crate::workload::script::Act;
use crate::world::process::{NodeCommand, NodeProcess, Signalled};
use chaos_node::{Nanos, NodeConfig, NodeId, Observation, Rng};
use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::rc::{Rc, Weak};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::unix::pipe;

/// How long all nodes may take to start.
const START: Nanos = Nanos::from_secs(10);
/// The longest line that a node may print and still be listened to.
const LONGEST_LINE: u64 = 1 << 20;
/// How much of a crashed node's standard error is kept as its last words, in bytes.
const LAST_WORDS: usize = 4 << 10;

/// The program that hosts nodes, and the arguments in front of our own.
#[derive(Clone, Debug)]
pub struct Program {
    /// Its absolute path.
    pub path: PathBuf,
    /// What comes before `node <target> --config <json>`.
    pub args: Vec<String>,
}

/// A node of the run.
pub(super) struct Live {
    id: NodeId,
    process: Option<NodeProcess>,
    starts: u32,
    ready: bool,
    pub(super) crashed: Option<Crash>,
    stderr: Vec<u8>,
    cpu: Nanos,
}

/// What is left of a node at the end.
pub(super) struct NodeEnd {
    pub(super) record: NodeRecord,
    pub(super) cpu: Nanos,
}

impl Live {
    pub(super) fn new(id: NodeId) -> Live {
        let (stderr, cpu) = (Vec::new(), Nanos::ZERO);
        Live { id, process: None, starts: 0, ready: false, crashed: None, stderr, cpu }
    }

    pub(super) fn pause(&mut self) -> Signalled {
        self.process.as_ref().map_or(Signalled::Dead, NodeProcess::pause)
    }

    pub(super) fn resume(&mut self) -> Signalled {
        self.process.as_ref().map_or(Signalled::Dead, NodeProcess::resume)
    }

    pub(super) fn kill(&mut self) -> Signalled {
        let Some(process) = self.process.take() else {
            return Signalled::Dead;
        };
        let signalled = process.kill();
        self.keep(&process);
        self.ready = false;
        signalled
    }

    pub(super) fn end(&mut self) -> NodeEnd {
        self.kill();
        let record = NodeRecord {
            starts: self.starts,
            crashed: self.crashed.take(),
            stderr: String::from_utf8_lossy(&self.stderr).into_owned(),
        };
        NodeEnd { record, cpu: self.cpu }
    }

    /// Keeps what is to be known of a process after its end.
    fn keep(&mut self, process: &NodeProcess) {
        self.cpu += process.cpu();
        self.stderr.extend(process.stderr());
        let excess = self.stderr.len().saturating_sub(64 << 10);
        self.stderr.drain(..excess);
    }

    /// The process's own end, if it came and nobody wanted it.
    fn own_end(&mut self, start: u32, now: Nanos) -> Option<Crash> {
        if start != self.starts {
            return None;
        }
        let process = self.process.take()?;
        // The pipe may close a moment before the process is gone; killing it then changes nothing.
        let mut status = process.try_wait();
        if status.is_none() {
            process.kill();
            status = process.try_wait();
        }
        let status = status.map_or_else(|| "unknown".to_owned(), |status| status.to_string());
        self.keep(&process);
        let start = self.stderr.len().saturating_sub(LAST_WORDS);
        let last_words = String::from_utf8_lossy(&self.stderr[start..]).trim().to_owned();
        Some(Crash { time: now, status, last_words })
    }
}

/// Starts all nodes and waits until they are ready.
pub(super) async fn start_all(stage: &Rc<Stage>, program: &Program) -> Result<(), String> {
    for number in 1..=stage.plan.nodes {
        start(stage, program, NodeId(number))?;
    }
    loop {
        let news = stage.news.notified();
        if let Some(trouble) = early_end(stage) {
            return Err(trouble);
        }
        if stage.nodes.borrow().iter().all(|node| node.ready) {
            return Ok(());
        }
        if tokio::time::timeout_at(stage.instant(START), news).await.is_err() {
            let nodes = stage.nodes.borrow();
            let late = nodes.iter().find(|node| !node.ready).map_or(NodeId(0), |node| node.id);
            return Err(format!("{late} was not ready within {START}"));
        }
    }
}

/// A node that ends before it was ready was never a system to test: that is no crash to be judged.
fn early_end(stage: &Stage) -> Option<String> {
    let mut nodes = stage.nodes.borrow_mut();
    let early = nodes.iter_mut().filter(|node| !node.ready);
    let ends: Vec<_> = early.filter_map(|node| Some((node.id, node.crashed.take()?))).collect();
    let (id, crash) = ends.first()?;
    let words = crash.telling_line().unwrap_or("it said nothing");
    Some(format!("{id} ended before it was ready ({}): {words}", crash.status))
}

/// Starts a node on the disk that it has.
pub(super) fn start(stage: &Rc<Stage>, program: &Program, node: NodeId) -> Result<(), String> {
    let starts = stage.live(node, |live| {
        live.starts += 1;
        live.starts
    });
    let command = command(stage, program, node, starts);
    let mut process = stage
        .arena
        .spawn(node, &command)
        .map_err(|error| format!("cannot start {node} ({}): {error}", program.path.display()))?;
    let stdout = process.take_stdout();
    stage.live(node, |live| live.process = Some(process));
    if let Some(stdout) = stdout {
        tokio::task::spawn_local(listen(Rc::downgrade(stage), node, starts, stdout));
    }
    Ok(())
}

fn command(stage: &Stage, program: &Program, node: NodeId, starts: u32) -> NodeCommand {
    let target = &stage.plan.target;
    let addresses = stage.arena.addresses(node);
    let config = HostConfig {
        node: NodeConfig {
            id: node,
            nodes: (1..=stage.plan.nodes).map(NodeId).collect(),
            mutant: target.mutant.clone(),
            options: target.options.clone(),
        },
        // A node that starts again must not draw what it drew before.
        seed: Rng::stream(stage.plan.seed, &format!("start {starts}")).next_u64(),
        peer_address: addresses.peer_address,
        client_address: addresses.client_address,
        peers: addresses.peers,
        data: stage.arena.data_dir(node),
        clock_ppm: 0,
        count: stage.plan.script.iter().any(|step| matches!(step.act, Act::Count)),
    };
    let config = serde_json::to_string(&config).expect("a configuration is plain data");
    let words = ["node", &target.name, "--config", &config];
    let args = program.args.iter().map(String::as_str).chain(words).map(OsString::from);
    NodeCommand { program: program.path.clone(), args: args.collect(), env: Vec::new() }
}

/// Reads what a node prints until it ends, or until nobody has any use for the run: a run that was
/// given up must not live on, with all its nodes, because somebody listens to them.
async fn listen(run: Weak<Stage>, node: NodeId, start: u32, stdout: OwnedFd) {
    match pipe::Receiver::from_owned_fd(stdout) {
        Ok(receiver) => read_lines(&run, node, start, receiver).await,
        Err(error) => {
            if let Some(stage) = run.upgrade() {
                stage.trouble(format!("cannot listen to {node}: {error}"));
            }
        }
    }
    let Some(stage) = run.upgrade() else { return };
    let now = stage.arena.now();
    if let Some(crash) = stage.live(node, |live| live.own_end(start, now)) {
        stage.note_crash(node, crash);
    }
}

async fn read_lines(run: &Weak<Stage>, node: NodeId, start: u32, receiver: pipe::Receiver) {
    let mut reader = BufReader::with_capacity(64 << 10, receiver);
    let mut line = Vec::new();
    loop {
        line.clear();
        match (&mut reader).take(LONGEST_LINE).read_until(b'\n', &mut line).await {
            Ok(0) | Err(_) => return,
            Ok(_) => match run.upgrade() {
                Some(stage) => hear(&stage, node, start, &line),
                None => return,
            },
        }
    }
}

fn hear(stage: &Stage, node: NodeId, start: u32, line: &[u8]) {
    let Ok(text) = std::str::from_utf8(line) else {
        return;
    };
    let text = text.trim_end();
    if text == READY {
        stage.live(node, |live| live.ready |= live.starts == start);
        stage.news.notify_waiters();
        return;
    }
    if let Some(sent) = text.strip_prefix(SENT) {
        match serde_json::from_str(sent) {
            Ok(sent) => stage.sent(node, start, sent),
            Err(error) => stage.trouble(format!("{node} does not say what it sent: {error}")),
        }
        return;
    }
    match Observed::from_line(text) {
        None => {}
        Some(Ok(observed)) => {
            // A node cannot know the future, whatever it says.
            let time = observed.time.saturating_sub(stage.arena.epoch()).min(stage.arena.now());
            let Observed { clock, observation, .. } = observed;
            if let Observation::Role { role, .. } = observation {
                faults::saw(stage, role);
            }
            stage.observed(Traced { time, node, clock, observation });
        }
        Some(Err(error)) => {
            stage.trouble(format!("{node} printed an observation that cannot be read: {error}"));
        }
    }
}
