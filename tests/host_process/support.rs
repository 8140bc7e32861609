//! Starting probes, talking to them, and waiting for what must become true.

use chaos::host::{AnswerLine, HostConfig, Observed, READY, RequestLine};
use chaos_node::{NodeConfig, NodeId, Observation, Op, Options, Reply, Request, Value};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until it holds.
pub(crate) fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        thread::sleep(Duration::from_millis(2));
    }
}

/// The program. It is built here, for `cargo test --test host_process` alone would not build it,
/// or would leave an old one.
pub(crate) fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let test = std::env::current_exe().unwrap();
        let folder = test.ancestors().nth(2).unwrap();
        let profile = match folder.file_name().unwrap().to_str().unwrap() {
            "debug" => "dev",
            other => other,
        };
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--example", "host_probe", "--profile", profile])
            .arg("--target-dir")
            .arg(folder.parent().unwrap())
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status();
        assert!(built.unwrap().success());
        folder.join("examples/host_probe")
    })
}

/// Nodes n1 to n`size` with folders and with addresses that no other test has.
pub(crate) struct Cluster {
    pub(crate) folder: TempDir,
    addresses: BTreeMap<NodeId, IpAddr>,
}

impl Cluster {
    pub(crate) fn new(size: u16) -> Cluster {
        static NEXT: AtomicU8 = AtomicU8::new(0);
        let pid = std::process::id();
        let (high, low) = ((pid >> 8) as u8 | 0x80, pid as u8);
        let base = NEXT.fetch_add(1, Ordering::Relaxed);
        let address = |id: u16| IpAddr::V4(Ipv4Addr::new(127, high, low, base * 5 + id as u8));
        let addresses = (1..=size).map(|id| (NodeId(id), address(id))).collect();
        Cluster { folder: tempfile::tempdir().unwrap(), addresses }
    }

    pub(crate) fn peer_address(&self, id: u16) -> SocketAddr {
        SocketAddr::new(self.addresses[&NodeId(id)], 7000)
    }

    pub(crate) fn config(&self, id: u16) -> HostConfig {
        let data = self.folder.path().join(format!("n{id}"));
        std::fs::create_dir_all(&data).unwrap();
        let others = self.addresses.iter().filter(|(other, _)| other.0 != id);
        let nodes = self.addresses.keys().copied().collect();
        HostConfig {
            node: NodeConfig { id: NodeId(id), nodes, mutant: None, options: Options::default() },
            seed: 7,
            peer_address: self.peer_address(id),
            client_address: SocketAddr::new(self.addresses[&NodeId(id)], 8000),
            peers: others.map(|(id, _)| (*id, self.peer_address(id.0))).collect(),
            data,
            clock_ppm: 0,
            count: false,
        }
    }

    pub(crate) fn start(&self, id: u16) -> Probe {
        Probe::start(self.config(id))
    }
}

/// A running probe. It is killed when it is dropped.
pub(crate) struct Probe {
    child: Child,
    config: HostConfig,
    output: Arc<Mutex<Vec<String>>>,
}

impl Probe {
    pub(crate) fn start(config: HostConfig) -> Probe {
        Probe::spawn(command(&config), config)
    }

    /// Runs a command that becomes a probe.
    pub(crate) fn spawn(mut command: Command, config: HostConfig) -> Probe {
        let mut child = command.spawn().unwrap();
        let output = Arc::new(Mutex::new(Vec::new()));
        let (sink, stdout) = (Arc::clone(&output), child.stdout.take().unwrap());
        thread::spawn(move || {
            BufReader::new(stdout).lines().map_while(Result::ok).for_each(|line| {
                sink.lock().unwrap().push(line);
            });
        });
        let probe = Probe { child, config, output };
        eventually("the node serves", || probe.lines().iter().any(|line| line == READY));
        probe
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.output.lock().unwrap().clone()
    }

    /// The node's notes on a topic, so far.
    pub(crate) fn notes(&self, about: &str) -> Vec<String> {
        let lines = self.lines();
        let observed =
            lines.iter().filter_map(|line| Observed::from_line(line)).map(Result::unwrap);
        let note = |observed: Observed| match observed.observation {
            Observation::Note { topic, text } if topic == about => Some(text),
            _ => None,
        };
        observed.filter_map(note).collect()
    }

    pub(crate) fn client(&self) -> Client {
        Client::connect(self.config.client_address)
    }

    /// One request by a client of its own.
    pub(crate) fn ask(&self, f: &str, key: &str, value: impl Into<Value>) -> Reply {
        self.client().ask(f, key, value)
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id() as i32), signal).unwrap();
    }

    /// Waits for its end. Returns its status and what it said on standard error.
    pub(crate) fn end(mut self) -> (ExitStatus, String) {
        let mut status = None;
        eventually("the process ends", || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        let mut said = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        (status.unwrap(), said)
    }

    /// As a power cut.
    pub(crate) fn kill(self) {
        self.signal(Signal::SIGKILL);
        self.end();
    }

    /// A line of `/proc/<pid>/status`, in kilobytes.
    pub(crate) fn memory(&self, what: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(what)).unwrap();
        line.trim_matches(|c: char| !c.is_ascii_digit()).parse().unwrap()
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn command(config: &HostConfig) -> Command {
    prepared(Command::new(program()), config)
}

/// The command with the configuration as its last argument.
pub(crate) fn prepared(mut command: Command, config: &HostConfig) -> Command {
    command.arg(serde_json::to_string(config).unwrap()).env("RUST_BACKTRACE", "1");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A client that waits for each answer, or for none.
pub(crate) struct Client {
    pub(crate) stream: BufReader<TcpStream>,
    last: u64,
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Client {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Client { stream: BufReader::new(stream), last: 0 }
    }

    /// A request's line, with an id that is one more than the last.
    pub(crate) fn line(&mut self, f: &str, key: &str, value: impl Into<Value>) -> String {
        self.last += 1;
        let op = Op { f: f.to_owned(), key: key.into(), value: value.into() };
        let request = Request { session: 1, sequence: self.last, op };
        serde_json::to_string(&RequestLine::new(self.last, request)).unwrap() + "\n"
    }

    pub(crate) fn write(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.get_mut().write_all(bytes.as_ref()).unwrap();
    }

    /// The next answer; nothing if the node has closed the connection.
    pub(crate) fn answer(&mut self) -> Option<AnswerLine> {
        let mut line = String::new();
        match self.stream.read_line(&mut line) {
            Ok(0) => None,
            Ok(_) => Some(serde_json::from_str(&line).unwrap()),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => None,
            Err(error) => panic!("no answer: {error}"),
        }
    }

    pub(crate) fn ask(&mut self, f: &str, key: &str, value: impl Into<Value>) -> Reply {
        let line = self.line(f, key, value);
        self.write(line);
        let answer = self.answer().expect("an answer");
        assert_eq!(answer.id, Some(self.last));
        answer.reply
    }
}

pub(crate) fn text(text: &str) -> Reply {
    Reply::Ok(text.into())
}

pub(crate) const DONE: Reply = Reply::Ok(Value::Nil);
