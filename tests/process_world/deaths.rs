//! What is left when the tester is killed, and who may test at all.

use crate::stage::{MARK, arenas, cast, eventually, folder, links};
use chaos::world::process::{Footing, Ground, diagnose};
use chaos_node::{NodeId, Rng};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

pub(crate) fn killed_testers_leave_nothing() {
    let folder = folder();
    kill_often("endless", 50, folder.path());
    assert_eq!(files(folder.path()), Vec::<PathBuf>::new(), "files went with their tmpfs");
}

pub(crate) fn nor_do_they_on_loopback() {
    kill_often("endless_on_loopback", 20, folder().path());
}

/// Kills a tester at 50 random moments of its first quarter of a second.
fn kill_often(scene: &str, times: u32, folder: &Path) {
    let mut rng = Rng::new(1);
    for time in 0..times {
        let mark = format!("{}-{time}", folder.display());
        let mut tester = tester(scene);
        tester.env("TMPDIR", folder).env(MARK, &mark).stdout(Stdio::null());
        let mut tester = tester.spawn().expect("a tester");
        sleep(Duration::from_micros(rng.below(250_000)));
        let its = &namespaces(&marked(&mark)) - &namespaces(&[PathBuf::from("/proc/self")]);
        tester.kill().expect("a tester that lives");
        tester.wait().expect("a tester that died");
        eventually("its processes are gone", || marked(&mark).is_empty());
        eventually("its namespaces are gone", || its.is_disjoint(&namespaces(&processes())));
    }
    let mounts = fs::read_to_string("/proc/self/mounts").expect("a list of mounts");
    assert!(!mounts.contains(&*folder.to_string_lossy()), "{mounts}");
}

/// All that is no folder below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path());
    let below = |path: PathBuf| if path.is_dir() { files(&path) } else { vec![path] };
    entries.flat_map(below).collect()
}

/// A tester in a process of its own.
fn tester(scene: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("a test knows its program"));
    command.args(["scene", scene]);
    command
}

/// The processes whose environment holds the mark.
fn marked(mark: &str) -> Vec<PathBuf> {
    let holds = |process: &Path| {
        let environment = fs::read(process.join("environ")).unwrap_or_default();
        environment.windows(mark.len()).any(|window| window == mark.as_bytes())
    };
    processes().into_iter().filter(|process| holds(process)).collect()
}

fn processes() -> Vec<PathBuf> {
    let all = fs::read_dir("/proc").expect("a list of processes");
    let numbered =
        |path: &PathBuf| path.file_name().is_some_and(|n| n.as_encoded_bytes()[0].is_ascii_digit());
    all.flatten().map(|entry| entry.path()).filter(numbered).collect()
}

/// The namespaces that processes live in.
fn namespaces(processes: &[PathBuf]) -> BTreeSet<PathBuf> {
    const KINDS: [&str; 4] = ["ns/user", "ns/mnt", "ns/net", "ns/pid"];
    let of = |process: &PathBuf| KINDS.map(|kind| fs::read_link(process.join(kind)));
    processes.iter().flat_map(of).flatten().collect()
}

/// Runs clusters until it is killed; families where whole families die with it.
pub(crate) fn endless(ground: &Ground) {
    let part = if *ground.footing() == Footing::Namespaces { "family" } else { "sleep" };
    let folder = folder();
    let arenas = arenas(ground, &folder);
    loop {
        let arena = arenas.acquire(links(3)).expect("an arena");
        let nodes: Vec<_> = (1..=3).map(|node| cast(&arena, node, &[part])).collect();
        sleep(Duration::from_millis(20));
        let entry = arena.data_dir(NodeId(1)).join("entry");
        fs::write(entry, "of a log").expect("room for a file");
        drop(nodes);
    }
}

/// An ordinary user plays a few scenes; the program is copied to where that user can read it.
pub(crate) fn an_ordinary_user_may() {
    if !nix::unistd::geteuid().is_root() {
        return;
    }
    const NOBODY: u32 = 54_321;
    let folder = folder();
    let program = folder.path().join("program");
    fs::copy(std::env::current_exe().expect("a test knows its program"), &program).expect("a copy");
    let home = folder.path().join("home");
    fs::create_dir(&home).expect("a folder");
    for path in [folder.path(), &home] {
        std::os::unix::fs::chown(path, Some(NOBODY), Some(NOBODY)).expect("root may do this");
    }
    for scene in
        ["clients_reach_nodes", "a_cut_is_one_way", "the_end_of_a_run_ends_all", "streams_are_fast"]
    {
        let mut tester = Command::new(&program);
        tester
            .args(["scene", scene])
            .uid(NOBODY)
            .gid(NOBODY)
            .env("TMPDIR", &home)
            .current_dir(&home);
        let code = tester.status().expect("a tester").code();
        println!("{scene} as an ordinary user: {code:?}");
        assert!(matches!(code, Some(0 | 77)));
    }
}

pub(crate) fn a_machine_is_diagnosed() {
    let findings = diagnose();
    for finding in &findings {
        println!("{}: {} ({:?})", finding.name, finding.detail, finding.remedy);
    }
    assert!(findings.iter().all(|finding| finding.ok || finding.remedy.is_some()));
}
