//! Printing, to a reader who may have seen enough.

use super::exit::{Blame, Failure};
use std::io::{self, Write};

/// Prints to the standard output. A reader that is gone, such as `head`, is no failure.
pub(super) fn say(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.unavailable(),
    }
}

/// Prints a line to the standard error; where that is closed there is nobody left to tell.
pub(super) fn complain(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}
