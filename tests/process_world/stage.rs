//! What the scenes are played on.

use crate::SKIPPED;
use chaos::network::{LinkParams, Links};
use chaos::world::process::{
    Arena, ArenaOptions, Arenas, Ground, GroundError, Isolation, NodeCommand, NodeProcess, enter,
    monotonic,
};
use chaos_node::{Nanos, NodeId};
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread::sleep;
use std::time::Duration;

/// The variable in the environment that all descendants of a tester inherit.
pub(crate) const MARK: &str = "CHAOS_TEST_MARK";

/// What a scene stands on, and the scene itself.
#[derive(Clone, Copy)]
pub(crate) enum Scene {
    On(Isolation, fn(&Ground)),
    Alone(fn()),
}

/// Plays one scene in this process.
pub(crate) fn play(scene: Scene) -> ExitCode {
    match scene {
        Scene::Alone(scene) => scene(),
        Scene::On(isolation, scene) => match enter(isolation) {
            Ok(ground) => scene(&ground),
            Err(GroundError::Refused { what, source, .. })
                if source.kind() == ErrorKind::PermissionDenied =>
            {
                println!("{what}: {source}");
                return ExitCode::from(SKIPPED);
            }
            Err(error) => panic!("{error}"),
        },
    }
    ExitCode::SUCCESS
}

/// A folder of the scene's own, which goes with it.
pub(crate) fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

pub(crate) fn arenas(ground: &Ground, folder: &tempfile::TempDir) -> Arenas {
    let scratch = folder.path().join("scratch");
    ground.arenas(&ArenaOptions { scratch, data_dir: None }).expect("arenas")
}

/// Perfect links.
pub(crate) fn links(nodes: u16) -> Links {
    Links::new(usize::from(nodes) + 1, LinkParams::default(), 1)
}

/// A node that plays a part.
pub(crate) fn cast(arena: &Arena, node: u16, words: &[&str]) -> NodeProcess {
    let program = std::env::current_exe().expect("a test knows its program");
    arena.spawn(NodeId(node), &command(program, words)).expect("a node")
}

fn command(program: PathBuf, words: &[&str]) -> NodeCommand {
    let args = ["node"].iter().chain(words).map(|word| (*word).into()).collect();
    let mark = std::env::var_os(MARK).map(|mark| (MARK.into(), mark));
    NodeCommand { program, args, env: mark.into_iter().collect() }
}

/// A datagram that arrived: its sender (the last number of its address), its number, how long it
/// took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival {
    pub(crate) from: u16,
    pub(crate) number: u64,
    pub(crate) took: Nanos,
}

/// Nodes that send datagrams to each other all the time.
pub(crate) fn beacons(arena: &Arena, nodes: u16, pause: Duration) -> Vec<(NodeProcess, Ear)> {
    let beacon = |node| {
        let addresses = arena.addresses(NodeId(node));
        let (own, pause) = (addresses.peer_address.to_string(), pause.as_micros().to_string());
        let peers: Vec<String> = addresses.peers.values().map(ToString::to_string).collect();
        let mut words = vec!["beacon", &own, &pause];
        words.extend(peers.iter().map(String::as_str));
        let mut process = cast(arena, node, &words);
        let ear = Ear::new(process.take_stdout().expect("its first time"));
        (process, ear)
    };
    (1..=nodes).map(beacon).collect()
}

/// Reads lines without waiting for them.
pub(crate) struct Ear {
    pipe: File,
    text: String,
}

impl Ear {
    pub(crate) fn new(pipe: OwnedFd) -> Ear {
        Ear { pipe: pipe.into(), text: String::new() }
    }

    /// The whole lines so far since the last time.
    pub(crate) fn lines(&mut self) -> Vec<String> {
        let mut bytes = [0; 1 << 16];
        while let Ok(count @ 1..) = self.pipe.read(&mut bytes) {
            self.text.push_str(&String::from_utf8_lossy(&bytes[..count]));
        }
        let end = self.text.rfind('\n').map_or(0, |at| at + 1);
        let rest = self.text.split_off(end);
        let whole = std::mem::replace(&mut self.text, rest);
        whole.lines().map(str::to_owned).collect()
    }

    /// The arrivals so far since the last time.
    pub(crate) fn arrivals(&mut self) -> Vec<Arrival> {
        self.lines().iter().map(|line| arrival(line)).collect()
    }

    /// Waits for so many lines.
    pub(crate) fn wait(&mut self, count: usize) -> Vec<String> {
        let mut lines = Vec::new();
        eventually("the node speaks", || {
            lines.append(&mut self.lines());
            lines.len() >= count
        });
        lines
    }
}

fn arrival(line: &str) -> Arrival {
    let mut fields = line.split([' ', '.']).rev().map(|field| field.parse().expect("a number"));
    let mut next = || fields.next().expect("a field");
    let (took, number) = (Nanos(next()), next());
    Arrival { from: next() as u16, number, took }
}

/// Waits until something holds, 20 s at most.
pub(crate) fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let end = monotonic() + Nanos::from_secs(20);
    while !holds() {
        assert!(monotonic() < end, "never came true: {what}");
        sleep(Duration::from_millis(1));
    }
}

/// The value below which so many percent of the values are.
pub(crate) fn percentile(values: &mut [u64], percent: usize) -> u64 {
    values.sort_unstable();
    values[(values.len() - 1) * percent / 100]
}
