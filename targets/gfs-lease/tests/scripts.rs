//! Golden scripts ([`chaos_script`]): one file x, its chunks and their leases.
//! `UPDATE_GOLDENFILES=1 cargo test -p chaos-gfs-lease` writes what happens into them.

use chaos_gfs_lease::Gfs;
use chaos_node::{LeaseFact, Observation};
use chaos_script::{Stage, play};
use std::path::Path;

static STAGE: Stage = Stage {
    target: &Gfs,
    timers: &[],
    requests: &[
        "create",
        "stat",
        "read",
        "delete",
        "rename",
        "append",
        "write",
        "content",
        "snapshot",
        "read-snapshot",
        "shadow-stat",
        "shadow-read",
    ],
    observation,
    is_told,
};

#[test]
fn scripts() {
    play(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata")), &STAGE);
}

fn observation(observation: &Observation) -> Option<String> {
    let Observation::Lease(fact) = observation else { return None };
    Some(match fact {
        LeaseFact::Held { resource, epoch, until } => {
            format!("holds c{resource}@v{epoch} until {until}")
        }
        LeaseFact::Ended { resource, epoch } => format!("gives c{resource}@v{epoch} back"),
        LeaseFact::Fenced { resource, epoch } => format!("has c{resource}@v{epoch}"),
        LeaseFact::Mutated { resource, epoch, serial, .. } => {
            format!("applies #{serial} to c{resource}@v{epoch}")
        }
    })
}

/// A beat without leases is no story.
fn is_told(words: &str) -> bool {
    !words.starts_with("Heartbeat") && words != "Alive"
}
