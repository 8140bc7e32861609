//! What becomes of processes and their files.

use crate::stage::{Ear, arenas, beacons, cast, eventually, folder, links};
use chaos::targets::Targets;
use chaos::workload::{draw, load};
use chaos::world::process::execute::{Program, execute};
use chaos::world::process::{Arena, Ground, NodeCommand, Signalled};
use chaos_node::{Nanos, NodeId};
use nix::sys::signal::kill;
use nix::unistd::Pid;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::time::Duration;
use tokio::runtime::Builder;
use tokio::task::LocalSet;

pub(crate) fn nothing_of_the_last(ground: &Ground) {
    let folder = folder();
    let arenas = arenas(ground, &folder);
    let first = arenas.acquire(links(2)).expect("an arena");
    let (data, addresses) = (first.data_dir(NodeId(1)), first.addresses(NodeId(1)));
    fs::write(data.join("log"), "entry").expect("a file");
    let mut nodes = beacons(&first, 2, Duration::from_millis(1));
    let _ = nodes[0].1.wait(0);
    drop(first);
    let second = arenas.acquire(links(2)).expect("an arena");
    assert_eq!(second.data_dir(NodeId(1)), data, "it is the same slot");
    assert_eq!(fs::read_dir(&data).expect("a folder").count(), 0, "its files are gone");
    assert_ne!(second.addresses(NodeId(1)), addresses, "at other ports");
    assert_eq!(second.with_links(|links, _| links.totals()), Default::default());
    assert!(nodes[0].0.try_wait().is_some(), "its nodes are dead");
}

pub(crate) fn signals_strike_the_group(ground: &Ground) {
    let folder = folder();
    let arenas = arenas(ground, &folder);
    let arena = arenas.acquire(links(1)).expect("an arena");
    let node = cast(&arena, 1, &["sleep"]);
    assert_eq!(node.try_wait(), None);
    assert_eq!(node.pause(), Signalled::Alive);
    eventually("it stands still", || state(node.id()) == Some('T'));
    assert_eq!(node.resume(), Signalled::Alive);
    eventually("it goes on", || state(node.id()) == Some('S'));
    assert_eq!(node.pause(), Signalled::Alive);
    assert_eq!(node.kill(), Signalled::Alive, "a stopped node dies as well");
    assert_eq!(node.try_wait().and_then(|status| status.signal()), Some(9));
    let dead = [node.kill(), node.pause(), node.resume()];
    assert_eq!(dead, [Signalled::Dead; 3]);
    let brief = cast(&arena, 1, &["shout", "0"]);
    eventually("it ends by itself", || brief.try_wait().is_some_and(|status| status.success()));
    assert_eq!(brief.kill(), Signalled::Dead);
}

/// The letter that `/proc` has for what a process is doing.
fn state(pid: u32) -> Option<char> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}

pub(crate) fn the_end_of_a_run_ends_all(ground: &Ground) {
    let folder = folder();
    let arenas = arenas(ground, &folder);
    let arena = arenas.acquire(links(2)).expect("an arena");
    let mut families: Vec<_> = (1..=2).map(|node| family(&arena, node)).collect();
    let lost = families.remove(0);
    lost.0.kill();
    assert!(lost.1.iter().all(|pid| is_gone(*pid)), "killed with all that it ever started");
    assert!(families[0].1.iter().all(|pid| !is_gone(*pid)), "the others live");
    drop(arena);
    assert!(families[0].1.iter().all(|pid| is_gone(*pid)), "the end of the run ends them");
}

/// A run that nobody waits for any more, while its nodes talk.
pub(crate) fn a_run_given_up_ends_all(ground: &Ground) {
    let folder = folder();
    let arenas = arenas(ground, &folder);
    let workload = include_str!("../../workloads/bully-quiet.yaml");
    let workload = load("bully-quiet.yaml", workload, &Targets::builtin()).expect("a workload");
    let plan = draw::plan(&workload, 1);
    let own = std::process::id();
    let (others, nodes) = (children(own).len(), usize::from(plan.nodes));
    let program = Program { path: env!("CARGO_BIN_EXE_chaos").into(), args: Vec::new() };
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let local = LocalSet::new();
    let run = local.spawn_local(async move { execute(plan.into(), &arenas, &program, None).await });
    local.block_on(&runtime, async {
        while children(own).len() < others + nodes {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        run.abort();
        assert!(run.await.is_err_and(|error| error.is_cancelled()), "it was under way");
    });
    assert_eq!(children(own).len(), others, "of {nodes} nodes");
}

/// The process ids of a process's children.
fn children(parent: u32) -> Vec<i32> {
    let threads = fs::read_dir(format!("/proc/{parent}/task")).into_iter().flatten().flatten();
    let texts =
        threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    let texts: Vec<String> = texts.collect();
    let words = texts.iter().flat_map(|text| text.split_whitespace());
    words.filter_map(|pid| pid.parse().ok()).collect()
}

/// A node with a child in its group and one that left it; all their process ids.
fn family(arena: &Arena, node: u16) -> (chaos::world::process::NodeProcess, Vec<i32>) {
    let mut process = cast(arena, node, &["family"]);
    Ear::new(process.take_stdout().expect("its first time")).wait(1);
    let parent = process.id();
    let mut all = vec![parent as i32];
    eventually("it has two children", || {
        let children = children(parent);
        let left = |pid: &i32| nix::unistd::getpgid(Some(Pid::from_raw(*pid))).ok();
        let groups: Vec<_> = children.iter().filter_map(left).collect();
        let complete = groups.len() == 2 && groups[0] != groups[1];
        if complete {
            all.extend(children);
        }
        complete
    });
    (process, all)
}

fn is_gone(pid: i32) -> bool {
    kill(Pid::from_raw(pid), None).is_err() || state(pid as u32) == Some('Z')
}

pub(crate) fn shouting_harms_nobody(ground: &Ground) {
    let folder = folder();
    let arenas = arenas(ground, &folder);
    let arena = arenas.acquire(links(1)).expect("an arena");
    let mut node = cast(&arena, 1, &["shout", "50"]);
    let lines = Ear::new(node.take_stdout().expect("its first time")).wait(1);
    assert_eq!(lines, ["done"]);
    eventually("it ends", || node.try_wait().is_some());
    let heard = node.stderr();
    assert_eq!(heard.len(), 64 << 10);
    assert!(heard.ends_with(b"the last words"));
    assert!(node.cpu() > Nanos::ZERO);
}

pub(crate) fn what_cannot_start_says_so(ground: &Ground) {
    let folder = folder();
    let arenas = arenas(ground, &folder);
    let arena = arenas.acquire(links(1)).expect("an arena");
    let program = "/nowhere/at/all".into();
    let command = NodeCommand { program, args: Vec::new(), env: Vec::new() };
    let error = arena.spawn(NodeId(1), &command).expect_err("there is no such program");
    assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
    let node = cast(&arena, 1, &["sleep"]);
    assert_eq!(node.kill(), Signalled::Alive, "the arena is as good as before");
}
