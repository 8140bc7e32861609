//! Golden scripts ([`chaos_script`]): elections, and the lock that leaders hand out.
//! `UPDATE_GOLDENFILES=1 cargo test -p chaos-bully` writes what happens into them.

use chaos_bully::Bully;
use chaos_node::{Observation, Timer};
use chaos_script::{Stage, play};
use std::path::Path;

static STAGE: Stage = Stage {
    target: &Bully,
    timers: &[("patience", Timer(0)), ("beat", Timer(1))],
    requests: &["acquire", "release", "holder", "who"],
    observation,
    is_told: |_| true,
};

#[test]
fn scripts() {
    play(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata")), &STAGE);
}

fn observation(observation: &Observation) -> Option<String> {
    match observation {
        Observation::Role { role, term } => Some(format!("is {role:?} in e{term}").to_lowercase()),
        Observation::Follows { leader: Some(leader), .. } => Some(format!("follows {leader}")),
        Observation::Follows { leader: None, .. } => Some("follows nobody".to_owned()),
        _ => None,
    }
}
