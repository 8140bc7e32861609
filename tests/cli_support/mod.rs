//! What the tests of the command line share: the program as a user starts it.

#![allow(dead_code, reason = "each test program uses a part of it")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long anything may take that is bound to happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A workload that is over soon: three nodes, a third of a second, nothing goes wrong.
pub(crate) const CALM: &str = "target: raft\nnodes: 3\nduration: 300ms\nfaults: []\n";

/// A folder of one test's own, in which it starts the program.
pub(crate) struct Home(TempDir);

impl Home {
    /// An empty one.
    pub(crate) fn new() -> Home {
        Home(TempDir::with_prefix("chaos-cli-").expect("room for a folder"))
    }

    /// One with a workload `w.yaml`.
    pub(crate) fn with(workload: &str) -> Home {
        let home = Home::new();
        home.write("w.yaml", workload);
        home
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        fs::write(&path, text).expect("room for a file");
        path
    }

    /// The program, ready to start here.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(program());
        command.args(args).current_dir(self.path()).env("NO_COLOR", "1").stdin(Stdio::null());
        command
    }

    /// Runs the program to its end.
    pub(crate) fn chaos(&self, args: &[&str]) -> Ended {
        self.command(args).output().expect("the program starts").into()
    }

    /// Runs the program while nobody reads what it prints.
    pub(crate) fn pipe_into_nobody(&self, args: &[&str]) -> Ended {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = self.command(args);
        command.stdout(writer).stderr(Stdio::piped());
        command.output().expect("the program starts").into()
    }

    /// Runs a line that the program printed, as a shell would; `chaos` is the program under test.
    pub(crate) fn shell(&self, line: &str) -> Ended {
        let line = line.strip_prefix("chaos ").expect("a command of chaos");
        let line = format!("exec '{}' {line}", program().display());
        let mut command = Command::new("sh");
        command.args(["-c", &line]).current_dir(self.path()).env("NO_COLOR", "1");
        command.output().expect("a shell").into()
    }

    /// The one campaign below an `--out`.
    pub(crate) fn campaign(&self, out: &str) -> PathBuf {
        let all = fs::read_dir(self.path().join(out)).expect("a folder of results");
        let all: Vec<PathBuf> = all.flatten().map(|entry| entry.path()).collect();
        assert_eq!(all.len(), 1, "one campaign: {all:?}");
        all[0].clone()
    }

    /// The lines of the `runs.jsonl` of the one campaign below an `--out`.
    pub(crate) fn runs(&self, out: &str) -> Vec<serde_json::Value> {
        let text = fs::read_to_string(self.campaign(out).join("runs.jsonl")).expect("runs.jsonl");
        text.lines().map(|line| serde_json::from_str(line).expect("a whole line")).collect()
    }
}

/// The names of all that is in a folder, sorted.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let all = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut names: Vec<String> =
        all.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// The program under test.
pub(crate) fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_chaos"))
}

/// A file of the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// What the program came to.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Ended {
        Ended {
            status: output.status,
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Ended {
    /// Holds it against the exit code that was to come.
    #[track_caller]
    pub(crate) fn code(self, expected: i32) -> Ended {
        assert_eq!(self.status.code(), Some(expected), "{self}");
        self
    }

    /// What it said last, which after a violation is the command that brings it back.
    pub(crate) fn last_line(&self) -> &str {
        self.out.lines().last().unwrap_or_default()
    }
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}\n--- stdout\n{}\n--- stderr\n{}", self.status, self.out, self.err)
    }
}

/// Waits until it holds.
#[track_caller]
pub(crate) fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Whether clusters can stand in namespaces here; says so where they cannot.
pub(crate) fn namespaces() -> bool {
    let said = Home::new().chaos(&["doctor"]).out;
    let refused = said.lines().any(|line| line.starts_with("missing  namespaces"));
    if refused {
        println!("skipped: namespaces are refused here");
    }
    !refused
}

/// Whether we are root; says so where we are not.
pub(crate) fn root() -> bool {
    let root = nix::unistd::geteuid().is_root();
    if !root {
        println!("skipped: only root can play this");
    }
    root
}
