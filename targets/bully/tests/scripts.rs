//! Golden scripts ([`chaos_script`]): elections, and the lock that leaders hand out.
//! `UPDATE_GOLDENFILES=1 cargo test -p chaos-bully` writes what happens into them.

use chaos_bully::Bully;
use chaos_node::Timer;
use chaos_script::{Stage, leadership, play};
use std::path::Path;

static STAGE: Stage = Stage {
    target: &Bully,
    timers: &[("patience", Timer(0)), ("beat", Timer(1))],
    requests: &["acquire", "release", "holder", "who"],
    observation: leadership,
    is_told: |_| true,
};

#[test]
fn scripts() {
    play(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata")), &STAGE);
}
