//! An ordinary user gets the same: namespaces where they are allowed, and is told where not.

#![allow(clippy::disallowed_methods, reason = "it starts the program on real files")]

mod cli_support;

use cli_support::{CALM, Ended, Home, names, namespaces, program, root};
use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

/// A user whom nobody knows.
const NOBODY: u32 = 65_534;

/// A home of that user's own, with a copy of the program where he can reach it.
fn home() -> (Home, PathBuf) {
    let home = Home::with(CALM);
    let copy = home.path().join("chaos");
    fs::copy(program(), &copy).expect("room for the program");
    chown(home.path(), Some(NOBODY), Some(NOBODY)).expect("root may do this");
    (home, copy)
}

/// Whether that user may make a user namespace here; says so where he may not.
fn user_namespaces() -> bool {
    let mut command = Command::new("unshare");
    command.args(["--user", "true"]).uid(NOBODY).gid(NOBODY);
    let allowed = command.output().is_ok_and(|output| output.status.success());
    if !allowed {
        println!("skipped: user namespaces are refused here");
    }
    allowed
}

#[test]
fn an_ordinary_user_has_namespaces() {
    if !root() || !namespaces() || !user_namespaces() {
        return;
    }
    let (home, chaos) = home();
    let mut command = Command::new(chaos);
    command.args(["run", "w.yaml", "-n", "2"]).current_dir(home.path()).uid(NOBODY).gid(NOBODY);
    let ended = Ended::from(command.output().expect("the program starts")).code(0);
    assert!(ended.err.contains("on processes in network namespaces"), "{ended}");
    assert!(!ended.err.contains("warning"), "{ended}");
    assert_eq!(home.runs("reports").len(), 2);
    assert_eq!(names(&home.campaign("reports")), ["campaign.json", "index.html", "runs.jsonl"]);
}

/// In a user namespace that may have no other below it, with no rights over its own network, the
/// kernel says no at the first step, as it does on machines that forbid user namespaces.
#[test]
fn where_namespaces_are_refused_the_user_is_told_what_to_do() {
    if !root() || !user_namespaces() {
        return;
    }
    let (home, chaos) = home();
    let words = "echo 0 > /proc/sys/user/max_user_namespaces || exit 77
        exec setpriv --bounding-set=-all --inh-caps=-all \"$0\" \"$@\"";
    let refused = |args: &[&str]| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "sh", "-c", words]).arg(&chaos).args(args);
        command.current_dir(home.path()).uid(NOBODY).gid(NOBODY);
        Ended::from(command.output().expect("unshare"))
    };
    let ended = refused(&["run", "w.yaml", "-n", "2"]);
    if ended.status.code() == Some(77) {
        println!("skipped: user namespaces cannot be taken away here");
        return;
    }
    let ended = ended.code(0);
    assert!(ended.err.contains("on processes on loopback"), "{ended}");
    let warning = "warning: nodes share the loopback device, with relays between them: ";
    let told = ended.err.lines().find_map(|line| line.strip_prefix(warning));
    assert!(told.is_some_and(|why| why.contains("is refused here (")), "{ended}");
    assert!(told.is_some_and(|why| why.contains("`chaos doctor` tells more")), "{ended}");

    let doctor = refused(&["doctor"]).code(69);
    assert!(doctor.out.contains("missing  namespaces"), "{doctor}");
    assert!(doctor.out.contains("to do: "), "{doctor}");
    let insisted = refused(&["run", "w.yaml", "--isolation", "namespaces", "--out", "o"]).code(69);
    assert!(insisted.err.contains("is refused here ("), "{insisted}");
    assert!(!home.path().join("o").exists(), "nothing ran, nothing is left");
}
