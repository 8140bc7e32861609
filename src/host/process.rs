//! What concerns the process as a whole: how it ends.

use super::{HostError, PANICKED};
use chaos_node::NodeId;
use nix::sys::prctl;
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use std::io::{self, Write};
use std::panic;

/// Makes the process die with its parent, stop at once when its node panics, and learn of SIGTERM
/// by the descriptor that it returns.
pub(super) fn prepare(id: NodeId) -> Result<SignalFd, HostError> {
    exit_on_panic(id);
    prctl::set_pdeathsig(Signal::SIGKILL).map_err(system("die with the parent"))?;
    let mut mask = SigSet::empty();
    mask.add(Signal::SIGTERM);
    mask.thread_block().map_err(system("block SIGTERM"))?;
    SignalFd::with_flags(&mask, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC)
        .map_err(system("wait for SIGTERM"))
}

/// A panic is a crash: nothing that the step wanted happens, and what earlier steps left in memory
/// is lost. Exiting from the hook keeps destructors from running on a state that is broken.
fn exit_on_panic(id: NodeId) {
    panic::set_hook(Box::new(move |info| {
        // Nobody is left to tell if even this fails.
        let _ = writeln!(io::stderr(), "node {id} {info}");
        std::process::exit(PANICKED);
    }));
}

fn system(verb: &'static str) -> impl Fn(nix::Error) -> HostError {
    move |error| HostError::System { verb, source: error.into() }
}
