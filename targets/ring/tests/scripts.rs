//! Golden scripts ([`chaos_script`]): the token on its way, and how it is lost.
//! `UPDATE_GOLDENFILES=1 cargo test -p chaos-ring` writes what happens into them.

use chaos_node::Timer;
use chaos_ring::Ring;
use chaos_script::{Stage, leadership, play};
use std::path::Path;

static STAGE: Stage = Stage {
    target: &Ring,
    timers: &[("patience", Timer(0)), ("beat", Timer(1)), ("ack", Timer(2))],
    requests: &["who"],
    observation: leadership,
    is_told: |_| true,
};

#[test]
fn scripts() {
    play(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata")), &STAGE);
}
